"""Posteriors mean what they say when an item is stopped: the temperature is fitted on the stops of gold items."""

from datetime import timedelta

import pytest

from labelling.assignment.models import Lease
from labelling.consensus.models import Fit, Resolution, StoppingDecision
from labelling.loop.refit import refit_project
from labelling.loop.submit import abstain, submit
from labelling.sampling.models import Gold, Purpose
from tests.factories import NOW, make_items, make_labellers, make_project
from tests.loop.crowd import fresh, give_all, later, standing

pytestmark = pytest.mark.django_db

Origin = Gold.Origin


def stopped_gold(project, n: int, *, origin: str, wrong: int, confidence: float = 0.95, fit=None, **fields):
    """n gold items that the crowd has stopped at, `wrong` of them at the wrong answer."""
    items = make_items(project, n, purpose=Purpose.GOLD, **fields)
    Gold.objects.bulk_create(
        Gold(item=item, answer='{"choice":"match"}', origin=origin, created_at=NOW) for item in items
    )
    likely, other = round(confidence * 1e6), round((1 - confidence) * 1e6)
    StoppingDecision.objects.bulk_create(
        StoppingDecision(
            item=item, pass_number=1, n_labels=2, verdict="stop", confidence=confidence, policy=project.policy, fit=fit,
            at=NOW,
            posterior={"match": other, "no match": likely} if at < wrong else {"match": likely, "no match": other},
        )
        for at, item in enumerate(items)
    )  # fmt: skip
    return items


def refit(project) -> Fit:
    return refit_project(project=project, now=later(60))


def test_stops_that_are_too_often_wrong_make_the_next_posteriors_less_sure():
    project = make_project(gold_share=0.0, initial_labels=2, stop_confidence=0.9)
    stopped_gold(project, 60, origin=Origin.PROBABILITY, wrong=15)
    fit = refit(project)
    assert fit.n_calibration == 60
    assert 1.5 < fit.temperature < 4
    labellers, item = make_labellers(project, 3), make_items(project, 1, first=100)[0]
    give_all(labellers, item, "match", "match")
    # 16 to 1 without the temperature.
    assert fresh(item).state == "open"
    decision = item.stopping_decisions.get()
    assert decision.confidence == pytest.approx(1 / (1 + (1 / 16) ** (1 / fit.temperature)), abs=0.02)
    assert decision.posterior["match"] == round(decision.confidence * 1e6)


@pytest.mark.parametrize("origin", [Origin.CHOSEN, Origin.DECISION])
def test_gold_that_was_chosen_or_promoted_from_a_decision_never_calibrates(origin):
    project = make_project()
    stopped_gold(project, 60, origin=origin, wrong=30)
    fit = refit(project)
    assert (fit.temperature, fit.n_calibration) == (1.0, 0)


def test_gold_in_doubt_or_no_longer_standing_does_not_calibrate():
    project = make_project()
    stopped_gold(project, 40, origin=Origin.PROBABILITY, wrong=20, held_at=NOW)
    retired = stopped_gold(project, 40, origin=Origin.PROBABILITY, wrong=20, first=50)
    Gold.objects.filter(item__in=retired).update(closed_at=NOW)
    assert refit(project).n_calibration == 0


def test_fewer_than_thirty_stops_say_nothing():
    project = make_project()
    stopped_gold(project, 29, origin=Origin.PROBABILITY, wrong=20)
    fit = refit(project)
    assert (fit.temperature, fit.n_calibration) == (1.0, 29)


def test_a_temperature_does_not_feed_on_the_posteriors_it_has_made_itself():
    """The same stops again, made under the fit's own temperature, say that it is right."""
    project = make_project()
    stopped_gold(project, 100, origin=Origin.PROBABILITY, wrong=10, confidence=0.99)
    first = refit(project)
    softened = 1 / (1 + (1 / 99) ** (1 / first.temperature))
    stopped_gold(project, 100, origin=Origin.PROBABILITY, wrong=10, confidence=softened, fit=first, first=200)
    assert refit(project).temperature == pytest.approx(first.temperature, rel=0.1)


def gold_item(project):
    item = make_items(project, 1, purpose=Purpose.GOLD)[0]
    Gold.objects.create(item=item, answer='{"choice":"match"}', origin=Origin.PROBABILITY, created_at=NOW)
    return item


def answer(labeller, item, choice: str | None) -> None:
    """Through the real path, from a lease that hidden gold would have been given."""
    lease = Lease.objects.create(labeller=labeller, item=item, pass_number=fresh(item).pass_number, leased_at=NOW,
                                 expires_at=NOW + timedelta(hours=1))  # fmt: skip
    if choice is None:
        abstain(token=lease.token, labeller=labeller, reason="unclear", now=NOW)
    else:
        submit(token=lease.token, labeller=labeller, answer={"choice": choice}, now=NOW)


def run_of(item) -> tuple[int, int, int, int]:
    item = fresh(item)
    return item.pass_number, item.target, item.n_done, item.n_abstained


def test_a_gold_item_is_labelled_in_runs_whose_verdicts_are_on_record():
    project = make_project(gold_share=0.0, initial_labels=2, maximum_labels=4, stop_confidence=0.9)
    item, labellers = gold_item(project), make_labellers(project, 6)
    answer(labellers[0], item, "match")
    assert run_of(item) == (1, 2, 1, 0)
    answer(labellers[1], item, "no match")
    assert run_of(item) == (1, 3, 2, 0)
    answer(labellers[2], item, "match")
    answer(labellers[3], item, "match")
    assert run_of(item) == (2, 2, 0, 0)
    answer(labellers[4], item, "no match")
    answer(labellers[5], item, "no match")
    assert run_of(item) == (3, 2, 0, 0)
    decided = item.stopping_decisions.order_by("id").values_list("pass_number", "n_labels", "verdict")
    assert list(decided) == [(1, 2, "more"), (1, 3, "more"), (1, 4, "stop"), (2, 2, "stop")]
    assert (fresh(item).state, standing(item), Resolution.objects.count()) == ("open", None, 0)
    assert refit(project).n_calibration == 2


def test_people_who_give_up_on_a_gold_item_end_its_run_too():
    project = make_project(gold_share=0.0, initial_labels=3, maximum_labels=4, abstentions_to_contest=2)
    item, labellers = gold_item(project), make_labellers(project, 2)
    answer(labellers[0], item, None)
    answer(labellers[1], item, None)
    assert run_of(item) == (2, 3, 0, 0)
    assert item.stopping_decisions.get().verdict == "contest"


def test_a_run_of_gold_that_waited_for_a_fit_is_judged_by_the_refit():
    project = make_project(gold_share=0.0, initial_labels=2, fit_max_age=1)
    item, labellers = gold_item(project), make_labellers(project, 2)
    answer(labellers[0], item, "match")
    answer(labellers[1], item, "match")
    assert run_of(item) == (1, 2, 2, 0)
    fit = refit(project)
    assert item.stopping_decisions.get().fit == fit
    assert run_of(item)[0] == 2 or fresh(item).target == 3
