"""A labeller appeals once about a thing; an owner's answer changes what it is about in the same transaction."""

import pytest
from django.db import IntegrityError, transaction

from labelling.assignment.models import Label
from labelling.audit.models import Entry
from labelling.consensus.models import Fit
from labelling.errors import Invalid, NotFound
from labelling.loop.appeals import answer_appeal, confirm_withholding, lapse_withholdings, lift_withholding
from labelling.loop.reject import lift, reject
from labelling.pay.errors import NotHeardYet
from labelling.pay.withholding import withhold
from labelling.reliability.appeals import (
    AlreadyAnswered,
    AppealWaits,
    NothingToAppeal,
    raise_appeal,
    waiting,
)
from labelling.reliability.models import Appeal, Flag
from tests.factories import NOW, make_labeller
from tests.pay.crowd import DAY, PRICE, a_worker, money

pytestmark = pytest.mark.django_db

TOMORROW = NOW + DAY


def a_rejection():
    _, lara, batches, olga = a_worker()
    return lara, olga, reject(batch=batches[0], reason="at random", by=olga, now=TOMORROW)


def a_withholding():
    _, lara, batches, olga = a_worker()
    return lara, olga, withhold(batch=batches[0], evidence="I read them", notice="Random?", by=olga, now=TOMORROW)


def appealed(labeller, now=TOMORROW, why="I read each text twice.", **about):
    return raise_appeal(labeller=labeller, why=why, now=now, **about).appeal


def answered(appeal, outcome, by, now=TOMORROW, answer="I looked again."):
    return answer_appeal(appeal=appeal, outcome=outcome, answer=answer, by=by, now=now)


def test_granting_an_appeal_lifts_the_rejection_with_the_answer_as_its_reason():
    lara, olga, rejection = a_rejection()
    answered(appealed(lara, rejection=rejection), "granted", olga)
    rejection.refresh_from_db()
    assert (rejection.lifted_by, rejection.lift_reason) == (olga, "I looked again.")
    assert Label.objects.counted().filter(labeller=lara).count() == 4
    assert {"appeal.raised", "appeal.granted", "rejection.lifted"} <= set(
        Entry.objects.values_list("action", flat=True)
    )


def test_granting_an_appeal_lifts_the_withholding():
    lara, olga, one = a_withholding()
    answered(appealed(lara, withholding=one), "granted", olga)
    assert money(lara, now=TOMORROW)[1] == 0


def test_refusing_an_appeal_about_a_withholding_confirms_it_since_the_labeller_was_heard():
    lara, olga, one = a_withholding()
    answered(appealed(lara, withholding=one), "refused", olga)
    one.refresh_from_db()
    assert (one.confirmed_by, one.confirm_reason) == (olga, "I looked again.")
    assert money(lara, now=TOMORROW + 400 * DAY)[1] == 2 * PRICE


def test_refusing_an_appeal_about_a_rejection_leaves_it():
    lara, olga, rejection = a_rejection()
    answered(appealed(lara, rejection=rejection), "refused", olga)
    rejection.refresh_from_db()
    assert rejection.lifted_at is None


def test_an_appeal_that_nobody_answers_lets_the_withholding_lapse():
    lara, olga, one = a_withholding()
    appeal = appealed(lara, withholding=one)
    with pytest.raises(NotHeardYet, match="Answer it"):
        confirm_withholding(withholding=one, reason="certain", by=olga, now=one.heard_from)
    assert list(waiting(lara.project, now=TOMORROW)) == [appeal]
    assert list(waiting(lara.project, now=one.lapses_at)) == [], "also before a sweep"
    assert lapse_withholdings(now=one.lapses_at) == 1
    appeal.refresh_from_db()
    assert (appeal.outcome, appeal.answered_by) == ("moot", None)
    with pytest.raises(AlreadyAnswered):
        answered(appeal, "refused", olga, now=one.lapses_at)
    assert money(lara, now=one.lapses_at)[1] == 0


def test_an_answer_after_the_days_are_over_changes_nothing_even_before_a_sweep():
    lara, olga, one = a_withholding()
    appeal = appealed(lara, withholding=one)
    with pytest.raises(Exception, match="over"):
        answered(appeal, "refused", olga, now=one.lapses_at)
    appeal.refresh_from_db()
    assert appeal.answered_at is None


def test_lifting_without_an_answer_settles_the_appeal():
    lara, olga, one = a_withholding()
    appeal = appealed(lara, withholding=one)
    lift_withholding(withholding=one, reason="my mistake", by=olga, now=TOMORROW)
    appeal.refresh_from_db()
    assert appeal.outcome == "moot"


def test_a_rejection_lifted_otherwise_no_longer_waits_for_an_answer():
    lara, olga, rejection = a_rejection()
    appeal = appealed(lara, rejection=rejection)
    lift(rejection=rejection, reason="a mistake", by=olga, now=TOMORROW)
    assert not waiting(lara.project, now=TOMORROW).exists()
    appeal.refresh_from_db()
    assert (appeal.outcome, appeal.answered_by) == ("moot", None)


def test_granting_an_appeal_about_the_card_dismisses_its_open_flags():
    _, lara, _, olga = a_worker()
    fit = Fit.objects.create(project=lara.project, number=1, schema=lara.project.schema_in_force, n_labels=0, up_to=0,
                             created_at=NOW, prior=b"", pooled=b"")  # fmt: skip
    Flag.objects.create(labeller=lara, kind=Flag.Kind.CONSTANT, log_evidence=9.0, fit=fit, at=NOW)
    answered(appealed(lara), "granted", olga)
    flag = Flag.objects.get()
    assert (flag.outcome, flag.answered, flag.closed_by) == ("dismissed", "I looked again.", olga)


def test_the_same_appeal_again_is_one_and_another_one_waits_its_turn():
    lara, olga, rejection = a_rejection()
    first = appealed(lara, rejection=rejection)
    assert not raise_appeal(labeller=lara, why=first.why, rejection=rejection, now=TOMORROW).created
    with pytest.raises(AppealWaits):
        appealed(lara, rejection=rejection, why="Something else.")
    answered(first, "refused", olga)
    assert appealed(lara, rejection=rejection, why="Something else.") != first


def test_at_most_one_open_appeal_a_subject_below_python():
    lara, _, one = a_withholding()
    first = appealed(lara, withholding=one)
    with pytest.raises(IntegrityError), transaction.atomic():
        Appeal.objects.create(project=lara.project, labeller=lara, subject="withholding", withholding=one, why="x",
                              at=NOW)  # fmt: skip
    for change in ({"subject": "card"}, {"outcome": "granted"}, {"why": "other"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Appeal.objects.filter(pk=first.pk).update(**change)


def test_an_appeal_is_answered_once_and_frozen_then():
    lara, olga, rejection = a_rejection()
    appeal = appealed(lara, rejection=rejection)
    answered(appeal, "refused", olga)
    with pytest.raises(AlreadyAnswered):
        answered(appeal, "granted", olga)
    rejection.refresh_from_db()
    assert rejection.lifted_at is None
    with pytest.raises(IntegrityError, match="frozen"), transaction.atomic():
        Appeal.objects.update(outcome="granted")


def test_nobody_appeals_for_others_or_about_what_is_over():
    lara, olga, rejection = a_rejection()
    max_ = make_labeller(lara.project, "max")
    with pytest.raises(NotFound):
        appealed(max_, rejection=rejection)
    lift(rejection=rejection, reason="a mistake", by=olga, now=TOMORROW)
    with pytest.raises(NothingToAppeal):
        appealed(lara, rejection=rejection)


@pytest.mark.parametrize("why", ["", "  ", "x" * 5001])
def test_an_appeal_says_why(why):
    lara, _, rejection = a_rejection()
    with pytest.raises(Invalid):
        appealed(lara, rejection=rejection, why=why)


def test_an_answer_says_why_and_is_one_of_two():
    lara, olga, rejection = a_rejection()
    appeal = appealed(lara, rejection=rejection)
    for outcome, answer in (("granted", " "), ("moot", "x"), ("maybe", "x")):
        with pytest.raises(Invalid):
            answered(appeal, outcome, olga, answer=answer)
