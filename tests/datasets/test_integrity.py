"""Tampering below the triggers, or with the files, is named by the checks that `doctor` runs."""

import shutil

import pytest
from django.db import connection
from django.test import override_settings

from labelling import blobs, freeze
from labelling.consensus.models import Authority
from labelling.datasets.integrity import check_version
from labelling.datasets.models import SegmentContent, Version, VersionSegment
from labelling.datasets.rows import packed, unpacked
from labelling.datasets.segments import CONTENT
from labelling.ingest.models import Example
from labelling.projects.actions import new_guideline
from labelling.sampling.models import Item
from tests.datasets.helpers import approve, labelled_project, publish_now
from tests.datasets.stored import digest_of, faults_of, rewrite, row_of, segment_of, set_cells
from tests.factories import NOW, make_project

pytestmark = pytest.mark.django_db
KEY = "item-0002"
NO_HASH = bytes(32)


@pytest.fixture(scope="module")
def made_once(rows_of_the_file, tmp_path_factory):
    """Two versions, on a database whose triggers somebody removed, and the folder of their files."""
    folder = tmp_path_factory.mktemp("data")
    with override_settings(DATA_DIR=folder):
        project, items, _ = labelled_project(6)
        publish_now(project)
        approve(items[0], "no match", authority=Authority.EXPERT)
        second = publish_now(project)
    freeze.remove(connection)
    return second.pk, folder


@pytest.fixture
def version(made_once, db, settings, tmp_path):
    """The second version, with files of its own."""
    pk, folder = made_once
    settings.DATA_DIR = shutil.copytree(folder, tmp_path / "data")
    return Version.objects.get(pk=pk)


def row(fault):
    return f"segment 1 of matching row 2 (key {KEY!r}): {fault}"


def test_a_version_as_it_was_published_has_no_fault(version):
    assert faults_of(version) == faults_of(version.parent) == []


@pytest.mark.parametrize(("field", "value", "fault"), [
    ("key", "item-0002x", "its content is not what was frozen"),
    ("split", 2, "its content is not what was frozen"),
    ("leaf", NO_HASH, "its content is not what was frozen"),
    ("answer_hash", NO_HASH, "its answer_hash is not the one of its answer"),
    ("lineage_hash", NO_HASH, "its lineage is not the one that was hashed"),
])  # fmt: skip
def test_a_changed_cell_of_the_index_is_named(version, field, value, fault):
    set_cells(version, KEY, "index", **{field: value})
    assert any(said.startswith("segment 1") and said.endswith(fault) for said in faults_of(version))


def test_a_row_moved_to_another_item_is_named(version):
    other = Item.objects.get(example__external_id="item-0003")
    set_cells(version, KEY, "index", item=other.pk)
    assert faults_of(version) == [row("its item is not the one in its lineage")]


def test_rows_that_are_out_of_order_are_named(version):
    def swap(rows):
        rows[1], rows[2] = rows[2], rows[1]

    segment = segment_of(version, KEY)
    for half in ("index", "lineage", "content"):
        rewrite(segment, half, swap)
    assert "segment 1 of matching row 3: is out of the order of its key's bytes" in faults_of(version)


@pytest.mark.parametrize("own", [True, False])
def test_a_version_moved_to_another_guideline_is_named(version, own):
    new = (
        new_guideline(project=version.project, text="Another.", by=None, now=NOW)
        if own
        else make_project(slug="other").guideline
    )
    Version.objects.filter(pk=version.pk).update(guideline=new)
    version = Version.objects.get(pk=version.pk)
    assert check_version(version) == ["matching@2: its schema, guideline or policy is not the one in the manifest"]


@pytest.mark.parametrize("lineage", ["{}", "nonsense", "[]"])
def test_changed_lineage_is_named(version, lineage):
    set_cells(version, KEY, "lineage", lineage=lineage)
    said = faults_of(version)
    assert said == [row("its item is not the one in its lineage"), row("its lineage is not the one that was hashed")]


def test_lineage_rewritten_with_its_hash_does_not_fit_the_manifest(version):
    set_cells(version, KEY, "index", lineage_hash=NO_HASH)
    assert "matching@2: the lineage's root is not the one in the manifest" in check_version(version)


@pytest.mark.parametrize("cell", ["label", "payload", "answer", "authority", "slice", "group", "source"])
def test_a_changed_cell_of_the_content_is_named(version, cell):
    set_cells(version, KEY, "content", **{cell: "other"})
    said = faults_of(version)
    assert row("its content is not what was frozen") in said
    assert (row("its answer_hash is not the one of its answer") in said) == (cell == "answer")


def test_a_row_added_to_or_taken_from_a_deletion_vector_is_named(version):
    part = VersionSegment.objects.get(version=version, segment__number=1)
    live = unpacked(part.deleted, 6)
    assert live.tolist() == [False, True, True, True, True, True]
    for number in (0, 1):
        changed = live.copy()
        changed[number] ^= True
        VersionSegment.objects.filter(pk=part.pk).update(deleted=packed(changed))
        said = check_version(version)
        assert f"matching@2: it has {changed.sum() + 1} rows, not 6" in said
        assert "matching@2: the rows' root is not the one in the manifest" in said
        assert any("deletion vector" in fault for fault in said)


def test_a_deletion_vector_that_is_none_is_named(version):
    VersionSegment.objects.filter(version=version).update(deleted=b"junk")
    assert "can't be read" in check_version(version)[0]


@pytest.mark.parametrize("half", ["index", "lineage", "content"])
def test_a_file_with_other_bytes_or_none_is_named(version, half):
    digest = digest_of(segment_of(version, KEY), half)
    path = blobs.path_of(digest)
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    assert f"segment 1 of matching: the bytes of its {half} are not those that were stored" in faults_of(version)
    path.unlink()
    said = faults_of(version)
    assert f"segment 1 of matching: its {half}, blob {digest}, is missing" in said
    assert f"matching@2: can't be read, since blob {digest} is missing" in said


def test_one_segment_in_the_place_of_another_is_named(version):
    first, second = (part.segment for part in version.parts.order_by("segment__number"))
    VersionSegment.objects.filter(version=version.parent).update(segment=second)
    said = check_version(version.parent)
    assert "matching@1: the rows' root is not the one in the manifest" in said
    for half in ("index", "lineage"):
        type(first).objects.filter(pk=first.pk).update(**{half: getattr(second, half)})
    assert any(fault.startswith("segment 1 of matching") for fault in faults_of(version))


def test_content_that_is_gone_without_a_record_of_erasure_is_named(version):
    set_cells(version, KEY, "content", **dict.fromkeys(CONTENT.names))
    assert faults_of(version) == [row("its content is gone without a record of erasure")]
    Example.objects.filter(external_id=KEY).update(erased_at=NOW)
    assert faults_of(version) == []


def test_a_segment_without_content_or_with_another_number_of_rows_is_named(version):
    segment = segment_of(version, KEY)
    assert row_of(segment, KEY) == 1
    rewrite(segment, "content", lambda rows: rows.pop())
    assert any(fault.startswith("segment 1 of matching") for fault in faults_of(version))
    SegmentContent.objects.filter(segment=segment).update(gone_at=NOW)
    assert "segment 1 of matching: has no content, or two" in faults_of(version)


@pytest.mark.parametrize("changes", [
    {"data_id": "0" * 64}, {"version_id": "0" * 64}, {"n_rows": 5}, {"manifest": "{}"}, {"manifest": "not JSON"},
    {"parent": None}, {"checks": {"verdict": "pass"}}, {"split_rule": {}},
])  # fmt: skip
def test_a_changed_version_is_named(version, changes):
    Version.objects.filter(pk=version.pk).update(**changes)
    assert check_version(Version.objects.get(pk=version.pk))
