import math

import numpy as np
import pytest
from statsmodels.stats.proportion import proportion_confint

from labelling.stats import estimate
from labelling.stats.interval import wilson


def population(seed, n=3000):
    random = np.random.default_rng(seed)
    confidence = random.beta(5, 1, n)
    return random, confidence, random.random(n) < confidence


def test_the_weights_undo_uneven_chances():
    """Two strata: ten of ten from the first all wrong, ten of a hundred from the second all right."""
    correct = np.repeat([0, 1], 10)
    probability = np.repeat([1.0, 0.1], 10)
    assert estimate.accuracy(correct, probability).value == pytest.approx(100 / 110)


@pytest.mark.parametrize(("right", "n"), [(0, 10), (28, 40), (10, 10), (480, 500)])
def test_equal_small_chances_give_wilsons_interval(right, n):
    correct = np.arange(n) < right
    ours = estimate.accuracy(correct, np.full(n, 1e-6))
    low, high = proportion_confint(right, n, method="wilson")
    assert ours.value == right / n
    assert ours.low == pytest.approx(low, abs=0.012)
    assert ours.high == pytest.approx(high, abs=0.012)


def test_wilson_equals_statsmodels():
    for right, n, level in ((0, 5, 0.95), (3, 7, 0.9), (50, 50, 0.99)):
        interval = wilson(right / n, n, level)
        assert (interval.low, interval.high) == pytest.approx(
            proportion_confint(right, n, alpha=1 - level, method="wilson")
        )


def test_the_whole_population_leaves_no_doubt():
    interval = estimate.accuracy([1, 0, 1, 1], np.ones(4))
    assert (interval.value, interval.low, interval.high) == (0.75, 0.75, 0.75)


@pytest.mark.parametrize("with_confidence", [False, True])
def test_intervals_cover_as_often_as_they_say(with_confidence):
    random, confidence, correct = population(0)
    probability = np.clip(0.02 + 0.25 * (1 - confidence), 0, 1)
    values, covered = [], 0
    for _ in range(400):
        drawn = random.random(3000) < probability
        extra = (confidence[drawn], confidence) if with_confidence else ()
        interval = estimate.accuracy(correct[drawn], probability[drawn], *extra)
        values.append(interval.value)
        covered += interval.low <= correct.mean() <= interval.high
    assert abs(np.mean(values) - correct.mean()) < 0.01
    assert covered / 400 >= 0.92


def test_confidence_that_says_something_narrows_the_interval():
    random, _, correct = population(1)
    drawn = random.random(3000) < 0.1
    probability = np.full(drawn.sum(), 0.1)
    sharp = np.where(correct, 0.95, 0.05)
    plain = estimate.accuracy(correct[drawn], probability)
    helped = estimate.accuracy(correct[drawn], probability, sharp[drawn], sharp)
    assert helped.high - helped.low < (plain.high - plain.low) / 2
    assert helped.low <= correct.mean() <= helped.high


def test_no_sample_says_nothing():
    interval = estimate.accuracy([], [])
    assert math.isnan(interval.value)
    assert (interval.low, interval.high) == (0.0, 1.0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([1, 2], [1, 1]), r"correct\[1\] is 2.0"),
        (([1, 0], [1, 0]), r"inclusion_probability\[1\] must be above 0"),
        (([1, 0], [1, np.nan]), r"inclusion_probability\[1\] is nan"),
        (([1, 0], [1]), r"shape \(2,\)"),
        (([1, 0], [1, 1], [0.5, 0.5]), "go together"),
        (([1, 0], [1, 1], [0.5, 0.5], [0.5]), "must not be smaller"),
        (([1], [1], None, None, 1.5), "level"),
    ],
)
def test_bad_input_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        estimate.accuracy(*arguments)
