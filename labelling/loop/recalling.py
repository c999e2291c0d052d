"""Recalls that follow from rulings: asked for where somebody rules, made in the background, many at once."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from labelling.consensus.models import Authority, Resolution
from labelling.datasets.models import Version
from labelling.datasets.rulings import recall_ruled, rulings_of
from labelling.jobs.actions import enqueue, take_waiting

JOB = "recall"
# Longer than a ruling takes from its first statement to its last.
A_MOMENT = timedelta(seconds=30)


def ask_for_recalls(ruling: Resolution, *, project_id: int, now: datetime) -> None:
    """Call it in the transaction that makes or closes a ruling: what it means for versions is a job's work. Where
    nothing was published there is nothing to recall."""
    if ruling.authority != Authority.CROWD and Version.objects.filter(project=project_id).exists():
        ended = ".ended" if ruling.closed_at else ""
        enqueue(JOB, key=f"{ruling.public_id}{ended}", now=now, project_id=project_id, project=project_id,
                resolution=ruling.pk)  # fmt: skip


def recheck_first(version: Version, *, now: datetime) -> None:
    """Call it in the transaction that publishes a project's first version: who ruled while it was written saw nothing
    published, and asked for nothing. Every later version has one before it."""
    enqueue(JOB, key=f"{version.public_id}.first", now=now, run_after=now + A_MOMENT, project_id=version.project_id,
            project=version.project_id, resolution=None)  # fmt: skip


def recall_job(*, project: int, resolution: int | None, now: datetime) -> dict[str, Any]:
    """The background job; it does what other waiting jobs of the project ask for too, so that ten thousand rulings
    read each segment once. resolution: None for every ruling that stands."""
    with transaction.atomic():
        others = take_waiting(JOB, project_id=project, now=now)
        asked = {resolution, *(job.arguments["resolution"] for job in others)}
        resolutions = {one for one in asked if one is not None}
        if None in asked:
            resolutions |= set(rulings_of(project).values_list("pk", flat=True))
        made = recall_ruled(project_id=project, resolutions=resolutions, now=now)
    return {"rulings": len(resolutions), "versions": len({recall.version_id for recall in made}), "rows": len(made)}
