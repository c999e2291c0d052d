"""The shadow price, on simulated labellers: it steers the average, and costs no accuracy."""

import math

import numpy as np
import pytest

from labelling.stats import price
from tests.stats.streams import MAXIMUM, run, simulated_stream, stopped_by_confidence

POLICY = {"minimum": 2, "maximum": MAXIMUM, "stop_confidence": 0.9995, "contest_below": 0.0}
LIMITS = (0.01, 0.5)


@pytest.mark.parametrize(("n_classes", "wanted"), [(2, 2.5), (2, 4.0), (3, 3.2), (5, 2.8)])
@pytest.mark.parametrize("in_work", [100, 2000])
def test_simulated_items_get_as_many_labels_as_wanted_and_are_as_right_as_by_confidence_alone(
    n_classes, wanted, in_work
):
    """However many items lie open, so that what is settled today was begun at another price."""
    stream = simulated_stream(n_classes, n_items=7000, n_classes=n_classes, accuracy=(0.5, 0.9))
    n_labels, _ = run(stream, wanted=wanted, policy=POLICY, in_work=in_work)
    later = slice(2000, None)
    assert n_labels[later].mean() == pytest.approx(wanted, rel=0.05)
    kept, n_labels = stream.take(later), n_labels[later]
    by_confidence = stopped_by_confidence(kept, POLICY, n_labels.mean())
    assert kept.right(n_labels).mean() >= kept.right(by_confidence).mean() - 0.01


def test_an_average_that_confidence_never_uses_up_leaves_the_price_at_its_lower_limit():
    stream = simulated_stream(4)
    policy = POLICY | {"stop_confidence": 0.95}
    free, _ = run(stream, wanted=None, policy=policy)
    n_labels, prices = run(stream, wanted=7.0, policy=policy)
    assert (n_labels[1000:] == free[1000:]).all()
    assert set(prices[6:]) == {price.limits(stream.pooled, 0.95)[0]}


def test_without_a_wanted_average_a_label_has_no_price():
    assert price.adjust(0.3, spent=500, settled=100, wanted=None, limits=LIMITS) == 0.0


def test_the_price_rises_when_more_is_spent_than_wanted_and_falls_when_less():
    def after(spent, settled=1000):
        """From 0.1 bits, where 2.5 labels an item are wanted."""
        return price.adjust(0.1, spent=spent, settled=settled, wanted=2.5, limits=LIMITS)

    assert after(2.6) > 0.1 > after(2.4)
    assert after(2.5) == pytest.approx(0.1)
    assert after(0, settled=0) == 0.1
    # Three items tell less than a thousand.
    assert abs(math.log(after(3.0, settled=3) / 0.1)) < abs(math.log(after(3.0) / 0.1)) / 5
    assert after(1e9) == pytest.approx(0.4)


def test_the_price_stays_inside_its_limits_and_starts_well_below_the_upper_one():
    assert price.adjust(0.45, spent=8.0, settled=1000, wanted=2.0, limits=LIMITS) == 0.5
    assert price.adjust(0.011, spent=2.0, settled=1000, wanted=8.0, limits=LIMITS) == 0.01
    assert price.adjust(0.0, spent=0, settled=0, wanted=2.0, limits=LIMITS) == LIMITS[1] / 4
    with pytest.raises(ValueError, match="limits"):
        price.adjust(0.1, spent=0, settled=0, wanted=2.0, limits=(0.0, 1.0))


@pytest.mark.parametrize("confusion", [np.eye(2), np.full((3, 3), 1 / 3), np.array([[0.9, 0.1], [0.3, 0.7]])])
@pytest.mark.parametrize("stop_confidence", [0.6, 0.95, 1.0])
def test_the_limits_of_a_price_are_in_order_for_perfect_and_for_useless_labellers(confusion, stop_confidence):
    low, high = price.limits(confusion, stop_confidence)
    assert 0 < low <= high <= math.log2(len(confusion))


def test_the_life_table_knows_how_long_items_last_before_the_slow_ones_are_settled():
    """Each item stops with probability one half at 2 and at 3 labels, and at 4 for sure: 2.75 on average. While the
    work has just begun nothing but early stops is there to be averaged."""
    judged, ended = [0, 0, 10_000, 200, 100], [0, 0, 5_000, 100, 100]
    assert price.labels_an_item(judged, ended, 2) == pytest.approx(2.75, abs=0.01)
    assert math.isnan(price.labels_an_item([0, 5, 0, 0], [0, 5, 0, 0], 2))
    assert price.labels_an_item([0, 0, 9], [0, 0, 9], 2) == 2
