"""What may happen to an item: the table is total, and what the code does is what the table says."""

from collections.abc import Callable

import pytest

from labelling.consensus import actions, judging, queries
from labelling.consensus.models import Authority
from labelling.consensus.states import NEXT, STATE_OF, Event, NotAllowed, Refused, Situation, after
from labelling.loop.resolve import decide
from labelling.sampling.models import Item, State
from tests.factories import NOW, make_items, make_labellers, make_project
from tests.loop.crowd import fresh, give_all, later, standing

S, E = Situation, Event
EVERY = [(situation, event) for situation in Situation for event in Event]
CROWD = judging.CROWD_EVENTS


def test_every_event_has_an_answer_in_every_situation_and_nothing_else_is_in_the_table():
    assert set(NEXT) == set(Situation)
    assert all(set(row) == set(Event) for row in NEXT.values())
    assert all(isinstance(then, Situation | Refused) for row in NEXT.values() for then in row.values())
    assert {STATE_OF[situation] for situation in Situation} == set(State)


def test_the_crowd_never_moves_what_was_ruled_or_discarded():
    assert all(after(ruled, event) is ruled for ruled in (S.RULED, S.DISCARDED) for event in CROWD)


@pytest.mark.parametrize(
    ("event", "then"), [(E.RULING, S.RULED), (E.DISCARD, S.DISCARDED), (E.SEND_BACK, S.OPEN)], ids=str
)
def test_people_with_authority_move_an_item_from_anywhere(event, then):
    assert {after(situation, event) for situation in Situation} == {then}


def test_an_owner_requeues_only_what_no_expert_ruled():
    forbidden = {situation for situation in Situation if NEXT[situation][E.REQUEUE] is Refused.FORBIDDEN}
    assert forbidden == {S.RULED, S.DISCARDED}
    for situation in forbidden:
        with pytest.raises(NotAllowed, match="only an expert"):
            after(situation, E.REQUEUE)


def test_the_crowd_takes_an_item_where_its_labels_lead():
    for situation in (S.OPEN, S.CONTESTED, S.SETTLED):
        assert after(situation, E.CROWD_SETTLES) is S.SETTLED
        assert after(situation, E.CROWD_CONTESTS) is S.CONTESTED
        assert after(situation, E.CROWD_NEEDS_MORE) is S.OPEN
        assert after(situation, E.LABELS_LOST) is S.OPEN


def in_situation(situation: Situation) -> Item:
    """An item that came into that situation by the real path."""
    two = {"initial_labels": 2, "minimum_labels": 2, "maximum_labels": 2, "stop_confidence": 0.9}
    project = make_project(gold_share=0.0, **two)
    item = make_items(project, 1)[0]
    labellers = make_labellers(project, 2)
    make: dict[Situation, Callable[[], object]] = {
        S.OPEN: lambda: None,
        S.CONTESTED: lambda: give_all(labellers, item, "match", "no match"),
        S.SETTLED: lambda: give_all(labellers, item, "match", "match"),
        S.RULED: lambda: rule(item, {"choice": "match"}),
        S.DISCARDED: lambda: rule(item, None),
    }
    make[situation]()
    assert judging.situation(fresh(item), standing(item)) is situation
    return fresh(item)


def rule(item: Item, answer: dict[str, str] | None) -> None:
    reason = "" if answer else "no text"
    decide(item=item, answer=answer, discard_reason=reason, authority=Authority.EXPERT, reason="", by=None, now=NOW)


@pytest.mark.django_db
@pytest.mark.parametrize(("situation", "event"), EVERY, ids=str)
def test_an_event_moves_an_item_and_its_resolution_as_the_table_says(situation, event):
    item = in_situation(situation)
    before = queries.standing_resolution(item)
    if NEXT[situation][event] is Refused.FORBIDDEN:
        with pytest.raises(NotAllowed):
            actions.move(item=item, standing=before, event=event, now=later(60))
        assert (fresh(item).state, standing(item)) == (item.state, before)
        return
    reached = actions.move(item=item, standing=before, event=event, now=later(60))
    assert reached is after(situation, event)
    assert fresh(item).state == STATE_OF[reached]
    if before is None:
        return
    ignored = NEXT[situation][event] is Refused.IGNORED
    assert standing(item) == (before if ignored else None)
    before.refresh_from_db()
    assert (before.closed_because, before.closed_at) == (("", None) if ignored else (event.value, later(60)))
