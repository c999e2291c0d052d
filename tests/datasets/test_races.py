"""Two at once: publishing is one after another, and no rejection slips past a version that is being written."""

import threading
from pathlib import Path

import numpy as np
import pytest
from django.conf import settings
from django.db import connection, transaction

from labelling.consensus.models import Authority
from labelling.datasets.actions import recall_for
from labelling.datasets.approved import read
from labelling.datasets.models import Erasure, Recall, Segment, SegmentContent, Version
from labelling.datasets.reading import open_segments
from labelling.errors import QuorumError
from labelling.loop.erasing.erase import erase
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


def test_a_change_while_items_are_read_is_in_the_version_and_one_while_it_is_written_in_the_next(
    monkeypatch,
):
    project, items, _ = labelled_project(6)
    publish_now(project)
    approve(items[0], "no match", authority=Authority.EXPERT)

    def changing(item, choice):
        def change():
            try:
                approve(item, choice, authority=Authority.EXPERT)
            finally:
                connection.close()

        thread = threading.Thread(target=change)
        thread.start()
        return thread

    reads, started = [], []

    def read_then_changed(project, items_again=None):
        batches = list(read(project, items_again))
        reads.append(items_again)
        ahead = len(reads) == 1
        started.append(changing(items[1], "match") if ahead else changing(items[2], "no match"))
        # On SQLite the second one waits until the version is written.
        if ahead or connection.vendor == "postgresql":
            started[-1].join()
        yield from batches

    monkeypatch.setattr("labelling.datasets.draft.approved.read", read_then_changed)
    second = publish_now(project)
    for thread in started:
        thread.join()
    monkeypatch.undo()
    third = publish_now(project)
    assert reads == [[items[0].pk], [items[1].pk]]
    assert [row["label"] for row in rows_in(second)][:3] == ["no match", "match", "match"]
    assert [row["label"] for row in rows_in(third)][:3] == ["no match", "match", "no match"]
    assert segments_of(third)[:3] == segments_of(second)
    assert faults_of(third) == []


def test_what_is_erased_after_it_was_read_is_stored_nowhere(monkeypatch):
    project, items, _ = labelled_project(6)
    publish_now(project)
    for item in items[:3]:
        approve(item, "no match", authority=Authority.EXPERT)
    key = items[1].example.external_id

    def read_then_erased(project, items=None):
        batches = list(read(project, items))
        if not Erasure.objects.exists():
            erase(project=project, keys=[key], reason="asked for", by=None, now=NOW)
        yield from batches

    monkeypatch.setattr("labelling.datasets.draft.approved.read", read_then_erased)
    second = publish_now(project)
    assert key not in keys(second)
    first_segment, new_segment = open_segments(Segment.objects.order_by("number"))
    assert new_segment.index["key"].to_pylist() == [items[0].example.external_id, items[2].example.external_id]
    assert first_segment.content(np.arange(6), ["payload"])["payload"].null_count == 1
    kept = {path.name.partition("-")[0] for path in (Path(settings.DATA_DIR) / "cache" / "sketches").glob("??/*")}
    assert kept <= set(SegmentContent.objects.filter(gone_at=None).values_list("digest", flat=True))
    assert faults_of(second) == []
