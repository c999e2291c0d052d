"""The owner's word in the order of work, and taking a request for more labels back."""

import pytest

from labelling.assignment.actions import lease_items
from labelling.audit.models import Entry
from labelling.consensus.models import Authority
from labelling.errors import Conflict, Invalid
from labelling.loop.resolve import asked_for_more, decide, prioritise, requeue, take_back
from labelling.sampling.models import Item
from tests.factories import make_items, make_labellers, make_project, make_user
from tests.loop.crowd import fresh, give, give_all, later, standing, take

pytestmark = pytest.mark.django_db


def settled() -> tuple[Item, list]:
    project = make_project(gold_share=0.0, stop_confidence=0.9, maximum_labels=9)
    item = make_items(project, 1)[0]
    labellers = make_labellers(project, 5)
    give_all(labellers, item, "match", "match")
    return item, labellers


def test_an_owner_has_an_item_labelled_sooner_and_that_is_on_record():
    project = make_project(gold_share=0.0)
    items = make_items(project, 3)
    labeller = make_labellers(project, 1)[0]
    assert prioritise(items=items[2:], boost=2, by=make_user("olga"), reason="the demo", now=later(1)) == 1
    assert lease_items(labeller=labeller, count=1, now=later(2)).leases[0].item_id == items[2].pk
    entry = Entry.objects.get(action="item.prioritised")
    assert (entry.detail["boost"], entry.detail["before"], entry.detail["reason"]) == (2, 0, "the demo")


def test_setting_the_same_priority_again_changes_and_records_nothing():
    item = make_items(make_project(), 1)[0]
    for _ in range(2):
        prioritise(items=[item], boost=-9, by=None, now=later(1))
    assert (fresh(item).boost, Entry.objects.filter(action="item.prioritised").count()) == (-9, 1)


def test_gold_has_no_order():
    gold = make_items(make_project(), 1, purpose="gold")[0]
    assert prioritise(items=[gold], boost=1, by=None, now=later(1)) == 0


@pytest.mark.parametrize("boost", [9.1, -10, float("nan"), float("inf"), "5", None])
def test_a_priority_is_from_minus_nine_to_nine(boost):
    item = make_items(make_project(), 1)[0]
    with pytest.raises(Invalid, match="boost"):
        prioritise(items=[item], boost=boost, by=None, now=later(1))
    assert fresh(item).boost == 0


def test_a_request_that_nobody_took_up_is_taken_back_and_the_answer_stands_again():
    item, _ = settled()
    before = standing(item).answer
    requeue(items=[item], n_more=3, by=None, now=later(60))
    assert asked_for_more(fresh(item)).detail["n_more"] == 3
    take_back(item=item, by=make_user("olga"), now=later(61))
    assert (fresh(item).target, fresh(item).state, standing(item).answer) == (2, "resolved", before)
    assert asked_for_more(fresh(item)) is None
    with pytest.raises(Conflict):
        take_back(item=item, by=None, now=later(62))
    assert fresh(item).target == 2


def test_an_open_item_wants_as_many_labels_as_before():
    item = make_items(make_project(), 1)[0]
    requeue(items=[item], n_more=4, by=None, now=later(1))
    take_back(item=item, by=None, now=later(2))
    assert (fresh(item).target, fresh(item).state) == (2, "open")


def test_a_contested_item_waits_for_the_expert_again():
    project = make_project(gold_share=0.0, maximum_labels=2)
    item = make_items(project, 1)[0]
    give_all(make_labellers(project, 2), item, "match", "no match")
    requeue(items=[item], n_more=1, by=None, now=later(60))
    assert fresh(item).state == "open"
    take_back(item=item, by=None, now=later(61))
    assert (fresh(item).state, fresh(item).target) == ("contested", 2)


def test_a_request_that_somebody_took_up_stays():
    item, labellers = settled()
    requeue(items=[item], n_more=3, by=None, now=later(60))
    take(labellers[2], item, now=later(61))
    with pytest.raises(Conflict):
        take_back(item=item, by=None, now=later(62))
    assert (fresh(item).target, fresh(item).n_active) == (5, 1)


def test_a_new_pass_is_not_taken_back_nor_what_an_expert_ruled_since():
    item, _ = settled()
    requeue(items=[item], n_more=1, by=None, now=later(59))
    decide(item=item, answer={"choice": "match"}, authority=Authority.EXPERT, reason="", by=None, now=later(60))
    with pytest.raises(Conflict):
        take_back(item=item, by=None, now=later(61))
    assert standing(item).authority == Authority.EXPERT
    other = make_items(item.project, 1, first=2)[0]
    requeue(items=[other], afresh=True, by=None, now=later(60))
    with pytest.raises(Conflict):
        take_back(item=other, by=None, now=later(61))


def test_a_target_is_never_lowered_below_live_and_counted_labels():
    """A labeller who began before the request keeps their place."""
    item, labellers = settled()
    requeue(items=[item], n_more=1, by=None, now=later(60))
    lease = take(labellers[2], item, now=later(61))
    requeue(items=[item], n_more=2, by=None, now=later(62))
    take_back(item=item, by=None, now=later(63))
    assert (fresh(item).target, fresh(item).n_active) == (3, 1)
    assert lease.item_id == item.pk
    Item.objects.filter(pk=item.pk).update(target=4)
    give(labellers[3], item, "match", now=later(64))
    assert fresh(item).n_done == 3
