"""A known answer is disputed, the item rests, and the dispute is settled: once, with credit to everyone it hurt."""

from functools import partial

import pytest

from labelling.assignment.actions import lease_items
from labelling.assignment.models import Rejection
from labelling.audit.models import Entry
from labelling.consensus.models import Fit
from labelling.errors import Conflict, Invalid
from labelling.jobs.models import Job
from labelling.loop import resolve
from labelling.loop.refit import refit_project
from labelling.loop.reject import reject
from labelling.projects.models import Member
from labelling.reliability import credit, disputes
from labelling.reliability.models import GoldDispute, Scorecard
from labelling.sampling.models import Gold, Item, Purpose
from tests.factories import make_items, make_labeller, make_labellers, make_project, make_user
from tests.loop.test_concurrency import at_once
from tests.reliability.golds import after, give, make_gold_items, said

pytestmark = pytest.mark.django_db


def dispute_of(item, *, at=10, by="olga", reason="the offer is for dogs") -> GoldDispute:
    return disputes.raise_dispute(item=item, reason=reason, by=make_user(by), now=after(at)).dispute


def close(dispute, outcome="upheld", *, at=20, choice=None, answered="looked again") -> GoldDispute:
    answer = {"choice": choice} if choice else None
    return disputes.close_dispute(
        dispute=dispute, outcome=outcome, answered=answered, answer=answer, by=make_user("olga"), now=after(at)
    )


def fresh(item: Item) -> Item:
    return Item.objects.get(pk=item.pk)


def test_a_disputed_item_rests_until_the_answer_is_upheld():
    (item,) = make_gold_items(make_project(), 1)
    dispute = dispute_of(item)
    assert fresh(item).held_at == after(10)
    assert close(dispute).outcome == "upheld"
    assert fresh(item).held_at is None
    assert Gold.objects.get().closed_at is None
    acts = Entry.objects.filter(subject_id=item.public_id).order_by("id")
    assert list(acts.values_list("action", flat=True)) == [
        "gold.disputed", "gold.upheld",
    ]  # fmt: skip


def test_what_others_say_is_added_to_the_same_dispute():
    (item,) = make_gold_items(make_project(), 1)
    first = dispute_of(item)
    again = disputes.raise_dispute(item=item, reason="and for August", by=make_user("eva"), now=after(11))
    same = disputes.raise_dispute(item=item, reason="and for August", by=make_user("eva"), now=after(12))
    assert (again.created, same.created) == (False, False)
    assert again.dispute == first
    assert [one["reason"] for one in GoldDispute.objects.get().evidence["also"]] == ["and for August"]


def test_only_an_item_whose_answer_is_known_can_be_disputed_and_only_with_a_reason():
    project = make_project()
    (work,), (item,) = make_items(project, 1), make_gold_items(project, 1, first=2)
    with pytest.raises(disputes.NoKnownAnswer):
        dispute_of(work)
    with pytest.raises(Invalid, match="reason"):
        dispute_of(item, reason="  ")
    assert not GoldDispute.objects.exists()
    assert fresh(item).held_at is None


def test_a_correction_replaces_the_answer_and_keeps_its_origin():
    (item,) = make_gold_items(make_project(), 1, origin="probability")
    close(dispute_of(item), "corrected", choice="no match", answered="dogs are not cats")
    old, new = Gold.objects.order_by("id")
    assert (old.closed_at, old.answer) == (after(20), said("match"))
    assert (new.answer, new.origin, new.reason, new.closed_at) == (
        said("no match"), "probability", "dogs are not cats", None,
    )  # fmt: skip
    assert fresh(item).held_at is None


def test_a_retired_item_is_never_given_again_and_may_not_be_taken_off_hold():
    (item,) = make_gold_items(make_project(), 1)
    close(dispute_of(item), "retired")
    assert fresh(item).held_at is not None
    assert not Gold.objects.filter(closed_at=None).exists()
    with pytest.raises(Conflict, match="page Gold"):
        resolve.unhold(item=item, by=make_user("olga"), now=after(30))


def test_an_item_that_an_owner_had_put_on_hold_stays_there():
    (item,) = make_gold_items(make_project(), 1)
    Item.objects.filter(pk=item.pk).update(held_at=after(1))
    close(dispute_of(item))
    assert fresh(item).held_at == after(1)


def test_an_item_with_two_kinds_of_dispute_rests_until_both_are_settled():
    (item,) = make_gold_items(make_project(), 1)
    first = dispute_of(item)
    second = disputes.raise_dispute(
        item=item, reason="", by=None, kind=GoldDispute.Kind.FAST, evidence={}, now=after(11)
    ).dispute
    close(first)
    assert fresh(item).held_at is not None
    close(second)
    assert fresh(item).held_at is None


def test_correcting_settles_every_dispute_about_the_answer():
    (item,) = make_gold_items(make_project(), 1)
    first = dispute_of(item)
    disputes.raise_dispute(item=item, reason="", by=None, kind=GoldDispute.Kind.OUTVOTED, evidence={}, now=after(11))
    close(first, "corrected", choice="no match")
    assert set(GoldDispute.objects.values_list("outcome", flat=True)) == {"corrected"}


def test_a_dispute_is_settled_once():
    (item,) = make_gold_items(make_project(), 1)
    dispute = dispute_of(item)
    close(dispute, "corrected", choice="no match")
    with pytest.raises(disputes.AlreadyClosed):
        close(dispute, "corrected", choice="match")
    assert Gold.objects.count() == 2


@pytest.mark.parametrize(
    ("outcome", "choice", "answered", "field"),
    [
        ("wrong", None, "so", "outcome"),
        ("corrected", None, "so", "answer"),
        ("corrected", "match", "so", "answer"),
        ("corrected", "perhaps", "so", "answer"),
        ("upheld", "no match", "so", "answer"),
        ("upheld", None, "", "answered"),
    ],
)
def test_a_settlement_that_makes_no_sense_is_refused_and_names_the_field(outcome, choice, answered, field):
    (item,) = make_gold_items(make_project(), 1)
    dispute = dispute_of(item)
    with pytest.raises(Invalid) as refused:
        close(dispute, outcome, choice=choice, answered=answered)
    assert str(refused.value.errors[0]["where"]).startswith(field)
    dispute.refresh_from_db()
    assert (dispute.closed_at, Gold.objects.count()) == (None, 1)


def a_wrong_question() -> tuple[Item, list[Member]]:
    """Ten gold items, answered by three labellers; the last one says "match" and is no match. Two of them said so."""
    project = make_project()
    items = make_gold_items(project, 10)
    labellers = make_labellers(project, 3)
    for number, labeller in enumerate(labellers):
        for at, item in enumerate(items):
            wrong = item == items[-1] and number < 2
            give(labeller, item, "no match" if wrong else "match", at=after(at / 10))
    refit_project(project=project, now=after(5))
    return items[-1], labellers


def card(labeller: Member) -> Scorecard:
    return Scorecard.objects.get(labeller=labeller)


def test_a_correction_puts_every_record_right_at_once():
    item, labellers = a_wrong_question()
    assert [card(one).gold_right for one in labellers] == [9, 9, 10]
    n_fits = Fit.objects.count()
    dispute = close(dispute_of(item), "corrected", choice="no match")
    assert [(card(one).gold_right, card(one).gold_given, card(one).gold_blocks) for one in labellers] == [
        (10, 10, [[10, 10]]), (10, 10, [[10, 10]]), (9, 10, [[9, 10]]),
    ]  # fmt: skip
    assert dispute.n_credited == 2
    assert list(credit.hurt_by(dispute)) == labellers[:2]
    assert Fit.objects.count() == n_fits


def test_a_refit_that_read_the_old_answer_is_followed_by_another():
    item, _ = a_wrong_question()
    close(dispute_of(item), "corrected", choice="no match")
    assert Job.objects.filter(kind="refit", key=str(item.project_id), started_at=None).count() == 1


def test_the_next_refit_says_the_same_as_the_correction():
    item, labellers = a_wrong_question()
    close(dispute_of(item), "corrected", choice="no match")
    before = [(card(one).gold_right, card(one).gold_blocks) for one in labellers]
    refit_project(project=item.project, now=after(30))
    assert [(card(one).gold_right, card(one).gold_blocks) for one in labellers] == before


def test_no_record_rests_on_a_retired_item():
    item, labellers = a_wrong_question()
    assert close(dispute_of(item), "retired").n_credited == 2
    assert [(card(one).gold_right, card(one).gold_given) for one in labellers] == [(9, 9), (9, 9), (9, 9)]


def test_only_who_was_hurt_is_told_and_only_the_day():
    item, labellers = a_wrong_question()
    close(dispute_of(item), "corrected", choice="no match")
    told = [credit.put_right_on(labeller=one, now=after(60)) for one in labellers]
    assert told == [after(20).date(), after(20).date(), None]
    assert credit.put_right_on(labeller=labellers[0], now=after(60 * 24 * 31)) is None


def test_who_answered_before_the_item_was_gold_was_not_hurt_and_is_told_nothing():
    item, _ = a_wrong_question()
    early = make_labeller(item.project, "early")
    give(early, item, "no match", at=after(-5))
    dispute = close(dispute_of(item), "corrected", choice="no match")
    assert early not in credit.hurt_by(dispute)
    assert credit.put_right_on(labeller=early, now=after(60)) is None


def test_rejections_stay_and_those_that_may_rest_on_it_are_named():
    item, labellers = a_wrong_question()
    rejection = reject(labeller=labellers[0], reason="too often wrong on gold", by=None, now=after(8))
    other = reject(labeller=labellers[2], reason="asked to leave", by=None, now=after(8))
    dispute = close(dispute_of(item), "corrected", choice="no match")
    assert list(credit.rejections_to_look_at(dispute)) == [rejection]
    assert set(Rejection.objects.filter(lifted_at=None)) == {rejection, other}


def test_answers_of_every_run_count_and_those_from_before_the_item_was_gold_do_not():
    project = make_project()
    (item,) = make_items(project, 1)
    early, first, second = make_labellers(project, 3)
    give(early, item, "no match", at=after(-5))
    Item.objects.filter(pk=item.pk).update(purpose=Purpose.GOLD, pass_number=2)
    Gold.objects.create(item=item, answer=said("match"), origin="decision", created_at=after(0))
    give(first, fresh(item), at=after(1))
    Item.objects.filter(pk=item.pk).update(pass_number=3)
    give(second, fresh(item), "no match", at=after(2))
    refit_project(project=project, now=after(5))
    assert [(card(one).gold_given, card(one).gold_right) for one in (early, first, second)] == [(0, 0), (1, 1), (1, 0)]


def failed_only_because_of_one() -> tuple[Item, Member, Member]:
    """A qualification of five items, four of which must be right; the answer of the last one is wrong. Somebody failed
    because of it, somebody else anyway."""
    project = make_project(qualification_items=5, qualification_pass=0.8)
    items = make_gold_items(project, 5, purpose=Purpose.TRAINING)
    hurt, careless = make_labeller(project, "hurt"), make_labeller(project, "careless")
    for at, item in enumerate(items):
        give(hurt, item, "match" if at < 3 else "no match", at=after(at))
        give(careless, item, "no match", at=after(at))
    return items[-1], hurt, careless


def test_who_failed_the_qualification_only_because_of_a_wrong_answer_is_let_in():
    item, hurt, careless = failed_only_because_of_one()
    close(dispute_of(item), "corrected", choice="no match")
    for member in (hurt, careless):
        member.refresh_from_db()
    assert (hurt.qualified_at, careless.qualified_at) == (after(20), None)
    assert Entry.objects.filter(action="member.qualified", subject_id=hurt.public_id).count() == 1


def test_a_labeller_has_at_most_three_disputes_open():
    project = make_project()
    items = make_gold_items(project, 4, purpose=Purpose.TRAINING)
    labeller = make_labeller(project)
    for item in items[:3]:
        disputes.raise_as_labeller(item=item, labeller=labeller, reason="look", now=after(1))
    disputes.raise_as_labeller(item=items[0], labeller=labeller, reason="look again", now=after(2))
    with pytest.raises(disputes.TooManyDisputes):
        disputes.raise_as_labeller(item=items[3], labeller=labeller, reason="look", now=after(3))
    assert fresh(items[3]).held_at is None


def test_a_disputed_item_is_given_to_nobody_and_an_upheld_one_is_again():
    project = make_project(gold_share=0.5)
    make_items(project, 30, first=100)
    items = make_gold_items(project, 8)
    raised = [dispute_of(item) for item in items]
    early, late = make_labellers(project, 2)
    given = lease_items(labeller=early, count=20, now=after(15)).leases
    assert not {lease.item_id for lease in given} & {item.pk for item in items}
    for dispute in raised:
        close(dispute)
    given = lease_items(labeller=late, count=20, now=after(25)).leases
    assert {lease.item_id for lease in given} & {item.pk for item in items}


@pytest.mark.django_db(transaction=True)
def test_of_many_who_settle_at_once_one_does_and_the_others_are_told():
    (item,) = make_gold_items(make_project(), 1)
    dispute = dispute_of(item)
    make_user("olga")
    choices = ["no match"] * 4
    refusals = at_once(
        *[partial(close, GoldDispute.objects.get(pk=dispute.pk), "corrected", choice=one) for one in choices]
    )
    assert [type(one) for one in refusals] == [disputes.AlreadyClosed] * 3
    assert Gold.objects.filter(item=item).count() == 2
    assert Entry.objects.filter(action="gold.corrected").count() == 1
