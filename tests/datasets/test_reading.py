"""Approved items are read from the database in pieces, whatever is in them, and nothing waits for the connection."""

import pytest

from labelling import canonical
from labelling.datasets import approved, arrow
from labelling.datasets.reading import batches
from labelling.ingest.models import Example
from labelling.projects.models import Project
from tests.datasets.helpers import labelled_project, publish_now
from tests.factories import make_items

pytestmark = pytest.mark.django_db

AWKWARD = ['"', "\n", "\r\n", "\t", ",", "\\N", "\\", "", " ", "é", "\U0001f600", "\x7f", "null", "'", "=1+1"]


def test_items_that_come_in_several_pieces_are_all_published(monkeypatch):
    monkeypatch.setattr(arrow, "READ_ROWS", 7)
    monkeypatch.setattr(arrow, "BLOCK_BYTES", 2_000)
    monkeypatch.setattr(approved, "SPAN", 16)
    project, items, _ = labelled_project(40)
    version = publish_now(project)
    found = [row for batch in batches(version, rows=9) for row in batch.to_pylist()]
    assert [row["key"] for row in found] == [item.example.external_id for item in items]
    assert len(list(approved.read(Project.objects.get()))) > 1


def test_texts_come_out_of_the_database_as_they_went_in():
    project, items, _ = labelled_project(len(AWKWARD))
    for item, text in zip(items, AWKWARD, strict=True):
        payload = canonical.payload_text({"request": text, "offer": text})
        Example.objects.filter(pk=item.example_id).update(payload=payload, group=text, slice=text)
    version = publish_now(project, override_reason="awkward on purpose")
    found = [row for batch in batches(version) for row in batch.to_pylist()]
    assert [(row["slice"], row["group"]) for row in found] == [(text, text) for text in AWKWARD]
    assert [canonical.loads(row["payload"])["offer"] for row in found] == AWKWARD


def test_a_project_without_approved_items_gives_nothing():
    project, _, _ = labelled_project(2)
    make_items(project, 3, first=90)
    assert sum(len(batch) for batch in approved.read(project)) == 2
    assert list(approved.read(project, [0])) == []
