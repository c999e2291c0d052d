"""Evidence that a hidden answer got about, or is wrong: rarely against clean questions, soon against others."""

import math

import numpy as np
import pytest

from labelling.stats import leaks

ALPHA = 0.003
ENOUGH = math.log(1 / ALPHA)


def logistic(x):
    return 1 / (1 + np.exp(-x))


def answers_of_a_crowd(rng, n_items, n_answers, *, ease=1.25, drift=0.0):
    """Clean questions of different ease, each answered by as many labellers of different skill, who may learn.

    Returns right (n_items, n_answers) and what others' answers make expected, as the product estimates it.
    """
    skill = rng.beta(8, 2, 2 * n_answers)
    who = np.stack([rng.permutation(2 * n_answers)[:n_answers] for _ in range(n_items)])
    learned = drift * np.linspace(-0.5, 0.5, n_answers)
    chance = logistic(np.log(skill / (1 - skill))[who] + rng.normal(0, ease, n_items)[:, None] + learned)
    right = rng.random(chance.shape) < chance
    expected, _ = leaks.accuracy_elsewhere(who.ravel(), right.ravel())
    return right, expected.reshape(right.shape)


def paces(rng, n, *, item=0.0, since=None, faster=0.35, known_to=0.9):
    """Scores of answers to one question, which takes exp(item) times as long as others; from `since` on, most who
    answer know it and need `faster` of the time."""
    scores = []
    for at in range(n):
        took = math.exp(rng.normal(item, 0.6))
        if since is not None and at >= since and rng.random() < known_to:
            took *= faster
        scores.append(leaks.pace(took, np.exp(rng.normal(0, 0.6, 50))))
    return np.array(scores)


def ever(evidence, n, *, every=10):
    """Whether enough evidence is there at any of the looks."""
    return any(evidence(m) >= ENOUGH for m in range(every, n + 1, every))


@pytest.mark.parametrize("drift", [0.0, 1.0])
def test_few_clean_questions_are_ever_found_too_often_right_however_often_one_looks(drift):
    right, expected = answers_of_a_crowd(np.random.default_rng(1), 200, 80, drift=drift)
    flagged = sum(
        ever(lambda m, at=at: leaks.becoming_right(right[at, :m], expected[at, :m]).log_evidence, 80)
        for at in range(200)
    )
    assert flagged <= 2


@pytest.mark.parametrize("spread", [0.2, 0.35])
def test_few_clean_questions_are_ever_found_too_quick_though_some_are_short(spread):
    rng = np.random.default_rng(2)
    flagged = 0
    for _ in range(150):
        scores = paces(rng, 60, item=rng.normal(0, spread))
        flagged += ever(lambda m, given=scores: leaks.becoming_quick(given[:m]).log_evidence, 60)
    assert flagged <= 1


def test_few_clean_questions_are_ever_found_outvoted_though_half_who_do_well_are_wrong():
    rng = np.random.default_rng(3)
    flagged = 0
    for _ in range(400):
        wrong = rng.random(60) < 0.5
        flagged += any(leaks.mostly(wrong[:m]) >= math.log(250) for m in range(1, 61))
    assert flagged <= 4


def test_a_hard_question_that_everybody_suddenly_gets_right_is_found():
    rng = np.random.default_rng(4)
    found = 0
    for _ in range(20):
        right = np.concatenate([rng.random(40) < 0.5, rng.random(60) < 0.97])
        shift = leaks.becoming_right(right, np.full(100, 0.8))
        found += shift.log_evidence >= ENOUGH and 20 <= shift.since <= 60
    assert found >= 16


def test_a_question_that_was_always_easy_is_no_leak():
    assert leaks.becoming_right(np.ones(60, dtype=bool), np.full(60, 0.8)).log_evidence < ENOUGH


def test_a_question_that_most_suddenly_answer_in_a_third_of_the_time_is_found():
    rng = np.random.default_rng(5)
    shifts = [leaks.becoming_quick(paces(rng, 70, since=40)) for _ in range(20)]
    assert sum(one.log_evidence >= ENOUGH and 20 <= one.since <= 50 for one in shifts) >= 18


def test_slower_answers_are_no_sign_of_a_leak():
    scores = paces(np.random.default_rng(6), 60, since=30, faster=3.0)
    assert leaks.becoming_quick(scores).log_evidence < 0


def test_eleven_of_eleven_who_do_well_outvote_a_known_answer_and_eight_do_not():
    assert leaks.mostly([True] * 11) >= math.log(250) > leaks.mostly([True] * 8)
    assert leaks.mostly([]) == 0
    assert leaks.mostly([False] * 30) < 0


def test_the_evidence_of_a_clean_sequence_averages_to_no_more_than_one():
    """What makes it an e-value: over all sequences of ten answers, weighted by their chance under the null."""
    total = sum(math.exp(leaks.mostly([bool(code >> at & 1) for at in range(10)])) for code in range(1024)) / 1024
    assert total == pytest.approx(1, abs=0.02)


def test_the_evidence_of_a_change_averages_to_no_more_than_one():
    """Over all sequences of ten answers of a question whose ease is drawn as the null draws it."""
    expected = np.linspace(0.6, 0.9, 10)
    weight = np.exp(-((leaks.EASE / leaks.EASE_SPREAD) ** 2) / 2)
    chance = logistic(np.log(expected / (1 - expected)) + leaks.EASE[:, None])
    total = 0.0
    for code in range(1024):
        right = np.array([bool(code >> at & 1) for at in range(10)])
        likely = np.where(right, chance, 1 - chance).prod(axis=1) @ weight / weight.sum()
        total += likely * math.exp(leaks.becoming_right(right, expected).log_evidence)
    assert total <= 1


def test_accuracy_elsewhere_leaves_the_answer_itself_out():
    share, others = leaks.accuracy_elsewhere([0, 0, 0, 1], [True, True, False, True])
    assert others.tolist() == [2, 2, 2, 0]
    assert share[0] == pytest.approx((1 + 4 * 0.75) / 6)
    assert share[2] == pytest.approx((2 + 4 * 0.75) / 6)
    assert share[3] == pytest.approx(0.75)


def test_a_pace_is_the_rank_among_ones_own_times_and_ties_are_slow():
    assert leaks.pace(1.0, np.arange(2.0, 22.0)) == pytest.approx(-1.69, abs=0.03)
    assert leaks.pace(99.0, np.arange(2.0, 22.0)) == pytest.approx(1.69, abs=0.03)
    assert leaks.pace(4.0, np.full(20, 4.0)) > 1
    assert leaks.pace(4.0, np.full(8, 4.0)) is None


@pytest.mark.parametrize(("right", "expected", "says"), [([True], [1.0], r"expected\[0\]"), ([True], [], "long")])
def test_arrays_that_make_no_sense_are_refused(right, expected, says):
    with pytest.raises(ValueError, match=says):
        leaks.becoming_right(right, expected)


def test_without_answers_there_is_no_evidence():
    assert leaks.becoming_right([], []) == leaks.becoming_quick([]) == leaks.Shift(0.0, 0)
