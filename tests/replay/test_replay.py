"""Past labels go through the real stages, and the same files and seed give the same versions, on every database."""

import csv
import io
import json
import random
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from experts.doctor.examine import examine
from labelling.assignment.models import Label
from labelling.projects.models import Project

pytestmark = pytest.mark.django_db

ITEMS, WORKERS = 40, 6
# data_id of both versions of the crowd below, seed 7: the same on SQLite and on PostgreSQL, and on every machine.
GOLDEN = {
    "fixed-5": [
        "633d11d834c025267289735d76ed1ba963a7411083145d88969d6cb7c634620c",
        "6f0721911e42691109e40fa5a84ebcefcf94b055c92a5a76c4b65c8cb4443441",
    ],
    "adaptive": [
        "d09cdfe9a7599d5807e6a2c57712ec643e90079d950b1a6042769347a8836d23",
        "49d1088dea6f671bed44cd6e349d1d55c7f656fe4dd52cb348678a292cc99602",
    ],
}


@pytest.fixture(scope="module")
def past(tmp_path_factory) -> Path:
    """Forty pairs, six workers who each label each item: five good ones, and one who says the opposite."""
    folder = tmp_path_factory.mktemp("past")
    chance = random.Random(1)
    truth = {f"pair-{n:02d}": ("yes", "no")[n % 2] for n in range(ITEMS)}
    rows = []
    for item, answer in truth.items():
        other = "no" if answer == "yes" else "yes"
        for worker in range(WORKERS):
            right = chance.random() < (0.1 if worker == 5 else 0.9)
            rows.append([item, f"worker-{worker}", answer if right else other, round(chance.uniform(2, 9), 1)])
    chance.shuffle(rows)
    write(folder / "labels.csv", ["item", "worker", "label", "seconds"], rows)
    write(folder / "truth.csv", ["item", "truth"], truth.items())
    pairs = [{"id": item, "request": f"a cat sitter {item}", "offer": f"sits for {item}"} for item in truth]
    (folder / "pairs.jsonl").write_text("".join(json.dumps(pair) + "\n" for pair in pairs))
    predictions = [
        {"id": item, "model": "m1", "probabilities": {"yes": (p := round(chance.random(), 3)), "no": round(1 - p, 3)}}
        for item in truth
    ]
    (folder / "predictions.ndjson").write_text("".join(json.dumps(one) + "\n" for one in predictions))
    return folder


def write(path: Path, header: list[str], rows: Any) -> None:
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)


def replay(folder: Path, *options: str) -> dict[str, Any]:
    out = io.StringIO()
    files = ["--items", "pairs.jsonl", "--predictions", "predictions.ndjson", "--truth", "truth.csv"]
    call_command("replay", str(folder / "labels.csv"), *files, "--json", *options, stdout=out, stderr=io.StringIO())
    return json.loads(out.getvalue())


def hashes(report: dict[str, Any]) -> list[str]:
    return [version["hash"] for version in report["versions"]]


@pytest.mark.parametrize("policy", ["fixed-5", "adaptive"])
def test_the_same_files_and_seed_give_the_same_versions_on_every_database(past, policy):
    report = replay(past, "--policy", policy, "--seed", "7")
    assert hashes(report) == GOLDEN[policy]
    assert list(examine()) == []


def test_a_seed_gives_the_same_report_again_and_another_seed_another_one(past):
    report, again = (replay(past, "--policy", "adaptive", "--seed", "7") for _ in range(2))
    assert again["project"] != report["project"]
    same = set(report) - {"project"}
    assert {name: again[name] for name in same} == {name: report[name] for name in same}
    other = replay(past, "--policy", "adaptive", "--seed", "8")
    assert not set(hashes(other)) & set(hashes(report))


def test_a_fixed_policy_takes_that_many_labels_an_item_and_reports_every_figure(past):
    report = replay(past, "--policy", "fixed-5")
    assert (report["items"], report["labels"], report["labels_per_item"]) == (40, 200, 5.0)
    assert (report["policy"], report["seed"]) == ("fixed-5", 0)
    assert report["unresolved"] == 0
    assert 0.9 <= report["accuracy_crowd"] <= report["accuracy"] <= 1
    assert 0 <= report["escalated"] < 10
    alpha = report["alpha"]
    assert alpha["low"] < alpha["value"] < alpha["high"]
    assert (alpha["scope"], alpha["items"], alpha["labels"]) == ("all", 40, 200)


def test_the_least_reliable_worker_is_rejected_and_the_recall_and_the_second_version_follow(past):
    report = replay(past, "--policy", "fixed-5")
    assert report["rejected"]["worker"] == "worker-5"
    given = Label.objects.filter(labeller__name="worker-5", project__slug=report["project"]).count()
    assert report["rejected"]["labels"] == given
    first, second = report["versions"]
    assert (first["number"], second["number"], first["rows"]) == (1, 2, 40)
    assert report["recalls"][0]["version"] == 1
    assert 0 < report["recalls"][0]["rows"] <= 40
    assert first["hash"] != second["hash"]
    assert sum(report["diff"].values()) > 0


def test_an_adaptive_policy_asks_for_fewer_labels(past):
    fixed, adaptive = replay(past, "--policy", "fixed-5"), replay(past, "--policy", "adaptive")
    assert adaptive["labels"] < fixed["labels"]
    assert adaptive["labels_per_item"] == adaptive["labels"] / 40
    assert adaptive["accuracy"] >= 0.85


def test_more_labels_than_there_are_means_all_there_are(past):
    assert replay(past, "--policy", "fixed-10")["labels"] == ITEMS * WORKERS


def test_labels_alone_are_enough_and_the_project_can_be_named(past):
    out = io.StringIO()
    call_command("replay", str(past / "labels.csv"), "--project", "by-name", stdout=out, stderr=io.StringIO())
    assert 'project: "by-name"' in out.getvalue()
    assert "accuracy: null" in out.getvalue()
    project = Project.objects.get(slug="by-name")
    assert project.items.count() == 40
    with pytest.raises(CommandError, match="by-name"):
        call_command("replay", str(past / "labels.csv"), "--project", "by-name", stderr=io.StringIO())


LABELS = "item,worker,label\na,ann,yes\na,ben,no\nb,ann,no\nb,ben,no\n"

BAD = {
    "a missing column": ({"labels.csv": "item,label\na,yes\n"}, r"labels.csv, line 1: there is no column 'worker'"),
    "an empty file": ({"labels.csv": ""}, r"labels.csv, line 1: there is no column 'item'"),
    "no labels": ({"labels.csv": "item,worker,label\n"}, r"labels.csv: holds no labels"),
    "an empty field": ({"labels.csv": LABELS + "c,,yes\n"}, r"labels.csv, line 6: worker is empty"),
    "a short line": ({"labels.csv": LABELS + "c,ann\n"}, r"labels.csv, line 6: label is empty"),
    "a label given twice": ({"labels.csv": LABELS + "a,ann,no\n"}, r"labels.csv, line 6: ann has labelled a before"),
    "seconds in words": (
        {"labels.csv": "item,worker,label,seconds\na,ann,yes,soon\n"},
        r"labels.csv, line 2: seconds is not a number: 'soon'",
    ),
    "one class": ({"labels.csv": "item,worker,label\na,ann,yes\nb,ann,yes\n"}, r"labels.csv: all labels are 'yes'"),
    "bytes that are no text": ({"labels.csv": b"item,worker,label\n\xff\xfe,ann,yes\n"}, r"labels.csv: .*decode"),
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
