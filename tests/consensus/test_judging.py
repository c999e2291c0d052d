"""When the crowd's labels settle an item, ask for another or give it to an expert, and by which fit."""

import pytest

from labelling.consensus import queries
from labelling.consensus.models import Authority, Fit, Resolution, StoppingDecision
from labelling.jobs.models import Job
from labelling.loop.crowd import finish
from labelling.loop.refit import refit_project
from labelling.loop.reject import lift, reject
from labelling.projects.models import Project
from labelling.sampling.models import Item
from tests.factories import NOW, make_items, make_labeller, make_labellers, make_project
from tests.loop.crowd import fresh, give, give_all, later, standing, take

pytestmark = pytest.mark.django_db


def one_item(mode: str = "adaptive", *, yardstick: bool = False, **policy) -> tuple[Project, Item, list]:
    values = {"initial_labels": 2, "minimum_labels": 2, "maximum_labels": 4, "stop_confidence": 0.9, **policy}
    project = make_project(mode, gold_share=0.0, **values)
    return project, make_items(project, 1, is_yardstick=yardstick)[0], make_labellers(project, 6)


def verdicts(item: Item) -> list[str]:
    return list(item.stopping_decisions.order_by("id").values_list("verdict", flat=True))


def test_labellers_who_agree_settle_an_item():
    _, item, labellers = one_item()
    give_all(labellers, item, "match", "match")
    resolution = standing(item)
    assert (resolution.answer, resolution.authority) == ('{"choice":"match"}', Authority.CROWD)
    # Two labellers of whom 4 in 5 answers are right, and no preference before: 16 to 1.
    assert resolution.confidence == pytest.approx(16 / 17)
    assert resolution.posterior == {"match": 941176, "no match": 58824}
    assert (fresh(item).state, verdicts(item)) == ("resolved", ["stop"])


def test_labellers_who_disagree_get_one_more_at_a_time_up_to_the_maximum_and_then_an_expert():
    _, item, labellers = one_item()
    targets = []
    for labeller, choice in zip(labellers[:4], ("match", "no match", "match", "no match"), strict=True):
        give(labeller, item, choice)
        targets.append(fresh(item).target)
    assert targets == [2, 3, 4, 4]
    assert verdicts(item) == ["more", "more", "contest"]
    assert (fresh(item).state, standing(item)) == ("contested", None)


def test_at_the_maximum_a_clear_enough_majority_settles():
    _, item, labellers = one_item(maximum_labels=3, stop_confidence=0.99, contest_below=0.8)
    give_all(labellers, item, "match", "no match", "match")
    assert standing(item).confidence == pytest.approx(0.8)


@pytest.mark.parametrize("kind", ["yardstick", "fixed"])
def test_a_yardstick_item_and_a_fixed_policy_always_take_the_maximum(kind):
    mode = "fixed" if kind == "fixed" else "adaptive"
    _, item, labellers = one_item(mode, yardstick=kind == "yardstick")
    assert item.target == 4
    give_all(labellers, item, "match", "match", "match")
    assert (fresh(item).state, verdicts(item)) == ("open", [])
    give(labellers[3], item, "match")
    assert (fresh(item).state, verdicts(item)) == ("resolved", ["stop"])


def test_enough_abstentions_contest_an_item_at_once():
    _, item, labellers = one_item(initial_labels=4)
    give_all(labellers, item, None, None)
    assert (fresh(item).state, verdicts(item)) == ("contested", ["contest"])


@pytest.mark.parametrize("kind", ["yardstick", "fixed"])
def test_abstentions_on_a_yardstick_item_or_under_a_fixed_policy_wait_for_the_maximum(kind):
    mode = "fixed" if kind == "fixed" else "adaptive"
    project, item, labellers = one_item(mode, yardstick=kind == "yardstick")
    give_all(labellers, item, None, None, "match")
    refit_project(project=project, now=NOW)
    assert (fresh(item).state, verdicts(item)) == ("open", [])
    give(labellers[3], item, "match")
    assert fresh(item).state == "contested"


def test_an_abstention_does_not_stand_in_for_an_answer():
    """Two labels are in, but the minimum is of answers."""
    _, item, labellers = one_item(stop_confidence=0.75)
    give_all(labellers, item, "match", None)
    assert (fresh(item).state, fresh(item).target, verdicts(item)) == ("open", 3, ["more"])
    give(labellers[2], item, "match")
    assert fresh(item).state == "resolved"


def test_an_item_without_any_answer_is_never_settled():
    """The prior alone would be sure enough."""
    project, item, labellers = one_item("fixed", initial_labels=1, minimum_labels=1, maximum_labels=1, contest_below=0)
    give(labellers[0], item, None)
    assert (fresh(item).state, verdicts(item)) == ("contested", ["contest"])
    empty = make_items(project, 1, first=2)[0]
    assert finish(items=[empty], by=None, now=NOW) == 1
    assert (fresh(empty).state, standing(empty)) == ("contested", None)


def test_every_decision_stores_its_fit_its_policy_its_label_and_its_posterior():
    project, item, labellers = one_item(stop_confidence=0.7)
    fit = refit_project(project=project, now=NOW)
    give(labellers[0], item, "match")
    last = give(labellers[1], item, "match")
    decision = StoppingDecision.objects.get()
    assert (decision.fit, decision.policy, decision.after_label) == (fit, project.policy, last)
    assert (decision.n_labels, decision.verdict, decision.at) == (2, "stop", NOW)
    assert sum(decision.posterior.values()) == 1_000_000
    assert Resolution.objects.get().decision == decision


def test_a_fit_older_than_the_policy_allows_decides_nothing_until_the_refit_does():
    project, item, labellers = one_item(fit_max_age=3, stop_confidence=0.7, contest_below=0.6)
    others = make_items(project, 1, first=2)
    give_all(labellers, others[0], "match", "no match")
    give_all(labellers, item, "match", "match")
    assert (fresh(item).state, verdicts(item)) == ("open", [])
    assert Job.objects.filter(kind="refit", started_at=None).count() == 1
    fit = refit_project(project=project, now=later(5))
    decision = item.stopping_decisions.get()
    assert (decision.fit, decision.after_label, fresh(item).state) == (fit, None, "resolved")


def test_a_refit_decides_about_an_item_that_was_given_up_while_the_fit_was_stale():
    project, item, labellers = one_item(initial_labels=4, fit_max_age=1)
    give_all(labellers, item, None, None)
    assert fresh(item).state == "open"
    refit_project(project=project, now=later(5))
    assert fresh(item).state == "contested"


def test_a_refit_is_asked_for_once_when_half_the_allowed_age_is_reached():
    project, _, labellers = one_item(fit_max_age=10)
    items = make_items(project, 6, first=2)
    for item in items[:3]:
        give_all(labellers, item, "match", "match")
    assert Job.objects.filter(kind="refit").count() == 1
    assert all(fresh(item).state == "resolved" for item in items[:3])


def test_labels_that_do_not_count_age_a_fit_no_further_once_it_has_seen_them():
    project, item, labellers = one_item(fit_max_age=2, stop_confidence=0.7)
    for other in make_items(project, 5, first=2):
        give(labellers[5], other)
    reject(labeller=labellers[5], reason="a robot", by=None, now=NOW)
    refit_project(project=project, now=NOW)
    give_all(labellers, item, "match", "match")
    assert fresh(item).state == "resolved"


def test_a_label_that_counts_again_keeps_or_supersedes_what_the_others_settled_meanwhile():
    project, item, labellers = one_item(maximum_labels=3, contest_below=0.6)
    kept = make_items(project, 1, first=2)[0]
    give(labellers[0], item, "match")
    give(labellers[0], kept, "no match")
    rejection = reject(labeller=labellers[0], reason="too fast", by=None, now=NOW)
    for one in (item, kept):
        give_all(labellers[1:], one, "no match", "no match")
    before, same = standing(item), standing(kept)
    assert (before.answer, same.answer) == ('{"choice":"no match"}',) * 2
    lift(rejection=rejection, reason="a mistake", by=None, now=later(60))
    assert standing(kept) == same
    assert fresh(item).target == 3
    # Three labels: 4 to 1 for "no match" is above what is contested, so the same answer stays as well.
    assert (standing(item), verdicts(item)[-1]) == (before, "stop")


def test_a_refit_supersedes_an_answer_that_it_no_longer_finds_the_likeliest():
    """Two labellers who turn out to be wrong about everything had settled an item against a good one."""
    project, item, labellers = one_item(maximum_labels=3, initial_labels=3, minimum_labels=3, contest_below=0.5)
    give_all(labellers, item, "match", "match", "no match")
    assert standing(item).answer == '{"choice":"match"}'
    before = standing(item)
    for number, other in enumerate(make_items(project, 40, first=2, target=6)):
        truth, lie = ("match", "no match") if number % 2 else ("no match", "match")
        give_all([*labellers[2:], *labellers[:2]], other, truth, truth, truth, truth, lie, lie)
    refit_project(project=project, now=later(60))
    assert standing(item).answer == '{"choice":"no match"}'
    before.refresh_from_db()
    assert before.closed_because == "the crowd's labels settle it"
    assert standing(item).decision.fit == Fit.objects.latest("number")


def test_finishing_settles_what_is_clear_contests_the_rest_and_leaves_what_is_being_labelled():
    project, clear, labellers = one_item(initial_labels=4, minimum_labels=3)
    split, busy = make_items(project, 2, first=2)
    give_all(labellers, clear, "match", "match")
    give_all(labellers, split, "match", "no match")
    take(labellers[0], busy)
    assert finish(items=[clear, split, busy], by=None, now=NOW) == 2
    assert [fresh(one).state for one in (clear, split, busy)] == ["resolved", "contested", "open"]
    assert finish(items=[clear, split], by=None, now=NOW) == 0


def test_a_posterior_is_a_function_of_the_counted_labels_and_the_fit_alone():
    project, item, labellers = one_item()
    give_all(labellers, item, "match", "no match")
    fit = refit_project(project=project, now=NOW)
    first = queries.posterior(item=fresh(item), schema=project.schema, fit=fit)
    give(make_labeller(project, "zoe"), make_items(project, 1, first=2)[0], "no match")
    again = queries.posterior(item=fresh(item), schema=project.schema, fit=fit)
    assert first.tobytes() == again.tobytes()
