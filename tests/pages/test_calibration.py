"""What the page about calibration says, and the same over the API."""

import html
import json
import re

import pytest
from django.urls import reverse

from labelling.consensus.models import Calibration, Fit
from labelling.loop.refit import refit_project
from tests.consensus.known import audited, gold_items, runs_on_gold
from tests.factories import make_labellers, make_member, make_project
from tests.loop.crowd import later
from tests.pages.browsing import client_of, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    return make_project(gold_share=0.0, initial_labels=2, stop_confidence=0.8)


def page(project, username="olga"):
    return client_of(username).get(reverse("calibration", args=[project.slug]))


def drawn_on(answer):
    """The specifications of the pictures on a page."""
    return [json.loads(html.unescape(found)) for found in re.findall(r'data-plot="([^"]*)"', answer.content.decode())]


def text(answer):
    return html.unescape(text_of(answer))


def test_without_evidence_it_says_how_to_get_some(project):
    said = text(page(project))
    assert "Draw gold at random" in said
    assert "share of items to audit" in said
    refit_project(project=project, now=later(60))
    said = text(page(project))
    assert "posteriors are taken as they are" in said
    assert "Nothing was compared" in said


def test_it_says_what_was_promised_and_kept_and_what_is_done_about_it(project):
    labellers = make_labellers(project, 2)
    runs_on_gold(labellers, gold_items(project, 60), wrong=15)
    audited(project, labellers, 40, wrong=10, first=100)
    fit = refit_project(project=project, now=later(60))
    answer = page(project)
    said = text(answer)
    assert "Of 40 stops at 80% or more on items whose truth is known, 30 were right: 75%" in said
    assert f"by a temperature of {fit.temperature:.2f}" in said
    calibration = Calibration.objects.get(fit=fit)
    assert f"{calibration.n_chosen} others chose the model of truth or taught it" in said
    assert 'aria-current="page">Quality' in said
    (drawn,) = drawn_on(answer)
    assert drawn["kind"] == "promises"
    assert {row["series"] for row in drawn["rows"]} == {"Corrected", "Uncorrected"}
    assert all(row["low"] <= row["y"] <= row["high"] for row in drawn["rows"])


@pytest.mark.parametrize(("n", "kept", "said"), [
    (0, 0, "No item whose truth is known has stopped at 95% or more yet."),
    (212, 197, "197 were right: 93%, with 95% confidence between 89% and 96%. So far that agrees"),
    (212, 180, "That is less than was promised."),
    (400, 398, "with 95% confidence between 98% and 100%."),
])  # fmt: skip
def test_a_promise_is_held_against_its_interval(project, n, kept, said):
    fit = refit_project(project=project, now=later(60))
    Calibration.objects.filter(fit=fit).update(
        n_calibrated=40,
        promised=0.95,
        n_promised=n,
        n_kept=kept,
        by_source={"gold": n},
    )
    assert said in text(page(project))


def test_the_models_that_were_compared_are_listed_the_best_first(project):
    fit = refit_project(project=project, now=later(60))
    Calibration.objects.filter(fit=fit).update(
        n_chosen=40, candidates={"infer": 0.31, "dawid_skene": 0.302}, reason="No other model is clearly better."
    )
    said = text(page(project))
    assert said.index("0.302") < said.index("0.310")
    assert "No other model is clearly better." in said


def test_owners_and_auditors_see_it_and_others_do_not(project):
    make_member(project, "anton", "auditor")
    make_member(project, "eva", "expert")
    make_labellers(project, 1)
    assert page(project, "anton").status_code == 200
    assert page(project, "eva").status_code == 403
    assert page(project, "labeller-001").status_code == 403


def test_the_api_gives_the_same(project):
    labellers = make_labellers(project, 2)
    client = client_of("olga")
    where = f"/api/v1/projects/{project.slug}/calibration"
    assert client.get(where).status_code == 404
    runs_on_gold(labellers, gold_items(project, 40), wrong=10)
    refit_project(project=project, now=later(60))
    read = json.loads(client.get(where).content)
    fit = Fit.objects.get()
    assert (read["fit"], read["method"], read["temperature"]) == (1, fit.method, fit.temperature)
    assert read["n_calibrated"] + read["n_chosen"] == 40
    assert read["bins_before"][0]["kept"] == pytest.approx(0.75, abs=0.15)
    assert client_of("labeller-001").get(where).status_code == 403
