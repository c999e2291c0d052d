"""Tampering below the triggers is named by the check that `doctor` runs."""

import pytest
from django.db import connection

from labelling import canonical, freeze
from labelling.consensus.models import Authority
from labelling.datasets.integrity import check_version
from labelling.datasets.models import RowContent, Version, VersionRow
from labelling.projects.actions import new_guideline
from tests.datasets.helpers import approve, labelled_project, publish_now
from tests.factories import NOW, make_project

pytestmark = pytest.mark.django_db
KEY = "item-0002"


@pytest.fixture
def version():
    """The second version, on a database whose triggers somebody removed."""
    project, items, _ = labelled_project(6)
    publish_now(project)
    approve(items[0], "no match", authority=Authority.EXPERT)
    second = publish_now(project)
    freeze.remove(connection)
    yield second
    freeze.install(connection)


def test_a_version_as_it_was_published_has_no_fault(version):
    assert check_version(version) == []
    assert check_version(version.parent) == []


@pytest.mark.parametrize(("field", "value"), [
    ("key", "item-0002x"), ("split", "test"), ("leaf", "0" * 64), ("leaf", "not a digest"), ("answer_hash", "0" * 64),
    ("lineage", "{}"), ("lineage_hash", "0" * 64), ("position", 77),
])  # fmt: skip
def test_a_changed_row_is_named(version, field, value):
    VersionRow.objects.filter(version=version, key=KEY).update(**{field: value})
    named = value if field == "key" else KEY
    assert any(repr(named) in fault for fault in check_version(version))


def test_a_row_moved_to_another_item_is_named(version):
    other = version.rows.exclude(key=KEY).first().item
    VersionRow.objects.filter(version=version, key=KEY).update(item=other)
    assert check_version(version) == [f"matching@2 row 1 (key {KEY!r}): its item is not the one in its lineage"]


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


def test_lineage_rewritten_with_its_hash_does_not_fit_the_manifest(version):
    VersionRow.objects.filter(version=version, key=KEY).update(lineage="{}", lineage_hash=canonical.digest("{}"))
    assert "matching@2: the lineage's root is not the one in the manifest" in check_version(version)


@pytest.mark.parametrize("cell", ["label", "payload", "answer", "split", "authority", "slice", "group", "source"])
def test_a_changed_cell_is_named(version, cell):
    stored = RowContent.objects.get(leaf=version.rows.get(key=KEY).leaf)
    changed = canonical.dumps({**canonical.loads(stored.content), cell: "other"})
    RowContent.objects.filter(pk=stored.pk).update(content=changed)
    assert check_version(version) == [f"matching@2 row 1 (key {KEY!r}): its content is not what was frozen"]


def test_a_removed_row_and_missing_content_are_named(version):
    RowContent.objects.filter(leaf=version.rows.get(key="item-0003").leaf).delete()
    VersionRow.objects.filter(version=version, key=KEY).delete()
    faults = check_version(version)
    assert any("'item-0003'" in fault and "content is missing" in fault for fault in faults)
    assert "matching@2: it has 5 rows, not 6" in faults


def test_erased_content_is_no_fault_and_lost_content_is(version):
    stored = RowContent.objects.filter(leaf=version.rows.get(key=KEY).leaf)
    stored.update(content=None, salt=None, erased_at=NOW)
    assert check_version(version) == []
    stored.update(erased_at=None)
    assert any("without a record of erasure" in fault for fault in check_version(version))


@pytest.mark.parametrize("changes", [
    {"data_id": "0" * 64}, {"version_id": "0" * 64}, {"n_rows": 5}, {"manifest": "{}"}, {"manifest": "not JSON"},
    {"parent": None}, {"checks": {"verdict": "pass"}}, {"split_rule": {}},
])  # fmt: skip
def test_a_changed_version_is_named(version, changes):
    Version.objects.filter(pk=version.pk).update(**changes)
    assert check_version(Version.objects.get(pk=version.pk))
