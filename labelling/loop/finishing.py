"""No more labels are to be had, of many items at once: what `crowd.finish` does for one, some hundred a transaction."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from labelling.assignment.actions import lock_items
from labelling.assignment.models import Label
from labelling.audit.actions import record
from labelling.consensus import judging
from labelling.consensus.models import Fit, FitRow, Resolution, StoppingDecision
from labelling.projects.models import Project, User
from labelling.sampling.models import Item, Purpose, State

AT_ONCE = 500


@dataclass(frozen=True)
class Finishing:
    """What items are judged by: the project with its rules, its newest fit, and the confusion of each labeller."""

    project: Project
    fit: Fit
    rows: dict[int, bytes | memoryview]
    now: datetime


def finish_all(
    *, project: Project, fit: Fit, by: User | None, now: datetime, progress: Callable[[int], None] | None = None
) -> int:
    """Settle every open item that has labels and that nobody holds, with the labels it has; contest what these don't
    settle. `fit`: made after the last of the labels. Returns how many items were judged; repeating judges none twice.
    progress: called with that number after each few hundred.
    """
    project = Project.objects.select_related("policy", "schema").get(pk=project.pk)
    work = Finishing(project, fit, dict(FitRow.objects.filter(fit=fit).values_list("labeller_id", "confusion")), now)
    waiting = Item.objects.filter(project=project, purpose=Purpose.WORK, state=State.OPEN, n_done__gt=0, n_active=0)
    ids = list(waiting.order_by("id").values_list("id", flat=True))
    done = 0
    for start in range(0, len(ids), AT_ONCE):
        with transaction.atomic():
            done += _finish(work, ids[start : start + AT_ONCE])
        if progress is not None:
            progress(done)
    if done:
        record("items.finished", project, by=by, now=now, project_id=project.pk, items=done, fit=fit.number)
    return done


def _finish(work: Finishing, ids: Sequence[int]) -> int:
    lock_items(ids)
    items = list(Item.objects.filter(pk__in=ids, state=State.OPEN, n_active=0).order_by("id"))
    given = _given(items)
    judged = [(item, *_judged(work, item, given.get(item.pk, []))) for item in items]
    StoppingDecision.objects.bulk_create([decision for _, decision, _, _ in judged])
    Resolution.objects.bulk_create([
        judging.resolution_row(decision=decision, answer=answer)
        for _, decision, effect, answer in judged if effect.settles
    ])  # fmt: skip
    for state in State:
        reached = [item.pk for item, _, effect, _ in judged if effect.item.get("state") == state]
        if reached:
            Item.objects.filter(pk__in=reached).update(state=state, state_at=work.now)
    return len(judged)


def _given(items: Sequence[Item]) -> dict[int, list[tuple[int, str]]]:
    """(labeller id, canonical JSON) of the answers that count, by item."""
    found: dict[int, list[tuple[int, str]]] = {}
    rows = Label.objects.counted().answers().filter(item__in=[item.pk for item in items])
    for item, labeller, answer in rows.values_list("item_id", "labeller_id", "answer"):
        found.setdefault(item, []).append((labeller, answer))
    return found


def _judged(work: Finishing, item: Item, given: list[tuple[int, str]]) -> tuple[StoppingDecision, judging.Effect, str]:
    """The decision, what follows, and the answer that the labels add up to. Of final labels nothing is asked for more,
    so an effect changes the item's state alone."""
    policy, schema = work.project.policy_in_force, work.project.schema_in_force
    rows = {labeller: work.rows[labeller] for labeller, _ in given if labeller in work.rows}
    assessment = judging.assess(
        item=item, given=given, fit=work.fit, rows=rows, policy=policy, schema=schema, final=True
    )
    decision = judging.decision_row(
        item=item, assessment=assessment, fit=work.fit, policy=policy, schema=schema, after_label=None, now=work.now
    )
    effect = judging.follow(item=item, standing=None, assessment=assessment, policy=policy, now=work.now)
    return decision, effect, assessment.answer
