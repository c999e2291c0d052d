"""Alpha from any distance, against the independent `krippendorff` and against our own bootstrap."""

import krippendorff
import numpy as np
import pytest

from labelling.stats import agreement


def labels(seed=0):
    random = np.random.default_rng(seed)
    items, workers = random.integers(0, 60, 240), random.integers(0, 9, 240)
    _, first = np.unique(items * 100 + workers, return_index=True)
    items, workers = items[first], workers[first]
    right = random.integers(0, 5, 60)
    given = np.where(random.random(len(items)) < 0.7, right[items], random.integers(0, 5, len(items)))
    return items, workers, given


def far_of(values, level):
    if level == "nominal":
        return lambda i, j: float(values[i] != values[j])
    return lambda i, j: float(values[i] - values[j]) ** 2


@pytest.mark.parametrize("level", ["nominal", "interval"])
def test_alpha_is_that_of_an_independent_library(level):
    items, workers, values = labels()
    table = np.full((9, 60), np.nan)
    table[workers, items] = values
    found = agreement.alpha_by_distance(items, workers, far_of(values, level), seed=1, most_pairs=10**6)
    expected = krippendorff.alpha(reliability_data=table, level_of_measurement=level)
    assert found.value == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("level", ["nominal", "interval"])
def test_the_interval_is_about_that_of_the_bootstrap_over_classes(level):
    items, workers, values = labels()
    found = agreement.alpha_by_distance(items, workers, far_of(values, level), seed=1)
    known = agreement.bootstrap(items, workers, values, seed=1, measurement=level)
    assert found.low == pytest.approx(known.low, abs=0.1)
    assert found.high == pytest.approx(known.high, abs=0.1)


def test_what_chance_gives_may_be_drawn():
    items, workers, values = labels()
    all_pairs = agreement.alpha_by_distance(items, workers, far_of(values, "nominal"), seed=1, most_pairs=10**6)
    drawn = agreement.alpha_by_distance(items, workers, far_of(values, "nominal"), seed=1, most_pairs=4000)
    assert drawn.value == pytest.approx(all_pairs.value, abs=0.03)
    assert drawn == agreement.alpha_by_distance(items, workers, far_of(values, "nominal"), seed=1, most_pairs=4000)


@pytest.mark.parametrize("items", [[], [0, 1, 2], [0, 0, 1, 1]])
def test_alpha_is_not_known_without_pairs_or_where_all_say_the_same(items):
    workers = list(range(len(items)))
    found = agreement.alpha_by_distance(items, workers, lambda i, j: 0.0, seed=1)
    assert np.isnan([found.value, found.low, found.high]).all()


def test_a_large_project_is_measured_on_items_drawn_so_that_its_size_costs_nothing():
    random = np.random.default_rng(3)
    items, workers = np.repeat(np.arange(3000), 5), np.tile(np.arange(5), 3000)
    values = np.where(random.random(15_000) < 0.7, random.integers(0, 5, 3000)[items], random.integers(0, 5, 15_000))
    measured = []

    def far(i, j):
        measured.append((i, j))
        return float(values[i] != values[j])

    found = agreement.alpha_by_distance(items, workers, far, seed=1, resamples=20, most_pairs=5000)
    assert len(measured) <= 10_000
    assert found.value == pytest.approx(agreement.krippendorff_alpha(items, workers, values), abs=0.03)
