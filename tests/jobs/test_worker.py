"""A real Celery worker does what the outbox says, woken through a real Redis."""

import re
import time
from datetime import timedelta

from django.utils import timezone

from labelling import tasks
from labelling.assignment.models import Lease, LeaseState
from labelling.consensus.models import Fit
from labelling.jobs.actions import LOST_AFTER
from labelling.jobs.models import Job
from tests.factories import make_items, make_labeller
from tests.jobs.test_jobs import crowd_that_asks_for_a_fit
from tests.loop.crowd import take

PATIENCE = 120.0


def wait_for(what) -> None:
    end = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < end, "the worker did not do it in time"
        time.sleep(0.1)


def finished() -> bool:
    return Job.objects.exclude(finished_at=None).count() == 1


def ended(worker) -> int:
    """How many jobs' messages it has dealt with since it was started."""
    return len(re.findall(r"labelling\.tasks\.run_job\[\S+\] succeeded", worker.log))


def test_the_worker_runs_a_refit_of_which_it_was_told(celery_worker):
    project = crowd_that_asks_for_a_fit()
    tasks.run_job.delay(Job.objects.get().pk)
    wait_for(finished)
    assert Job.objects.get().result == {"fit": 1, "labels": 6}
    assert Fit.objects.get(project=project).n_labels == 6


def test_two_messages_for_one_job_are_one_run(celery_worker):
    crowd_that_asks_for_a_fit()
    before = ended(celery_worker)
    for _ in range(3):
        tasks.run_job.delay(Job.objects.get().pk)
    wait_for(lambda: ended(celery_worker) >= before + 3)
    wait_for(finished)
    assert (Fit.objects.count(), Job.objects.get().attempts) == (1, 1)


def test_a_sweep_finds_what_nobody_sent_a_message_for(celery_worker):
    """The web server that asked for it went down before it could tell anybody."""
    project = crowd_that_asks_for_a_fit()
    lease = take(make_labeller(project, "late"), make_items(project, 1, first=9)[0])
    tasks.sweep.delay()
    wait_for(finished)
    wait_for(lambda: Lease.objects.get(pk=lease.pk).state == LeaseState.EXPIRED)


def test_a_job_whose_worker_was_killed_is_done_by_the_next_one(celery_worker):
    crowd_that_asks_for_a_fit()
    long_ago = timezone.now() - LOST_AFTER - timedelta(seconds=5)
    Job.objects.update(started_at=long_ago, attempts=1)
    celery_worker.kill()
    celery_worker.start()
    tasks.sweep.delay()
    wait_for(lambda: Job.objects.get().state == "waiting")
    time.sleep(max(0.0, (Job.objects.get().run_after - timezone.now()).total_seconds()))
    tasks.sweep.delay()
    wait_for(finished)
    assert Job.objects.get().attempts == 2
