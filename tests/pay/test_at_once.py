"""Two at the same moment: one of them wins, and no money is counted twice."""

import pytest

from experts.doctor.examine import examine
from labelling.loop.appeals import answer_appeal
from labelling.loop.reject import reject
from labelling.pay.actions import correct_payment, pay_everybody, record_payment
from labelling.pay.errors import AlreadyCorrected, NothingDue, NothingToWithhold
from labelling.pay.models import Payment, Withholding
from labelling.pay.withholding import withhold
from labelling.reliability.appeals import AlreadyAnswered, raise_appeal
from labelling.reliability.models import Appeal
from tests.factories import NOW
from tests.loop.test_concurrency import at_once
from tests.pay.crowd import DAY, PRICE, a_worker, money

pytestmark = pytest.mark.django_db(transaction=True)

TOMORROW = NOW + DAY
TEXTS = {"evidence": "I read them all.", "notice": "They are random."}


def test_two_owners_pay_at_once_and_it_is_paid_once():
    project, lara, _, olga = a_worker()
    asked = {"up_to": TOMORROW, "reference": "a", "by": olga, "now": TOMORROW}
    errors = at_once(
        lambda: record_payment(labeller=lara, **asked),
        lambda: pay_everybody(project=project, **asked),
        lambda: record_payment(labeller=lara, **asked),
    )
    assert [type(error) for error in errors] == [NothingDue, NothingDue]
    assert money(lara, now=TOMORROW) == (4 * PRICE, 0, 4 * PRICE, 0)


def test_what_is_paid_and_withheld_at_once_is_one_of_both():
    _, lara, batches, olga = a_worker(n=8)
    errors = at_once(
        lambda: record_payment(labeller=lara, up_to=TOMORROW, reference="a", by=olga, now=TOMORROW),
        lambda: withhold(labeller=lara, **TEXTS, by=olga, now=TOMORROW),
        lambda: withhold(batch=batches[0], **TEXTS, by=olga, now=TOMORROW),
    )
    assert {type(error) for error in errors} <= {NothingDue, NothingToWithhold}
    earned, withheld, paid, due = money(lara, now=TOMORROW)
    assert (earned, due) == (8 * PRICE, 0)
    assert withheld + paid == earned
    assert list(examine()) == []


def test_a_payment_is_taken_back_once():
    _, lara, _, olga = a_worker()
    payment = record_payment(labeller=lara, up_to=TOMORROW, reference="a", by=olga, now=TOMORROW)
    back = [lambda: correct_payment(payment=payment, reason="x", by=olga, now=TOMORROW)] * 2
    assert [type(error) for error in at_once(*back)] == [AlreadyCorrected]
    assert Payment.objects.count() == 2


def test_an_appeal_answered_twice_has_one_answer_and_its_effect():
    _, lara, batches, olga = a_worker()
    one = withhold(batch=batches[0], **TEXTS, by=olga, now=TOMORROW)
    appeal = raise_appeal(labeller=lara, why="I read them.", withholding=one, now=TOMORROW).appeal
    errors = at_once(
        lambda: answer_appeal(appeal=appeal, outcome="granted", answer="yes", by=olga, now=TOMORROW),
        lambda: answer_appeal(appeal=appeal, outcome="refused", answer="no", by=olga, now=TOMORROW),
    )
    assert [type(error) for error in errors] == [AlreadyAnswered]
    outcome, row = Appeal.objects.get().outcome, Withholding.objects.get()
    assert (outcome == "granted") == (row.ending == "lifted")
    assert (outcome == "refused") == (row.confirmed_at is not None)


def test_the_same_appeal_sent_twice_at_once_is_one():
    _, lara, batches, olga = a_worker()
    rejection = reject(batch=batches[0], reason="bad", by=olga, now=TOMORROW)
    sent = [lambda: raise_appeal(labeller=lara, why="No.", rejection=rejection, now=TOMORROW)] * 3
    assert at_once(*sent) == []
    assert Appeal.objects.count() == 1
