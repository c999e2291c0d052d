"""How far rejections are: most are done when they are decided, large ones by a job."""

from collections.abc import Iterable
from dataclasses import dataclass

from labelling.assignment.models import Rejection
from labelling.jobs.models import Job
from labelling.loop.rejecting.carry_out import LIFT, REJECT, work_left

UNDER_WAY, IN_FORCE, BEING_LIFTED, LIFTED = "under_way", "in_force", "being_lifted", "lifted"
STATES = (UNDER_WAY, IN_FORCE, BEING_LIFTED, LIFTED)


@dataclass(frozen=True)
class Progress:
    """done of total labels, where a job is at work or waits; total: None until it is counted. job: the newest one of
    what is left to do, None where nothing is left."""

    state: str
    done: int = 0
    total: int | None = None
    job: Job | None = None

    @property
    def given_up(self) -> bool:
        """The work failed too often; it goes on when it is asked for again."""
        return self.job is not None and self.job.state == "failed"


def with_progress(rejections: Iterable[Rejection]) -> list[tuple[Rejection, Progress]]:
    """Each with how far it is; one statement for all of them."""
    rows = list(rejections)
    unfinished = [row.public_id for row in rows if work_left(row)]
    jobs = Job.objects.filter(kind__in=(REJECT, LIFT), key__in=unfinished).order_by("id") if unfinished else []
    newest = {(job.kind, job.key): job for job in jobs}
    return [(row, _progress(row, newest.get((work_left(row), row.public_id)))) for row in rows]


def _progress(rejection: Rejection, job: Job | None) -> Progress:
    state = state_of(rejection)
    return Progress(state, job.done, job.total, job) if job else Progress(state)


def state_of(rejection: Rejection) -> str:
    if rejection.lifted_at is not None:
        return BEING_LIFTED if rejection.restored_at is None else LIFTED
    return UNDER_WAY if rejection.covered_at is None else IN_FORCE
