"""The commands: one JSON document on stdout, a sentence and a code when refused."""

import io
import json

import pytest
from django.core.management import CommandError, call_command

from labelling.datasets import layout
from tests.datasets.helpers import add_item, labelled_project
from tests.factories import make_project

pytestmark = pytest.mark.django_db


def run(*arguments):
    out = io.StringIO()
    call_command(*map(str, arguments), stdout=out)
    return out.getvalue()


def refused(*arguments):
    out = io.StringIO()
    with pytest.raises(CommandError) as error:
        call_command(*map(str, arguments), stdout=out)
    return str(error.value), out.getvalue()


@pytest.mark.parametrize("file_format", layout.FORMATS)
def test_publish_export_and_verify_agree_on_the_hash(tmp_path, file_format):
    labelled_project(10)
    published = json.loads(run("publish", "matching", "--message", "first", "--json"))
    assert (published["version"], published["rows"]) == (1, 10)
    to = tmp_path / "out"
    exported = json.loads(run("export", "matching@latest", "--format", file_format, "--to", to, "--json"))
    verified = json.loads(run("verify", to, "--json"))
    assert published["hash"] == exported["hash"] == verified["hash"]
    assert (verified["good"], verified["checked"]) == (True, 10)
    assert "matching@1 is whole: 10 rows checked" in run("verify", to)


def test_export_says_which_splits_it_wrote(tmp_path):
    labelled_project(10)
    run("publish", "matching")
    assert "10 of 10 rows as jsonl" in (said := run("export", "matching@1", "--to", tmp_path / "all"))
    assert "splits: train, validation, test" in said
    some = json.loads(run("export", "matching@1", "--split", "train", "--to", tmp_path / "some", "--json"))
    assert (some["rows"], some["written"], some["splits"]) == (10, 6, ["train"])
    assert "matching@1 is whole: 6 rows checked, 4 left out" in run("verify", tmp_path / "some")
    assert refused("verify", tmp_path / "some", "--splits", "")[0].startswith("--splits: name at least one")


def test_verify_says_where_only_bytes_could_be_checked(tmp_path):
    labelled_project(5)
    run("publish", "matching")
    run("export", "matching@1", "--format", "label-studio", "--to", tmp_path / "out")
    said = run("verify", tmp_path / "out")
    assert "the bytes of every file and the ids were checked; rows of label-studio can't be hashed again" in said
    assert "0 rows" not in said
    assert json.loads(run("verify", tmp_path / "out", "--json"))["by_bytes"] is True


def test_verify_exits_1_and_names_what_it_found(tmp_path, capsys):
    labelled_project(5)
    run("publish", "matching")
    run("export", "matching@1", "--format", "csv", "--to", tmp_path / "out")
    (tmp_path / "out" / layout.data_name("train", "csv")).unlink()
    out = io.StringIO()
    with pytest.raises(SystemExit) as stopped:
        call_command("verify", str(tmp_path / "out"), "--json", stdout=out)
    assert stopped.value.code == 1
    assert "data/train-00000-of-00001.csv: is missing" in json.loads(out.getvalue())["problems"]


def test_a_stopped_version_reports_its_checks_and_can_be_overridden():
    project, _, _ = labelled_project(5)
    add_item(project, number=20, text="Same text", split="train")
    add_item(project, number=21, text="Same text", split="test")
    said, printed = refused("publish", "matching", "--json")
    assert "the same text as one of train" in said
    assert json.loads(printed)["checks"]["verdict"] == "fail"
    assert "fail: 1 row of test has the same text as one of train" in run("publish", "matching", "--override", "asked")


@pytest.mark.parametrize(("arguments", "said"), [
    (["publish", "nothing"], "there is no project 'nothing'"),
    (["publish", "matching"], "no approved item"),
    (["export", "matching@1", "--to", "/nonexistent"], "nothing is published yet"),
    (["export", "matching", "--to", "/nonexistent"], "PROJECT@NUMBER"),
    (["export", "matching@x", "--to", "/nonexistent"], "there is no version 'x'"),
    (["export", "matching@X", "--to", "/nonexistent"], "PROJECT@NUMBER"),
    (["verify", "/nonexistent", "--splits", "all"], "there is no split 'all'"),
])  # fmt: skip
def test_a_refusal_says_what_to_do(arguments, said):
    make_project()
    assert said in refused(*arguments)[0]
