"""What the fault tests kill and restart: `services`, a web server and a worker, on one of two databases."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.core.management import call_command
from django.db import connection

from tests.faults.database import MortalPostgres, looking_at
from tests.servers import start_postgres, start_redis
from tests.web import WebServer
from tests.worker import CeleryWorker, address_of


@pytest.fixture
def mortal_postgres(django_db_blocker):
    """A migrated database on a server of this test's own. What it acknowledges outlives its process."""
    server, url = start_postgres(synchronous_commit="on")
    try:
        with django_db_blocker.unblock(), looking_at(url):
            call_command("migrate", verbosity=0)
            yield MortalPostgres(server, url)
    finally:
        server.stop()


@pytest.fixture
def redis_url(monkeypatch):
    """A queue of this test's own. The worker that other tests left running is on another database, and would take
    every second message from it."""
    server, url = start_redis()
    monkeypatch.setenv("REDIS_URL", f"{url}/0")
    yield f"{url}/0"
    server.stop()


@pytest.fixture
def services(mortal_postgres, redis_url):
    """A web server and a worker with beat, on a PostgreSQL that may be stopped."""
    with running() as both:
        yield both


@pytest.fixture
def services_on_sqlite(transactional_db, redis_url):
    with running() as both:
        yield both


@contextmanager
def running() -> Iterator[tuple[WebServer, CeleryWorker]]:
    url = address_of(connection.settings_dict)
    web, worker = WebServer(database_url=url), CeleryWorker(database_url=url, beat=True)
    started = threading.Thread(target=worker.start)
    started.start()
    try:
        web.start()
        started.join()
        yield web, worker
    finally:
        started.join()
        web.stop()
        worker.stop()
