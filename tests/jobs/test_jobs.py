"""The outbox: what must happen is a row, and it happens once."""

from datetime import timedelta

import pytest
from django.db import OperationalError, connection, transaction

from labelling import tasks
from labelling.assignment.models import LeaseState
from labelling.consensus.models import Fit
from labelling.jobs import actions
from labelling.jobs.models import Job
from labelling.reliability.models import Scorecard
from tests.factories import NOW, make_items, make_labellers, make_project
from tests.loop.crowd import fresh, give_all, later, take

pytestmark = pytest.mark.django_db


class Calls:
    """A handler that keeps what it was called with, and fails as often as it is told to."""

    def __init__(self, failures: int = 0) -> None:
        self.given: list[dict[str, object]] = []
        self.failures = failures

    def __call__(self, **arguments: object) -> dict[str, int]:
        self.given.append(arguments)
        if len(self.given) <= self.failures:
            raise RuntimeError("the disk is full")
        return {"calls": len(self.given)}


def ask(key: str = "one", **values) -> Job:
    job = actions.enqueue("count", key=key, now=NOW, **values)
    assert job is not None
    return job


def run(job: Job, handler: Calls, *, seconds: float = 0) -> bool:
    return actions.run(job.pk, handlers={"count": handler}, now=later(seconds))


def test_a_job_runs_with_its_arguments_and_keeps_its_result():
    handler, job = Calls(), ask(size=3)
    assert run(job, handler, seconds=2)
    job.refresh_from_db()
    assert handler.given == [{"now": later(2), "size": 3}]
    assert (job.state, job.attempts, job.result, job.error) == ("finished", 1, {"calls": 1}, "")


def test_running_a_job_twice_runs_it_once():
    handler, job = Calls(), ask()
    assert [run(job, handler), run(job, handler)] == [True, False]
    assert len(handler.given) == 1


def test_asking_twice_while_it_waits_is_one_row_and_asking_while_it_runs_is_a_second():
    job = ask()
    assert actions.enqueue("count", key="one", now=NOW) is None
    assert actions.enqueue("count", key="two", now=NOW) is not None
    assert Job.objects.count() == 2
    Job.objects.filter(pk=job.pk).update(started_at=NOW)
    assert actions.enqueue("count", key="one", now=NOW) is not None


def test_a_job_of_a_transaction_that_failed_was_never_asked_for():
    with pytest.raises(RuntimeError), transaction.atomic():
        ask()
        raise RuntimeError
    assert Job.objects.count() == 0


def test_a_job_waits_for_its_time():
    handler, job = Calls(), ask(run_after=later(60))
    assert actions.due(now=later(59)) == []
    assert run(job, handler, seconds=59) is False
    assert actions.due(now=later(60)) == [job.pk]


def test_a_failing_job_is_tried_again_after_longer_and_longer_pauses_until_it_has_failed():
    handler, job = Calls(failures=99), ask()
    pauses, now = [], NOW
    while job.state == "waiting":
        assert actions.run(job.pk, handlers={"count": handler}, now=now - timedelta(seconds=1)) is False
        actions.run(job.pk, handlers={"count": handler}, now=now)
        job.refresh_from_db()
        pauses.append((job.run_after - now).total_seconds())
        now = job.run_after
    assert pauses[:-1] == [2, 4, 8, 16, 32, 64, 128]
    assert (job.state, job.attempts, job.error) == ("failed", actions.MAX_ATTEMPTS, "RuntimeError: the disk is full")
    assert len(handler.given) == actions.MAX_ATTEMPTS
    assert actions.due(now=later(10**6)) == []
    assert ask().state == "waiting"


def test_a_job_that_failed_once_can_still_finish():
    handler, job = Calls(failures=1), ask()
    assert run(job, handler) is False
    assert run(job, handler, seconds=2) is True
    job.refresh_from_db()
    assert (job.state, job.attempts, job.error) == ("finished", 2, "")


def test_a_failing_job_makes_way_for_one_that_was_asked_for_meanwhile():
    job = ask()

    def fail(*, now):
        ask()
        raise RuntimeError("too late")

    actions.run(job.pk, handlers={"count": fail}, now=NOW)
    job.refresh_from_db()
    assert job.state == "failed"
    assert "a newer job does the same" in job.error
    assert Job.objects.get(started_at=None, failed_at=None).pk != job.pk


def test_a_job_whose_worker_died_comes_back_after_a_quarter_of_an_hour():
    handler, job = Calls(), ask()
    Job.objects.filter(pk=job.pk).update(started_at=NOW, attempts=1)
    assert actions.due(now=NOW + actions.LOST_AFTER) == []
    found = NOW + actions.LOST_AFTER + timedelta(seconds=1)
    assert actions.due(now=found) == []
    assert actions.due(now=found + timedelta(seconds=2)) == [job.pk]
    assert actions.run(job.pk, handlers={"count": handler}, now=found + timedelta(seconds=2))
    assert len(handler.given) == 1


def test_a_job_whose_claim_was_cut_off_is_done_by_the_next_worker():
    handler, job, times = Calls(), ask(), iter([1])

    def cut_off(execute, sql, params, many, context):
        if sql.startswith("SELECT") and next(times, None):
            raise OperationalError("the server closed the connection unexpectedly")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(cut_off):
        assert not run(job, handler)
    assert actions.due(now=later(5)) == [job.pk]
    assert run(job, handler, seconds=5)
    assert len(handler.given) == 1


def test_an_unknown_kind_fails_and_takes_nothing_down():
    job = actions.enqueue("mystery", key="one", now=NOW)
    other = ask()
    handlers = {"count": Calls()}
    assert [actions.run(one, handlers=handlers, now=NOW) for one in actions.due(now=NOW)] == [False, True]
    job.refresh_from_db()
    other.refresh_from_db()
    assert (job.state, other.state) == ("waiting", "finished")
    assert "mystery" in job.error


def crowd_that_asks_for_a_fit():
    """Labels enough that a refit is asked for by the last of them."""
    project = make_project(gold_share=0.0, fit_max_age=8, stop_confidence=0.9)
    labellers = make_labellers(project, 2)
    for item in make_items(project, 3):
        give_all(labellers, item, "match", "match")
    assert Job.objects.get().state == "waiting"
    return project


def test_waiting_jobs_can_be_run_without_a_worker():
    project = crowd_that_asks_for_a_fit()
    assert tasks.run_waiting(now=NOW) == 1
    job, fit = Job.objects.get(), Fit.objects.get(project=project)
    assert (job.state, job.result) == ("finished", {"fit": 1, "labels": 6})
    assert (fit.n_labels, Scorecard.objects.count()) == (6, 2)
    assert tasks.run_waiting(now=NOW) == 0


def test_housekeeping_ends_leases_that_ran_out_and_closes_full_batches():
    project = make_project(gold_share=0.0, batch_size=1)
    first, second = make_items(project, 2)
    labellers = make_labellers(project, 2)
    give_all(labellers, first, "match")
    lease = take(labellers[1], second)
    tasks.housekeeping(now=later(900))
    lease.refresh_from_db()
    assert (lease.state, fresh(second).n_active) == (LeaseState.EXPIRED, 0)
    assert labellers[0].batches.get().closed_at == later(900)
