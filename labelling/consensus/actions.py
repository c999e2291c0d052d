"""What the crowd's labels decide about an item, and how its situation and its resolution follow."""

from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from labelling import canonical
from labelling.assignment.models import Label
from labelling.consensus import queries
from labelling.consensus.models import Authority, Fit, Resolution, StoppingDecision
from labelling.consensus.states import STATE_OF, Event, Situation, after
from labelling.projects.models import Mode, PolicyVersion, Project, SchemaVersion, User
from labelling.sampling.models import Item, State
from labelling.schemas import kind_of
from labelling.stats import stopping

EVENT_OF = {"stop": Event.CROWD_SETTLES, "more": Event.CROWD_NEEDS_MORE, "contest": Event.CROWD_CONTESTS}
CROWD_EVENTS = set(EVENT_OF.values()) | {Event.LABELS_LOST}


def situation(item: Item, standing: Resolution | None) -> Situation:
    """Where an item is, from its state and its standing resolution."""
    if item.state == State.RESOLVED:
        by_crowd = standing is not None and standing.authority == Authority.CROWD
        return Situation.SETTLED if by_crowd else Situation.RULED
    return {
        State.OPEN: Situation.OPEN, State.CONTESTED: Situation.CONTESTED, State.DISCARDED: Situation.DISCARDED,
    }[State(item.state)]  # fmt: skip


def is_due(item: Item, policy: PolicyVersion) -> bool:
    """Whether the crowd's labels must be judged now: all that were asked for are in, or enough people gave up."""
    gave_up = not runs_to_maximum(item, policy) and item.n_abstained >= policy.abstentions_to_contest
    return item.n_done >= item.target or gave_up


def runs_to_maximum(item: Item, policy: PolicyVersion) -> bool:
    """Whether an item gets all labels the policy allows, whatever the first ones say."""
    return item.is_yardstick or policy.mode == Mode.FIXED


def verdict(
    item: Item, posterior: npt.NDArray[np.float64], policy: PolicyVersion, *, final: bool = False
) -> stopping.Decision:
    """Stop, more or contest, by the policy; the same function for live work, replays and refits.

    final: no more labels are to be had, so the ones there are are the maximum. An abstention takes a label's place at
    the maximum, but settles nothing: the minimum is of answers, and without any there is nothing to stop at.
    """
    maximum = item.n_done if final else policy.maximum_labels
    at_maximum = item.n_done >= maximum
    if at_maximum and item.n_done == item.n_abstained:
        return "contest"
    may_contest = at_maximum or not runs_to_maximum(item, policy)
    return stopping.decide(
        posterior, item.n_done, minimum=min(policy.minimum_labels + item.n_abstained, maximum), maximum=maximum,
        stop_confidence=policy.stop_confidence, contest_below=policy.contest_below,
        n_abstentions=item.n_abstained if may_contest else 0,
        abstentions_to_contest=policy.abstentions_to_contest if may_contest else None,
        mode="fixed" if policy.mode == Mode.FIXED else "adaptive", yardstick=item.is_yardstick,
    )  # fmt: skip


def judge(
    *, item: Item, project: Project, fit: Fit | None, posterior: npt.NDArray[np.float64], after_label: Label | None,
    now: datetime, final: bool = False,
) -> StoppingDecision:  # fmt: skip
    """Decide about a locked item, store the decision with its fit and policy, and let the situation follow."""
    assert project.policy is not None and project.schema is not None
    classes = kind_of(project.schema.kind).classes(project.schema.definition)
    decision = StoppingDecision.objects.create(
        item=item, pass_number=item.pass_number, after_label=after_label, n_labels=item.n_done,
        verdict=verdict(item, posterior, project.policy, final=final), confidence=float(posterior.max()),
        posterior=queries.in_millionths(posterior, classes), fit=fit, policy=project.policy, at=now,
    )  # fmt: skip
    best = _answer(project.schema, int(posterior.argmax()))
    standing = queries.standing_resolution(item)
    if standing is not None and decision.verdict == "stop" and _says_the_same(standing, best):
        return decision
    moved = move(item=item, standing=standing, event=EVENT_OF[decision.verdict], now=now)
    if decision.verdict == "more" and moved is Situation.OPEN and item.n_done >= item.target:
        item.target = item.n_done + item.n_active + 1
        Item.objects.filter(pk=item.pk).update(target=item.target)
    if moved is Situation.SETTLED:
        Resolution.objects.create(
            item=item, pass_number=item.pass_number, authority=Authority.CROWD, answer=best,
            confidence=decision.confidence, posterior=decision.posterior, decision=decision, at=now,
        )  # fmt: skip
    return decision


def _answer(schema: SchemaVersion, index: int) -> str:
    return canonical.dumps(kind_of(schema.kind).from_class(schema.definition, index))


def _says_the_same(standing: Resolution, answer: str) -> bool:
    return standing.authority == Authority.CROWD and standing.answer == answer


def move(*, item: Item, standing: Resolution | None, event: Event, now: datetime) -> Situation:
    """Let an event happen to a locked item: close its resolution where the event replaces it, set its state.

    Raises states.NotAllowed where the table forbids the event; nothing is changed then.
    """
    before = situation(item, standing)
    following = after(before, event)
    unchanged = following is before and following is not Situation.RULED and following is not Situation.DISCARDED
    stays = event in CROWD_EVENTS and before in (Situation.RULED, Situation.DISCARDED)
    if stays or (unchanged and following is not Situation.SETTLED):
        return before
    if standing is not None:
        # Who waited for the item's lock may have begun before the resolution was made.
        ended_at = max(now, standing.at)
        Resolution.objects.filter(pk=standing.pk, closed_at=None).update(closed_at=ended_at, closed_because=event.value)
    if STATE_OF[following] != item.state:
        item.state, item.state_at = STATE_OF[following], now
        Item.objects.filter(pk=item.pk).update(state=item.state, state_at=now)
    return following


def rule(
    *, item: Item, authority: Authority, answer: dict[str, Any] | None, discard_reason: str, reason: str,
    by: User | None, now: datetime, confidence: float | None, posterior: dict[str, int] | None,
) -> Resolution:  # fmt: skip
    """Write a ruling over a locked item; the caller has checked that its authority suffices."""
    standing = queries.standing_resolution(item)
    event = Event.DISCARD if answer is None else Event.RULING
    move(item=item, standing=standing, event=event, now=now)
    return Resolution.objects.create(
        item=item, pass_number=item.pass_number, authority=authority,
        answer="" if answer is None else canonical.dumps(answer),
        discard_reason=discard_reason if answer is None else "", reason=reason, confidence=confidence,
        posterior=posterior, by=by, at=now,
    )  # fmt: skip
