"""What may happen to an item, and where it leads. A test proves the table total: every event in every situation.

A situation is the item's state, with a crowd's answer told from a ruling, since the crowd can undo only its own.
"""

from enum import Enum

from labelling.errors import Conflict
from labelling.sampling.models import State


class Situation(Enum):
    OPEN = "open"
    CONTESTED = "contested"
    SETTLED = "settled by the crowd"
    RULED = "ruled by an engineer, an expert or gold"
    DISCARDED = "discarded"


class Event(Enum):
    CROWD_SETTLES = "the crowd's labels settle it"
    CROWD_NEEDS_MORE = "the crowd's labels don't settle it yet"
    CROWD_CONTESTS = "the crowd can't settle it"
    LABELS_LOST = "labels were undone or rejected"
    RULING = "an engineer, an expert or gold answers"
    DISCARD = "an expert or an owner says it can't be labelled"
    SEND_BACK = "an expert wants more labels"
    REQUEUE = "an owner wants more labels"


class Refused(Enum):
    """What is not a situation but an answer to the attempt."""

    IGNORED = "the labels count, the situation stays"
    FORBIDDEN = "only an expert can send this back"


S, E, STAYS, FORBIDDEN = Situation, Event, Refused.IGNORED, Refused.FORBIDDEN

NEXT: dict[Situation, dict[Event, Situation | Refused]] = {
    S.OPEN: {
        E.CROWD_SETTLES: S.SETTLED, E.CROWD_NEEDS_MORE: S.OPEN, E.CROWD_CONTESTS: S.CONTESTED, E.LABELS_LOST: S.OPEN,
        E.RULING: S.RULED, E.DISCARD: S.DISCARDED, E.SEND_BACK: S.OPEN, E.REQUEUE: S.OPEN,
    },
    S.CONTESTED: {
        E.CROWD_SETTLES: S.SETTLED, E.CROWD_NEEDS_MORE: S.OPEN, E.CROWD_CONTESTS: S.CONTESTED, E.LABELS_LOST: S.OPEN,
        E.RULING: S.RULED, E.DISCARD: S.DISCARDED, E.SEND_BACK: S.OPEN, E.REQUEUE: S.OPEN,
    },
    S.SETTLED: {
        E.CROWD_SETTLES: S.SETTLED, E.CROWD_NEEDS_MORE: S.OPEN, E.CROWD_CONTESTS: S.CONTESTED, E.LABELS_LOST: S.OPEN,
        E.RULING: S.RULED, E.DISCARD: S.DISCARDED, E.SEND_BACK: S.OPEN, E.REQUEUE: S.OPEN,
    },
    S.RULED: {
        E.CROWD_SETTLES: STAYS, E.CROWD_NEEDS_MORE: STAYS, E.CROWD_CONTESTS: STAYS, E.LABELS_LOST: STAYS,
        E.RULING: S.RULED, E.DISCARD: S.DISCARDED, E.SEND_BACK: S.OPEN, E.REQUEUE: FORBIDDEN,
    },
    S.DISCARDED: {
        E.CROWD_SETTLES: STAYS, E.CROWD_NEEDS_MORE: STAYS, E.CROWD_CONTESTS: STAYS, E.LABELS_LOST: STAYS,
        E.RULING: S.RULED, E.DISCARD: S.DISCARDED, E.SEND_BACK: S.OPEN, E.REQUEUE: FORBIDDEN,
    },
}  # fmt: skip

STATE_OF = {
    S.OPEN: State.OPEN, S.CONTESTED: State.CONTESTED, S.SETTLED: State.RESOLVED, S.RULED: State.RESOLVED,
    S.DISCARDED: State.DISCARDED,
}  # fmt: skip


class NotAllowed(Conflict):
    """The item's situation does not allow this."""

    code = "not_allowed"


def after(situation: Situation, event: Event) -> Situation:
    """The situation an event leads to; the same one when it changes nothing. Raises NotAllowed."""
    following = NEXT[situation][event]
    if following is Refused.FORBIDDEN:
        raise NotAllowed(f"This item is {situation.value}: {Refused.FORBIDDEN.value}.")
    return situation if following is Refused.IGNORED else following
