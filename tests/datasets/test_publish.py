"""Publishing: what gets into a version, what stops it, and that it stays as it is."""

import tomllib

import pytest
from django.db import Error, connection, transaction
from django.test.utils import CaptureQueriesContext

from labelling import canonical
from labelling.audit.models import Entry
from labelling.consensus.models import Authority
from labelling.datasets.models import Segment, SegmentContent, Version, VersionSegment
from labelling.datasets.queries import find_by_reference, find_version, lineage, rows_of
from labelling.datasets.release import CODE_VERSION
from labelling.errors import Invalid, NotFound
from labelling.loop.publish import ChecksFailed, NothingApproved, NothingChanged, publish_job
from labelling.sampling.models import Item, Purpose
from tests.datasets.helpers import add_item, approve, label, labelled_project, publish_now, reject, reopen
from tests.datasets.stored import keys
from tests.factories import NOW, make_items, make_labeller, make_project

pytestmark = pytest.mark.django_db


def test_only_approved_items_get_into_a_version():
    project, items, _ = labelled_project(6)
    make_items(project, 1, first=50)
    reopen(items[0], "a late label")
    Item.objects.filter(pk=items[1].pk).update(held_at=NOW)
    Item.objects.filter(pk=items[2].pk).update(purpose=Purpose.GOLD)
    assert keys(publish_now(project)) == ["item-0004", "item-0005", "item-0006"]


def test_rows_are_in_the_order_of_their_keys_bytes():
    project = make_project()
    items = make_items(project, 5)
    names = ["b", "B", "a", "é", "𝒳"]
    for item, name in zip(items, names, strict=True):
        item.example.external_id = name
        item.example.save(update_fields=["external_id"])
        approve(item, "match")
    assert keys(publish_now(project)) == sorted(names, key=str.encode) == ["B", "a", "b", "é", "𝒳"]


def test_the_same_content_has_the_same_data_id_wherever_it_is():
    one, two = labelled_project(4)[0], labelled_project(4, slug="other")[0]
    assert publish_now(one).data_id == publish_now(two, minutes=9, message="again").data_id


def test_a_version_that_would_repeat_the_last_one_is_refused():
    project, items, _ = labelled_project(4)
    first = publish_now(project)
    with pytest.raises(NothingChanged, match="matching@1"):
        publish_now(project)
    approve(items[0], "no match", authority=Authority.EXPERT)
    second = publish_now(project)
    assert (second.number, second.parent) == (2, first)
    assert second.data_id != first.data_id


def test_nothing_approved_is_a_clear_refusal():
    project = make_project()
    make_items(project, 2)
    with pytest.raises(NothingApproved, match="no approved item"):
        publish_now(project)
    assert not Version.objects.exists()


def test_publishing_is_on_record_with_its_data_id():
    version = publish_now(labelled_project(3)[0])
    entry = Entry.objects.get(action="version.published")
    assert (entry.subject_id, entry.detail["data_id"]) == (version.public_id, version.data_id)


def test_a_failed_check_stops_the_version_and_leaves_nothing():
    project, _, _ = labelled_project(5)
    add_item(project, number=20, text="Same text", split="train")
    add_item(project, number=21, text="  same   TEXT ", split="test")
    with pytest.raises(ChecksFailed, match="the same text as one of train") as refused:
        publish_now(project)
    [fault] = refused.value.errors
    assert fault["where"] == "split_leaks" and "It stops a version above 0 rows. Put" in fault["message"]
    assert str(refused.value).count(fault["message"]) == 1
    assert not Version.objects.exists()
    assert not Segment.objects.exists()


def test_an_override_is_carried_by_the_version():
    project, _, _ = labelled_project(5)
    add_item(project, number=20, text="Same text", split="train")
    add_item(project, number=21, text="Same text", split="test")
    version = publish_now(project, override_reason="both sides were really asked")
    assert version.checks["verdict"] == "fail"
    assert version.checks["override_reason"] == "both sides were really asked"


def test_a_job_reports_a_refusal_instead_of_failing():
    project = make_project()
    said = publish_job(project=project.pk, by_id=None, message="", now=NOW)
    assert said["code"] == "invalid"
    assert "no approved item" in said["error"]


@pytest.mark.parametrize("model", [Version, Segment, SegmentContent, VersionSegment])
def test_frozen_rows_refuse_sql(model):
    publish_now(labelled_project(3)[0])
    table = model._meta.db_table
    column, value = {
        "labelling_version": ("message", "'x'"),
        "labelling_segment": ("index", "'x'"),
        "labelling_segmentcontent": ("digest", "'x'"),
        "labelling_versionsegment": ("n_live", "1"),
    }[table]
    for statement in (f'UPDATE "{table}" SET "{column}" = {value}', f'DELETE FROM "{table}"'):  # noqa: S608 - fixed
        with pytest.raises(Error, match="frozen"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_publishing_many_rows_takes_as_many_statements_as_publishing_few():
    taken = []
    for slug, n in (("few", 4), ("many", 40)):
        project, _, _ = labelled_project(n, slug=slug)
        with CaptureQueriesContext(connection) as captured:
            publish_now(project)
        taken.append(len(captured))
    assert taken[0] == taken[1] <= 50


def test_a_row_is_traced_to_its_labels_and_what_became_of_them():
    project, items, (first, second) = labelled_project(2)
    version = publish_now(project)
    rejection = reject(second)
    told = lineage(version=version, key=items[0].example.external_id)
    assert [given["labeller"]["name"] for given in told["labels"]] == [first.name, second.name]
    assert told["labels"][0]["answer"] == {"choice": "match"}
    assert [(row["id"], row["used_by_this_row"]) for row in told["rejections"]] == [(rejection.public_id, True)]
    assert told["resolution"]["authority"] == "crowd"
    assert told["lineage_hash"] == canonical.digest(canonical.dumps(told["frozen"]))


def test_rejected_labels_are_left_out_of_the_next_lineage():
    project, items, (first, second) = labelled_project(2)
    rejection = reject(second)
    extra = label(items[0], make_labeller(project, "tom"), "match")
    frozen = lineage(version=publish_now(project), key=items[0].example.external_id)["frozen"]
    assert {given["labeller"] for given in frozen["labels"]} == {first.public_id, extra.labeller.public_id}
    assert [row["rejection"] for row in frozen["rejected"]] == [rejection.public_id]


def test_test_rows_come_only_when_named():
    version = publish_now(labelled_project(10)[0])
    assert {row["split"] for row in rows_of(version)} == {"train", "validation"}
    assert {row["split"] for row in rows_of(version, splits=["test"])} == {"test"}


def test_a_version_is_found_by_number_latest_or_reference():
    project, items, _ = labelled_project(3)
    first = publish_now(project)
    approve(items[0], "no match")
    second = publish_now(project)
    assert find_version(project=project, number=1) == first
    assert find_by_reference("matching@latest") == find_by_reference(f"{project.public_id}@2") == second
    for number in ("3", "0", "x", "-1", "1e3", "9" * 30, "²"):
        with pytest.raises(NotFound, match="the newest is 2"):
            find_version(project=project, number=number)
    with pytest.raises(Invalid, match="PROJECT@NUMBER"):
        find_by_reference("matching")
    with pytest.raises(NotFound):
        lineage(version=first, key="no\x00thing")


def test_the_code_version_is_the_package_s():
    with open("pyproject.toml", "rb") as file:
        assert tomllib.load(file)["project"]["version"] == CODE_VERSION
