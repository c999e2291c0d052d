"""Reports of the checks: kept for versions, for refusals and when somebody asks; and what is read off them."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from labelling.datasets.checks import history, nearby
from labelling.datasets.checks.metrics import Since, metrics_of, since
from labelling.datasets.checks.models import QualityReport
from labelling.jobs.models import Job
from labelling.loop import checking
from labelling.loop.govern import change_policy
from labelling.loop.publish import ChecksFailed, publish
from labelling.sampling.models import NearLink
from labelling.tasks import run_waiting
from tests.datasets.helpers import add_item, labelled_project
from tests.datasets.rows import plain, report, row
from tests.factories import NOW

pytestmark = pytest.mark.django_db


def leaking_project():
    project, _, _ = labelled_project(5)
    add_item(project, number=20, text="Same text", split="train")
    add_item(project, number=21, text="  same   TEXT ", split="test")
    return project


def test_a_refused_version_leaves_its_report_and_nothing_else():
    project = leaking_project()
    with pytest.raises(ChecksFailed):
        publish(project=project, by=None, message="", now=NOW)
    [kept] = QualityReport.objects.all()
    assert (kept.occasion, kept.verdict, kept.version) == ("refused", "fail", None)
    assert kept.told["n_rows"] == kept.n_rows == 7
    assert kept.metrics["check:split_leaks"] == 1


def test_a_version_has_its_report_and_the_reason_that_overrode_it():
    version = publish(project=leaking_project(), by=None, message="", override_reason="asked", now=NOW)
    kept = QualityReport.objects.get()
    assert (kept.occasion, kept.version, kept.report) == ("published", version, None)
    assert kept.told["override_reason"] == "asked"


def test_checking_now_is_a_job_that_keeps_a_report_and_publishes_nothing():
    project = leaking_project()
    first, again = (checking.ask(project=project, by=None, now=NOW) for _ in range(2))
    assert first == again
    run_waiting(now=NOW)
    job = Job.objects.get(kind="check")
    kept = QualityReport.objects.get()
    assert job.result == {"report": kept.public_id, "verdict": "fail", "rows": 7}
    assert (kept.occasion, project.versions.count()) == ("asked", 0)


def test_a_report_never_changes():
    publish(project=leaking_project(), by=None, message="", override_reason="asked", now=NOW)
    with pytest.raises(IntegrityError, match="frozen"), transaction.atomic():
        QualityReport.objects.update(verdict="pass")


def test_the_policy_says_what_stops_a_version():
    project = leaking_project()
    change_policy(project=project, changes={"checks": {"split_leaks": {"warn": 0, "fail": 5}}}, by=None, now=NOW)
    project.refresh_from_db()
    version = publish(project=project, by=None, message="", now=NOW)
    assert version.checks["verdict"] == "warn"


def test_what_is_followed_has_names_and_whole_numbers():
    told = report([*plain(6), row(7, payload={"request": "x", "offer": None})])
    found = metrics_of(told)
    assert (found["rows"], found["null:offer"], found["script:Latin"]) == (7, 1428, 10_000)
    assert found["check:empty_fields"] == 1428
    assert {type(value) for value in found.values()} == {int}


@pytest.mark.parametrize(("values", "found"), [
    ([], None),
    ([5], Since(5, 0, None)),
    ([10, 20, 15], Since(15, 0, None)),
    ([0, 0, 1000, 1010, 990], Since(990, 2, 0)),
    ([1000, 0, 1000], Since(1000, 2, 0)),
    ([4000, 5000, 4500], Since(4500, 0, None)),
])  # fmt: skip
def test_since_when_a_value_has_been_as_it_is(values, found):
    assert since(values) == found


def test_readings_are_the_newest_and_come_oldest_first():
    project = leaking_project()
    days = [NOW, NOW + timedelta(days=1)]
    for day in days:
        checking.ask(project=project, by=None, now=day)
        run_waiting(now=day)
    assert [reading.at for reading in history.readings(project)] == days


def named(report):
    return {check["name"]: check for check in report["checks"]}


def test_of_many_rows_what_sampling_found_is_taken_and_all_are_searched_afterwards(monkeypatch):
    project, items, _ = labelled_project(3)
    other = add_item(project, number=20, text="Something else", split="test")
    add_item(project, number=21, text="I walk all kinds of dogs and cats in town", split="train")
    twin = add_item(project, number=22, text="I walk all kinds of dogs and cats in towns", split="test")
    NearLink.objects.create(item=other, of=items[0], similarity=9000, inherits=False)
    monkeypatch.setattr(nearby, "MOST_AT_ONCE", 1)
    version = publish(project=project, by=None, message="", override_reason="small", now=NOW)
    told = named(version.checks)
    assert told["near_leaks"]["rows"] == [other.example.external_id]
    assert "Only what sampling found was looked at" in told["near_leaks"]["summary"]
    assert (told["near_conflicts"]["verdict"], told["near_conflicts"]["later"]) == ("not_looked_for", True)
    change_policy(project=project, changes={"checks": {"near_leaks": {"warn": 0, "fail": 0}}}, by=None, now=NOW)
    run_waiting(now=NOW)
    _, kept = checking.followed(version)
    found = named(kept.told)
    assert (kept.told["version"], found["near_leaks"]["rows"]) == (1, [twin.example.external_id])
    assert (found["near_conflicts"]["verdict"], "later" in found["near_leaks"]) == ("pass", False)
    assert [reading.searched for reading in history.readings(project)] == [None, 1]


def test_nothing_is_searched_again_of_a_version_all_of_which_was_looked_at():
    version = publish(project=leaking_project(), by=None, message="", override_reason="asked", now=NOW)
    assert checking.followed(version) == (None, None)
