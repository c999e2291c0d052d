"""Scorecards: what is measured of each labeller, from which labels."""

import pytest

from labelling.loop.refit import refit_project
from labelling.loop.reject import lift, reject
from labelling.projects.models import Member, Project
from labelling.reliability import actions, queries
from labelling.reliability.models import Scorecard
from labelling.sampling.models import Gold, Item, Purpose
from tests.experts.crowd import answer, later
from tests.factories import NOW, make_items, make_labeller, make_labellers, make_project

pytestmark = pytest.mark.django_db

FIVE = {"initial_labels": 5, "minimum_labels": 5, "maximum_labels": 5, "gold_share": 0.0}
OTHER = {"match": "no match", "no match": "match"}


def crowd_with_a_contrarian(n: int = 12) -> tuple[Project, list[Member]]:
    """Four labellers who agree and a fifth who says the opposite, n items, five labels each."""
    project = make_project("fixed", **FIVE)
    items = make_items(project, n)
    truth = {item.pk: ("match", "no match")[number % 2] for number, item in enumerate(items)}
    labellers = make_labellers(project, 5)
    for number, labeller in enumerate(labellers[:4]):
        answer(labeller, truth, seconds=number + 1.0)
    answer(labellers[4], {pk: OTHER[choice] for pk, choice in truth.items()})
    return project, labellers


def columns(project: Project) -> list[dict[str, object]]:
    skipped = {"labeller_id", "fit_id", "computed_at"}
    cards = Scorecard.objects.filter(labeller__project=project).order_by("labeller__name")
    return [{k: v for k, v in vars(card).items() if k[0] != "_" and k not in skipped} for card in cards]


def test_who_says_the_opposite_agrees_with_nobody_and_comes_first():
    project, labellers = crowd_with_a_contrarian()
    refit_project(project=project, now=NOW)
    cards = list(queries.scorecards(project))
    assert cards[0].labeller == labellers[4]
    assert cards[0].agreement == 0.0
    assert cards[0].agreement_high < min(card.agreement_low for card in cards[1:])
    assert cards[0].suspicion > max(card.suspicion for card in cards[1:])


def test_the_confusion_matrix_counts_answers_by_likely_truth():
    project, labellers = crowd_with_a_contrarian()
    refit_project(project=project, now=NOW)
    assert queries.card_of(labellers[0]).confusion == [[6, 0], [0, 6]]
    assert queries.card_of(labellers[4]).confusion == [[0, 6], [6, 0]]


def test_speed_is_the_median_of_the_active_seconds():
    project, labellers = crowd_with_a_contrarian()
    refit_project(project=project, now=NOW)
    assert [queries.card_of(one).median_seconds for one in labellers] == [1.0, 2.0, 3.0, 4.0, 4.0]


def test_the_same_labels_give_the_same_cards():
    project, _ = crowd_with_a_contrarian()
    fit = refit_project(project=project, now=NOW)
    first = columns(project)
    assert actions.refresh_scorecards(project=project, fit=fit, now=later(5)) == 5
    assert columns(project) == first


def test_abstentions_are_counted_apart_from_answers():
    project = make_project("fixed", **FIVE)
    items = make_items(project, 3)
    labeller = make_labeller(project)
    answer(labeller, {items[0].pk: "match", items[1].pk: None, items[2].pk: None})
    refit_project(project=project, now=NOW)
    card = queries.card_of(labeller)
    assert (card.n_labels, card.n_abstained) == (1, 2)


def test_a_rejected_labeller_keeps_a_card_of_zeros():
    project, labellers = crowd_with_a_contrarian()
    refit_project(project=project, now=NOW)
    reject(labeller=labellers[4], reason="says the opposite", by=None, now=NOW)
    refit_project(project=project, now=NOW)
    card = queries.card_of(labellers[4])
    assert (card.n_labels, card.n_abstained, card.agreement, card.confusion) == (0, 0, None, [])
    assert queries.scorecards(project).last() == card


def test_lifting_a_rejection_restores_every_card_after_a_refit():
    project, labellers = crowd_with_a_contrarian()
    refit_project(project=project, now=NOW)
    before = columns(project)
    rejection = reject(labeller=labellers[4], reason="says the opposite", by=None, now=NOW)
    refit_project(project=project, now=NOW)
    assert columns(project) != before
    lift(rejection=rejection, reason="the guideline was unclear", by=None, now=NOW)
    refit_project(project=project, now=NOW)
    assert columns(project) == before


def test_labellers_without_labels_have_no_card():
    project, _ = crowd_with_a_contrarian()
    idle = make_labeller(project, "idle")
    refit_project(project=project, now=NOW)
    assert queries.card_of(idle) is None


def test_a_project_without_labels_has_no_cards():
    project = make_project()
    refit_project(project=project, now=NOW)
    assert list(queries.scorecards(project)) == []


def with_gold(n: int, right: int) -> Member:
    """A labeller who answered n gold items, the first `right` of them rightly."""
    project = make_project("fixed", initial_labels=5, minimum_labels=5, maximum_labels=5, gold_share=0.5)
    labeller = make_labeller(project)
    gold = make_items(project, n, purpose=Purpose.GOLD)
    Gold.objects.bulk_create([Gold(item=one, answer='{"choice":"match"}', created_at=NOW) for one in gold])
    work = make_items(project, 8 * n, first=n + 1)
    wrong = {item.pk: "no match" for item in gold[right:]}
    given = {**{item.pk: "match" for item in [*gold, *work]}, **wrong}
    for _ in range(8 * n):
        answer(labeller, given)
        if not Item.objects.filter(purpose=Purpose.GOLD, labels=None).exists():
            break
    refit_project(project=project, now=NOW)
    return labeller


def test_gold_accuracy_is_shown_in_full_blocks_of_ten_only():
    card = queries.card_of(with_gold(13, right=9))
    assert (card.gold_given, card.gold_right) == (13, 9)
    assert [given for _, given in card.gold_blocks] == [10]


def test_gold_answers_are_not_among_the_counted_labels():
    labeller = with_gold(3, right=3)
    card = queries.card_of(labeller)
    assert card.n_labels == labeller.labels.filter(item__purpose=Purpose.WORK).count()
    assert card.gold_blocks == []


def test_a_gold_answer_that_was_corrected_is_compared_with_the_correction():
    labeller = with_gold(3, right=3)
    old = Gold.objects.order_by("id").first()
    Gold.objects.filter(pk=old.pk).update(closed_at=NOW)
    Gold.objects.create(item=old.item, answer='{"choice":"no match"}', created_at=NOW)
    refit_project(project=labeller.project, now=NOW)
    assert queries.card_of(labeller).gold_right == 2
