"""Sending back, requeueing, holding: an item gets more labels, or is labelled afresh, or is kept out."""

import pytest

from labelling.assignment.actions import close_batches, sweep
from labelling.assignment.models import Label, LeaseState
from labelling.audit.models import Entry
from labelling.consensus.models import Authority
from labelling.consensus.states import NotAllowed
from labelling.errors import Invalid
from labelling.loop.resolve import decide, hold, requeue, send_back, unhold
from labelling.loop.submit import submit
from labelling.projects.models import Member
from labelling.sampling.models import Item, Purpose
from tests.factories import NOW, make_items, make_labellers, make_project, make_user
from tests.loop.crowd import counted, fresh, give, give_all, later, standing, take

pytestmark = pytest.mark.django_db


def settled() -> tuple[Item, list[Member]]:
    project = make_project(gold_share=0.0, stop_confidence=0.9, maximum_labels=9)
    item = make_items(project, 1)[0]
    labellers = make_labellers(project, 5)
    give_all(labellers, item, "match", "match")
    assert fresh(item).state == "resolved"
    return item, labellers


def ruled(item: Item) -> None:
    decide(item=item, answer={"choice": "match"}, authority=Authority.EXPERT, reason="", by=None, now=NOW)


def test_an_owner_gets_so_many_more_labels_and_the_old_ones_still_count():
    item, labellers = settled()
    assert requeue(items=[item], n_more=2, reason="unsure", by=make_user("olga"), now=later(60)) == 1
    assert (fresh(item).state, fresh(item).target, fresh(item).n_done, standing(item)) == ("open", 4, 2, None)
    give(labellers[2], item, "match")
    assert fresh(item).state == "open"
    give(labellers[3], item, "match")
    assert (fresh(item).state, standing(item).decision.n_labels) == ("resolved", 4)
    entry = Entry.objects.get(action="item.requeued")
    assert (entry.by.username, entry.detail["reason"], entry.detail["n_more"]) == ("olga", "unsure", 2)


def test_afresh_begins_the_next_pass_in_which_everybody_may_label_again():
    item, labellers = settled()
    old = counted(item.project)
    requeue(items=[item], afresh=True, by=None, now=later(60))
    again = fresh(item)
    assert (again.pass_number, again.target, again.n_done, again.n_abstained, again.state) == (2, 2, 0, 0, "open")
    assert counted(item.project) == set()
    assert Label.objects.standing().count() == len(old) == 2
    give_all(labellers, item, "no match", "no match", now=later(61))
    assert standing(item).answer == '{"choice":"no match"}'
    assert standing(item).pass_number == 2


def test_afresh_ends_the_live_leases_and_their_end_changes_no_counter():
    item, labellers = settled()
    requeue(items=[item], n_more=2, by=None, now=NOW)
    lease = take(labellers[2], item)
    requeue(items=[item], afresh=True, by=None, now=NOW)
    lease.refresh_from_db()
    assert (lease.state, fresh(item).n_active) == (LeaseState.EXPIRED, 0)
    assert sweep(now=later(9999)) == 0
    assert take(labellers[2], item).pk != lease.pk
    assert fresh(item).n_active == 1


def test_a_requeue_leaves_alone_what_an_expert_ruled_and_what_is_gold():
    item, _ = settled()
    ruled(item)
    gold = make_items(item.project, 1, first=2, purpose=Purpose.GOLD)[0]
    other = make_items(item.project, 1, first=3)[0]
    assert requeue(items=[item, gold, other], n_more=1, by=None, now=NOW) == 1
    assert fresh(item).state == "resolved"
    assert fresh(other).target == 3
    with pytest.raises(NotAllowed):
        send_back(item=gold, reason="", by=None, now=NOW)


def test_an_expert_sends_back_even_what_was_ruled():
    item, _ = settled()
    ruled(item)
    ruling = standing(item)
    sent = send_back(item=item, n_more=3, reason="the guideline changed", by=None, now=later(60))
    assert (fresh(item).state, fresh(item).target, sent.target, standing(item)) == ("open", 5, 5, None)
    ruling.refresh_from_db()
    assert ruling.closed_because == "an expert wants more labels"
    ruled(item)
    send_back(item=item, afresh=True, reason="", by=None, now=later(61))
    assert (fresh(item).pass_number, fresh(item).n_done) == (2, 0)


@pytest.mark.parametrize("n_more", [0, -1, 21])
def test_more_labels_are_one_to_twenty(n_more):
    item, _ = settled()
    with pytest.raises(Invalid, match="1 to 20"):
        requeue(items=[item], n_more=n_more, by=None, now=NOW)
    assert fresh(item).state == "resolved"


def test_a_late_label_on_a_ruled_item_asks_for_nothing():
    """What a send-back adds is counted from the labels there are, not from what the crowd would have wanted."""
    project = make_project(gold_share=0.0, stop_confidence=0.999)
    item = make_items(project, 1)[0]
    labellers = make_labellers(project, 2)
    give(labellers[0], item, "match")
    lease = take(labellers[1], item)
    ruled(item)
    submit(token=lease.token, labeller=labellers[1], answer={"choice": "no match"}, now=NOW)
    assert (fresh(item).target, fresh(item).state) == (2, "resolved")


def test_holding_and_releasing_an_item_are_on_record_once_each():
    item, _ = settled()
    for _ in range(2):
        hold(item=item, reason="a complaint", by=make_user("olga"), now=later(1))
    assert fresh(item).held_at == later(1)
    for _ in range(2):
        unhold(item=item, by=make_user("olga"), now=later(2))
    assert fresh(item).held_at is None
    held = Entry.objects.filter(action__in=["item.held", "item.unheld"]).order_by("pk")
    assert list(held.values_list("action", flat=True)) == ["item.held", "item.unheld"]


def test_batches_of_requeued_labels_are_paid_all_the_same():
    item, labellers = settled()
    requeue(items=[item], afresh=True, by=None, now=NOW)
    close_batches(now=later(86_400))
    close_batches(now=later(87_100))
    assert all(labeller.batches.get().closed_at for labeller in labellers[:2])
