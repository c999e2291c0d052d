"""Web and worker processes are killed, the database is restarted and the queue is emptied while people label: nothing
acknowledged is lost."""

import threading
import time
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
import redis
from django.db import transaction
from django.db.models import Count, Exists, F, OuterRef, Q
from django.utils import timezone

from experts.doctor.examine import examine
from labelling import canonical
from labelling.assignment.models import Label, Lease, LeaseState
from labelling.consensus.models import Resolution
from labelling.datasets.models import Version
from labelling.jobs.actions import LOST_AFTER, enqueue
from labelling.jobs.models import Job
from labelling.projects.actions import issue_token
from labelling.sampling.models import Item
from labelling.tasks import run_waiting
from tests.factories import make_items, make_labellers, make_project
from tests.faults.database import AT_ONCE, GENTLY, MortalPostgres
from tests.faults.labellers import Labeller
from tests.web import WebServer
from tests.worker import CeleryWorker

LEASE_SECONDS = 3
AWAY_SECONDS = 1.0


@dataclass(frozen=True)
class Size:
    """labellers, items; kills: of the web server and of the worker, each; flushes: of Redis; restarts: of PostgreSQL,
    how each; pause: seconds between."""

    labellers: int
    items: int
    kills: int
    flushes: int
    restarts: tuple[int, ...]
    pause: float


SHORT = Size(labellers=6, items=300, kills=1, flushes=1, restarts=(AT_ONCE,), pause=1.0)
LONG = Size(labellers=32, items=20_000, kills=10, flushes=2, restarts=(AT_ONCE, GENTLY), pause=2.0)


@pytest.mark.postgres
def test_one_kill_of_each_a_restart_and_an_emptied_queue_lose_nothing(services, redis_url, mortal_postgres):
    survive(SHORT, services, redis_url, mortal_postgres)


@pytest.mark.postgres
@pytest.mark.faults
def test_many_kills_two_restarts_and_emptied_queues_lose_nothing(services, redis_url, mortal_postgres):
    survive(LONG, services, redis_url, mortal_postgres)


@pytest.mark.sqlite
@pytest.mark.faults
def test_many_kills_and_emptied_queues_lose_nothing_on_sqlite(services_on_sqlite, redis_url):
    survive(LONG, services_on_sqlite, redis_url, None)


def survive(size: Size, services, redis_url: str, postgres: MortalPostgres | None) -> None:
    web, worker = services
    project = make_project(lease_seconds=LEASE_SECONDS, fit_max_age=60, gold_share=0)
    make_items(project, size.items)
    stop = threading.Event()
    crowd = [hire(member, web, number, stop) for number, member in enumerate(make_labellers(project, size.labellers))]
    for labeller in crowd:
        labeller.start()
    try:
        for round_number in range(size.kills):
            killed_at = kill_both(web, worker, size.pause)
            if postgres and round_number < len(size.restarts):
                time.sleep(size.pause)
                postgres.restart(size.restarts[round_number], away=AWAY_SECONDS)
            if round_number >= size.kills - size.flushes:
                empty_the_queue(redis_url)
                ask_to_publish(project, round_number)
        time.sleep(size.pause)
    finally:
        stop.set()
    for labeller in crowd:
        labeller.join(timeout=90)
    come_to_rest(killed_at)
    check_what_labellers_saw(crowd, size, restarted=postgres is not None)
    check_labels(crowd)
    check_items_and_leases()
    check_jobs(project, size)
    assert list(examine()) == []


def hire(member, web: WebServer, number: int, stop: threading.Event) -> Labeller:
    _, secret = issue_token(
        user=member.user, project=member.project, name="faults", scopes=["label"], expires_at=None,
        by=member.user, now=timezone.now(),
    )  # fmt: skip
    return Labeller(port=web.port, secret=secret, project=member.project.slug, seed=number, stop=stop)


# --- what goes wrong -------------------------------------------------------------------------------------------------


def kill_both(web: WebServer, worker: CeleryWorker, pause: float) -> datetime:
    """Kill the web server while people label, then the worker, in the middle of a job if one comes soon.

    Returns when the worker was dead.
    """
    time.sleep(pause)
    web.kill()
    web.start()
    wait_until(lambda: running().exists(), seconds=6, every=0.002)
    worker.kill()
    killed_at = timezone.now()
    worker.start()
    return killed_at


def empty_the_queue(redis_url: str) -> None:
    """All that Redis holds is gone, the routes of the queue included; the worker stays connected."""
    client = redis.Redis.from_url(redis_url)
    client.flushdb()
    client.close()


def ask_to_publish(project, number: int) -> None:
    """Once there is something to publish: on a slow machine the first answers are still on their way."""
    settled = Resolution.objects.filter(item__project=project, closed_at=None)
    assert wait_until(lambda: settled.all().exists(), seconds=60), "no item was settled in a minute"
    with transaction.atomic():
        enqueue(
            "publish", key=f"{project.pk}-{number}", now=timezone.now(), project_id=project.pk, project=project.pk,
            by_id=None, message="after the queue was emptied", override_reason="a test of what survives",
        )  # fmt: skip


def come_to_rest(killed_at: datetime) -> None:
    """Leases run out and jobs are done by the worker; a job whose worker was killed is given back when it is lost.

    The one worker sweeps once the refits that it is at are done.
    """
    assert wait_until(lambda: not Lease.objects.filter(state=LeaseState.LIVE).exists(), seconds=120), "leases stay"
    undone = waiting() | running().filter(started_at__gte=killed_at)
    assert wait_until(lambda: not undone.all().exists(), seconds=60), "a job waits although its worker lives"
    later = timezone.now() + LOST_AFTER
    for minutes in (1, 10):
        run_waiting(now=later + timedelta(minutes=minutes))


def wait_until(holds, *, seconds: float, every: float = 0.1) -> bool:
    deadline = time.monotonic() + seconds
    while not (held := holds()) and time.monotonic() < deadline:
        time.sleep(every)
    return held


def waiting():
    return Job.objects.filter(started_at=None, finished_at=None, failed_at=None)


def running():
    return Job.objects.filter(started_at__isnull=False, finished_at=None, failed_at=None)


# --- what must hold --------------------------------------------------------------------------------------------------


def check_what_labellers_saw(crowd: list[Labeller], size: Size, *, restarted: bool) -> None:
    totals = {
        "acknowledged": sum(len(labeller.acknowledged) for labeller in crowd),
        "requests without a reply": sum(labeller.lost for labeller in crowd),
        "told to come again": sum(labeller.told_to_wait for labeller in crowd),
        "stored, but heard of only when sent again": sum(labeller.stored_unheard for labeller in crowd),
        "refused": dict(sum((labeller.refused for labeller in crowd), Counter())),
    }
    print(totals)  # noqa: T201 - shown with -s, or when something fails below
    assert not any(labeller.is_alive() for labeller in crowd)
    assert [reply for labeller in crowd for reply in labeller.unexpected] == []
    assert sum(labeller.lost for labeller in crowd) >= size.kills, "no kill was felt by anybody"
    assert all(labeller.acknowledged for labeller in crowd)
    assert not restarted or sum(labeller.told_to_wait for labeller in crowd) >= size.labellers, "no restart was felt"


def check_labels(crowd: list[Labeller]) -> None:
    """Every acknowledged label is there once and says what was sent; nothing else is there."""
    sent = {token: choice for labeller in crowd for token, choice in labeller.sent.items()}
    told = {token: pair for labeller in crowd for token, pair in labeller.acknowledged.items()}
    stored = {}
    for label in Label.objects.all():
        assert label.token not in stored
        assert label.withdrawn_at is None
        stored[label.token] = (label.public_id, canonical.loads(label.answer)["choice"])
    assert {token: stored.get(token) for token in told} == told
    assert {token: choice for token, (_, choice) in stored.items() if sent.get(token) != choice} == {}
    twice = Label.objects.values("labeller", "item", "pass_number").annotate(n=Count("pk")).filter(n__gt=1)
    assert list(twice) == []


def check_items_and_leases() -> None:
    assert not Lease.objects.filter(state=LeaseState.LIVE).exists(), "leases did not come back"
    assert not Item.objects.filter(~Q(n_active=0)).exists()
    over = Item.objects.annotate(n=Count("labels", filter=Q(labels__withdrawn_at=None))).filter(n__gt=F("target"))
    assert list(over) == []


def check_jobs(project, size: Size) -> None:
    """What was asked for is done, and the worker kept working after Redis had forgotten everything."""
    assert not waiting().exists()
    assert not running().exists()
    # A lost job gives way to a newer one that does the same.
    newer = Job.objects.filter(kind=OuterRef("kind"), key=OuterRef("key"), pk__gt=OuterRef("pk"), error="")
    failed = Job.objects.filter(~Exists(newer.filter(finished_at__isnull=False)), failed_at__isnull=False)
    assert list(failed.values("kind", "error")) == []
    published = Job.objects.filter(kind="publish")
    assert published.count() == size.flushes
    assert [job.result for job in published if "error" in job.result] == []
    assert Version.objects.filter(project=project).count() == size.flushes
