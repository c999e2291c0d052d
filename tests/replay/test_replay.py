"""Past labels go through the real stages, and the same files and seed give the same versions, on every database."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from experts.doctor.examine import examine
from labelling.assignment.models import Label
from labelling.projects.models import Project
from tests.replay.conftest import ITEMS, WORKERS

pytestmark = pytest.mark.django_db

# data_id of both versions of the crowd below, seed 7: the same on SQLite and on PostgreSQL, and on every machine.
GOLDEN = {
    "fixed-5": [
        "a1841e369b3f9bd868be799131323e7618ff59bcb41c00d056221f2d5348a059",
        "d2faac882de4a9b87e33c06586d6397787dd0ad6d8f1298b6492e147d546db41",
    ],
    "adaptive": [
        "308c766ed2b0faecca0a8079c577835cc498335f44cdd584ba6e951a4c3416c7",
        "b62e7d6e5472c74f67cd6c79dc1a598225136c513e9718574a020f8dcb36b391",
    ],
}


def replay(folder: Path, *options: str) -> dict[str, Any]:
    out = io.StringIO()
    files = ["--items", "pairs.jsonl", "--predictions", "predictions.ndjson", "--truth", "truth.csv"]
    call_command("replay", str(folder / "labels.csv"), *files, "--json", *options, stdout=out, stderr=io.StringIO())
    return json.loads(out.getvalue())


def hashes(report: dict[str, Any]) -> list[str]:
    return [version["hash"] for version in report["versions"]]


@pytest.fixture(scope="module")
def reports(rows_of_the_file, past):
    """{policy: what a replay with seed 7 reports}."""
    return {policy: replay(past, "--policy", policy, "--seed", "7") for policy in GOLDEN}


def test_the_same_files_and_seed_give_the_same_versions_on_every_database(reports):
    assert {policy: hashes(report) for policy, report in reports.items()} == GOLDEN
    assert list(examine()) == []


def test_a_seed_gives_the_same_report_again_and_another_seed_another_one(past, reports):
    report, again = reports["adaptive"], replay(past, "--policy", "adaptive", "--seed", "7")
    assert again["project"] != report["project"]
    same = set(report) - {"project"}
    assert {name: again[name] for name in same} == {name: report[name] for name in same}
    other = replay(past, "--policy", "adaptive", "--seed", "8")
    assert not set(hashes(other)) & set(hashes(report))


def test_a_fixed_policy_takes_that_many_labels_an_item_and_reports_every_figure(reports):
    report = reports["fixed-5"]
    assert (report["items"], report["labels"], report["labels_per_item"]) == (40, 200, 5.0)
    assert (report["policy"], report["seed"]) == ("fixed-5", 7)
    assert report["unresolved"] == 0
    assert 0.9 <= report["accuracy_crowd"] <= report["accuracy"] <= 1
    assert 0 <= report["escalated"] < 10
    alpha = report["alpha"]
    assert alpha["low"] < alpha["value"] < alpha["high"]
    assert (alpha["scope"], alpha["items"], alpha["labels"]) == ("all", 40, 200)


def test_the_least_reliable_worker_is_rejected_and_the_recall_and_the_second_version_follow(reports):
    report = reports["fixed-5"]
    assert report["rejected"]["worker"] == "worker-5"
    given = Label.objects.filter(labeller__name="worker-5", project__slug=report["project"]).count()
    assert report["rejected"]["labels"] == given
    first, second = report["versions"]
    assert (first["number"], second["number"], first["rows"]) == (1, 2, 40)
    assert report["recalls"][0]["version"] == 1
    assert 0 < report["recalls"][0]["rows"] <= 40
    assert first["hash"] != second["hash"]
    assert sum(report["diff"].values()) > 0


def test_an_adaptive_policy_asks_for_fewer_labels(reports):
    fixed, adaptive = reports["fixed-5"], reports["adaptive"]
    assert adaptive["labels"] < fixed["labels"]
    assert adaptive["labels_per_item"] == adaptive["labels"] / 40
    assert adaptive["accuracy"] >= 0.85


def test_more_labels_than_there_are_means_all_there_are(past):
    report = replay(past, "--policy", "fixed-10")
    assert (report["labels"], report["seed"]) == (ITEMS * WORKERS, 0)


def test_labels_alone_are_enough_and_the_project_can_be_named(past):
    out = io.StringIO()
    call_command("replay", str(past / "labels.csv"), "--project", "by-name", stdout=out, stderr=io.StringIO())
    assert 'project: "by-name"' in out.getvalue()
    assert "accuracy: null" in out.getvalue()
    project = Project.objects.get(slug="by-name")
    assert project.items.count() == 40
    with pytest.raises(CommandError, match="by-name"):
        call_command("replay", str(past / "labels.csv"), "--project", "by-name", stderr=io.StringIO())
