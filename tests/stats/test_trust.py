"""Scorecard arithmetic: agreement freed from difficulty, quality with limits, drift over time."""

import numpy as np
import pytest
from hypothesis import given, settings
from statsmodels.stats.proportion import proportion_confint

from labelling.stats import workers
from labelling.stats.trust import worth
from tests.stats.crowds import any_labels, crowd
from tests.stats.spammers import going_bad, honest_stream


def two_halves(seed):
    """Twenty equally good workers, half of whom are given the hard half of the items only."""
    random = np.random.default_rng(seed)
    truth = random.integers(0, 3, 800)
    hard = np.arange(800) >= 400
    items = np.repeat(np.arange(800), 5)
    who = np.concatenate([random.choice(10, 5, replace=False) + 10 * hard[at] for at in range(800)])
    right = random.random(len(items)) < np.where(hard[items], 0.65, 0.95)
    return items, who, np.where(right, truth[items], (truth[items] + random.integers(1, 3, len(items))) % 3), 3


def test_adjusted_agreement_takes_off_how_hard_the_items_were():
    result = workers.adjusted_agreement(*two_halves(0))
    plain = result.share[:10].mean() - result.share[10:].mean()
    adjusted = result.adjusted[:10].mean() - result.adjusted[10:].mean()
    assert plain > 0.2
    assert abs(adjusted) < plain / 2
    assert (result.expected[:10] > result.expected[10:].max()).all()


def test_agreement_itself_is_that_of_leave_one_out_and_nobody_is_adjusted_where_all_items_are_alike():
    made = crowd(2, accuracy=(0.8, 0.8), n_items=600)
    result, plain = workers.adjusted_agreement(*made.arrays), workers.leave_one_out(*made.arrays)
    assert np.allclose(result.share, plain.share)
    assert np.allclose(result.adjusted, result.share, atol=0.04)
    assert ((result.low <= result.adjusted) & (result.adjusted <= result.high)).all()


def test_all_workers_together_reach_what_is_expected_of_the_average_one():
    result = workers.adjusted_agreement(*crowd(3).arrays)
    assert (result.n * result.expected).sum() == pytest.approx((result.n * result.share).sum(), rel=0.01)


@pytest.mark.parametrize(("skill", "n"), [(0.0, 60), (0.3, 200), (0.7, 60), (0.9, 200)])
def test_the_limits_of_quality_hold_the_true_one(skill, n):
    random, k = np.random.default_rng(int(100 * skill) + n), 3
    matrix, prior = skill * np.eye(k) + (1 - skill) / k, np.full(3, 1 / 3)
    truth = random.integers(0, k, (200, n))
    answers = np.where(random.random((200, n)) < skill, truth, random.integers(0, k, (200, n)))
    counts = np.zeros((200, k, k))
    np.add.at(counts, (np.arange(200)[:, None], truth, answers), 1)
    found, true = worth.interval(counts + 1.4 * np.eye(k) + 0.2, prior, seed=1), worth.quality(matrix[None], prior)[0]
    held = (found.low <= true) & (true <= found.high)
    assert held.mean() > 0.87
    assert ((found.low <= found.value) & (found.value <= found.high)).all()


def test_quality_with_limits_is_the_same_for_the_same_seed_and_surer_with_more_labels():
    few, many = crowd(1, n_items=60).arrays, crowd(1, n_items=600).arrays
    first, again, other = (workers.quality_interval(*many, seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(first.low, again.low)
    assert not np.array_equal(first.low, other.low)
    wide = workers.quality_interval(*few, seed=1)
    assert (wide.high - wide.low).mean() > 1.5 * (first.high - first.low).mean()


def test_drift_shows_who_went_bad_and_when():
    stream = going_bad(honest_stream(7, n_items=4000, n_workers=45), at=200, workers=[0], seed=7)
    found = workers.drift(*stream.arrays)
    mine = found.worker == 0
    assert 8 <= mine.sum() <= 12
    before, after = found.share[mine & (found.first < 160)], found.share[mine & (found.first >= 200)]
    assert found.low[mine & (found.first < 160)].min() > found.high[mine & (found.first >= 200)].min()
    assert before.min() > after.max()


def test_windows_of_drift_are_equal_in_order_and_wilsons():
    made = crowd(5, n_items=400)
    found = workers.drift(*made.arrays)
    given_by = np.bincount(made.workers)
    for worker in range(20):
        mine = found.worker == worker
        assert found.n[mine].sum() == given_by[worker]
        assert found.n[mine].max() - found.n[mine].min() <= 1
        assert found.first[mine].tolist() == np.r_[0, np.cumsum(found.n[mine])[:-1]].tolist()
    low, high = proportion_confint(found.share * found.n, found.n, method="wilson")
    assert np.allclose(found.low, low)
    assert np.allclose(found.high, high)


@settings(max_examples=40, deadline=None)
@given(any_labels())
def test_the_arithmetic_of_scorecards_is_within_bounds_for_any_labels(labels):
    n_workers = labels[1].max(initial=-1) + 1
    card = workers.adjusted_agreement(*labels)
    for low, value, high in ((card.low, card.adjusted, card.high), *[
        (one.low, one.value, one.high) for one in [workers.quality_interval(*labels, draws=20)]
    ]):  # fmt: skip
        assert low.shape == value.shape == high.shape == (n_workers,)
        seen = ~np.isnan(value)
        assert ((low >= 0) & (high <= 1)).all()
        assert ((low[seen] <= value[seen]) & (value[seen] <= high[seen])).all()
    found = workers.drift(*labels, least=3)
    assert found.n.sum() == len(labels[0])
    assert ((found.low <= found.share) & (found.share <= found.high)).all()
