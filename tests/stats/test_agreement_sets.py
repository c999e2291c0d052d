"""Agreement on answers that are sets of options."""

import math

import krippendorff
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelling.stats import agreement


def jaccard(one: frozenset, other: frozenset) -> float:
    return 1 - len(one & other) / len(one | other) if one | other else 0.0


def masi(one: frozenset, other: frozenset) -> float:
    """As Passonneau 2006 has it: Jaccard times 1 (equal), 2/3 (one holds the other), 1/3 (overlap) or 0."""
    if one == other:
        return 0.0
    held = 2 / 3 if one <= other or other <= one else 1 / 3
    return 1 - len(one & other) / len(one | other) * held


DISTANCES = {"jaccard": jaccard, "masi": masi}


def of_library(items, masks, level):
    """The krippendorff package's alpha with a distance that is written down for Python's own sets."""
    domain = np.unique(masks)
    sets = [frozenset(at for at in range(6) if mask >> at & 1) for mask in domain.tolist()]
    far = np.array([[DISTANCES[level](one, other) for other in sets] for one in sets])
    counts = np.zeros((items.max() + 1, len(domain)))
    np.add.at(counts, (items, np.searchsorted(domain, masks)), 1)
    if (counts[counts.sum(axis=1) > 1].sum(axis=0) > 0).sum() < 2:
        return math.nan
    return krippendorff.alpha(value_counts=counts, level_of_measurement=lambda *_, **__: far)


rows = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 4), st.integers(0, 63)), min_size=1, max_size=30)


@given(rows, st.sampled_from(["jaccard", "masi"]))
def test_alpha_of_sets_equals_the_krippendorff_package_with_pythons_sets(given_rows, level):
    items, workers, masks = (np.array(column) for column in zip(*given_rows, strict=True))
    ours = agreement.krippendorff_alpha(items, workers, masks, level)
    assert ours == pytest.approx(of_library(items, masks, level), abs=1e-10, nan_ok=True)


@given(rows, st.sampled_from(["jaccard", "masi"]), st.sampled_from([0, 70, 200]))
def test_members_say_the_same_as_bit_masks_however_many_options_there_are(given_rows, level, further):
    items, workers, masks = (np.array(column) for column in zip(*given_rows, strict=True))
    members = (masks[:, None] >> np.arange(6)) & 1
    wide = np.hstack([np.zeros((len(masks), further), dtype=int), members]).astype(bool)
    expected = agreement.krippendorff_alpha(items, workers, masks, level)
    assert agreement.krippendorff_alpha(items, workers, wide, level) == pytest.approx(expected, abs=1e-12, nan_ok=True)


@pytest.mark.parametrize("level", ["jaccard", "masi"])
def test_many_different_sets_are_compared_pair_by_pair(level):
    random = np.random.default_rng(8)
    items, workers = np.repeat(np.arange(120), 4), np.tile(np.arange(4), 120)
    truth = random.random((120, 20)) < 0.3
    members = truth[items] ^ (random.random((480, 20)) < 0.1)
    ours = agreement.krippendorff_alpha(items, workers, members, level)
    sets = [frozenset(np.flatnonzero(row)) for row in members]
    far = DISTANCES[level]
    within = [far(sets[a], sets[b]) for at in range(0, 480, 4) for a in range(at, at + 4) for b in range(at, a)]
    among = [far(sets[a], sets[b]) for a in range(480) for b in range(a)]
    assert ours == pytest.approx(1 - np.mean(within) / np.mean(among), abs=1e-10)
    interval = agreement.bootstrap(items, workers, members, seed=1, resamples=60, measurement=level)
    assert interval.low < ours < interval.high


def test_choosing_part_of_a_set_is_nearer_than_choosing_another():
    part = agreement.krippendorff_alpha([0, 0, 1, 1], [0, 1, 0, 1], [0b011, 0b001, 0b100, 0b100], "masi")
    other = agreement.krippendorff_alpha([0, 0, 1, 1], [0, 1, 0, 1], [0b011, 0b110, 0b100, 0b100], "masi")
    assert agreement.krippendorff_alpha([0, 0, 1, 1], [0, 1, 0, 1], [3, 3, 4, 4], "masi") == 1.0
    assert other < part < 1


def test_sets_are_refused_where_they_are_none():
    with pytest.raises(ValueError, match=r"labels\[1\] is -1"):
        agreement.krippendorff_alpha([0, 0], [0, 1], [1, -1], "jaccard")
    with pytest.raises(ValueError, match="labels must hold true or false"):
        agreement.krippendorff_alpha([0, 0], [0, 1], [[0, 2], [1, 0]], "masi")
    with pytest.raises(ValueError, match="equally long"):
        agreement.krippendorff_alpha([0, 0], [0, 1], [[0, 1], [1, 0]], "nominal")
