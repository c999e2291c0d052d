"""Pay is withheld on evidence that a person names, once a label, for a while; never what was paid."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from labelling.assignment.models import Label
from labelling.audit.models import Entry
from labelling.errors import Invalid
from labelling.loop.appeals import confirm_withholding, lapse_withholdings, lift_withholding
from labelling.loop.reject import reject
from labelling.pay.actions import correct_payment, record_payment
from labelling.pay.errors import NotHeardYet, NothingDue, NothingToWithhold, WithholdingOver
from labelling.pay.models import WithheldBatch, WithheldLabel, Withholding
from labelling.pay.withholding import withhold
from labelling.projects.models import Account
from labelling.tasks import housekeeping
from tests.factories import NOW
from tests.pay.crowd import DAY, HOUR, PRICE, a_worker, money, work

pytestmark = pytest.mark.django_db

TOMORROW = NOW + DAY
TEXTS = {"evidence": "I read all of them: no answer fits its text.", "notice": "The answers do not fit the texts."}


def held(by, now=TOMORROW, **subject):
    return withhold(**TEXTS, by=by, now=now, **subject)


def test_a_withheld_batch_is_not_due_and_the_rest_is():
    _, lara, batches, olga = a_worker()
    one = held(olga, batch=batches[0])
    assert (one.n_labels, one.amount) == (2, 2 * PRICE)
    assert money(lara, now=TOMORROW) == (4 * PRICE, 2 * PRICE, 0, 2 * PRICE)
    payment = record_payment(labeller=lara, up_to=TOMORROW, reference="a", by=olga, now=TOMORROW)
    assert payment.amount == 2 * PRICE
    entry = Entry.objects.get(action="pay.withheld")
    assert (entry.subject_id, entry.detail["evidence"]) == (one.public_id, TEXTS["evidence"])


def test_the_time_worked_on_withheld_labels_is_withheld_of_an_hourly_batch():
    _, lara, batches, olga = a_worker(pay_hour=HOUR)
    reject(batch=batches[0], reason="too fast", by=olga, now=TOMORROW)
    one = held(olga, rejection=lara.rejections.get())
    assert one.amount == batches[0].amount == 2 * 10 * HOUR // 3600


def test_excluded_work_is_still_paid():
    _, lara, batches, _ = a_worker()
    reject(batch=batches[0], reason="flagged by the system", by=None, now=TOMORROW)
    assert money(lara, now=TOMORROW) == (4 * PRICE, 0, 0, 4 * PRICE)


def test_what_the_system_said_is_no_evidence():
    _, lara, batches, olga = a_worker()
    reject(batch=batches[0], reason="copies somebody else's answers", by=None, now=TOMORROW)
    with pytest.raises(Invalid, match="say what you saw yourself"):
        withhold(rejection=lara.rejections.get(), evidence=" copies somebody else's answers ", notice="You copied.",
                 by=olga, now=TOMORROW)  # fmt: skip
    assert not Withholding.objects.exists()


@pytest.mark.parametrize("missing", ["evidence", "notice"])
def test_evidence_and_notice_are_both_needed(missing):
    _, _, batches, olga = a_worker()
    with pytest.raises(Invalid) as refused:
        withhold(**{**TEXTS, missing: "  "}, batch=batches[0], by=olga, now=TOMORROW)
    assert refused.value.errors[0]["where"] == missing


def test_what_was_paid_can_not_be_withheld_until_the_payment_is_taken_back():
    _, lara, batches, olga = a_worker()
    payment = record_payment(labeller=lara, up_to=TOMORROW, reference="a", by=olga, now=TOMORROW)
    with pytest.raises(NothingToWithhold, match="2 are paid"):
        held(olga, batch=batches[0])
    correct_payment(payment=payment, reason="it bounced", by=olga, now=TOMORROW)
    assert held(olga, batch=batches[0]).n_labels == 2


def test_a_labeller_has_withheld_what_is_neither_paid_nor_withheld_nor_open():
    _, lara, batches, olga = a_worker(n=5)
    held(olga, batch=batches[0])
    assert held(olga, labeller=lara).n_labels == 2
    with pytest.raises(NothingToWithhold, match="0 are paid, 4 were withheld before, and 1 are in batches"):
        held(olga, labeller=lara)


def test_no_label_is_withheld_twice_below_python():
    _, lara, batches, olga = a_worker()
    first, second = held(olga, batch=batches[0]), held(olga, batch=batches[1])
    with pytest.raises(IntegrityError), transaction.atomic():
        WithheldLabel.objects.create(withholding=second, label=first.labels.first().label)
    assert WithheldLabel.objects.count() == Label.objects.filter(labeller=lara).count() == 4


def test_it_lapses_by_itself_before_any_sweep_and_is_paid_then():
    _, lara, batches, olga = a_worker(withholding_days=30)
    one = held(olga, batch=batches[0])
    record_payment(labeller=lara, up_to=TOMORROW, reference="a", by=olga, now=TOMORROW)
    just_before, after = one.lapses_at - timedelta(seconds=1), one.lapses_at
    assert one.lapses_at == TOMORROW + timedelta(days=30)
    assert money(lara, now=just_before)[3] == 0
    assert money(lara, now=after) == (4 * PRICE, 0, 2 * PRICE, 2 * PRICE)
    second = record_payment(labeller=lara, up_to=TOMORROW, reference="b", by=olga, now=after)
    assert (second.amount, second.parts.get().number) == (2 * PRICE, 1)
    housekeeping(now=after)
    one.refresh_from_db()
    assert (one.ending, one.ended_at, one.ended_by) == ("lapsed", one.lapses_at, None)
    assert Entry.objects.get(action="withholding.lapsed").by is None
    assert lapse_withholdings(now=after) == 0


def test_what_lapsed_or_was_lifted_is_never_withheld_again():
    _, _, batches, olga = a_worker()
    one = held(olga, batch=batches[0])
    lift_withholding(withholding=one, reason="my mistake", by=olga, now=TOMORROW)
    with pytest.raises(NothingToWithhold, match="2 were withheld before"):
        held(olga, batch=batches[0])


def test_part_of_a_batch_is_paid_and_the_rest_when_its_withholding_is_lifted():
    _, lara, batches, olga = a_worker()
    reject(batch=batches[0], reason="bad", by=olga, now=TOMORROW)
    rejection = lara.rejections.get()
    label = rejection.covered.order_by("pk").first().label
    one = Withholding.objects.create(
        project=lara.project, labeller=lara, evidence="e", notice="n", n_labels=1, amount=PRICE, by=olga, at=TOMORROW,
        heard_from=TOMORROW, lapses_at=TOMORROW + DAY,
    )  # fmt: skip
    WithheldBatch.objects.create(withholding=one, batch=batches[0], n_labels=1, amount=PRICE)
    WithheldLabel.objects.create(withholding=one, label=label)
    assert record_payment(labeller=lara, up_to=TOMORROW, reference="a", by=olga, now=TOMORROW).amount == 3 * PRICE
    lift_withholding(withholding=one, reason="fine after all", by=olga, now=TOMORROW)
    rest = record_payment(labeller=lara, up_to=TOMORROW, reference="b", by=olga, now=TOMORROW)
    assert (rest.amount, rest.parts.get().number) == (PRICE, 2)
    with pytest.raises(NothingDue):
        record_payment(labeller=lara, up_to=TOMORROW, reference="c", by=olga, now=TOMORROW)


def test_it_is_confirmed_only_once_the_labeller_had_time_to_answer_and_lasts_then():
    _, lara, batches, olga = a_worker(withholding_days=30)
    one = held(olga, batch=batches[0])
    with pytest.raises(NotHeardYet, match="to appeal"):
        confirm_withholding(withholding=one, reason="certain", by=olga, now=TOMORROW + timedelta(days=6))
    confirm_withholding(withholding=one, reason="certain", by=olga, now=TOMORROW + timedelta(days=7))
    long_after = TOMORROW + timedelta(days=300)
    assert lapse_withholdings(now=long_after) == 0
    assert money(lara, now=long_after)[1] == 2 * PRICE
    with pytest.raises(WithholdingOver):
        confirm_withholding(withholding=one, reason="again", by=olga, now=long_after)
    lift_withholding(withholding=one, reason="a new look", by=olga, now=long_after)
    assert money(lara, now=long_after)[1] == 0


def test_a_lapsed_one_can_be_neither_confirmed_nor_lifted():
    _, _, batches, olga = a_worker()
    one = held(olga, batch=batches[0])
    for verb in (confirm_withholding, lift_withholding):
        with pytest.raises(WithholdingOver):
            verb(withholding=one, reason="late", by=olga, now=one.lapses_at)
    lift_withholding(withholding=one, reason="in time", by=olga, now=one.lapses_at - timedelta(seconds=1))
    with pytest.raises(WithholdingOver):
        lift_withholding(withholding=one, reason="twice", by=olga, now=TOMORROW)


def test_a_withholding_is_closed_not_changed_or_deleted():
    _, _, batches, olga = a_worker()
    one = held(olga, batch=batches[0])
    lift_withholding(withholding=one, reason="a mistake", by=olga, now=TOMORROW)
    rows = Withholding.objects.filter(pk=one.pk)
    for act in (
        lambda: rows.update(evidence="other"),
        lambda: rows.update(amount=0),
        lambda: rows.update(ended_at=None, ended_by=None, ending="", end_reason=""),
        lambda: rows.update(end_reason="other"),
        lambda: rows._raw_delete("default"),
        lambda: WithheldBatch.objects.update(amount=1),
        lambda: WithheldLabel.objects.all()._raw_delete("default"),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            act()


def test_withholding_leaves_the_budget_as_it_is_since_it_may_still_be_paid():
    project, lara, batches, olga = a_worker(budget=10_000_000)
    before = Account.objects.values_list("reserved", "spent").get(project=project)
    held(olga, batch=batches[0])
    assert Account.objects.values_list("reserved", "spent").get(project=project) == before
    work(lara, project.items.filter(leases=None)[:2], start=TOMORROW)
    assert Account.objects.get(project=project).spent == before[1] + 2 * PRICE
