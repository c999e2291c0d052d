"""The pages of the checks: what they say now, over time, and where their limits are set."""

import re
from datetime import timedelta

import pytest

from labelling.datasets.checks.models import QualityReport
from labelling.loop import checking
from labelling.loop.publish import publish
from labelling.projects.models import Project
from labelling.tasks import run_waiting
from tests.datasets.helpers import add_item, labelled_project
from tests.factories import NOW
from tests.pages.browsing import client_of

pytestmark = pytest.mark.django_db
PAGE, HISTORY = "/p/matching/versions/checks/", "/p/matching/versions/checks/history/"
POLICY = "/p/matching/settings/policy/"


def leaking_project():
    project, _, _ = labelled_project(5)
    add_item(project, number=20, text="Same text", split="train")
    add_item(project, number=21, text="  same   TEXT ", split="test")
    return project


def filled(table):
    """{name: value} of the inputs of the table as the page fills it."""
    return dict(re.findall(r'<input class="input[^>]* name="([^"]+)" value="([^"]*)"', table))


def read(address):
    return client_of("olga").get(address).content.decode()


def test_an_owner_checks_now_and_sees_what_is_at_fault():
    leaking_project()
    assert "Nothing is checked yet" in read(PAGE)
    assert client_of("olga").post(PAGE).status_code == 302
    assert "wait for a worker" in read(PAGE)
    run_waiting(now=NOW + timedelta(days=9999))
    page = read(PAGE)
    assert "A check stops the next version" in page
    assert "?q=item-0021" in page
    assert "stops above 0 rows" in page
    assert "#limit-split_leaks" in page


def test_a_version_shows_its_checks_and_why_they_were_overridden():
    publish(project=leaking_project(), by=None, message="", override_reason="asked for both", now=NOW)
    page = read("/p/matching/versions/1/")
    assert "asked for both" in page
    assert "/versions/1/rows/item-0021/" in page


def test_quality_over_time_says_since_when():
    project = leaking_project()
    for day in range(3):
        if day == 1:
            add_item(project, number=22, text="same text", split="test")
        checking.ask(project=project, by=None, now=NOW + timedelta(days=day))
        run_waiting(now=NOW + timedelta(days=day))
    page = read(HISTORY)
    assert "since 3 March 2026; before that" in page
    assert page.count("What would have been next") == 3


def test_history_without_a_report_says_what_to_do():
    labelled_project(1)
    assert "No report yet" in read(HISTORY)


def test_limits_are_changed_in_the_policy_and_only_what_differs_is_stored():
    project, _, _ = labelled_project(1)
    form = client_of("olga").get(POLICY).context["form"]
    fields = {name: "" if form[name].value() is None else str(form[name].value()) for name in form.fields}
    typed = {"checks-shown": "1", "checks-duplicates-fail": "3", "checks-nulls-warn": "2.5", "checks-language-off": "1"}
    shown = filled(form["checks"].as_widget())
    client_of("olga").post(POLICY, fields | shown | typed)
    project.refresh_from_db()
    assert Project.objects.get().policy.checks == {
        "duplicates": {"fail": 3}, "nulls": {"warn": 250}, "language": {"off": True},
    }  # fmt: skip
    page = client_of("olga").post(POLICY, fields | shown | typed | {"number": "2", "checks-nulls-warn": "many"})
    assert "is not a number" in page.content.decode()
    assert page.status_code == 422


def test_reports_are_kept_whoever_asks():
    labelled_project(2)
    client_of("olga").post(PAGE)
    run_waiting(now=NOW + timedelta(days=9999))
    assert QualityReport.objects.get().by.username == "olga"
