"""Large rejections, and their lifting: jobs that go through the labels by id, a chunk a transaction.

Each chunk leaves every counter and every recall right, so labelling goes on between them. Where a job is, the rows say
that it has written: run again after a crash, or by two workers, it does no label twice.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, OuterRef

from labelling.assignment.actions import lock_items
from labelling.assignment.models import LabelQuerySet, RejectedLabel, Rejection
from labelling.datasets.actions import recall_for, withdraw_recalls
from labelling.jobs.actions import enqueue
from labelling.jobs.models import Job
from labelling.loop.crowd import enqueue_refit
from labelling.loop.rejecting.recount import cover, restore
from labelling.loop.rejecting.target import target_of
from labelling.projects.models import Project

REJECT, LIFT = "reject", "lift"
CHUNK = 200

Step = Callable[[int, datetime], dict[str, int] | None]


def lock(pk: int) -> Rejection:
    """A rejection as it is now: whoever has its row is the only one at work on it."""
    rows = Rejection.objects.select_for_update(no_key=True, of=("self",))
    return rows.select_related("project", "labeller", "batch", "label").get(pk=pk)


def with_rules(project: Project) -> Project:
    return Project.objects.select_related("policy", "schema").get(pk=project.pk)


def reject_job(*, now: datetime, rejection: int, **_: Any) -> dict[str, int]:
    """The handler of the job "reject": goes on where the rejection's rows say it has come to."""
    found = Rejection.objects.select_related("project", "labeller", "batch", "label").get(pk=rejection)
    _count(found, REJECT, lambda: _wanted(found).count())
    return _work(rejection, now, cover_some)


def lift_job(*, now: datetime, rejection: int, **_: Any) -> dict[str, int]:
    """The handler of the job "lift"."""
    found = Rejection.objects.get(pk=rejection)
    _count(found, LIFT, lambda: found.n_labels or 0)
    return _work(rejection, now, restore_some)


def _work(rejection: int, now: datetime, step: Step) -> dict[str, int]:
    began = monotonic()
    while True:
        result = step(rejection, now + timedelta(seconds=monotonic() - began))
        if result is not None:
            return result


def _wanted(rejection: Rejection) -> LabelQuerySet:
    return target_of(rejection).labels().filter(pk__lte=rejection.up_to)


def cover_some(pk: int, now: datetime, chunk: int = CHUNK) -> dict[str, int] | None:
    """The next labels stop counting, together or not at all. The result, when there are no more."""
    with transaction.atomic():
        rejection = lock(pk)
        if rejection.covered_at is not None:
            return {"labels": rejection.n_labels or 0}
        # Before any item: a version that is being published must not be waited for with items locked.
        Project.objects.select_for_update(no_key=True).get(pk=rejection.project_id)
        _recall(rejection, now)
        given = _next(rejection, chunk)
        if not given:
            return _covered(rejection, now)
        lock_items({item for _, item in given})
        _progress(rejection, REJECT, cover(rejection=rejection, labels=[label for label, _ in given], now=now), now)
    return None


def _next(rejection: Rejection, n: int) -> list[tuple[int, int]]:
    """Beyond the last one that is covered; at the end, those whose transactions were slow to commit."""
    mine = RejectedLabel.objects.filter(rejection=rejection, lifted_at=None)
    last = mine.order_by("-label_id").values_list("label_id", flat=True).first() or 0
    rows = _wanted(rejection).order_by("pk").values_list("pk", "item_id")
    ahead = list(rows.filter(pk__gt=last)[:n])
    return ahead or list(rows.filter(~Exists(mine.filter(label=OuterRef("pk"))))[:n])


def _covered(rejection: Rejection, now: datetime) -> dict[str, int]:
    n = RejectedLabel.objects.filter(rejection=rejection).count()
    Rejection.objects.filter(pk=rejection.pk).update(covered_at=now, n_labels=n)
    enqueue_refit(project_id=rejection.project_id, now=now)
    return {"labels": n}


def _recall(rejection: Rejection, now: datetime) -> None:
    """Recall the versions that were published since this was last looked at, the first time all of them, for every
    label that the rejection will cover."""
    job = _newest(rejection, REJECT)
    seen = job.arguments.get("seen", 0) if job else 0
    newest = rejection.project.versions.order_by("-number").values_list("number", flat=True).first() or 0
    if newest <= seen:
        return
    recall_for(rejection=rejection, labels=_wanted(rejection), now=now, after=seen)
    if job:
        Job.objects.filter(pk=job.pk).update(arguments=job.arguments | {"seen": newest})


def restore_some(pk: int, now: datetime, chunk: int = CHUNK) -> dict[str, int] | None:
    """The next labels count again, together or not at all. The result, when there are no more."""
    with transaction.atomic():
        rejection = lock(pk)
        Project.objects.select_for_update(no_key=True).get(pk=rejection.project_id)
        mine = RejectedLabel.objects.filter(rejection=rejection, lifted_at=None).order_by("label_id")
        given = list(mine.values_list("label_id", "label__item_id")[:chunk])
        if not given:
            return restored(rejection, now)
        lock_items({item for _, item in given})
        labels = [label for label, _ in given]
        n = restore(rejection=rejection, labels=labels, project=with_rules(rejection.project), now=now)
        _progress(rejection, LIFT, n, now)
    return None


def restored(rejection: Rejection, now: datetime) -> dict[str, int]:
    """The last label of a lifted rejection counts again."""
    if Rejection.objects.filter(pk=rejection.pk, restored_at=None).update(restored_at=now):
        withdraw_recalls(rejection=rejection, now=now)
        enqueue_refit(project_id=rejection.project_id, now=now)
    return {"labels": rejection.n_labels or 0}


def go_on(*, rejection: Rejection, now: datetime) -> Job | None:
    """Ask again for the work of a rejection whose job was given up. None where there is nothing to do."""
    with transaction.atomic():
        rejection = lock(rejection.pk)
        kind = work_left(rejection)
        if not kind or _newest(rejection, kind):
            return None
        project = rejection.project_id
        return enqueue(kind, key=rejection.public_id, now=now, project_id=project, rejection=rejection.pk)


def work_left(rejection: Rejection) -> str:
    """The kind of job that a rejection waits for, or nothing."""
    if rejection.covered_at is None:
        return REJECT
    return LIFT if rejection.lifted_at is not None and rejection.restored_at is None else ""


def _newest(rejection: Rejection, kind: str) -> Job | None:
    """The job at work, or about to be."""
    rows = Job.objects.filter(kind=kind, key=rejection.public_id, finished_at=None, failed_at=None)
    return rows.order_by("-id").first()


def _count(rejection: Rejection, kind: str, total: Callable[[], int]) -> None:
    """How much there is to do, once: background work may count a project."""
    job = _newest(rejection, kind)
    if job is not None and job.total is None:
        done = RejectedLabel.objects.filter(rejection=rejection, lifted_at__isnull=kind == REJECT).count()
        Job.objects.filter(pk=job.pk).update(total=total(), done=done)


def _progress(rejection: Rejection, kind: str, n: int, now: datetime) -> None:
    """The time of the claim moves on, or a long job would be taken for one whose worker died."""
    jobs = Job.objects.filter(kind=kind, key=rejection.public_id, finished_at=None, failed_at=None)
    jobs.update(done=F("done") + n)
    jobs.exclude(started_at=None).update(started_at=now)
