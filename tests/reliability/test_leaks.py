"""Gold that got about or is wrong is disputed by the system, with figures; clean gold is left alone."""

import pytest

from labelling.loop.refit import refit_project
from labelling.projects.models import Member, Project
from labelling.reliability import disputes
from labelling.reliability.leaks import ALPHA, find_leaks
from labelling.reliability.models import GoldDispute
from labelling.sampling.models import Gold, Item, Purpose
from tests.factories import make_items, make_labellers, make_project, make_user
from tests.reliability.golds import after, give_all, make_gold_items, said

pytestmark = pytest.mark.django_db


def a_crowd(n_labellers: int, *, n_gold: int = 6, n_work: int = 0, right: int = 6) -> tuple[Project, list[Member]]:
    """Everybody answers the first n_gold gold items, `right` of them rightly, and some work around them."""
    project = make_project()
    labellers = make_labellers(project, n_labellers)
    gold = make_gold_items(project, n_gold, first=100)
    work = make_items(project, n_work)
    given = []
    for labeller in labellers:
        given += [(labeller, one, "match" if at < right else "no match", after(1), 4.0) for at, one in enumerate(gold)]
        given += [(labeller, one, "match", after(1), 8.0 + at % 7) for at, one in enumerate(work)]
    give_all(given)
    return project, labellers


def found(project: Project, at: float = 30) -> list[tuple[str, str]]:
    made = find_leaks(project=project, now=after(at))
    return [(one.gold.item.example.external_id, one.kind) for one in made]


def test_the_three_kinds_of_evidence_share_one_in_a_hundred():
    assert sum(ALPHA.values()) == pytest.approx(0.01)


def test_gold_that_labellers_who_do_well_contradict_is_disputed_with_figures():
    project, labellers = a_crowd(12)
    (item,) = make_gold_items(project, 1, first=50)
    give_all([(labeller, item, "no match", after(2), 4.0) for labeller in labellers])
    assert found(project) == [("item-0050", "outvoted")]
    dispute = GoldDispute.objects.get()
    assert dispute.by is None
    assert {key: dispute.evidence[key] for key in ("n", "otherwise", "instead", "n_instead")} == {
        "n": 12, "otherwise": 12, "instead": said("no match"), "n_instead": 12,
    }  # fmt: skip
    assert Item.objects.get(pk=item.pk).held_at == after(30)


def test_labellers_who_do_badly_elsewhere_outvote_nothing():
    project, labellers = a_crowd(12, right=2)
    (item,) = make_gold_items(project, 1, first=50)
    give_all([(labeller, item, "no match", after(2), 4.0) for labeller in labellers])
    assert ("item-0050", "outvoted") not in found(project)


def test_a_training_answer_that_reliable_labellers_contradict_is_disputed_too():
    project, labellers = a_crowd(12)
    (item,) = make_gold_items(project, 1, first=50, purpose=Purpose.TRAINING)
    give_all([(labeller, item, "no match", after(2), 4.0) for labeller in labellers])
    assert found(project) == [("item-0050", "outvoted")]


def test_gold_that_is_suddenly_answered_in_a_moment_is_disputed():
    project, labellers = a_crowd(60, n_gold=2, n_work=12, right=2)
    (item,) = make_gold_items(project, 1, first=50)
    times = [10.5 if at < 30 else 1.5 for at in range(60)]
    give_all([(who, item, "match", after(2), took) for who, took in zip(labellers, times, strict=True)])
    assert found(project) == [("item-0050", "fast")]
    evidence = GoldDispute.objects.get().evidence
    assert (evidence["seconds"], evidence["seconds_before"]) == (1.5, 10.5)
    assert evidence["n"] + evidence["n_before"] == 60


def test_gold_that_is_suddenly_always_right_is_disputed():
    project, labellers = a_crowd(100, n_gold=5, right=4)
    (item,) = make_gold_items(project, 1, first=50)
    choices = ["match" if at % 5 < 2 or at >= 40 else "no match" for at in range(100)]
    give_all([(who, item, choice, after(2), 4.0) for who, choice in zip(labellers, choices, strict=True)])
    assert ("item-0050", "uniform") in found(project)
    evidence = GoldDispute.objects.get(kind="uniform").evidence
    assert evidence["right"] == evidence["n"]
    assert evidence["right_before"] < evidence["n_before"]


def test_clean_gold_is_left_alone():
    project, _ = a_crowd(20, n_work=12)
    assert found(project) == []


def test_looking_again_finds_nothing_new_and_a_refit_looks():
    project, labellers = a_crowd(12)
    (item,) = make_gold_items(project, 1, first=50)
    give_all([(labeller, item, "no match", after(2), 4.0) for labeller in labellers])
    refit_project(project=project, now=after(30))
    assert GoldDispute.objects.count() == 1
    assert found(project, 40) == []


def test_what_was_upheld_is_not_held_against_the_answer_again():
    project, labellers = a_crowd(12)
    (item,) = make_gold_items(project, 1, first=50)
    give_all([(labeller, item, "no match", after(2), 4.0) for labeller in labellers])
    find_leaks(project=project, now=after(30))
    disputes.close_dispute(
        dispute=GoldDispute.objects.get(), outcome="upheld", answered="it is right", by=make_user("olga"), now=after(40)
    )
    assert found(project, 50) == []


def test_a_corrected_answer_is_looked_at_afresh():
    project, labellers = a_crowd(12)
    (item,) = make_gold_items(project, 1, first=50)
    give_all([(labeller, item, "no match", after(2), 4.0) for labeller in labellers])
    find_leaks(project=project, now=after(30))
    disputes.close_dispute(
        dispute=GoldDispute.objects.get(), outcome="corrected", answer={"choice": "no match"}, answered="it is wrong",
        by=make_user("olga"), now=after(40),
    )  # fmt: skip
    assert found(project, 50) == []
    assert Gold.objects.get(item=item, closed_at=None).answer == said("no match")
