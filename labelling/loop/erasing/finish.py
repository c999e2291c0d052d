"""What follows an erasure: versions, exports and caches lose the content too. Cut off, it is taken up again."""

from datetime import datetime

from django.db import connection, transaction

from labelling.datasets import erasing
from labelling.datasets.checks import kept as sketches
from labelling.datasets.models import Erasure, SegmentContent, Version
from labelling.datasets.telling import tell_erased
from labelling.exports import actions as exports
from labelling.projects.models import Project

KIND = "erase"


def erase_job(*, project: int, now: datetime) -> dict[str, int]:
    """The background job: finish every erasure of a project that is not done. Safe to repeat and to run twice."""
    erasures = list(Erasure.objects.filter(project=project, done_at=None).order_by("pk"))
    if not erasures:
        return {"erased": 0}
    counted = erasing.empty_segments(project_id=project, erasures=erasures, now=now)
    versions = erasing.versions_emptied(erasures)
    for version in versions:
        exports.forget(version=version, now=now)
    sketches.forget_all_but(set(SegmentContent.objects.filter(gone_at=None).values_list("digest", flat=True)))
    _done(project, erasures, counted, versions, now)
    _empty_log()
    return {"erased": len(erasures), "rows": counted.total(), "versions": len(versions)}


def _empty_log() -> None:
    """SQLite keeps what pages held in its log until that is emptied; within a transaction, or while somebody reads, it
    is left to the next time."""
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _done(
    project_id: int, erasures: list[Erasure], counted: dict[int, int], versions: list[Version], now: datetime
) -> None:
    with transaction.atomic():
        project = Project.objects.select_for_update(no_key=True).get(pk=project_id)
        finished = [
            erasure for erasure in erasures
            if Erasure.objects.filter(pk=erasure.pk, done_at=None).update(
                done_at=now, n_rows=counted.get(erasure.example_id, 0)
            )
        ]  # fmt: skip
        if finished:
            tell_erased(project, finished, versions, now=now)
