"""What the crowd's labels decide about an item, and how its situation and its resolution follow."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt
from django.db import transaction

from labelling import canonical
from labelling.assignment.models import Label
from labelling.consensus import judging, queries
from labelling.consensus.models import Authority, Fit, Resolution, StoppingDecision
from labelling.consensus.states import Event, Situation
from labelling.consensus.weighing import losses_of
from labelling.projects.models import Project, User
from labelling.sampling.models import Item, Purpose, State
from labelling.stats import stopping

Floats = npt.NDArray[np.float64]

# By how much an item's value must change to be written anew, and how many are locked at once.
VALUE_MOVES = 0.02
AT_ONCE = 500


def judge(
    *, item: Item, project: Project, fit: Fit | None, after_label: Label | None, now: datetime, final: bool = False
) -> StoppingDecision:
    """Decide about a locked item from the labels that count, store the decision with its fit and policy, and let the
    situation follow. A gold item gets its decision and its next run; it has no resolution.

    final: no more labels are to be had.
    """
    policy, schema = project.policy_in_force, project.schema_in_force
    given = queries.given(item)
    rows = queries.confusion_rows(fit, [labeller for labeller, _ in given])
    assessment = judging.assess(item=item, given=given, fit=fit, rows=rows, policy=policy, schema=schema, final=final)
    decision = judging.decision_row(
        item=item, assessment=assessment, fit=fit, policy=policy, schema=schema, after_label=after_label, now=now
    )
    standing = queries.standing_resolution(item) if item.state in (State.RESOLVED, State.DISCARDED) else None
    effect = judging.follow(item=item, standing=standing, assessment=assessment, policy=policy, now=now)
    decision.save(force_insert=True)
    _write(item, standing, effect, now)
    if effect.settles:
        judging.resolution_row(decision=decision, answer=assessment.answer).save(force_insert=True)
    return decision


def _write(item: Item, standing: Resolution | None, effect: judging.Effect, now: datetime) -> None:
    if effect.closes and standing is not None:
        # Who waited for the item's lock may have begun before the resolution was made.
        Resolution.objects.filter(pk=standing.pk, closed_at=None).update(
            closed_at=max(now, standing.at), closed_because=effect.closes
        )
    if effect.item:
        for name, value in effect.item.items():
            setattr(item, name, value)
        Item.objects.filter(pk=item.pk).update(**effect.item)


def move(*, item: Item, standing: Resolution | None, event: Event, now: datetime) -> Situation:
    """Let an event happen to a locked item: close its resolution where the event replaces it, set its state.

    Raises states.NotAllowed where the table forbids the event; nothing is changed then.
    """
    following, effect = judging.transition(item=item, standing=standing, event=event, now=now)
    _write(item, standing, effect, now)
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


def refresh_values(*, project: Project, fit: Fit, item_ids: Sequence[int], posterior: Floats) -> int:
    """Give open items with labels the value of their next label under a new fit; returns how many changed.

    posterior: float (n, k), calibrated, of item_ids. Values that hardly move stay; items that somebody holds are
    being judged anyway. For background work.
    """
    open_items = Item.objects.filter(project=project, purpose=Purpose.WORK, state=State.OPEN, n_done__gt=0)
    place = {item: at for at, item in enumerate(item_ids)}
    rows = open_items.order_by("id").values_list("id", "value", "n_done").iterator(chunk_size=10_000)
    known = [row for row in rows if row[0] in place]
    values = _values(project, fit, posterior[[place[item] for item, *_ in known]], [done for *_, done in known])
    new = {item: value for (item, *_), value in zip(known, values.tolist(), strict=True)}
    moved = [item for item, value, _ in known if abs(new[item] - value) > VALUE_MOVES]
    return sum(_write_values(moved[at : at + AT_ONCE], new) for at in range(0, len(moved), AT_ONCE))


def _values(project: Project, fit: Fit, posterior: Floats, done: list[int]) -> Floats:
    """What the next label of each item is worth, (n,), 0 to 1."""
    policy = project.policy_in_force
    had = np.array(done, dtype=np.intp)
    left = np.maximum(policy.maximum_labels - had, 0)
    losses = losses_of(fit=fit, policy=policy, posterior=posterior, had=had, left=left)
    bits = stopping.information(posterior, judging.pooled_confusion(fit, posterior.shape[1]))
    return judging.worths(fit, policy, posterior, bits, losses)


def _write_values(item_ids: Sequence[int], new: dict[int, float]) -> int:
    with transaction.atomic():
        free = Item.objects.filter(pk__in=item_ids, state=State.OPEN).order_by("id")
        locked = list(free.select_for_update(skip_locked=True, no_key=True).only("id"))
        for item in locked:
            item.value = new[item.pk]
        Item.objects.bulk_update(locked, ["value"])
        return len(locked)
