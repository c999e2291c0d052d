"""Posteriors mean what they say when an item is stopped: held against what is known by chance."""

from datetime import timedelta

import numpy as np
import pytest

from labelling.assignment.models import Label, Lease
from labelling.consensus import evidence
from labelling.consensus.choosing import LEAST_ITEMS
from labelling.consensus.models import AuditedAnswer, Authority, Calibration, Fit, Resolution
from labelling.loop.audits import keep_audited
from labelling.loop.refit import refit_project
from labelling.loop.reject import reject
from labelling.loop.resolve import decide
from labelling.loop.submit import abstain, submit
from labelling.sampling.models import Gold, Purpose
from labelling.stats.isotonic import isotonic
from tests.consensus.known import audited, gold_items, runs_on_gold, say
from tests.factories import NOW, make_items, make_labellers, make_project
from tests.loop.crowd import fresh, give_all, later, standing

pytestmark = pytest.mark.django_db

Origin = Gold.Origin


def crowd(n: int = 3, **policy):
    values = {"gold_share": 0.0, "initial_labels": 2, "truth_model": "infer", "stop_confidence": 0.8, **policy}
    project = make_project(**values)
    return project, make_labellers(project, n)


def calibrating(project, numbers) -> int:
    """How many of those items calibrate: all, if too few of them choose."""
    chosen = sum(evidence.chooses(project, f"item-{number:04d}") for number in numbers)
    return len(numbers) - (chosen if chosen >= LEAST_ITEMS else 0)


def refit(project) -> Fit:
    return refit_project(project=project, now=later(60))


def test_stops_that_are_too_often_wrong_make_the_next_posteriors_less_sure():
    project, labellers = crowd()
    runs_on_gold(labellers[:2], gold_items(project, 48), wrong=12)
    fit = refit(project)
    assert fit.n_calibration == calibrating(project, range(1, 49)) == 48
    assert 1.2 < fit.temperature < 1.6
    item = make_items(project, 1, first=100)[0]
    give_all(labellers, item, "match", "match")
    assert fresh(item).state == "open"
    decision = item.stopping_decisions.get()
    assert decision.confidence == pytest.approx(0.77, abs=0.02)
    assert decision.posterior["match"] == round(decision.confidence * 1e6)


@pytest.mark.parametrize("origin", [Origin.CHOSEN, Origin.DECISION])
def test_gold_that_was_chosen_or_promoted_from_a_decision_never_calibrates(origin):
    project, labellers = crowd()
    runs_on_gold(labellers[:2], gold_items(project, 60, origin=origin), wrong=30)
    fit = refit(project)
    assert (fit.temperature, fit.n_calibration) == (1.0, 0)


def test_gold_in_doubt_or_no_longer_standing_a_run_under_way_and_rejected_labels_do_not_calibrate():
    project, labellers = crowd(4)
    runs_on_gold(labellers[:2], gold_items(project, 40, held_at=NOW), wrong=20)
    retired = gold_items(project, 40, first=50)
    runs_on_gold(labellers[:2], retired, wrong=20)
    Gold.objects.filter(item__in=retired).update(closed_at=NOW)
    under_way = gold_items(project, 40, first=100)
    say(labellers[0], under_way, ['{"choice":"match"}'] * 40, run=2)
    runs_on_gold(labellers[3:], gold_items(project, 40, first=150), wrong=20)
    reject(labeller=labellers[3], reason="a robot", by=None, now=NOW)
    assert refit(project).n_calibration == 0


def test_fewer_than_thirty_stops_say_nothing():
    project, labellers = crowd()
    runs_on_gold(labellers[:2], gold_items(project, 29), wrong=20)
    fit = refit(project)
    assert (fit.temperature, fit.n_calibration) == (1.0, 29)


def test_the_same_stops_give_the_same_correction_with_every_fit():
    project, labellers = crowd()
    runs_on_gold(labellers[:2], gold_items(project, 60), wrong=15)
    assert refit(project).temperature == refit(project).temperature


def test_an_audit_counts_whether_or_not_the_expert_agrees_with_the_crowd():
    project, labellers = crowd()
    items = audited(project, labellers, 34, wrong=8)
    fit = refit(project)
    calibration = Calibration.objects.get(fit=fit)
    assert (fit.n_calibration, calibration.by_source) == (34, {"gold": 0, "audit": 34, "yardstick": 0})
    assert (calibration.n_promised, calibration.n_kept) == (34, 26)
    assert fit.temperature > 1.2
    assert AuditedAnswer.objects.filter(item=items[-1]).get().resolution == standing(items[-1])


def test_of_a_yardstick_item_the_labels_up_to_where_it_would_have_stopped_are_asked():
    project, labellers = crowd(maximum_labels=3)
    items = make_items(project, 3, is_audit=True, is_yardstick=True)
    for item in items:
        give_all(labellers, item, "match", "match", "match")
        keep_audited(item=item, answer={"choice": "match"}, by=None, now=later(1))
    calibration = Calibration.objects.get(fit=refit(project))
    assert calibration.by_source == {"gold": 0, "audit": 0, "yardstick": 3}
    assert (calibration.n_yardstick, calibration.n_yardstick_same) == (3, 3)


def test_what_experts_rule_of_contested_items_and_owners_correct_never_calibrates():
    project, labellers = crowd(maximum_labels=2)
    item = make_items(project, 1)[0]
    give_all(labellers, item, "match", "no match")
    for authority in (Authority.ENGINEER, Authority.EXPERT):
        decide(item=item, answer={"choice": "match"}, authority=authority, reason="seen", by=None, now=later(1))
    assert keep_audited(item=item, answer={"choice": "no match"}, by=None, now=later(2)) is None
    assert not AuditedAnswer.objects.exists()
    assert refit(project).n_calibration == 0


def test_items_choose_the_model_or_calibrate_it_but_never_both_and_stay_where_they_are():
    project, labellers = crowd(truth_model="auto")
    runs_on_gold(labellers[:2], gold_items(project, 100), wrong=10)
    first = Calibration.objects.get(fit=refit(project))
    assert first.n_chosen + first.n_calibrated == 100
    assert 20 < first.n_chosen < 60
    chosen = {number for number in range(1, 101) if evidence.chooses(project, f"item-{number:04d}")}
    assert first.n_chosen == len(chosen)
    runs_on_gold(labellers[:2], gold_items(project, 100, first=200), wrong=10)
    known = evidence.known_runs(project, [])
    assert {number for number, chooses in zip(range(1, 101), known.chooses, strict=False) if chooses} == chosen


def test_too_few_known_items_to_choose_by_calibrate_all():
    project, labellers = crowd(truth_model="auto")
    runs_on_gold(labellers[:2], gold_items(project, 35), wrong=5)
    calibration = Calibration.objects.get(fit=refit(project))
    assert (calibration.n_chosen, calibration.n_calibrated) == (0, 35)
    assert "Nothing was compared" in calibration.reason


def test_what_was_promised_and_kept_is_on_record_before_and_after_the_correction():
    project, labellers = crowd()
    runs_on_gold(labellers[:2], gold_items(project, 48), wrong=12)
    calibration = Calibration.objects.get(fit=refit(project))
    (after,), (before,) = calibration.bins, calibration.bins_before
    assert (before["n"], before["kept"]) == (48, 0.75)
    assert before["promised"] == pytest.approx(0.835, abs=0.01)
    assert after["promised"] == pytest.approx(0.77, abs=0.03)
    assert after["kept_low"] < 0.75 < after["kept_high"]
    assert calibration.error < 0.06 < calibration.error_before
    assert calibration.log_loss < calibration.log_loss_before


def test_a_stored_curve_corrects_the_next_decision():
    project, labellers = crowd()
    fit = refit(project)
    curved = Fit.objects.create(
        project=project, number=2, schema=project.schema, method="infer", n_labels=0, up_to=0, prior=fit.prior,
        pooled=fit.pooled, created_at=NOW, isotonic=isotonic([0.6, 0.8, 1.0], [0.55, 0.6, 0.65]).tobytes(),
    )  # fmt: skip
    item = make_items(project, 1)[0]
    give_all(labellers, item, "match", "match")
    decision = item.stopping_decisions.get()
    assert decision.fit == curved
    assert 0.6 < decision.confidence < 0.65
    assert fresh(item).state == "open"


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
    known = evidence.known_runs(project, [one.pk for one in labellers])
    assert np.bincount(known.runs.run).tolist() == [4, 2]
    assert known.runs.workers.tolist() == [0, 1, 2, 3, 4, 5]
    assert known.weight == pytest.approx([0.75, 0.75])


def test_people_who_give_up_on_a_gold_item_end_its_run_too():
    project = make_project(gold_share=0.0, initial_labels=3, maximum_labels=4, abstentions_to_contest=2)
    item, labellers = gold_item(project), make_labellers(project, 2)
    answer(labellers[0], item, None)
    answer(labellers[1], item, None)
    assert run_of(item) == (2, 3, 0, 0)
    assert item.stopping_decisions.get().verdict == "contest"
    assert Label.objects.filter(item=item).count() == 2
    assert refit(project).n_calibration == 0


def test_a_run_of_gold_that_waited_for_a_fit_is_judged_by_the_refit():
    project = make_project(gold_share=0.0, initial_labels=2, fit_max_age=1)
    item, labellers = gold_item(project), make_labellers(project, 2)
    answer(labellers[0], item, "match")
    answer(labellers[1], item, "match")
    assert run_of(item) == (1, 2, 2, 0)
    fit = refit(project)
    assert item.stopping_decisions.get().fit == fit
    assert run_of(item)[0] == 2 or fresh(item).target == 3
