"""The Celery tasks that wake workers, and the table of what a job's kind runs."""

from datetime import datetime

from django.db import OperationalError
from django.utils import timezone

from labelling.assignment import actions as assignment
from labelling.celery import app
from labelling.exports import actions as exports
from labelling.incoming import uploads
from labelling.jobs import actions as jobs
from labelling.loop import appeals as appeals_loop
from labelling.loop import bulk as bulk_loop
from labelling.loop import checking as checking_loop
from labelling.loop import govern as govern_loop
from labelling.loop import publish as publish_loop
from labelling.loop import recalling
from labelling.loop import refit as refit_loop
from labelling.loop import simulating as simulating_loop
from labelling.loop import waiting as waiting_loop
from labelling.loop.erasing import finish as erasing_loop
from labelling.loop.leftovers import sweep_leftovers
from labelling.loop.rejecting import carry_out
from labelling.scratch import sweep_scratch
from labelling.webhooks import announcing, delivering

HANDLERS: dict[str, jobs.Handler] = {
    uploads.JOB: uploads.import_job,
    "items": bulk_loop.bulk_job,
    "export": exports.export_job,
    "age": govern_loop.age_job,
    "check": checking_loop.check_job,
    erasing_loop.KIND: erasing_loop.erase_job,
    "lift": carry_out.lift_job,
    "publish": publish_loop.publish_job,
    recalling.JOB: recalling.recall_job,
    "refit": refit_loop.refit_job,
    "simulate": simulating_loop.simulate_job,
    "reject": carry_out.reject_job,
    announcing.JOB: delivering.deliver_job,
}


@app.task(autoretry_for=(OperationalError,), retry_backoff=True, max_retries=5)
def run_job(job_id: int) -> None:
    jobs.run(job_id, handlers=HANDLERS, now=timezone.now())


@app.task(autoretry_for=(OperationalError,), retry_backoff=True, max_retries=5)
def sweep() -> None:
    """Runs every few seconds: what came due is done, whether or not anybody sent a message."""
    now = timezone.now()
    housekeeping(now=now)
    for job_id in jobs.due(now=now):
        run_job.delay(job_id)


@app.task(autoretry_for=(OperationalError,), retry_backoff=True, max_retries=5)
def tidy() -> None:
    """Runs once a day."""
    now = timezone.now()
    sweep_leftovers(now=now)
    sweep_scratch(now=now)


def housekeeping(*, now: datetime) -> None:
    assignment.sweep(now=now)
    assignment.close_batches(now=now)
    appeals_loop.lapse_withholdings(now=now)
    waiting_loop.announce_waiting(now=now)


def run_waiting(*, now: datetime) -> int:
    """Run everything due in this process: for commands and tests, which need no worker."""
    return sum(jobs.run(job_id, handlers=HANDLERS, now=now) for job_id in jobs.due(now=now))
