"""Recalls that follow from rulings: asked for where somebody rules, made in the background, many at once."""

from datetime import datetime
from typing import Any

from django.db import transaction

from labelling.consensus.models import Authority, Resolution
from labelling.datasets.rulings import recall_ruled
from labelling.jobs.actions import enqueue, take_waiting

JOB = "recall"


def ask_for_recalls(ruling: Resolution, *, project_id: int, now: datetime) -> None:
    """Call it in the transaction that makes or closes a ruling: what it means for versions is a job's work."""
    if ruling.authority != Authority.CROWD:
        ended = ".ended" if ruling.closed_at else ""
        enqueue(JOB, key=f"{ruling.public_id}{ended}", now=now, project_id=project_id, project=project_id,
                resolution=ruling.pk)  # fmt: skip


def recall_job(*, project: int, resolution: int, now: datetime) -> dict[str, Any]:
    """The background job; it does what other waiting jobs of the project ask for too, so that ten thousand rulings
    read each segment once."""
    with transaction.atomic():
        others = take_waiting(JOB, project_id=project, now=now)
        resolutions = {resolution, *(job.arguments["resolution"] for job in others)}
        made = recall_ruled(project_id=project, resolutions=resolutions, now=now)
    return {"rulings": len(resolutions), "versions": len({recall.version_id for recall in made}), "rows": len(made)}
