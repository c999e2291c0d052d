"""The servers that every other test relies on are the ones that were asked for, and they work."""

import os
import threading

import psycopg
import pytest
import redis
from django.db import IntegrityError, connection, connections, transaction
from django.utils import timezone

from labelling import freeze
from labelling.audit.models import Entry
from labelling.celery import app

VENDORS = {"sqlite": "sqlite", "postgres": "postgresql"}


@pytest.mark.django_db
def test_the_database_is_the_one_that_the_run_is_for():
    assert connection.vendor == VENDORS[os.environ.get("TEST_DATABASE", "sqlite")]


@pytest.mark.django_db
def test_the_database_has_every_freezing_trigger():
    assert freeze.missing(connection) == []


def read_in_a_thread(query):
    answers = []

    def read():
        try:
            answers.append(query())
        finally:
            connections.close_all()

    thread = threading.Thread(target=read)
    thread.start()
    thread.join()
    return answers


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_connection_that_the_server_ended_is_noticed_without_asking():
    def end_and_ask_again():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            ended = cursor.fetchone()[0]
        usable = [connection.is_usable()]
        with psycopg.connect(connection.connection.info.dsn, password=connection.settings_dict["PASSWORD"]) as other:
            other.execute("SELECT pg_terminate_backend(%s, 5000)", [ended])
        usable.append(connection.is_usable())
        connection.health_check_enabled, connection.health_check_done = True, False
        connection.close_if_health_check_failed()
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            return usable, cursor.fetchone()[0] != ended

    assert read_in_a_thread(end_and_ask_again) == [([True, False], True)]


@pytest.mark.django_db(transaction=True)
def test_threads_see_the_same_database():
    Entry.objects.create(action="test.wrote", at=timezone.now())
    assert read_in_a_thread(Entry.objects.count) == [1]


@pytest.mark.django_db(transaction=True)
def test_a_transactional_test_starts_without_the_frozen_rows_of_the_one_before():
    assert Entry.objects.count() == 0
    entry = Entry.objects.create(action="test.wrote", at=timezone.now())
    with pytest.raises(IntegrityError, match="frozen"), transaction.atomic():
        Entry.objects.filter(pk=entry.pk).delete()


@pytest.mark.django_db
def test_triggers_are_back_after_transactional_tests():
    assert freeze.missing(connection) == []


def test_redis_keeps_a_value(redis_url):
    client = redis.Redis.from_url(redis_url)
    client.set("surroundings", "here", ex=1000)
    assert client.get("surroundings") == b"here"
    client.close()


def a_worker_answers():
    """Asked again for a minute: a worker listens to broadcasts only a moment after it says that it is ready."""
    return any(app.control.ping(timeout=1, limit=1) for _ in range(60))


def test_a_celery_worker_answers_and_can_be_replaced_after_a_kill(celery_worker):
    assert a_worker_answers()
    celery_worker.kill()
    assert not celery_worker.running
    celery_worker.start()
    assert a_worker_answers()


def test_postgres_is_there_for_a_test_that_compares_databases(postgres_url):
    with psycopg.connect(postgres_url) as other:
        assert other.execute("SELECT 1").fetchone() == (1,)


@pytest.mark.browser
def test_the_browser_renders_a_page(page):
    page.set_content("<h1>Quorum</h1>")
    assert page.get_by_role("heading", name="Quorum").is_visible()
