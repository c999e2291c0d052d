import math
from typing import get_args

import krippendorff
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelling.stats import agreement
from labelling.stats.agreement.coincidences import Drawn, prepare, wide
from labelling.stats.agreement.units import read
from tests.stats.crowds import any_labels, crowd, four_observers

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


@pytest.mark.parametrize("level", LEVELS)
def test_alpha_equals_the_krippendorff_package_on_many_different_values(level):
    random = np.random.default_rng(4)
    items, workers = np.repeat(np.arange(50), 3), np.tile(np.arange(3), 50)
    for answers in (random.normal(items, 10), random.integers(0, 300, 150), 10**9 * random.integers(1, 300, 150)):
        ours = agreement.krippendorff_alpha(items, workers, answers, level)
        assert ours == pytest.approx(of_library(items, answers, level), abs=1e-10)


@given(any_labels(min_size=1, max_classes=5), st.sampled_from(get_args(agreement.Level)), st.integers(0, 99))
def test_a_table_and_sums_over_labels_say_the_same_however_labels_are_drawn(labels, level, seed):
    items, workers, answers, _ = labels
    units, random = read(items, workers, answers, level), np.random.default_rng(seed)
    drawn = Drawn(random.integers(0, 3, len(items)).astype(float), random.integers(0, 3, units.n_items).astype(float))
    for draw in (None, drawn):
        table, sums = prepare(units).sums(draw), wide(units).sums(draw)
        assert table.apart == pytest.approx(sums.apart, abs=1e-9)
        assert table.mass == pytest.approx(sums.mass, abs=1e-9)
        if level == "nominal":
            assert table.equal == pytest.approx(sums.equal, abs=1e-9)
    if level == "nominal":
        several = prepare(units).resampled(Drawn(np.array([drawn.times] * 2), np.array([drawn.items] * 2)))
        for mass, equal in zip(several.mass, several.equal, strict=True):
            assert mass == pytest.approx(sums.mass, abs=1e-9)
            assert equal == pytest.approx(sums.equal, abs=1e-9)


@pytest.mark.parametrize(
    ("level", "alpha"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849), ("ratio", 0.797)]
)
def test_alpha_is_that_of_krippendorffs_own_example(level, alpha):
    assert agreement.krippendorff_alpha(*four_observers(), level) == pytest.approx(alpha, abs=0.0006)


def test_codes_with_large_gaps_change_nothing_and_take_no_memory():
    items, workers, answers = four_observers()
    spread = agreement.krippendorff_alpha(items * 10**12, workers * 10**12, answers * 10**9)
    assert spread == pytest.approx(agreement.krippendorff_alpha(items, workers, answers), abs=1e-12)
    drawn = agreement.bootstrap(items * 10**12, workers * 10**12, answers, seed=3, resamples=20)
    assert drawn == agreement.bootstrap(items, workers, answers, seed=3, resamples=20)


@given(any_labels(min_size=1, max_classes=4))
def test_alpha_of_a_class_is_alpha_of_that_class_against_all_others(labels):
    items, workers, answers, k = labels
    each = agreement.per_class(items, workers, answers, k)
    for found, at in zip(each, range(k), strict=True):
        alone = agreement.krippendorff_alpha(items, workers, (answers == at).astype(int))
        assert found == pytest.approx(alone, abs=1e-10, nan_ok=True)


def test_classes_are_drawn_again_together_with_all():
    made = crowd(5, n_items=80, n_workers=9)
    overall, each = agreement.bootstrap_classes(made.items, made.workers, made.labels, 4, seed=2, resamples=60)
    assert overall == agreement.bootstrap(made.items, made.workers, made.labels, seed=2, resamples=60)
    assert [one.value for one in each] == pytest.approx(
        list(agreement.per_class(made.items, made.workers, made.labels, 4)), nan_ok=True
    )
    assert all(one.low < one.value < one.high for one in each[:3])
    assert math.isnan(each[3].value), "nobody chose the fourth class"


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


@given(any_labels(min_size=1, max_classes=3))
def test_percent_of_a_class_is_how_often_the_other_label_is_of_it_too(labels):
    items, workers, answers, k = labels
    same, of_it = np.zeros(k), np.zeros(k)
    for at, other in np.argwhere((items[:, None] == items) & ~np.eye(len(items), dtype=bool)):
        weight = 1 / (np.sum(items == items[at]) - 1)
        of_it[answers[at]] += weight
        same[answers[at]] += weight * (answers[at] == answers[other])
    found = agreement.percent_by_class(items, workers, answers, k)
    expected = np.divide(same, of_it, out=np.full(k, np.nan), where=of_it > 0)
    assert found == pytest.approx(expected, nan_ok=True)


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
