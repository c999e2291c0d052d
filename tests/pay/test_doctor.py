"""`doctor` finds money that does not add up, and nothing where it does."""

from datetime import timedelta

import pytest
from django.db import connection, transaction

from experts.doctor.examine import examine
from labelling import freeze
from labelling.loop.appeals import answer_appeal, confirm_withholding, lapse_withholdings, lift_withholding
from labelling.pay.actions import correct_payment, record_payment
from labelling.pay.withholding import withhold
from labelling.reliability.appeals import raise_appeal
from tests.factories import NOW, make_labeller
from tests.pay.crowd import DAY, HOUR, a_worker, work

pytestmark = pytest.mark.django_db

TOMORROW = NOW + DAY
LATER = TOMORROW + timedelta(days=8)


@pytest.fixture
def books():
    """Every kind of row: paid, taken back, withheld and confirmed, lifted, lapsed, refused; by the hour."""
    project, lara, batches, olga = a_worker(n=10, items=20, pay_hour=HOUR, withholding_days=14)
    texts = {"evidence": "I read them.", "notice": "Random?", "by": olga, "now": TOMORROW}
    one, two, three, four = (withhold(batch=batch, **texts) for batch in batches[:4])
    wrong = record_payment(labeller=lara, up_to=TOMORROW, reference="a", by=olga, now=TOMORROW)
    correct_payment(payment=wrong, reason="x", by=olga, now=TOMORROW)
    confirm_withholding(withholding=one, reason="certain", by=olga, now=LATER)
    lift_withholding(withholding=two, reason="a mistake", by=olga, now=LATER)
    appeal = raise_appeal(labeller=lara, why="No.", withholding=three, now=LATER).appeal
    answer_appeal(appeal=appeal, outcome="refused", answer="Yes.", by=olga, now=LATER)
    after = four.lapses_at + DAY
    record_payment(labeller=lara, up_to=LATER, reference="b", by=olga, now=after)
    lapse_withholdings(now=after)
    work(make_labeller(project, "max"), list(project.items.order_by("id")[:2]), start=TOMORROW)
    return lara


def found():
    return {(one.check, one.row.partition(" ")[0]) for one in examine()}


def test_nothing_is_at_fault_in_true_books(books):
    assert list(examine()) == []


FAULTS = (
    ("UPDATE labelling_batch SET amount = amount - 1 WHERE number = 1", {("money", "account"), ("money", "batch")}),
    ("UPDATE labelling_account SET spent = spent + 1", {("money", "account")}),
    ("UPDATE labelling_account SET reserved = reserved + 1", {("money", "account")}),
    ("UPDATE labelling_paidpart SET amount = amount + 1 WHERE amount > 0", {("pay", "batch"), ("pay", "payment")}),
    ("UPDATE labelling_payment SET amount = amount - 1 WHERE amount < 0", {("pay", "payment")}),
    ("DELETE FROM labelling_withheldlabel WHERE id = (SELECT MIN(id) FROM labelling_withheldlabel)",
     {("pay", "withholding")}),
    ("UPDATE labelling_withheldbatch SET amount = amount + 1 WHERE id = (SELECT MIN(id) FROM labelling_withheldbatch)",
     {("pay", "withholding")}),
    ("DELETE FROM labelling_entry WHERE action IN ('pay.withheld', 'payment.recorded', 'payment.corrected')",
     {("record", "withholding"), ("record", "payment")}),
    ("DELETE FROM labelling_entry WHERE action IN ('withholding.confirmed', 'withholding.lifted', 'appeal.refused')",
     {("record", "withholding"), ("record", "appeal")}),
)  # fmt: skip


def test_books_that_were_changed_are_named(books):
    freeze.remove(connection)
    untouched = found()
    for fault, named in FAULTS:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(fault)
            assert found() - untouched >= named, fault
            transaction.set_rollback(True)
