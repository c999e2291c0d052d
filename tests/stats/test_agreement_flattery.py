"""Early stopping flatters agreement; the yardstick is not flattered."""

import numpy as np
import pytest

from labelling.stats import agreement
from tests.stats.crowds import crowd
from tests.stats.early import stopped_early


@pytest.mark.parametrize("seed", range(3))
def test_the_yardsticks_interval_holds_the_alpha_of_all_labels_and_the_figure_over_all_items_is_too_high(seed):
    made = crowd(seed, n_items=800, n_workers=40, n_classes=2, each=8, accuracy=(0.6, 0.9))
    yardstick = np.random.default_rng([seed, 2]).random(800) < 0.1
    bought = stopped_early(*made.arrays, yardstick, seed, stop_confidence=0.8)
    found = agreement.compare(*made.arrays[:3], bought, yardstick, seed=seed, resamples=200)
    assert found.everything == agreement.krippendorff_alpha(*made.arrays[:3])
    assert found.yardstick.low <= found.everything <= found.yardstick.high
    assert found.flattery > 0.02
    assert abs(found.yardstick.value - found.everything) < 0.1
