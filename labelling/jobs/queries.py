"""Whether background work gets done."""

from datetime import datetime, timedelta

from django.db.models import Q

from labelling.jobs.models import Job

LOST_AFTER = timedelta(minutes=15)
PATIENCE = timedelta(seconds=60)


def oldest_left(*, now: datetime) -> Job | None:
    """The job that has been due for longest, if that is over a minute: nobody took it, or its worker disappeared."""
    unfinished = Job.objects.filter(finished_at=None, failed_at=None, run_after__lte=now - PATIENCE)
    left = unfinished.filter(Q(started_at=None) | Q(started_at__lt=now - LOST_AFTER))
    return left.order_by("run_after").first()


def is_one_running(*, now: datetime) -> bool:
    """Whether a worker is busy with some job."""
    unfinished = Job.objects.filter(finished_at=None, failed_at=None, run_after__lte=now)
    return unfinished.filter(started_at__gte=now - LOST_AFTER).exists()
