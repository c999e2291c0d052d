"""What a refit finds out about whom to trust: on the cards, and as flags."""

import numpy as np
import pytest

from labelling.loop.refit import refit_project
from labelling.projects.models import Member, Project
from labelling.reliability import queries
from labelling.reliability.models import Flag
from tests.factories import make_items, make_labeller, make_labellers, make_project
from tests.reliability.golds import after, give_all, make_gold_items

pytestmark = pytest.mark.django_db

N = 120
CLASSES = ("match", "no match")


def crowd(*, bad: int = 1, gold: bool = False) -> tuple[Project, list[Member]]:
    """Four labellers who are right nine times in ten; of them, the last `bad` always say "match"."""
    project = make_project(gold_share=0.0)
    items = make_gold_items(project, N) if gold else make_items(project, N)
    labellers, chance = make_labellers(project, 4), np.random.default_rng(1)
    rows = []
    for number, item in enumerate(items):
        right = CLASSES[0] if gold else CLASSES[number % 2]
        for who, labeller in enumerate(labellers):
            honest = right if chance.random() < 0.9 else CLASSES[right == CLASSES[0]]
            said = CLASSES[gold] if who >= 4 - bad else honest
            rows.append((labeller, item, said, after(number / 10), 3.0 + who))
    give_all(rows)
    return project, labellers


def test_the_cards_say_what_an_answer_is_worth_with_an_interval_and_how_it_went_over_time():
    project, labellers = crowd()
    refit_project(project=project, now=after(100))
    good, bad = queries.card_of(labellers[0]), queries.card_of(labellers[3])
    assert bad.quality_low == 0.0
    assert good.quality_low > bad.quality_high
    assert good.quality_low <= good.quality <= good.quality_high
    assert good.adjusted_low > bad.adjusted_high
    assert sum(window["n"] for window in good.drift) == N
    assert min(window["share"] for window in good.drift) > 0.5
    assert good.seconds == [3.0, 3.0, 3.0]


def test_who_always_says_the_same_is_flagged_and_nobody_else():
    project, labellers = crowd()
    refit_project(project=project, now=after(100))
    (flag,) = queries.flags_of(project)
    assert (flag.labeller, flag.kind) == (labellers[3], Flag.Kind.CONSTANT)
    assert flag.log_evidence > flag.evidence["limit"]
    assert "100% of 120 answers are “match”" in flag.evidence["says"]
    assert flag.evidence["path"][-1][0] == N


def test_the_next_refit_flags_nobody_twice():
    project, _ = crowd()
    refit_project(project=project, now=after(100))
    refit_project(project=project, now=after(101))
    assert queries.flags_of(project).count() == 1


def test_nobody_is_flagged_where_all_are_honest():
    project, _ = crowd(bad=0)
    refit_project(project=project, now=after(100))
    assert not queries.flags_of(project).exists()


def test_answers_to_hidden_gold_are_evidence():
    project, labellers = crowd(gold=True)
    refit_project(project=project, now=after(100))
    assert [flag.labeller for flag in queries.flags_of(project)] == [labellers[3]]
    assert queries.card_of(labellers[3]).n_labels == 0


def test_labellers_see_their_own_agreement_in_whole_blocks_of_twenty_answers():
    project, labellers = crowd(bad=0)
    refit_project(project=project, now=after(100))
    card, own = queries.card_of(labellers[0]), queries.own_card(labellers[0])
    assert [of for _, of in card.agreement_blocks] == [20] * 6
    assert own.agreement.value == pytest.approx(card.agreement, abs=0.05)
    assert own.agreement.low < own.agreement.value < own.agreement.high
    assert own.median_seconds == 3.0
    assert queries.own_card(make_labeller(project, "nova")) == queries.OwnCard([])


def test_one_more_answer_moves_nothing_that_its_giver_sees():
    project, labellers = crowd(bad=0)
    refit_project(project=project, now=after(100))
    before = queries.own_card(labellers[0])
    (item,) = make_items(project, 1, first=500)
    give_all([(one, item, "match", after(101), 3.0) for one in labellers])
    refit_project(project=project, now=after(102))
    assert queries.own_card(labellers[0]) == before


def test_gold_is_in_no_block_of_agreement():
    project, labellers = crowd(gold=True)
    refit_project(project=project, now=after(100))
    assert queries.card_of(labellers[0]).agreement_blocks == []
