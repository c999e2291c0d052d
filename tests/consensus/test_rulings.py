"""Whose word stands: gold over expert over engineer over crowd."""

import itertools

import pytest

from labelling.audit.models import Entry
from labelling.consensus.models import Authority, Resolution
from labelling.errors import Conflict, Invalid
from labelling.loop.reject import lift, reject
from labelling.loop.resolve import Outranked, decide, send_back
from labelling.loop.submit import submit
from labelling.loop.undo import undo
from labelling.sampling.models import Item, Purpose
from tests.factories import NOW, make_items, make_labellers, make_project, make_user
from tests.loop.crowd import fresh, give, later, standing, take

pytestmark = pytest.mark.django_db

MATCH, NO_MATCH = {"choice": "match"}, {"choice": "no match"}
RULERS = [Authority.ENGINEER, Authority.EXPERT, Authority.GOLD]


def settled() -> tuple[Item, list]:
    """An item that two labellers settled as a match, its policy allowing three."""
    project = make_project(gold_share=0.0, stop_confidence=0.9, maximum_labels=3)
    item = make_items(project, 1)[0]
    labellers = make_labellers(project, 3)
    for labeller in labellers[:2]:
        give(labeller, item)
    assert standing(item).authority == Authority.CROWD
    return item, labellers


def rule(item: Item, authority: Authority, answer=None, **values) -> Resolution:
    given = {"answer": answer or NO_MATCH, "reason": "seen", "by": make_user("olga"), "now": later(60), **values}
    return decide(item=item, authority=authority, **given)


@pytest.mark.parametrize(("first", "second"), itertools.product(RULERS, RULERS), ids=str)
def test_a_ruling_replaces_one_of_at_most_its_own_authority(first, second):
    item, _ = settled()
    earlier = rule(item, first)
    if second < first:
        with pytest.raises(Outranked, match=first.label.lower()):
            rule(item, second, MATCH)
        assert standing(item) == earlier
        assert Resolution.objects.count() == 2
        return
    later_one = rule(item, second, MATCH)
    assert standing(item) == later_one
    earlier.refresh_from_db()
    assert earlier.closed_at == later(60)


def test_a_ruling_closes_the_crowds_answer_and_keeps_it_on_record():
    item, _ = settled()
    by_crowd = standing(item)
    ruling = rule(item, Authority.ENGINEER)
    by_crowd.refresh_from_db()
    assert (by_crowd.closed_at, by_crowd.answer) == (later(60), '{"choice":"match"}')
    assert (ruling.answer, ruling.reason, ruling.by.username) == ('{"choice":"no match"}', "seen", "olga")
    entry = Entry.objects.get(action="item.ruled")
    assert entry.detail["resolution"] == ruling.public_id


def test_a_discard_needs_its_reason_and_is_outranked_like_any_ruling():
    item, _ = settled()
    with pytest.raises(Invalid, match="why"):
        decide(item=item, answer=None, authority=Authority.EXPERT, reason="", by=None, now=NOW)
    decide(item=item, answer=None, discard_reason="no text", authority=Authority.EXPERT, reason="", by=None, now=NOW)
    assert (fresh(item).state, standing(item).answer, standing(item).discard_reason) == ("discarded", "", "no text")
    with pytest.raises(Outranked):
        rule(item, Authority.ENGINEER)
    assert rule(item, Authority.EXPERT).answer
    assert fresh(item).state == "resolved"


def test_an_answer_the_schema_refuses_changes_nothing():
    item, _ = settled()
    before = standing(item)
    with pytest.raises(Invalid, match="maybe"):
        rule(item, Authority.EXPERT, {"choice": "maybe"})
    assert standing(item) == before


def test_a_gold_item_is_not_ruled():
    project = make_project()
    gold = make_items(project, 1, purpose=Purpose.GOLD)[0]
    with pytest.raises(Conflict, match="gold"):
        rule(gold, Authority.EXPERT)


def test_no_act_of_the_crowd_touches_a_ruling():
    """A late label, an undo, a rejection and its lifting, one after the other."""
    item, labellers = settled()
    send_back(item=item, n_more=1, reason="look again", by=None, now=NOW)
    take(labellers[2], item)
    ruling = rule(item, Authority.ENGINEER)
    lease = labellers[2].leases.get()
    label = submit(token=lease.token, labeller=labellers[2], answer=MATCH, now=later(61)).label
    assert (standing(item), fresh(item).n_done) == (ruling, 3)
    undo(token=label.token, labeller=labellers[2], now=later(62))
    assert (standing(item), fresh(item).n_done, fresh(item).n_active) == (ruling, 2, 1)
    rejection = reject(labeller=labellers[0], reason="too fast", by=None, now=later(63))
    assert (standing(item), fresh(item).n_done) == (ruling, 1)
    lift(rejection=rejection, reason="a mistake", by=None, now=later(64))
    assert (standing(item), fresh(item).n_done, fresh(item).state) == (ruling, 2, "resolved")
