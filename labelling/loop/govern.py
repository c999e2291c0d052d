"""A changed policy, with what must follow from it in other stages."""

from collections.abc import Iterable
from datetime import datetime
from itertools import groupby
from typing import Any

from django.db import transaction

from labelling.assignment.actions import lock_items
from labelling.assignment.portions import count_portions
from labelling.jobs.actions import enqueue
from labelling.projects import actions as projects
from labelling.projects.models import Member, PolicyVersion, Project, Role, User
from labelling.sampling.chance import born
from labelling.sampling.models import Item

CHUNK = 5_000


@transaction.atomic
def change_policy(*, project: Project, changes: dict[str, Any], by: User | None, now: datetime) -> PolicyVersion:
    """The policy in force with `changes`, in force at once.

    From where a labeller's greatest share of a part begins to be limited, what each was given already counts; where
    the ageing of items changes, a job ages them anew. Raises Invalid naming each field at fault.
    """
    if changes.get("max_share") is not None:
        # Before the project's row, as everywhere: who waits here is given nothing under the old policy meanwhile.
        labellers = Member.objects.filter(project=project, role=Role.LABELLER).order_by("pk")
        list(labellers.select_for_update(no_key=True).values_list("pk"))
    row = projects.new_policy(project=project, changes=changes, by=by, now=now)
    before = project.policyversions.get(number=row.number - 1)
    if before.max_share is None and row.max_share is not None:
        count_portions(project=project)
    if before.aging_days != row.aging_days:
        enqueue("age", key=str(project.pk), project_id=project.pk, project=project.pk, now=now)
    return row


def age_job(*, project: int, now: datetime) -> dict[str, int]:
    """Write when every item came in units of the policy's aging_days; some thousands at a time, safe to repeat."""
    found = Project.objects.select_related("policy").get(pk=project)
    items = Item.objects.filter(project=found).order_by("pk")
    changed, last = 0, 0
    while chunk := list(items.filter(pk__gt=last).values_list("pk", "created_at")[:CHUNK]):
        changed += _age(found, chunk)
        last = chunk[-1][0]
    return {"items": changed}


def _age(project: Project, chunk: Iterable[tuple[int, datetime]]) -> int:
    """Items of a round came at the same moment, so a chunk takes few statements."""
    changed = 0
    by_moment = groupby(sorted(chunk, key=lambda row: (row[1], row[0])), key=lambda row: row[1])
    for created_at, rows in by_moment:
        ids = [pk for pk, _ in rows]
        aged = born(project, project.policy_in_force, created_at)
        with transaction.atomic():
            lock_items(ids)
            changed += Item.objects.filter(pk__in=ids).exclude(born=aged).update(born=aged)
    return changed
