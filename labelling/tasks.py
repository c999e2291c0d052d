"""The Celery tasks that wake workers, and the table of what a job's kind runs."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import cache

from django.db import OperationalError, connections
from django.utils import timezone

from labelling.assignment import actions as assignment
from labelling.celery import app
from labelling.datasets import copies
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
from labelling.webhooks import announcing, clearing, delivering

HANDLERS: dict[str, jobs.Handler] = {
    uploads.JOB: uploads.import_job,
    "items": bulk_loop.bulk_job,
    "export": exports.export_job,
    "age": govern_loop.age_job,
    checking_loop.KIND: checking_loop.check_job,
    checking_loop.WHOLE: checking_loop.follow_job,
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


# Requests that a worker has under way at most; each has a thread, and a connection to the database.
SENT_AT_ONCE = 8
_sending: set[int] = set()


@app.task
def send_job(job_id: int) -> None:
    """Run a job that waits for somebody else's server in a thread beside the worker, which goes on at once: however
    slow receivers are, labelling waits for none. What dies with the worker is lost to nobody: the job's row stays."""
    if job_id not in _sending:
        _sending.add(job_id)
        _senders().submit(_send, job_id)


@cache
def _senders() -> ThreadPoolExecutor:
    """Made in the process that uses it: threads don't outlive a fork."""
    return ThreadPoolExecutor(SENT_AT_ONCE, thread_name_prefix="webhooks")


def _send(job_id: int) -> None:
    try:
        jobs.run(job_id, handlers=HANDLERS, now=timezone.now())
    finally:
        _sending.discard(job_id)
        connections.close_all()


@app.task(autoretry_for=(OperationalError,), retry_backoff=True, max_retries=5)
def sweep() -> None:
    """Runs every few seconds: what came due is done, whether or not anybody sent a message."""
    now = timezone.now()
    housekeeping(now=now)
    for job_id in jobs.due(now=now, but=announcing.JOB):
        run_job.delay(job_id)
    for job_id in jobs.due(now=now, only=announcing.JOB):
        send_job.delay(job_id)


@app.task(autoretry_for=(OperationalError,), retry_backoff=True, max_retries=5)
def tidy() -> None:
    """Runs once a day."""
    now = timezone.now()
    sweep_leftovers(now=now)
    sweep_scratch(now=now)
    clearing.clear_old(now=now)


def housekeeping(*, now: datetime) -> None:
    assignment.sweep(now=now)
    assignment.close_batches(now=now)
    appeals_loop.lapse_withholdings(now=now)
    waiting_loop.announce_waiting(now=now)
    copies.forget_erased(now=now)


def run_waiting(*, now: datetime) -> int:
    """Run everything due in this process: for commands and tests, which need no worker."""
    return sum(jobs.run(job_id, handlers=HANDLERS, now=now) for job_id in jobs.due(now=now))
