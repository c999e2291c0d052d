"""Copying: pairs that agree where neither skill nor the item explains it."""

import numpy as np
import pytest
from hypothesis import given, settings
from sklearn.metrics import roc_auc_score

from labelling.stats import workers
from tests.stats.crowds import any_labels
from tests.stats.spammers import honest_stream, with_spammers


def pair_of(found, one, two):
    return int(np.flatnonzero((found.first == min(one, two)) & (found.second == max(one, two)))[0])


def test_copying_pairs_stand_out_among_honest_pairs():
    areas = []
    for seed in range(3):
        honest = honest_stream(seed, n_items=1000, n_workers=40)
        stream = with_spammers(honest, share=0.1, n_labels=80, seed=seed, kinds=("copying",))
        found = workers.copying(*stream.arrays)
        copied = [(found.first == stream.partner[one]) & (found.second == one) for one in stream.of("copying")]
        is_copy = np.any(copied, axis=0)
        judged = is_copy | (found.second < 40)
        areas.append(roc_auc_score(is_copy[judged], found.log_evidence[judged]))
        by_share = roc_auc_score(is_copy[judged], found.agreed[judged])
        assert areas[-1] > by_share
    assert np.mean(areas) > 0.95


def test_agreeing_on_an_answer_that_is_rare_tells_more_than_agreeing_on_the_common_one():
    # Of five workers, 0 is right except on ten items, 1 gives the same wrong answers, and 2 errs elsewhere.
    random = np.random.default_rng(0)
    truth = random.integers(0, 3, 120)
    answers = np.tile(truth, (5, 1))
    answers[:2, :10] = (truth[:10] + 1) % 3
    answers[2, 20:30] = (truth[20:30] + 1) % 3
    items, who = np.tile(np.arange(120), 5), np.repeat(np.arange(5), 120)
    found = workers.copying(items, who, answers.ravel(), 3)
    assert found.log_evidence.argmax() == pair_of(found, 0, 1)
    assert found.agreed[pair_of(found, 3, 4)] == 1.0
    assert found.log_evidence[pair_of(found, 0, 1)] > found.log_evidence[pair_of(found, 3, 4)] + 2


def test_items_that_mislead_everybody_make_no_copiers():
    # On a third of the items all honest labellers tend to the same wrong answer.
    random = np.random.default_rng(1)
    truth = random.integers(0, 2, 600)
    misleads = random.random(600) < 0.33
    items = np.repeat(np.arange(600), 6)
    who = np.concatenate([random.choice(20, 6, replace=False) for _ in range(600)])
    right = random.random(len(items)) < np.where(misleads[items], 0.25, 0.92)
    found = workers.copying(items, who, np.where(right, truth[items], 1 - truth[items]), 2)
    assert (found.plain < 5).all()


def test_shares_and_numbers_of_shared_items_are_counted():
    items, who = [0, 1, 2, 0, 1, 2, 0, 3], [0, 0, 0, 1, 1, 1, 2, 2]
    found = workers.copying(items, who, [0, 1, 1, 0, 1, 0, 1, 1], 2, least=2)
    assert (found.first.tolist(), found.second.tolist(), found.n.tolist()) == ([0], [1], [3])
    assert found.agreed[0] == pytest.approx(2 / 3)


@settings(max_examples=40, deadline=None)
@given(any_labels())
def test_copying_is_finite_for_any_labels_and_pairs_nobody_with_themselves(labels):
    found = workers.copying(*labels, least=1)
    assert (found.first < found.second).all()
    assert np.isfinite(found.log_evidence).all()
    assert np.isfinite(found.plain).all()
    assert ((found.expected >= 0) & (found.expected <= 1)).all()
