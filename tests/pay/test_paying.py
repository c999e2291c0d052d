"""What is due is paid once, on record, and a payment can be taken back by another row."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from labelling.audit.models import Entry
from labelling.errors import Invalid
from labelling.pay import queries
from labelling.pay.actions import correct_payment, pay_everybody, record_payment
from labelling.pay.errors import AlreadyCorrected, DueChanged, NothingDue
from labelling.pay.models import PaidPart, Payment
from labelling.pay.withholding import withhold
from tests.factories import NOW, make_labeller
from tests.pay.crowd import DAY, PRICE, a_worker, earned, money, paid_project, work

pytestmark = pytest.mark.django_db

TOMORROW = NOW + DAY


def test_what_is_due_up_to_a_time_is_paid_and_no_longer_due():
    _, lara, _, olga = a_worker()
    assert money(lara, now=TOMORROW) == (4 * PRICE, 0, 0, 4 * PRICE)
    payment = record_payment(labeller=lara, up_to=TOMORROW, reference="SEPA 17", by=olga, now=TOMORROW)
    assert (payment.amount, payment.parts.count()) == (4 * PRICE, 2)
    assert money(lara, now=TOMORROW) == (4 * PRICE, 0, 4 * PRICE, 0)
    entry = Entry.objects.get(action="payment.recorded")
    assert (entry.subject_id, entry.by, entry.detail["amount"]) == (payment.public_id, olga, 4 * PRICE)


def test_paying_twice_writes_nothing_the_second_time():
    _, lara, _, olga = a_worker()
    record_payment(labeller=lara, up_to=TOMORROW, reference="a", by=olga, now=TOMORROW)
    with pytest.raises(NothingDue, match="Nothing is due to lara"):
        record_payment(labeller=lara, up_to=TOMORROW, reference="a", by=olga, now=TOMORROW)
    assert Payment.objects.count() == 1


def test_batches_closed_later_are_not_in_it():
    _, lara, batches, olga = a_worker()
    later = work(lara, lara.project.items.filter(leases=None).order_by("id")[:2], start=TOMORROW)
    record_payment(labeller=lara, up_to=TOMORROW, reference="a", by=olga, now=TOMORROW + DAY)
    assert set(PaidPart.objects.values_list("batch", flat=True)) == {one.pk for one in batches}
    assert earned(lara, start=TOMORROW, now=TOMORROW + DAY).due == later[-1].amount


def test_an_amount_that_is_not_what_is_due_by_now_is_refused():
    _, lara, _, olga = a_worker()
    with pytest.raises(DueChanged, match="Look at the figures again"):
        record_payment(labeller=lara, up_to=TOMORROW, reference="a", by=olga, now=TOMORROW, amount=PRICE)
    assert not Payment.objects.exists()


@pytest.mark.parametrize(("change", "where"), [({"reference": " "}, "reference"), ({"up_to": TOMORROW}, "up_to")])
def test_bad_input_names_its_field(change, where):
    _, lara, _, olga = a_worker()
    asked = {"labeller": lara, "up_to": NOW, "reference": "a", "by": olga, "now": NOW, **change}
    with pytest.raises(Invalid) as refused:
        record_payment(**asked)
    assert refused.value.errors[0]["where"] == where


def test_a_payment_taken_back_is_due_again_and_both_rows_stay():
    _, lara, _, olga = a_worker()
    wrong = record_payment(labeller=lara, up_to=TOMORROW, reference="a", by=olga, now=TOMORROW)
    back = correct_payment(payment=wrong, reason="the bank sent it back", by=olga, now=TOMORROW)
    assert (back.amount, back.corrects) == (-wrong.amount, wrong)
    assert money(lara, now=TOMORROW) == (4 * PRICE, 0, 0, 4 * PRICE)
    record_payment(labeller=lara, up_to=TOMORROW, reference="b", by=olga, now=TOMORROW)
    assert money(lara, now=TOMORROW) == (4 * PRICE, 0, 4 * PRICE, 0)
    assert Entry.objects.get(action="payment.corrected").detail["reason"] == "the bank sent it back"


def test_a_payment_is_taken_back_once_and_a_correction_never():
    _, lara, _, olga = a_worker()
    payment = record_payment(labeller=lara, up_to=TOMORROW, reference="a", by=olga, now=TOMORROW)
    back = correct_payment(payment=payment, reason="wrong", by=olga, now=TOMORROW)
    for row in (payment, back):
        with pytest.raises(AlreadyCorrected):
            correct_payment(payment=row, reason="wrong", by=olga, now=TOMORROW)


def test_everybody_is_paid_together_or_nobody():
    project, items = paid_project()
    lara, max_, _idle = (make_labeller(project, name) for name in ("lara", "max", "ida"))
    work(lara, items[:2])
    work(max_, items[:4])
    owed = queries.due_before(project=project, before=TOMORROW, now=TOMORROW)
    assert owed == {lara.pk: 2 * PRICE, max_.pk: 4 * PRICE}
    olga = project.created_by
    with pytest.raises(DueChanged):
        pay_everybody(project=project, up_to=TOMORROW, reference="a", by=olga, now=TOMORROW, amount=1)
    paid = pay_everybody(project=project, up_to=TOMORROW, reference="a", by=olga, now=TOMORROW, amount=6 * PRICE)
    assert [(one.labeller, one.amount) for one in paid] == [(lara, 2 * PRICE), (max_, 4 * PRICE)]
    with pytest.raises(NothingDue):
        pay_everybody(project=project, up_to=TOMORROW, reference="a", by=olga, now=TOMORROW)


def test_payments_are_frozen_and_no_part_is_paid_twice_below_python():
    _, lara, batches, olga = a_worker()
    payment = record_payment(labeller=lara, up_to=TOMORROW, reference="a", by=olga, now=TOMORROW)
    for act in (
        lambda: Payment.objects.update(amount=1),
        lambda: PaidPart.objects.update(amount=1),
        lambda: Payment.objects.all()._raw_delete("default"),
        lambda: PaidPart.objects.create(payment=payment, batch=batches[0], number=1, amount=1),
        lambda: Payment.objects.create(
            project=lara.project, labeller=lara, amount=-1, up_to=NOW, reference="a", by=olga, at=NOW
        ),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            act()


def test_every_line_of_an_account_adds_up_and_says_why():
    project, lara, batches, olga = a_worker(n=6)
    withhold(batch=batches[0], evidence="I read them: random", notice="These look random.", by=olga, now=TOMORROW)
    up_to = batches[2].closed_at
    record_payment(labeller=lara, up_to=up_to + timedelta(seconds=1), reference="SEPA", by=olga, now=TOMORROW)
    lines = list(queries.lines(batches=queries.batches_of(project), now=TOMORROW))
    assert [line.state for line in lines] == ["withheld", "paid", "paid"]
    assert all(line.withheld + line.paid + line.due == line.batch.amount for line in lines)
    assert lines[0].reasons == ("2 labels withheld: I read them: random",)
    told = list(queries.lines(batches=queries.batches_of(project), now=TOMORROW, to_labeller=True))
    assert told[0].reasons == ("2 labels withheld: These look random.",)
    assert "SEPA" in lines[1].reasons[0]


def test_the_figures_of_a_project_cost_three_statements_however_many_work_in_it():
    project, items = paid_project()
    counts = []
    for n in (1, 4):
        for number in range(n):
            work(make_labeller(project, f"worker-{n}-{number}"), items[:4])
        with CaptureQueriesContext(connection) as caught:
            found = queries.earnings(batches=queries.batches_of(project), now=TOMORROW)
        counts.append(len(caught))
    assert counts == [3, 3]
    assert queries.together(found.values()).earned == 5 * 4 * PRICE


def test_an_account_is_read_in_the_same_number_of_statements_however_many_batches():
    counts = []
    for n in (2, 8):
        _, lara, _, _ = a_worker(n=n, slug=f"p{n}")
        with CaptureQueriesContext(connection) as caught:
            list(queries.lines(batches=queries.batches_of(lara.project), now=TOMORROW))
        counts.append(len(caught))
    assert counts[0] == counts[1] <= 4


def test_a_long_account_is_read_in_parts_and_whole(monkeypatch):
    monkeypatch.setattr(queries, "CHUNK", 2)
    project, _, batches, _ = a_worker(n=10)
    lines = queries.lines(batches=queries.batches_of(project), now=TOMORROW)
    assert [line.batch for line in lines] == batches
