"""Whether the budget lasts until everything is settled, and when that will be."""

from datetime import timedelta

import pytest

from labelling.consensus.models import Fit, Forecast
from labelling.loop import outlook
from labelling.loop.resolve import requeue
from labelling.projects.models import Account
from labelling.sampling.models import SamplingRound
from tests.factories import NOW, make_items, make_labellers, make_project
from tests.loop.crowd import give, later

pytestmark = pytest.mark.django_db

EUR = 1_000_000
POLICY = {"currency": "EUR", "price_label": EUR, "batch_size": 5, "budget": 100 * EUR, "gold_share": 0.0}


def make_fit(project, number, *, n_labels=0, up_to=0, at=NOW):
    return Fit.objects.create(
        project=project, number=number, schema=project.schema, method="fast", n_labels=n_labels, up_to=up_to,
        prior=b"", pooled=b"", created_at=at,
    )  # fmt: skip


def make_forecast(fit, *, cost=(40, 30, 50), labels=(35, 25, 45)):
    return Forecast.objects.create(
        project=fit.project, fit=fit, n_open=20, labels=labels[0], labels_low=labels[1], labels_high=labels[2],
        decisions=1, decisions_low=0, decisions_high=2, cost=cost[0] * EUR, cost_low=cost[1] * EUR,
        cost_high=cost[2] * EUR, level=0.9, seed=1, at=fit.created_at,
    )  # fmt: skip


def purse_of(project):
    return outlook.purse(project=project, forecast=outlook.newest_forecast(project))


def test_without_a_budget_or_a_forecast_nothing_is_promised():
    free, poor = make_project(slug="free"), make_project(slug="poor", **POLICY)
    assert (purse_of(free).verdict, purse_of(free).left) == ("no_budget", None)
    assert (purse_of(poor).verdict, purse_of(poor).left) == ("no_forecast", 100 * EUR)


@pytest.mark.parametrize(
    ("spent", "verdict", "missing"), [(50, "enough", (0, 0)), (51, "unsure", (0, 1)), (71, "not_enough", (1, 21))]
)
def test_the_budget_is_held_against_both_ends_of_the_forecasts_interval(spent, verdict, missing):
    project = make_project(**POLICY)
    make_forecast(make_fit(project, 1))
    Account.objects.update(spent=spent * EUR)
    purse = purse_of(project)
    assert purse.verdict == verdict
    assert (purse.missing_low, purse.missing_high) == (missing[0] * EUR, missing[1] * EUR)


def test_a_forecast_that_knows_nothing_of_the_last_round_promises_nothing():
    project = make_project(**POLICY)
    forecast = make_forecast(make_fit(project, 1))
    SamplingRound.objects.create(
        project=project, number=1, strategy="uniform", budget=7, probability_share=1, seed=1, n_candidates=7,
        n_selected=7, created_at=later(60),
    )  # fmt: skip
    assert outlook.sampled_since(forecast) == 7
    assert purse_of(project).verdict == "outdated"
    Account.objects.update(spent=71 * EUR)
    assert purse_of(project).verdict == "not_enough"


def test_a_forecast_that_took_items_as_settled_promises_nothing_once_they_are_open_again():
    project = make_project(**POLICY)
    (item,) = make_items(project, 1)
    forecast = make_forecast(make_fit(project, 1))
    requeue(items=[item], by=None, now=forecast.at)
    assert (outlook.reopened_since(forecast), purse_of(project).verdict) == (0, "enough")
    requeue(items=[item], by=None, now=later(60))
    assert (outlook.reopened_since(forecast), purse_of(project).verdict) == (1, "outdated")


def test_labels_given_since_the_forecast_are_not_paid_twice():
    """Neither the places of an open batch that are still free, nor what the forecast counted as to come."""
    project = make_project(**POLICY)
    make_forecast(make_fit(project, 1))
    lara, _ = make_labellers(project, 2)
    Account.objects.update(spent=50 * EUR)
    for item in make_items(project, 3):
        give(lara, item, now=later(10))
    purse = purse_of(project)
    assert (purse.reserved, purse.left, purse.verdict) == (5 * EUR, 45 * EUR, "enough")


def test_the_newest_forecast_counts():
    project = make_project(**POLICY)
    make_forecast(make_fit(project, 2), cost=(40, 30, 50))
    make_forecast(make_fit(project, 1), cost=(400, 300, 500))
    assert outlook.newest_forecast(project).cost == 40 * EUR


def test_the_pace_is_that_of_the_last_week():
    project = make_project(**POLICY)
    for number, (day, n_labels) in enumerate([(0, 0), (20, 500), (21, 600), (25, 1000)], start=1):
        fit = make_fit(project, number, n_labels=n_labels, at=NOW + timedelta(days=day))
    found = outlook.pace(project=project, forecast=make_forecast(fit, labels=(250, 200, 300)))
    assert [n for _, n in found.points] == [0, 500, 600, 1000]
    assert found.per_second * 86_400 == pytest.approx(100)
    assert found.done_at == NOW + timedelta(days=27.5)


def test_without_two_fits_apart_no_date_is_guessed():
    project = make_project(**POLICY)
    fit = make_fit(project, 1, n_labels=5)
    assert outlook.pace(project=project, forecast=make_forecast(fit)).done_at is None
    make_fit(project, 2, n_labels=5, at=later(60))
    assert outlook.pace(project=project, forecast=None).per_second is None


def test_many_fits_are_thinned_and_the_newest_kept(django_assert_num_queries):
    project = make_project(**POLICY)
    for number in range(1, 150):
        make_fit(project, number, n_labels=number, at=later(number))
    with django_assert_num_queries(2):
        found = outlook.pace(project=project, forecast=None)
    assert len(found.points) <= outlook.MOST_POINTS
    assert found.points[-1][1] == 149
