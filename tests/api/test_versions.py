"""Versions over HTTP: published, read, downloaded, compared, traced."""

import csv
import hashlib
import io
import json

import pyarrow.parquet
import pytest

from labelling.datasets.models import Version
from labelling.sampling.models import Item
from tests.api.calls import Caller, is_problem, program
from tests.datasets.helpers import approve, label
from tests.factories import make_items, make_labellers, make_member, make_user

SPLITS = ("train", "train", "train", "validation", "test", "test")
VERSIONS = "projects/matching/versions"


@pytest.fixture
def approved(project, settings, tmp_path):
    settings.DATA_DIR = tmp_path
    labellers = make_labellers(project, 2)
    items = make_items(project, len(SPLITS))
    for number, (item, split) in enumerate(zip(items, SPLITS, strict=True)):
        Item.objects.filter(pk=item.pk).update(split=split)
        choice = ("match", "no match")[number % 2]
        for labeller in labellers:
            label(item, labeller, choice)
        approve(item, choice)
    return items


@pytest.fixture
def version(owner, approved):
    response = owner.post(VERSIONS, {"message": "first", "override_reason": "a small example"})
    assert response.status_code == 201, response.content
    return response.json()


def body(response):
    return b"".join(response.streaming_content)


def keys(data):
    return [json.loads(line)["key"] for line in data.splitlines()]


def test_publishing_answers_with_the_version(version):
    assert (version["number"], version["n_rows"], version["message"]) == (1, 6, "first")
    assert len(version["data_id"]) == len(version["version_id"]) == 64
    assert version["recalls"] == [] and version["checks"]["checks"]


def test_publishing_nothing_new_or_nothing_at_all_is_refused(owner, project, version):
    is_problem(owner.post(VERSIONS, {"override_reason": "again"}), 409)
    assert Version.objects.count() == 1


def test_an_empty_project_publishes_nothing(owner):
    is_problem(owner.post(VERSIONS, {}), 422)
    is_problem(owner.get(f"{VERSIONS}/latest"), 404)
    is_problem(owner.get(f"{VERSIONS}/latest/data"), 404)


@pytest.mark.parametrize("number", ["2", "0", "-1", "newest", "99999999999", "1.0"])
def test_a_version_that_is_not_there_is_not_found(owner, version, number):
    is_problem(owner.get(f"{VERSIONS}/{number}"), 404)


def test_latest_is_the_newest(owner, version):
    assert owner.get(f"{VERSIONS}/latest").json() == version
    assert [one["number"] for one in owner.get(VERSIONS).json()["results"]] == [1]


def test_the_test_split_comes_only_to_who_names_it(owner, version):
    assert keys(body(owner.get(f"{VERSIONS}/1/data"))) == ["item-0001", "item-0002", "item-0003", "item-0004"]
    assert keys(body(owner.get(f"{VERSIONS}/1/data", split="train"))) == ["item-0001", "item-0002", "item-0003"]
    assert keys(body(owner.get(f"{VERSIONS}/1/data", split="test"))) == ["item-0005", "item-0006"]


@pytest.mark.parametrize("split", [None, "train", "test"])
def test_all_formats_hold_the_same_rows(owner, version, split):
    chosen = {"split": split} if split else {}
    wanted = keys(body(owner.get(f"{VERSIONS}/1/data", format="jsonl", **chosen)))
    table = body(owner.get(f"{VERSIONS}/1/data", format="csv", **chosen)).decode()
    assert [row["key"] for row in csv.DictReader(io.StringIO(table, newline=""))] == wanted
    parquet = owner.get(f"{VERSIONS}/1/data", format="parquet", **chosen)
    assert parquet["Content-Type"] == "application/x-parquet"
    assert pyarrow.parquet.read_table(io.BytesIO(body(parquet)))["key"].to_pylist() == wanted


@pytest.mark.parametrize("file_format", ["jsonl", "csv", "parquet"])
def test_the_etag_is_strong_and_the_bytes_are_what_it_says(owner, version, file_format):
    whole = owner.get(f"{VERSIONS}/1/data", format=file_format)
    data = body(whole)
    assert whole["ETag"] == f'"{hashlib.sha256(data).hexdigest()}"'
    assert int(whole["Content-Length"]) == len(data)
    head = owner.head(f"{VERSIONS}/1/data", format=file_format)
    assert (head.status_code, head.content) == (200, b"")
    assert (head["ETag"], head["Content-Length"]) == (whole["ETag"], whole["Content-Length"])


def test_who_has_the_bytes_already_is_told_so(owner, version):
    etag = owner.head(f"{VERSIONS}/1/data")["ETag"]
    again = owner.client.get(f"/api/v1/{VERSIONS}/1/data", headers={"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("query", [{"format": "xml"}, {"split": "everything"}, {"splits": "train"}])
def test_a_download_of_what_there_is_not_is_refused(owner, version, query):
    is_problem(owner.get(f"{VERSIONS}/1/data", **query), 422)


def test_the_manifest_is_what_the_version_id_is_the_hash_of(owner, version):
    manifest = owner.get(f"{VERSIONS}/1/manifest").content
    assert hashlib.sha256(manifest).hexdigest() == version["version_id"]


def test_a_diff_names_what_changed(owner, approved, version):
    approve(approved[0], "no match")
    assert owner.post(VERSIONS, {"override_reason": "small"}).status_code == 201
    found = owner.get(f"{VERSIONS}/2/diff").json()
    assert (found["before"], found["after"]) == (1, 2)
    assert [(change["key"], change["kind"]) for change in found["changes"]] == [("item-0001", "relabelled")]
    assert owner.get(f"{VERSIONS}/2/diff", against="1", kind="added").json()["changes"] == []
    is_problem(owner.get(f"{VERSIONS}/2/diff", against="7"), 404)
    is_problem(owner.get(f"{VERSIONS}/2/diff", against="X!"), 422)


def test_a_rows_lineage_names_its_labels(owner, version):
    lineage = owner.get(f"{VERSIONS}/1/rows/item-0001/lineage").json()
    assert {given["labeller"]["name"] for given in lineage["labels"]} == {"labeller-001", "labeller-002"}
    assert lineage["resolution"]["authority"] == "crowd"
    is_problem(owner.get(f"{VERSIONS}/1/rows/no/such/row/lineage"), 404)
    is_problem(owner.get(f"{VERSIONS}/1/rows/a%00b/lineage"), 404)


def test_an_auditor_reads_and_a_labeller_does_not(project, version):
    make_member(project, "audrey", "auditor")
    assert Caller(make_user("audrey")).get(f"{VERSIONS}/1/data").status_code == 200
    is_problem(Caller(make_user("labeller-001")).get(f"{VERSIONS}/1/data"), 403)
    is_problem(program(make_user("olga"), "read").get(f"{VERSIONS}/1/data"), 403)


def test_a_recall_is_shown_with_the_version(owner, project, version):
    worst = project.members.get(name="labeller-001")
    assert owner.post(
        "projects/matching/rejections", {"labeller": worst.public_id, "reason": "answers at random"}
    ).status_code == 201  # fmt: skip
    recalls = owner.get(f"{VERSIONS}/1").json()["recalls"]
    assert [(recall["n_rows"], recall["reason"]) for recall in recalls] == [(6, "answers at random")]


def test_a_diff_comes_as_csv_and_rows_of_test_only_by_name(owner, project, approved, version):
    approve(approved[0], "no match")
    approve(approved[4], "no match")
    owner.post(VERSIONS, {"override_reason": "a small example"})
    reply = owner.get(f"{VERSIONS}/2/diff", format="csv")
    assert reply["Content-Type"] == "text/csv; charset=utf-8"
    assert "matching-1-to-2.csv" in reply["Content-Disposition"]
    lines = list(csv.DictReader(io.StringIO(body(reply).decode())))
    assert [(line["key"], line["before_label"], line["after_label"]) for line in lines] == [
        ("item-0001", "match", "no match")
    ]
    plain = owner.get(f"{VERSIONS}/2/diff").json()
    assert (plain["counts"]["relabelled"], plain["n_test"]) == (2, 1)
    named = owner.get(f"{VERSIONS}/2/diff", split="test").json()
    assert [change["key"] for change in named["changes"]] == ["item-0005"]
    reader = program(project.created_by, "datasets:read")
    assert reader.get(f"{VERSIONS}/2/diff").status_code == 200
    is_problem(reader.get(f"{VERSIONS}/2/diff", split="test"), 403)


def test_aliases_are_put_read_and_deleted(owner, approved, version):
    aliases = "projects/matching/aliases"
    assert owner.get(aliases).json() == {"latest": 1, "aliases": []}
    put = owner.put(f"{aliases}/production", {"version": 1, "expected": 0})
    assert (put.status_code, put.json()["version"]) == (200, 1)
    is_problem(owner.put(f"{aliases}/production", {"version": 1, "expected": 0}), 409)
    is_problem(owner.put(f"{aliases}/latest", {"version": 1}), 422)
    is_problem(owner.put(f"{aliases}/production", {"version": 9}), 404)
    assert owner.get(f"{VERSIONS}/production").json()["version_id"] == version["version_id"]
    assert owner.delete(f"{aliases}/production").status_code == 204
    is_problem(owner.delete(f"{aliases}/production"), 404)
