"""`doctor` misses no entry of the record, and no recall."""

import hashlib

import pytest
from django.db import connection

from experts.doctor.examine import examine
from experts.models import Case
from labelling import freeze
from labelling.assignment.models import Rejection
from labelling.audit.models import Entry
from labelling.datasets.models import Recall, Segment, Version
from tests.datasets.stored import rewrite

pytestmark = pytest.mark.django_db


def found() -> list[tuple[str, str]]:
    return [(one.check, one.row) for one in examine() if one.check != "triggers"]


@pytest.mark.parametrize("action", ["labels.rejected", "rejection.lifted", "case.decided", "version.published"])
def test_an_act_without_its_entry_is_named(world, action):
    freeze.remove(connection)
    entry = Entry.objects.filter(action=action).first()
    Entry.objects.filter(pk=entry.pk)._raw_delete("default")
    assert found() == [("record", f"{entry.subject_kind} {entry.subject_id}")]


def test_a_version_that_should_be_recalled_is_named_with_its_rejection(world):
    freeze.remove(connection)
    recall = Recall.objects.get(withdrawn_at=None)
    Recall.objects.filter(pk=recall.pk)._raw_delete("default")
    assert found() == [("recalls", f"rejection {recall.rejection.public_id}")]


def test_a_recall_that_outlived_its_rejection_is_named(world):
    freeze.remove(connection)
    lifted = Rejection.objects.exclude(lifted_at=None).get(batch__isnull=False)
    recall = Recall.objects.get(withdrawn_at=None, rejection__batch__isnull=False)
    Recall.objects.exclude(pk=recall.pk).update(withdrawn_at=None)
    assert [check for check, _ in found()] == ["recalls"]
    assert found()[0][1] == f"recall {lifted.recalls.get().public_id}"


def test_the_world_is_decided_rejected_and_published(world):
    assert Case.objects.exclude(outcome="").count() == 2
    assert (Version.objects.count(), Rejection.objects.count(), Recall.objects.count()) == (1, 4, 2)


@pytest.mark.parametrize("lineage", ["nonsense", "{}", "[]"])
def test_lineage_that_can_not_be_read_is_named_and_stops_no_other_check(world, lineage):
    freeze.remove(connection)
    rejection = Recall.objects.get(withdrawn_at=None).rejection
    digest = hashlib.sha256(lineage.encode()).digest()
    segment = Segment.objects.get()
    rewrite(segment, "lineage", lambda rows: [row.update(lineage=lineage) for row in rows])
    rewrite(segment, "index", lambda rows: [row.update(lineage_hash=digest) for row in rows])
    assert ("recalls", f"rejection {rejection.public_id}") in found()
    assert "versions" in {check for check, _ in found()}
