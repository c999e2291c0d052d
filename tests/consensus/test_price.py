"""A label must be worth its price, each fit moves the price, and the queue orders by what the next label is worth."""

import pytest

from labelling.consensus.models import Fit, Forecast
from labelling.loop.refit import refit_project
from labelling.projects.actions import new_policy
from labelling.sampling.models import Item
from tests.factories import make_items, make_labellers, make_project, make_user
from tests.loop.crowd import fresh, give_all, later, standing

pytestmark = pytest.mark.django_db


def priced(mode: str = "adaptive", **policy):
    values = {"initial_labels": 2, "minimum_labels": 2, "maximum_labels": 4, "stop_confidence": 0.99, **policy}
    project = make_project(mode, gold_share=0.0, **{"labels_per_item": 2.5, **values})
    return project, make_labellers(project, 6)


def charge(project, price: float) -> Fit:
    """A fit like the newest one, with another price than it came to by itself."""
    fit = refit_project(project=project, now=later(1))
    fit.pk, fit.number, fit.price = None, fit.number + 1, price
    fit.save(force_insert=True)
    return fit


def test_an_item_whose_next_label_is_not_worth_its_price_ends_with_the_labels_it_has():
    project, labellers = priced()
    charge(project, 0.9)
    agreed, split = make_items(project, 2)
    give_all(labellers, agreed, "match", "match")
    give_all(labellers, split, "match", "no match")
    assert (fresh(agreed).state, standing(agreed).confidence) == ("resolved", pytest.approx(0.84, abs=0.02))
    assert fresh(split).state == "contested"
    decision = standing(agreed).decision
    assert decision.price == 0.9
    assert 0 < decision.information < 0.9


def test_below_the_price_of_its_information_a_label_is_bought():
    project, labellers = priced()
    charge(project, 0.01)
    item = make_items(project, 1)[0]
    give_all(labellers, item, "match", "match")
    assert (fresh(item).state, fresh(item).target) == ("open", 3)


@pytest.mark.parametrize("kind", ["yardstick", "fixed", "no wanted average"])
def test_some_labels_are_bought_at_any_price(kind):
    mode = "fixed" if kind == "fixed" else "adaptive"
    wanted = None if kind == "no wanted average" else 2.5
    project, labellers = priced(mode, labels_per_item=wanted)
    charge(project, 2.0)
    item = make_items(project, 1, is_yardstick=kind == "yardstick")[0]
    give_all(labellers, item, "match", "match", "match")
    assert (fresh(item).state, fresh(item).target) == ("open", 4)


def test_the_price_rises_while_items_take_more_than_wanted_and_falls_while_they_take_less():
    project, labellers = priced(labels_per_item=2.2)
    cheap = charge(project, 0.05)
    for number, item in enumerate(make_items(project, 12)):
        truth, lie = ("match", "no match") if number % 2 else ("no match", "match")
        give_all(labellers, item, truth, lie, truth, truth)
    assert refit_project(project=project, now=later(2)).price > cheap.price
    new_policy(project=project, changes={"labels_per_item": 3.8}, by=make_user("olga"), now=later(3))
    project.refresh_from_db()
    dear = charge(project, 0.2)
    for item in make_items(project, 12, first=20):
        give_all(labellers[2:], item, "match", "match")
    assert cheap.price < refit_project(project=project, now=later(4)).price < dear.price


def test_a_policy_without_a_wanted_average_has_no_price():
    for number, wanted in enumerate([{"labels_per_item": None}, {"mode": "fixed"}]):
        project = make_project(slug=f"free-{number}", **({"labels_per_item": 3.0} | wanted))
        assert refit_project(project=project, now=later(1)).price == 0


def test_an_item_that_needs_more_is_worth_what_its_next_label_tells():
    project, labellers = priced(labels_per_item=None)
    split, agreed = make_items(project, 2, value=0.1)
    give_all(labellers, split, "match", "no match")
    give_all(labellers, agreed, "match", "match")
    # A tie of two classes, asked of somebody who is right four times in five; and 16 to 1.
    assert fresh(split).value == pytest.approx(0.278, abs=0.001)
    assert fresh(agreed).value == pytest.approx(0.08, abs=0.03)
    assert fresh(split).priority > fresh(agreed).priority


def test_a_refit_refreshes_what_open_items_with_labels_are_worth_and_leaves_those_without():
    project, labellers = priced(labels_per_item=None)
    begun, untouched = make_items(project, 2, value=0.9)
    give_all(labellers, begun, "match")
    Item.objects.filter(pk=begun.pk).update(value=0.9)
    fit = refit_project(project=project, now=later(1))
    assert fresh(begun).value < 0.5
    assert fresh(untouched).value == 0.9
    assert Forecast.objects.get(fit=fit).n_open == 2


def test_each_refit_forecasts_what_is_still_to_come():
    project, labellers = priced(labels_per_item=None, stop_confidence=0.9, price_label=3, price_expert=50)
    settled, split, *_ = make_items(project, 10)
    give_all(labellers, settled, "match", "match")
    give_all(labellers, split, "match", "no match", "match", "no match")
    seen = Forecast.objects.get(fit=refit_project(project=project, now=later(1)))
    assert fresh(split).state == "contested"
    assert seen.n_open == 8
    assert 16 <= seen.labels_low <= seen.labels <= seen.labels_high <= 32
    assert 1 <= seen.decisions_low <= seen.decisions <= seen.decisions_high <= 9
    assert seen.cost_low >= 3 * 16 + 50
    again = Forecast.objects.get(fit=refit_project(project=project, now=later(2)))
    assert again.seed != seen.seed


def test_a_refit_judges_again_a_stop_that_it_finds_clearly_below_the_limit():
    """The limit was lowered and raised again meanwhile: nothing but the new fit speaks against the stop."""
    project, labellers = priced(labels_per_item=None, maximum_labels=3, stop_confidence=0.93, contest_below=0.8)
    lone = make_items(project, 1)[0]
    give_all(labellers[:2], lone, "match", "match")
    assert fresh(lone).state == "resolved"
    before = standing(lone)
    for number, other in enumerate(make_items(project, 30, first=2, target=6)):
        truth, lie = ("match", "no match") if number % 2 else ("no match", "match")
        blind = (truth, lie) if number % 4 < 2 else (lie, truth)
        give_all([*labellers[2:], *labellers[:2]], other, truth, truth, truth, truth, *blind)
    refit_project(project=project, now=later(60))
    assert (fresh(lone).state, fresh(lone).target) == ("open", 3)
    before.refresh_from_db()
    assert before.closed_because == "the crowd's labels don't settle it yet"
