"""How much the model's answer pulls those who are shown it."""

import json

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from labelling.assignment.actions import lease_items
from labelling.assignment.suggesting import is_withheld
from labelling.ingest.actions import ingest
from labelling.loop.refit import refit_project
from labelling.loop.submit import submit
from labelling.loop.undo import undo
from labelling.projects.models import Project
from labelling.reliability.models import PullReading
from labelling.stats.pull import pull
from tests.factories import NOW, make_items, make_labeller, make_labellers, make_tagging, payload
from tests.pages.browsing import client_of


def test_people_who_follow_what_they_see_are_told_from_those_who_do_not():
    random = np.random.default_rng(0)
    items = np.repeat(np.arange(200), 3)
    shown = items % 10 != 0
    honest = pull(items, random.random(600) < 0.6, shown, seed=1)
    assert honest.difference.low < 0 < honest.difference.high
    pulled = pull(items, random.random(600) < np.where(shown, 0.95, 0.5), shown, seed=1)
    assert 0.2 < pulled.difference.low < pulled.difference.value < pulled.difference.high
    assert pulled.shown.value == pytest.approx(0.95, abs=0.05)


def test_nothing_is_said_while_one_side_is_missing():
    found = pull([0, 0, 1], [1.0, 0.5, 1.0], [True, True, True], seed=1)
    assert found.shown.value == pytest.approx(0.875)
    assert np.isnan([found.withheld.value, found.difference.value, found.difference.low]).all()


@pytest.fixture
def project():
    project = make_tagging("fixed", gold_share=0.0, suggest=True, suggest_withheld=0.4)
    make_items(project, 20)
    lines = [
        {"id": f"item-{number:04d}", "payload": payload(number), "model": "m1", "confidence": 0.7,
         "answer": {"choices": ["b", "a"]}}
        for number in range(1, 21)
    ]  # fmt: skip
    report = ingest(project=project, lines=[json.dumps(line).encode() for line in lines], by=None, now=NOW)
    assert (report.predictions, report.errors) == (20, [])
    return project


def withheld(project: Project, won) -> bool:
    return is_withheld(project.policy_in_force, project.seed, won.lease.item.example.external_id)


@pytest.mark.django_db
def test_labellers_begin_with_the_models_answer_but_for_items_drawn_by_chance(project):
    labellers = make_labellers(project, 2)
    one, other = (lease_items(labeller=labeller, count=20, now=NOW).won for labeller in labellers)
    shown = {won.lease.item_id: won.suggestion for won in one}
    assert shown == {won.lease.item_id: won.suggestion for won in other}
    assert {won.suggestion for won in one if not withheld(project, won)} == {'{"choices":["a","b"]}'}
    assert {won.suggestion for won in one if withheld(project, won)} == {None}
    assert 0 < sum(withheld(project, won) for won in one) < 20


@pytest.mark.django_db
def test_showing_it_costs_two_statements_and_not_showing_it_none(project):
    plain = make_tagging("fixed", slug="plain", gold_share=0.0)
    make_items(plain, 20)
    assert _statements(project, "lara") == _statements(plain, "max") + 2


def _statements(project: Project, name: str) -> int:
    labeller = make_labeller(project, name)
    lease_items(labeller=labeller, count=1, now=NOW)
    with CaptureQueriesContext(connection) as seen:
        lease_items(labeller=labeller, count=1, now=NOW)
    return len(seen)


@pytest.mark.django_db
def test_the_page_says_how_far_those_who_saw_it_are_pulled(project):
    for labeller in make_labellers(project, 3):
        for won in lease_items(labeller=labeller, count=20, now=NOW).won:
            answer = {"choices": ["c"] if won.suggestion is None else ["a", "b"]}
            submit(token=won.lease.token, labeller=labeller, answer=answer, now=NOW, active_seconds=2.0)
    refit_project(project=project, now=NOW)
    reading = PullReading.objects.get()
    assert (reading.shown, reading.withheld, reading.same_shown, reading.same_withheld) == (1.0, 0.0, 1.0, 0.0)
    said = client_of("olga").get(reverse("pull", args=[project.slug])).content.decode()
    assert "Labels are 100% like the model&#x27;s answer where it was shown and 0% where chance withheld it" in said


@pytest.mark.django_db
def test_what_is_taken_back_begins_with_the_same_answer(project):
    labeller = make_labellers(project, 1)[0]
    won = next(one for one in lease_items(labeller=labeller, count=20, now=NOW).won if one.suggestion)
    submit(token=won.lease.token, labeller=labeller, answer={"choices": ["c"]}, now=NOW)
    taken_back = undo(labeller=labeller, now=NOW, token=won.lease.token)
    assert taken_back.lease.suggestion is not None
    assert taken_back.lease.suggestion.answer == won.suggestion
