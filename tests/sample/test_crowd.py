import numpy as np
import pytest

from experts.sample.crowd import EXPERT, KINDS, LABELLERS, REASONS, SimulatedLabeller, answer, answers
from experts.sample.data import CLASSES, load_pairs
from labelling.assignment.models import Abstention


@pytest.fixture(scope="module")
def pairs():
    return load_pairs()


@pytest.fixture(scope="module")
def given(pairs):
    return list(answers(pairs, seed=11, labellers=(*LABELLERS, EXPERT)))


def test_every_name_says_that_the_labeller_is_simulated():
    names = [labeller.name for labeller in (*LABELLERS, EXPERT)]
    assert all(name.startswith("simulated ") for name in names)
    assert len(set(names)) == len(names)
    assert {labeller.kind for labeller in LABELLERS} == {"careful", "sloppy", "random", "constant"}


def test_an_answer_does_not_depend_on_the_order_of_calls(pairs, given):
    backwards = [answer(labeller, pair, seed=11) for pair in pairs[::-1] for labeller in (EXPERT, *LABELLERS[::-1])]
    assert backwards[::-1] == given


def test_another_seed_gives_other_answers(pairs, given):
    assert list(answers(pairs, seed=12, labellers=(*LABELLERS, EXPERT))) != given


def test_the_reasons_are_the_ones_that_the_product_knows():
    assert set(REASONS) == set(Abstention.values)


@pytest.mark.parametrize("kind", [kind for kind, how in KINDS.items() if how.always is None])
@pytest.mark.parametrize("difficulty", ["easy", "medium", "hard"])
def test_labellers_are_right_as_often_as_their_kind_says(pairs, kind, difficulty):
    crowd = tuple(SimulatedLabeller(kind, number) for number in range(20))
    chosen = {pair["id"]: pair["truth"] for pair in pairs if pair["difficulty"] == difficulty}
    labels = answers([pair for pair in pairs if pair["id"] in chosen], seed=5, labellers=crowd)
    right = [label.answer == chosen[label.pair_id] for label in labels if label.answer]
    expected = KINDS[kind].right[difficulty]
    assert abs(np.mean(right) - expected) < 4 * np.sqrt(expected * (1 - expected) / len(right))


def test_the_constant_labeller_always_says_match(given):
    assert {label.answer for label in given if label.labeller == "simulated constant 1"} == {"match"}


def test_an_answer_is_a_class_or_an_abstention_with_a_reason_never_both(given):
    for label in given:
        assert (label.answer in CLASSES) != (label.abstention in REASONS)
        assert (label.answer is None) != (label.abstention is None)


def test_people_abstain_now_and_then_and_only_on_hard_pairs(pairs, given):
    hard = {pair["id"] for pair in pairs if pair["difficulty"] == "hard"}
    abstained = [label for label in given if label.abstention]
    assert {label.pair_id for label in abstained} <= hard
    careful = [label for label in given if label.pair_id in hard and "careful" in label.labeller]
    assert 0.03 < np.mean([label.answer is None for label in careful]) < 0.15


def test_speed_does_not_give_the_unreliable_away(given):
    median = {
        labeller.name: np.median([label.seconds for label in given if label.labeller == labeller.name])
        for labeller in LABELLERS
    }
    assert all(label.seconds > 0.5 for label in given)
    assert all(4 < seconds < 30 for seconds in median.values())
    assert max(median.values()) < 1.25 * min(median.values())
