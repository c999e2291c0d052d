"""What follows when the labels that count for an item change."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from labelling.assignment.models import Label
from labelling.audit.actions import record
from labelling.consensus import actions, judging, queries
from labelling.consensus.states import Event
from labelling.jobs.actions import enqueue
from labelling.projects.models import Project, User
from labelling.sampling.models import Item, State


def judge_if_due(*, item: Item, project: Project, after_label: Label | None, now: datetime) -> bool:
    """Judge a locked item when all labels asked for are in. False when it isn't time, or a newer fit is needed first.

    A fit older than the policy allows decides nothing: the item waits for the refit that is asked for here.
    """
    policy = project.policy
    assert policy is not None and project.schema is not None
    if not judging.is_due(item, policy):
        return False
    fit = queries.latest_fit(project.pk, project.schema_id)
    age = queries.age(project.pk, fit, limit=policy.fit_max_age)
    if 2 * age > policy.fit_max_age:
        enqueue_refit(project_id=project.pk, now=now)
    if age > policy.fit_max_age:
        return False
    actions.judge(item=item, project=project, fit=fit, after_label=after_label, now=now)
    return True


def enqueue_refit(*, project_id: int, now: datetime) -> None:
    """Ask for a new fit of a project, once."""
    enqueue("refit", key=str(project_id), now=now, project_id=project_id, project=project_id)


def labels_lost(*, item: Item, now: datetime) -> None:
    """Labels of a locked item stopped counting: what the crowd had said is open again; rulings stay."""
    standing = queries.standing_resolution(item)
    actions.move(item=item, standing=standing, event=Event.LABELS_LOST, now=now)


def finish(*, items: Iterable[Item], by: User | None, now: datetime) -> int:
    """No more labels are to be had: settle open items with the labels they have, and contest what these don't settle.

    Returns how many items were judged. Asks for no newer fit; call it after a refit.
    """
    return sum(_finish(item, by, now) for item in items)


def _finish(item: Item, by: User | None, now: datetime) -> bool:
    with transaction.atomic():
        locked = Item.objects.select_for_update(no_key=True, of=("self",)).select_related("project__policy")
        item = locked.select_related("project__schema").get(pk=item.pk)
        if item.state != State.OPEN or item.n_active:
            return False
        fit = queries.latest_fit(item.project_id, item.project.schema_id)
        actions.judge(item=item, project=item.project, fit=fit, after_label=None, now=now, final=True)
        record("item.finished", item, by=by, now=now, project_id=item.project_id, labels=item.n_done)
        return True
