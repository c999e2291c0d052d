"""Kappas and AC1, held against statsmodels, scikit-learn and published examples."""

import math
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.inter_rater import cohens_kappa, fleiss_kappa

from labelling.stats import agreement
from tests.stats.crowds import any_labels, crowd, four_observers

pairs = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=40)


@given(pairs)
@settings(max_examples=40)
def test_cohens_kappa_and_its_interval_equal_statsmodels_and_scikit_learn(given_pairs):
    first, second = (np.array(column) for column in zip(*given_pairs, strict=True))
    ours = agreement.cohen_kappa(first, second)
    if len(set(first) | set(second)) < 2:
        assert math.isnan(ours.value) and math.isnan(ours.low)
        return
    table = np.zeros((4, 4))
    np.add.at(table, (first, second), 1)
    with np.errstate(invalid="ignore"):
        theirs = cohens_kappa(table)
    assert ours.value == pytest.approx(theirs.kappa, abs=1e-10)
    assert ours.value == pytest.approx(cohen_kappa_score(first, second), abs=1e-10)
    # A variance that rounding turned negative is nan there and 0 here.
    half = 1.959964 * math.sqrt(max(theirs.var_kappa, 0.0))
    assert ours.low == pytest.approx(max(theirs.kappa - half, -1.0), abs=1e-6)
    assert ours.high == pytest.approx(min(theirs.kappa + half, 1.0), abs=1e-6)


def test_cohens_kappa_is_that_of_the_example_of_fleiss_cohen_and_everitt():
    first = np.repeat([0, 0, 0, 1, 1, 1, 2, 2, 2], (106, 10, 4, 22, 28, 10, 2, 12, 6))
    second = np.repeat([0, 1, 2, 0, 1, 2, 0, 1, 2], (106, 10, 4, 22, 28, 10, 2, 12, 6))
    found = agreement.cohen_kappa(first, second)
    assert found.value == pytest.approx(0.429, abs=0.0005)
    assert (found.high - found.low) / 2 / 1.959964 == pytest.approx(math.sqrt(0.002885), abs=0.00005)


@given(st.integers(2, 5), st.integers(2, 4), st.integers(2, 12), st.integers(0, 999))
def test_fleiss_kappa_equals_statsmodels(n_workers, k, n_items, seed):
    answers = np.random.default_rng(seed).integers(0, k, (n_items, n_workers))
    ours = agreement.fleiss_kappa(*long(answers))
    counts = (answers[:, :, None] == np.arange(k)).sum(axis=1)
    with warnings.catch_warnings(action="ignore"):
        theirs = fleiss_kappa(counts)
    assert ours == pytest.approx(theirs, abs=1e-10, nan_ok=True)


def long(answers):
    n_items, n_workers = answers.shape
    return np.repeat(np.arange(n_items), n_workers), np.tile(np.arange(n_workers), n_items), answers.ravel()


def test_fleiss_kappa_and_ac1_are_those_published_for_missing_labels():
    """Gwet 2014, tables of the four observers: kappa 0.76117, AC1 0.77544 with standard error 0.14295."""
    items, workers, answers = four_observers()
    assert agreement.fleiss_kappa(items, workers, answers) == pytest.approx(0.76117, abs=5e-6)
    ac1 = agreement.gwet_ac1(items, workers, answers - 1, 5)
    assert ac1.value == pytest.approx(0.77544, abs=5e-6)
    assert (ac1.value - ac1.low) / 1.959964 == pytest.approx(0.14295, abs=5e-6)
    assert ac1.high == 1.0


def by_definition(answers, k):
    """Gwet's AC1, one item after the other; answers: (n_items, n_workers), -1 is missing."""
    told = [row[row >= 0] for row in answers if (row >= 0).any()]
    if not told:
        return math.nan
    usual = np.mean([[np.mean(row == q) for q in range(k)] for row in told], axis=0)
    chance = float(sum(share * (1 - share) for share in usual)) / (k - 1)
    agreed = [
        np.mean([row[a] == row[b] for a in range(len(row)) for b in range(len(row)) if a != b])
        for row in told
        if len(row) > 1
    ]
    return (np.mean(agreed) - chance) / (1 - chance) if agreed else math.nan


@given(st.integers(2, 4), st.integers(1, 4), st.integers(1, 9), st.integers(0, 999))
def test_ac1_is_what_its_definition_says(k, n_workers, n_items, seed):
    answers = np.random.default_rng(seed).integers(-1, k, (n_items, n_workers))
    items, workers, labels = (column[answers.ravel() >= 0] for column in long(answers))
    ours = agreement.gwet_ac1(items, workers, labels, k)
    assert ours.value == pytest.approx(by_definition(answers, k), abs=1e-10, nan_ok=True)


def test_ac1_and_kappa_of_two_labellers_are_those_of_gwets_paradox():
    """Gwet 2008: of 125 subjects 118 are ++, 5 are +-, 2 are -+ and none is --."""
    items, workers, labels = long(np.array([[0, 0]] * 118 + [[0, 1]] * 5 + [[1, 0]] * 2))
    assert agreement.gwet_ac1(items, workers, labels, 2).value == pytest.approx(0.9408, abs=5e-5)
    assert agreement.cohen_kappa(labels[::2], labels[1::2]).value == pytest.approx(-0.0234, abs=5e-5)


def test_ac1_stays_high_where_nearly_all_labels_are_of_one_class_and_kappa_does_not():
    answers = np.array([[0, 0]] * 90 + [[0, 1], [1, 0]] * 5)
    items, workers, labels = long(answers)
    assert agreement.gwet_ac1(items, workers, labels, 2).value > 0.85
    assert agreement.fleiss_kappa(items, workers, labels) < 0


def test_the_interval_of_ac1_covers_the_ac1_of_all_items():
    everything = crowd(1, n_items=6000, n_workers=8, each=4)
    goal = agreement.gwet_ac1(everything.items, everything.workers, everything.labels, 3).value
    random, covered = np.random.default_rng(5), 0
    for _ in range(200):
        chosen = np.isin(everything.items, random.choice(6000, 80, replace=False))
        seen = agreement.gwet_ac1(*(column[chosen] for column in everything.arrays[:3]), 3)
        covered += seen.low <= goal <= seen.high
    assert 180 <= covered <= 199


@given(any_labels(min_size=1))
@settings(max_examples=40)
def test_pairs_of_labellers_are_cohens_kappa_over_what_both_labelled(labels):
    *columns, k = labels
    said = {(item, who): answer for item, who, answer in zip(*columns, strict=True)}
    items, workers = (np.array(column) for column in zip(*said, strict=True))
    found = agreement.pairwise(items, workers, list(said.values()), k)
    assert set(found.workers) == {who for item, who in said if (items == item).sum() > 1}
    for row, one in enumerate(found.workers):
        for column, other in enumerate(found.workers):
            both = [item for item in range(8) if (item, one) in said and (item, other) in said]
            if one == other:
                both = [item for item in both if (items == item).sum() > 1]
            first, second = ([said[item, who] for item in both] for who in (one, other))
            assert found.shared[row, column] == len(both)
            expected = agreement.cohen_kappa(first, second).value
            assert found.kappa[row, column] == pytest.approx(expected, abs=1e-9, nan_ok=True)
            share = np.mean(np.equal(first, second)) if both else math.nan
            assert found.percent[row, column] == pytest.approx(share, nan_ok=True)


def test_only_the_labellers_who_can_be_compared_most_are():
    made = crowd(3, n_items=900, n_workers=30, n_classes=12)
    found = agreement.pairwise(made.items, made.workers, made.labels, 12, most=5)
    n = np.bincount(made.workers)
    assert sorted(n[found.workers], reverse=True) == sorted(n, reverse=True)[:5]
    assert found.shared.shape == (5, 5)
    assert list(np.diag(found.shared)) == list(n[found.workers])
    alone = agreement.pairwise([0, 1], [0, 1], [0, 1], 2)
    assert alone.shared.shape == (0, 0), "nobody shares an item"


def test_bad_input_of_kappas_is_refused_with_its_position():
    with pytest.raises(ValueError, match="first and second must be equally long, not 2 and 1"):
        agreement.cohen_kappa([0, 1], [0])
    with pytest.raises(ValueError, match=r"second\[0\] is -1"):
        agreement.cohen_kappa([0], [-1])
    with pytest.raises(ValueError, match=r"labels\[1\] is 2; it must be from 0 to 1"):
        agreement.gwet_ac1([0, 0], [0, 1], [0, 2], 2)
    with pytest.raises(ValueError, match="n_classes must be at least 2, not 1"):
        agreement.gwet_ac1([0], [0], [0], 1)
    with pytest.raises(ValueError, match=r"items\[0\] is -3"):
        agreement.fleiss_kappa([-3], [0], [0])
    with pytest.raises(ValueError, match=r"labels\[0\] is 9"):
        agreement.pairwise([0], [0], [9], 3)


def test_figures_of_nothing_are_undefined():
    nothing = np.zeros(0, dtype=int)
    assert math.isnan(agreement.fleiss_kappa(nothing, nothing, nothing))
    assert math.isnan(agreement.gwet_ac1(nothing, nothing, nothing, 2).value)
    assert agreement.pairwise(nothing, nothing, nothing, 2).shared.shape == (0, 0)
    assert all(math.isnan(one) for one in agreement.per_class(nothing, nothing, nothing, 3))
