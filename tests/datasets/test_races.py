"""Two at once: publishing is one after another, and no rejection slips past a version that is being written."""

import threading

import pytest
from django.db import connection, transaction

from labelling.datasets.actions import recall_for
from labelling.datasets.models import Recall, Version
from labelling.errors import QuorumError
from labelling.loop.publish import NothingChanged
from labelling.projects.models import Project
from tests.datasets.helpers import labelled_project, publish_now, reject
from tests.datasets.stored import faults_of, keys, stored
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
