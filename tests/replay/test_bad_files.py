"""What can't be replayed is refused with its file and line, before anything is written."""

import io
import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from labelling.projects.models import Project

pytestmark = pytest.mark.django_db

LABELS = "item,worker,label\na,ann,yes\na,ben,no\nb,ann,no\nb,ben,no\n"

BAD = {
    "a missing column": ({"labels.csv": "item,label\na,yes\n"}, r"labels.csv, line 1: there is no column 'worker'"),
    "an empty file": ({"labels.csv": ""}, r"labels.csv, line 1: there is no column 'item'"),
    "no labels": ({"labels.csv": "item,worker,label\n"}, r"labels.csv: holds no labels"),
    "an empty field": ({"labels.csv": LABELS + "c,,yes\n"}, r"labels.csv, line 6: worker is empty"),
    "a short line": ({"labels.csv": LABELS + "c,ann\n"}, r"labels.csv, line 6: label is empty"),
    "a label given twice": ({"labels.csv": LABELS + "a,ann,no\n"}, r"labels.csv, line 6: ann has labelled a before"),
    "seconds below zero": (
        {"labels.csv": "item,worker,label,seconds\na,ann,yes,-5\n"},
        r"labels.csv, line 2: seconds must be 0 or more, not -5",
    ),
    "seconds that are no time": (
        {"labels.csv": "item,worker,label,seconds\na,ann,yes,nan\n"},
        r"labels.csv, line 2: seconds must be 0 or more, not nan",
    ),
    "seconds in words": (
        {"labels.csv": "item,worker,label,seconds\na,ann,yes,soon\n"},
        r"labels.csv, line 2: seconds is not a number: 'soon'",
    ),
    "one class": ({"labels.csv": "item,worker,label\na,ann,yes\nb,ann,yes\n"}, r"labels.csv: all labels are 'yes'"),
    "bytes that are no text": ({"labels.csv": b"item,worker,label\n\xff\xfe,ann,yes\n"}, r"labels.csv: .*decode"),
    "a truth of other items": (
        {"labels.csv": LABELS, "truth.csv": "item,truth\nz,yes\n"},
        r"truth.csv: holds the truth of no item that labels.csv has labels of",
    ),
    "an unknown item": (
        {"labels.csv": LABELS, "pairs.jsonl": '{"id": "a", "text": "one"}\n'},
        r"pairs.jsonl: has no item 'b', which labels.csv holds labels of",
    ),
    "a line that is no JSON": (
        {"labels.csv": LABELS, "pairs.jsonl": '{"id": "a"}\n{"id": "b"\n'},
        r"pairs.jsonl, line 2: is not JSON",
    ),
    "an item without an id": (
        {"labels.csv": LABELS, "pairs.jsonl": '{"id": 7}\n'},
        r"pairs.jsonl, line 1: needs an id",
    ),
    "a prediction that is none": (
        {"labels.csv": LABELS, "predictions.ndjson": '{"id": "a", "model": "m", "probabilities": {"yes": 2, "no": 0}}'},
        r"predictions.ndjson, line 1.*probabilities",
    ),
    "an item twice": (
        {"labels.csv": LABELS, "pairs.jsonl": '{"id": "a", "text": "one"}\n' * 2},
        r"pairs.jsonl, line 2: 'a' is there already, in .*pairs.jsonl, line 1",
    ),
    "an item with a bad slice": (
        {"labels.csv": LABELS, "pairs.jsonl": '{"id": "a", "text": "one"}\n{"id": "b", "text": "two", "slice": 7}\n'},
        r"pairs.jsonl, line 2, slice",
    ),
    "a worker whose name is too long": (
        {"labels.csv": LABELS + f"a,{'w' * 151},yes\n"},
        r"name: must be text of 1 to 150",
    ),
    "a truth without its column": (
        {"labels.csv": LABELS, "truth.csv": "item,answer\na,yes\n"},
        r"truth.csv, line 1: there is no column 'truth'",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_a_bad_file_is_named_with_its_line_and_nothing_is_written(tmp_path, case):
    files, message = BAD[case]
    for name, content in files.items():
        (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    options = [f"--{option}={name}" for option, name in
               (("items", "pairs.jsonl"), ("predictions", "predictions.ndjson"), ("truth", "truth.csv"))
               if name in files]  # fmt: skip
    with pytest.raises(CommandError, match=message):
        call_command("replay", str(tmp_path / "labels.csv"), *options, stderr=io.StringIO())
    assert Project.objects.count() == 0


def test_a_file_that_is_not_there_is_named(tmp_path, past):
    with pytest.raises(CommandError, match=r"nowhere.csv"):
        call_command("replay", str(tmp_path / "nowhere.csv"))
    with pytest.raises(CommandError, match=r"nowhere.jsonl: there is no such file, here or beside labels.csv"):
        call_command("replay", str(past / "labels.csv"), "--items", "nowhere.jsonl")


@pytest.mark.parametrize("policy", ["fixed", "fixed-0", "fixed-x", "fixed-5000", "greedy", ""])
def test_an_unknown_policy_is_refused_before_anything_is_written(past, policy):
    with pytest.raises(CommandError, match="use adaptive, or fixed-N"):
        call_command("replay", str(past / "labels.csv"), "--policy", policy)
    assert Project.objects.count() == 0


def test_a_database_without_tables_is_said_to_have_none(past, tmp_path):
    surroundings = os.environ | {"DATA_DIR": str(tmp_path / "new"), "DATABASE_URL": ""}
    ran = subprocess.run(
        [sys.executable, "manage.py", "replay", str(past / "labels.csv")], cwd=settings.BASE_DIR, env=surroundings,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 1
    assert "has no tables yet: run `python manage.py migrate`" in ran.stderr
    assert "Traceback" not in ran.stderr
