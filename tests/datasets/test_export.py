"""Exports of a published version: every format whole or absent, only what was asked for, votes from the lineage."""

import json
import os
from pathlib import Path

import pyarrow.parquet
import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from labelling import canonical
from labelling.datasets import layout
from labelling.datasets.export import (
    NotHeld,
    Options,
    TargetNotEmpty,
    UnknownFormat,
    export_version,
    state_of,
    write_one_file,
)
from labelling.datasets.formats import FORMATS
from labelling.datasets.models import Recall
from labelling.datasets.verify import verify_directory
from labelling.errors import Invalid
from tests.datasets.helpers import labelled_project, publish_now, reject
from tests.factories import NOW

pytestmark = pytest.mark.django_db

HELD = [name for name, found in FORMATS.items() if found.holds("single_choice")]


@pytest.fixture
def version():
    project, _, _ = labelled_project(10, slug="other")
    return publish_now(project, message="first")


def exported(version, folder, file_format, **options):
    return export_version(version=version, file_format=file_format, to=folder / file_format, options=Options(**options))


def document(folder, split="train"):
    return json.loads((folder / layout.data_name(split, "json")).read_bytes())


@pytest.mark.parametrize("file_format", HELD)
def test_every_format_verifies_and_lists_every_file(version, tmp_path, file_format):
    folder = exported(version, tmp_path, file_format, votes=True, soft_labels=True)
    found = verify_directory(folder, version_id=version.version_id)
    assert (found.problems, found.rows) == ([], 10)
    assert found.checked == (10 if FORMATS[file_format].verifies == "rows" else 0)
    manifest = canonical.loads((folder / layout.MANIFEST).read_bytes())
    assert (manifest["format"], manifest["verifies"]) == (file_format, FORMATS[file_format].verifies)
    assert manifest["options"] == {"votes": True, "soft_labels": True, "names": False}


@pytest.mark.parametrize("file_format", HELD)
def test_rows_of_splits_that_were_not_asked_for_are_nowhere(version, tmp_path, file_format):
    folder = exported(version, tmp_path, file_format, splits=("train",), votes=True)
    found = verify_directory(folder, version_id=version.version_id)
    assert found.problems == []
    hidden = [row["key"] for row in pyarrow.parquet.read_table(folder / layout.LEAVES).to_pylist()
              if row["split"] != "train" and row["salt"] is not None]  # fmt: skip
    assert hidden == []
    key = next(row["key"] for row in pyarrow.parquet.read_table(folder / layout.LEAVES).to_pylist()
               if row["split"] == "test")  # fmt: skip
    number = int(key.removeprefix("item-"))
    for path in [path for path in folder.rglob("*") if path.is_file() and path.name != layout.LEAVES]:
        assert key.encode() not in path.read_bytes() and f'pet {number}"'.encode() not in path.read_bytes()
    assert not [path for path in folder.rglob("*") if path.name.startswith(("test", "validation"))]


def test_votes_are_the_labels_that_the_lineage_names_under_pseudonyms(version, tmp_path):
    one, other = sorted(version.project.members.filter(role="labeller"), key=lambda member: member.name)
    reject(other)
    table = pyarrow.parquet.read_table(exported(version, tmp_path, "parquet", votes=True) / "votes").to_pylist()
    assert len(table) == 20
    assert {(row["labeller"], row["name"]) for row in table} == {(one.public_id, ""), (other.public_id, "")}
    first = [row for row in table if row["key"] == table[0]["key"]]
    assert [row["answer"] for row in first] == ['{"choice":"match"}'] * 2
    named = exported(version, tmp_path, "label-studio", votes=True, names=True)
    [annotation, _] = document(named)[0]["annotations"]
    assert annotation["completed_by"]["first_name"] == one.name
    for path in exported(version, tmp_path, "doccano", votes=True).rglob("*"):
        assert path.is_dir() or one.name.encode() not in path.read_bytes()


def test_votes_take_a_bounded_number_of_statements(version, tmp_path):
    with CaptureQueriesContext(
        connection,
    ) as with_votes:
        exported(version, tmp_path / "votes", "parquet", votes=True)
    with CaptureQueriesContext(connection) as without:
        exported(version, tmp_path, "parquet")
    assert len(with_votes) - len(without) == 1


def test_what_cannot_be_held_is_refused_and_nothing_is_left_behind(version, tmp_path):
    with pytest.raises(NotHeld, match=r"coco can't hold labels of the kind single_choice"):
        exported(version, tmp_path, "coco")
    with pytest.raises(UnknownFormat, match="xlsx"):
        exported(version, tmp_path, "xlsx")
    with pytest.raises(Invalid, match="there is no split 'all'"):
        Options(splits=("all",))
    with pytest.raises(Invalid, match="votes: must be true or false"):
        Options.read({"votes": 1})
    (tmp_path / "csv").mkdir()
    (tmp_path / "csv" / "mine.txt").write_text("mine")
    with pytest.raises(TargetNotEmpty):
        exported(version, tmp_path, "csv")
    assert (os.listdir(tmp_path), os.listdir(tmp_path / "csv")) == (["csv"], ["mine.txt"])


def test_an_export_that_fails_half_way_leaves_nothing(version, tmp_path):
    def stop(n: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        export_version(version=version, file_format="csv", to=tmp_path / "out", progress=stop)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("file_format", layout.FORMATS)
def test_several_splits_go_into_one_file_in_the_order_of_the_keys(version, tmp_path, file_format):
    path, told = tmp_path / "rows", []
    write_one_file(
        version=version, file_format=file_format, splits=("validation", "train"), to=path, progress=told.append
    )
    keys = [key for read in layout.read_texts(path, file_format) for key in read.keys.to_pylist()]
    assert (keys, told) == (sorted(keys), [8])
    with pytest.raises(NotHeld, match="doccano"):
        write_one_file(version=version, file_format="doccano", splits=("train",), to=path)


def test_the_card_says_what_was_recalled_and_the_cache_is_told(version, tmp_path):
    before = state_of(version)
    Recall.objects.create(version=version, reason="answers | at random", n_rows=2, keys=["a", "b"], at=NOW)
    card = (exported(version, tmp_path, "parquet") / "README.md").read_text()
    assert r"| 2 | answers \| at random |" in card
    assert version.data_id in card and "| train | 6 |" in card
    assert state_of(version) != before


def test_the_command_writes_what_it_is_asked_for(version, tmp_path, capsys):
    to = tmp_path / "out"
    call_command(
        "export", "other@1", "--format", "label-studio", "--to", str(to), "--split", "test", "--votes", "--json"
    )
    said = json.loads(capsys.readouterr().out)
    assert (said["splits"], Path(said["folder"])) == (["test"], to)
    assert [len(task["annotations"]) for task in document(to, "test")] == [2, 2]
    assert (to / "label_config.xml").is_file()
