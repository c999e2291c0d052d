"""Asking for background work, and doing it. Handlers are passed in, so that jobs know no stage."""

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import IntegrityError, InterfaceError, OperationalError, close_old_connections, transaction
from django.db.models import F

from labelling.jobs.models import Job
from labelling.jobs.queries import LOST_AFTER

logger = logging.getLogger(__name__)

Handler = Callable[..., Any]
MAX_ATTEMPTS = 8
# Seconds between attempts to write what became of a job, while the database restarts.
PAUSES = (0.5, 1, 2, 4, 8, 15, 30)


def enqueue(
    kind: str, *, key: str, now: datetime, project_id: int | None = None, run_after: datetime | None = None,
    **arguments: Any,
) -> Job | None:  # fmt: skip
    """Write that a job must run; call it inside the transaction that makes it necessary.

    Returns None when a job of that kind and key is already waiting.
    """
    if Job.objects.filter(kind=kind, key=key, started_at=None, failed_at=None).exists():
        return None
    try:
        with transaction.atomic():
            job = Job.objects.create(
                kind=kind, key=key, project_id=project_id, arguments=arguments, created_at=now,
                run_after=run_after or now,
            )  # fmt: skip
    except IntegrityError:
        return None
    return job


def take_waiting(kind: str, *, project_id: int, now: datetime, limit: int = 10_000) -> list[Job]:
    """Waiting jobs of a kind that the caller does along with its own; done when the caller's transaction is."""
    waiting = Job.objects.filter(
        kind=kind, project_id=project_id, started_at=None, finished_at=None, failed_at=None, run_after__lte=now
    )
    taken = list(waiting.order_by("id").select_for_update(skip_locked=True)[:limit])
    Job.objects.filter(pk__in=[job.pk for job in taken]).update(started_at=now, finished_at=now)
    return taken


def due(*, now: datetime, limit: int = 100, only: str = "", but: str = "") -> list[int]:
    """Ids of jobs that should run now: waiting ones, and ones whose worker seems to have died. only, but: of this kind
    alone, or of every other."""
    _give_back_lost(now=now)
    waiting = Job.objects.filter(started_at=None, finished_at=None, failed_at=None, run_after__lte=now)
    waiting = waiting.filter(kind=only) if only else waiting
    waiting = waiting.exclude(kind=but) if but else waiting
    return list(waiting.order_by("run_after", "id").values_list("id", flat=True)[:limit])


def run(job_id: int, *, handlers: dict[str, Handler], now: datetime) -> bool:
    """Claim a job and run its handler. False when another worker has it, or it is done. Safe to call twice."""
    try:
        job = _claim(job_id, now=now)
    except (OperationalError, InterfaceError):
        # It may be claimed all the same, and then nobody else would do it before it counts as lost.
        _outlast(partial(_give_back, job_id, claimed_at=now))
        return False
    if job is None:
        return False
    try:
        result = handlers[job.kind](now=now, **job.arguments)
    except Exception as error:  # A job may fail in any way; it is recorded, retried, and never takes the worker down.
        _outlast(partial(_record_failure, job, error, now=now))
        return False
    _outlast(lambda: Job.objects.filter(pk=job_id).update(finished_at=now, result=result, error=""))
    return True


def _claim(job_id: int, *, now: datetime) -> Job | None:
    claimed = Job.objects.filter(
        pk=job_id, started_at=None, finished_at=None, failed_at=None, run_after__lte=now
    ).update(started_at=now, attempts=F("attempts") + 1)
    return Job.objects.get(pk=job_id) if claimed else None


def _give_back(job_id: int, *, claimed_at: datetime) -> None:
    """Let others have a job that this worker claimed and did not begin."""
    mine = Job.objects.filter(pk=job_id, started_at=claimed_at, finished_at=None, failed_at=None)
    try:
        with transaction.atomic():
            mine.update(started_at=None)
    except IntegrityError:
        mine.update(failed_at=claimed_at, error="the database went away; a newer job does the same")


def _outlast(write: Callable[[], object]) -> None:
    """Write, however often the database has to be asked: a job that stays claimed is retried only after LOST_AFTER."""
    for pause in PAUSES:
        try:
            write()
            return
        except (OperationalError, InterfaceError) as error:
            logger.error("the database did not answer; asked again in %s s", pause, exc_info=error)
            close_old_connections()
            time.sleep(pause)
    write()


def _record_failure(job: Job, error: Exception, *, now: datetime) -> None:
    logger.error("job %s failed", job, exc_info=error)
    message = f"{type(error).__name__}: {error}"
    if job.attempts >= MAX_ATTEMPTS:
        Job.objects.filter(pk=job.pk).update(failed_at=now, error=message)
        return
    pause = timedelta(seconds=2**job.attempts)
    try:
        with transaction.atomic():
            Job.objects.filter(pk=job.pk).update(started_at=None, run_after=now + pause, error=message)
    except IntegrityError:
        Job.objects.filter(pk=job.pk).update(failed_at=now, error=f"{message} (a newer job does the same)")


def _give_back_lost(*, now: datetime) -> None:
    lost = Job.objects.filter(started_at__lt=now - LOST_AFTER, finished_at=None, failed_at=None)
    for job in lost[:100]:
        _record_failure(job, TimeoutError("its worker disappeared"), now=now)
