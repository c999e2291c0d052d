import math

import krippendorff
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelling.stats import agreement
from tests.stats.crowds import any_labels, crowd

LEVELS = ["nominal", "ordinal", "interval", "ratio"]


def of_library(items, labels, level):
    """The krippendorff package's alpha; nan where it refuses."""
    domain = np.unique(labels)
    counts = np.zeros((items.max() + 1, len(domain)))
    np.add.at(counts, (items, np.searchsorted(domain, labels)), 1)
    paired = counts[counts.sum(axis=1) > 1]
    if len(domain) < 2 or not len(paired) or (paired.sum(axis=0) > 0).sum() < 2:
        return math.nan
    return krippendorff.alpha(value_counts=counts, value_domain=domain, level_of_measurement=level)


@given(any_labels(min_size=1, max_classes=6), st.sampled_from(LEVELS))
def test_alpha_equals_the_krippendorff_package(labels, level):
    items, workers, answers, _ = labels
    ours = agreement.krippendorff_alpha(items, workers, answers, level)
    assert ours == pytest.approx(of_library(items, answers, level), abs=1e-10, nan_ok=True)


@pytest.mark.parametrize("level", LEVELS)
def test_alpha_equals_the_krippendorff_package_on_many_labels_and_on_measurements(level):
    made = crowd(1, n_items=3000, n_classes=5)
    for answers in (made.labels, made.labels * 1.5 - 2):
        ours = agreement.krippendorff_alpha(made.items, made.workers, answers, level)
        assert ours == pytest.approx(of_library(made.items, answers, level), abs=1e-10)


def test_perfect_agreement_is_one_and_blind_answers_are_about_zero():
    assert agreement.krippendorff_alpha([0, 0, 1, 1], [0, 1, 0, 1], [0, 0, 1, 1]) == 1.0
    blind = crowd(0, n_items=3000, spammers=20)
    assert abs(agreement.krippendorff_alpha(blind.items, blind.workers, blind.labels)) < 0.02


def test_agreement_is_undefined_without_pairs_or_without_variety():
    for labels in (([], [], []), ([0, 1], [0, 1], [0, 1]), ([0, 0], [0, 1], [1, 1])):
        assert math.isnan(agreement.krippendorff_alpha(*labels))
        assert math.isnan(agreement.bootstrap(*labels, seed=0).low)
    assert math.isnan(agreement.percent([0], [0], [0]))
    assert agreement.percent([0, 0], [0, 1], [1, 1]) == 1.0


def test_percent_is_the_share_of_equal_pairs():
    assert agreement.percent([0, 0, 0], [0, 1, 2], [0, 0, 1]) == pytest.approx(1 / 3)
    assert agreement.percent([0, 0, 1, 1], [0, 1, 0, 1], [0, 0, 1, 0]) == pytest.approx(0.5)


def test_the_bootstrap_holds_alpha_repeats_with_its_seed_and_narrows_with_more_labels():
    few, many = (crowd(2, n_items=n, n_workers=w) for n, w in ((60, 8), (1200, 120)))
    wide = agreement.bootstrap(few.items, few.workers, few.labels, seed=1, resamples=200)
    narrow = agreement.bootstrap(many.items, many.workers, many.labels, seed=1, resamples=200)
    assert wide == agreement.bootstrap(few.items, few.workers, few.labels, seed=1, resamples=200)
    assert wide.low < wide.value < wide.high
    assert wide.value == agreement.krippendorff_alpha(few.items, few.workers, few.labels)
    assert narrow.high - narrow.low < (wide.high - wide.low) / 2


def test_the_bootstrap_covers_the_alpha_of_the_population_of_items_and_workers():
    everyone = crowd(9, n_items=4000, n_workers=800, each=5, accuracy=(0.4, 0.95))
    goal = agreement.krippendorff_alpha(everyone.items, everyone.workers, everyone.labels)
    covered = 0
    for seed in range(40):
        seen = crowd(100 + seed, n_items=100, n_workers=12, each=5, accuracy=(0.4, 0.95))
        interval = agreement.bootstrap(seen.items, seen.workers, seen.labels, seed=seed, resamples=100)
        covered += interval.low <= goal <= interval.high
    assert covered >= 35


def test_bad_input_is_refused_with_its_position():
    with pytest.raises(ValueError, match=r"labels\[1\] is nan"):
        agreement.krippendorff_alpha([0, 0], [0, 1], [0.0, np.nan])
    with pytest.raises(ValueError, match="level must be one of nominal, ordinal, interval, ratio"):
        agreement.krippendorff_alpha([0], [0], [0], "cardinal")
    with pytest.raises(ValueError, match="equally long"):
        agreement.percent([0, 0], [0, 1], [0])
