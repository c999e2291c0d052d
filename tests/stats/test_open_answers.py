"""Truth where answers have parts: groups of answers that say the same, against answers that nobody gave."""

from itertools import product

import numpy as np
import pytest

from labelling.stats import truth
from labelling.stats.truth import open_answers

K = open_answers.ALTERNATIVES


def crowd(n_items=40, n_workers=6, seed=0):
    """Every worker on every item; right with their accuracy, else one of the wrong classes alike."""
    random = np.random.default_rng(seed)
    skill = np.linspace(0.5, 0.95, n_workers)
    items, workers = (side.ravel() for side in np.meshgrid(np.arange(n_items), np.arange(n_workers), indexing="ij"))
    right = random.integers(0, K, n_items)
    wrong = (right[items] + random.integers(1, K, len(items))) % K
    labels = np.where(random.random(len(items)) < skill[workers], right[items], wrong)
    return items, workers, labels


def groups_of(items, labels):
    """The classes of each item, numbered anew from the one that most gave."""
    groups = np.zeros(len(items), dtype=np.int64)
    for item in np.unique(items):
        at = np.flatnonzero(items == item)
        values, counts = np.unique(labels[at], return_counts=True)
        order = values[np.argsort(-counts, kind="stable")]
        groups[at] = [int(np.flatnonzero(order == label)[0]) for label in labels[at]]
    return groups


def test_of_closed_answers_the_probabilities_are_those_of_the_one_coin_model():
    items, workers, labels = crowd()
    groups = groups_of(items, labels)
    accuracy = np.linspace(0.55, 0.9, 6)
    first, _ = open_answers.believe(items, groups, accuracy[workers], n_items=40)
    confusion = np.array([np.where(np.eye(K, dtype=bool), p, (1 - p) / (K - 1)) for p in accuracy])
    posterior = truth.posteriors(items, labels, workers, confusion, np.full(K, 1 / K))
    lead = np.array([labels[(items == item) & (groups == 0)][0] for item in range(40)])
    assert first == pytest.approx(posterior[np.arange(40), lead], abs=1e-9)


def test_the_workers_are_known_by_how_often_they_are_right():
    items, workers, labels = crowd(n_items=400)
    fitted = open_answers.fit(items, workers, groups_of(items, labels), n_items=400, n_workers=6)
    assert fitted.accuracy == pytest.approx(np.linspace(0.5, 0.95, 6), abs=0.06)
    assert np.all((fitted.right > 0) & (fitted.right < 1))


def test_the_order_of_the_labels_changes_nothing():
    items, workers, labels = crowd()
    groups = groups_of(items, labels)
    shuffled = np.random.default_rng(1).permutation(len(items))
    one = open_answers.fit(items, workers, groups, n_items=40, n_workers=6)
    other = open_answers.fit(items[shuffled], workers[shuffled], groups[shuffled], n_items=40, n_workers=6)
    assert one.accuracy == pytest.approx(other.accuracy, abs=1e-9)
    assert one.right == pytest.approx(other.right, abs=1e-9)


@pytest.mark.parametrize(("groups", "least", "most"), [([0], 0.79, 0.81), ([0, 0], 0.98, 0.99), ([0, 1], 0.4, 0.5),
                                                       ([0, 0, 1], 0.9, 0.98), ([0, 1, 2], 0.3, 0.34)])  # fmt: skip
def test_two_who_say_the_same_are_worth_more_than_two_opinions(groups, least, most):
    n = len(groups)
    first, _ = open_answers.believe(np.zeros(n, dtype=int), np.array(groups), np.full(n, 0.8), n_items=1)
    assert least < first[0] < most


def test_an_item_without_labels_is_as_likely_any_answer_and_nobody_is_an_error():
    nothing = np.zeros(0, dtype=np.int64)
    first, own = open_answers.believe(nothing, nothing, np.zeros(0), n_items=2)
    assert first.tolist() == [1 / K, 1 / K]
    assert own.size == 0


def test_the_probabilities_of_all_answers_add_up_to_one():
    for groups in product(range(3), repeat=4):
        numbered = np.unique(groups, return_inverse=True)[1]
        first, own = open_answers.believe(np.zeros(4, dtype=int), numbered, np.array([0.6, 0.7, 0.8, 0.9]), n_items=1)
        named = dict(zip(numbered, own, strict=True))
        assert named[0] == pytest.approx(first[0])
        assert sum(named.values()) < 1
