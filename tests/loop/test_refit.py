"""A refit goes on where it was cut off, waits for nobody, and comes out the same whatever the order of the labels."""

from datetime import timedelta

import numpy as np
import pytest
from django.db import connection

from labelling.consensus.models import Calibration, Fit, FitRow, FitStep, Forecast, StoppingDecision
from labelling.jobs.actions import enqueue
from labelling.jobs.models import Job
from labelling.loop import refit
from labelling.projects.models import Project
from labelling.reliability.models import AgreementReading, Scorecard
from labelling.sampling.models import Item
from tests.consensus.known import MATCH, NO_MATCH, gold_items, runs_on_gold, say
from tests.factories import NOW, make_items, make_labeller, make_project
from tests.loop.crowd import give_all, later

pytestmark = pytest.mark.django_db


class Killed(Exception):
    pass


def town(slug: str) -> Project:
    """Items that wait for a fit, settled ones, and gold: every step has something to do."""
    project = make_project(slug=slug, gold_share=0.0, initial_labels=2, maximum_labels=4, fit_max_age=1,
                           stop_confidence=0.8, labels_per_item=2.5)  # fmt: skip
    labellers = [make_labeller(project, f"{slug}-{number}") for number in range(4)]
    for number, item in enumerate(make_items(project, 12)):
        give_all(labellers[number % 2 :], item, *(("match", "match"), ("match", "no match"))[number % 3 == 0])
    make_items(project, 2, first=50)
    runs_on_gold(labellers[:2], gold_items(project, 40, first=100), wrong=8)
    return project


def outcome(project: Project) -> dict:
    """What a refit leaves behind, by keys that don't depend on the database."""
    fits = Fit.objects.filter(project=project)
    decisions = StoppingDecision.objects.filter(item__project=project).order_by("item__example__external_id", "id")
    return {
        "fits": list(fits.values_list("number", "temperature", "price", "n_labels")),
        "steps": sorted(FitStep.objects.filter(fit__in=fits).values_list("name", flat=True)),
        "followed": fits.filter(followed_at=None).count(),
        "decisions": list(decisions.values_list("item__example__external_id", "n_labels", "verdict", "confidence")),
        "items": list(Item.objects.filter(project=project).order_by("example__external_id").values_list(
            "example__external_id", "state", "target", "value", "pass_number")),
        "readings": AgreementReading.objects.filter(project=project).count(),
        "cards": list(Scorecard.objects.filter(labeller__project=project).order_by("labeller__joined_at", "labeller_id")
                      .values_list("n_labels", "agreement", "quality", "gold_right")),
        "forecasts": list(Forecast.objects.filter(project=project).values_list("labels", "decisions", "cost")),
        "calibrations": list(Calibration.objects.filter(project=project).values_list("error", "n_kept", "reason")),
    }  # fmt: skip


def run(project: Project, seconds: float) -> dict:
    return refit.refit_job(now=later(seconds), project=project.pk)


def test_a_refit_that_dies_after_every_step_ends_as_one_that_never_died(monkeypatch):
    whole, broken = town("whole"), town("broken")
    run(whole, 100)
    depth = len(connection.savepoint_ids)
    for name, step in list(refit.STEPS.items()):

        def die(work, step=step):
            assert len(connection.savepoint_ids) == depth, "a step runs in no transaction: it would hold up submits"
            step(work)
            raise Killed

        with monkeypatch.context() as patched:
            patched.setitem(refit.STEPS, name, die)
            with pytest.raises(Killed):
                run(broken, 100)
        assert Fit.objects.get(project=broken).followed_at is None
    assert run(broken, 100) == {"fit": 1, "labels": 24}
    assert outcome(broken) == outcome(whole)
    assert outcome(whole)["steps"] == sorted(refit.STEPS)
    assert outcome(whole)["followed"] == 0


def test_a_refit_that_dies_between_two_items_judges_each_once(monkeypatch):
    whole, broken = town("whole"), town("broken")
    run(whole, 100)
    judge, judged = refit._judge_again, []

    def dies_at_the_third(item, work):
        if len(judged) == 2:
            raise Killed
        judged.append(item)
        judge(item, work)

    with monkeypatch.context() as patched:
        patched.setattr(refit, "_judge_again", dies_at_the_third)
        with pytest.raises(Killed):
            run(broken, 100)
    run(broken, 100)
    assert outcome(broken) == outcome(whole)


def test_a_fit_is_left_as_it_is_once_a_newer_one_was_asked_for(monkeypatch):
    project = town("whole")
    Job.objects.filter(kind="refit").update(started_at=later(100))
    with monkeypatch.context() as patched:
        patched.setitem(refit.STEPS, "valued", lambda work: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            run(project, 100)
    enqueue("refit", key=str(project.pk), now=later(101), project_id=project.pk, project=project.pk)
    assert run(project, 102)["fit"] == 2
    first, second = Fit.objects.filter(project=project).order_by("number")
    assert (first.followed_at, second.followed_at) == (None, later(102))


def test_a_finished_refit_is_not_gone_on_with():
    project = town("whole")
    assert [run(project, 100)["fit"], run(project, 200)["fit"]] == [1, 2]


def test_a_fit_is_bit_for_bit_the_same_whatever_the_order_in_which_labels_and_people_came():
    random = np.random.default_rng(3)
    answers = random.random((4, 15)) < 0.7
    stored = []
    for order in (range(4), (2, 0, 3, 1)):
        project = make_project("fixed", slug=f"order-{order[0]}", gold_share=0.0)
        names = {number: make_labeller(project, f"labeller-{number}") for number in order}
        items = make_items(project, 15)
        for number in order:
            mixed = random.permutation(15)
            say(
                names[number], [items[at] for at in mixed], [MATCH if answers[number, at] else NO_MATCH for at in mixed]
            )
        fit = refit.refit_project(project=project, now=NOW + timedelta(minutes=5))
        rows = FitRow.objects.filter(fit=fit).order_by("labeller__name").values_list("confusion", flat=True)
        stored.append([fit.n_labels, fit.temperature, *map(bytes, [fit.prior, fit.pooled, *rows])])
    assert stored[0] == stored[1]
    assert len(stored[0]) == 8
