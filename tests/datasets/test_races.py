"""Two at once: publishing is one after another, and no rejection slips past a version that is being written."""

import threading

import pytest
from django.db import connection, transaction

from labelling.consensus.models import Authority
from labelling.datasets.actions import recall_for
from labelling.datasets.approved import read
from labelling.datasets.models import Recall, Version
from labelling.errors import QuorumError
from labelling.loop.publish import NothingChanged
from labelling.projects.models import Project
from tests.datasets.helpers import approve, labelled_project, publish_now, reject
from tests.datasets.stored import faults_of, keys, rows_in, stored
from tests.factories import NOW

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*verbs):
    """Run each in a thread of its own, started together; returns what each returned or was refused with."""
    start, results = threading.Barrier(len(verbs)), {}

    def run(number, verb):
        start.wait()
        try:
            results[number] = verb()
        except QuorumError as error:
            results[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(verbs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [results[number] for number in range(len(verbs))]


def segments_of(version):
    return list(version.parts.order_by("segment").values_list("segment", flat=True))


def test_publishing_twice_at_once_is_one_version():
    project, _, _ = labelled_project(10)
    results = at_once(*[lambda: publish_now(project)] * 4)
    assert [type(result) for result in results].count(NothingChanged) == 3
    version = Version.objects.get()
    assert version.number == 1
    assert faults_of(version) == []


def test_a_rejection_beside_a_publication_is_in_its_lineage_or_recalls_it():
    project, _, (_, second) = labelled_project(30)

    def reject_all():
        with transaction.atomic():
            Project.objects.select_for_update(no_key=True).get(pk=project.pk)
            return recall_for(rejection=reject(second), now=NOW)

    at_once(lambda: publish_now(project), reject_all)
    version = Version.objects.get()
    used = second.public_id in stored(version, keys(version)[0]).lineage
    assert used == Recall.objects.filter(version=version).exists()


def test_a_change_while_a_version_is_being_written_is_in_the_next_one(monkeypatch):
    project, items, _ = labelled_project(6)
    publish_now(project)
    approve(items[0], "no match", authority=Authority.EXPERT)

    def change():
        try:
            approve(items[1], "match", authority=Authority.EXPERT)
        finally:
            connection.close()

    changing = threading.Thread(target=change)

    def read_then_changed(project, items=None):
        batches = list(read(project, items))
        changing.start()
        # On SQLite it waits until the version is written.
        if connection.vendor == "postgresql":
            changing.join()
        yield from batches

    monkeypatch.setattr("labelling.datasets.draft.approved.read", read_then_changed)
    second = publish_now(project)
    changing.join()
    monkeypatch.undo()
    third = publish_now(project)
    assert [row["label"] for row in rows_in(second)][:2] == ["no match", "no match"]
    assert [row["label"] for row in rows_in(third)][:2] == ["no match", "match"]
    assert segments_of(third)[:2] == segments_of(second)
    assert faults_of(third) == []
