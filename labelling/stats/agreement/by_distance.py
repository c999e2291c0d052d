"""Krippendorff's alpha for answers that are no numbers, from any distance between two of them.

Source: Krippendorff, Content Analysis, 2004, chapter 11; its use with distances between answers that have parts:
Braylan, Alonso and Lease 2022, "Measuring annotator agreement generally across complex structured, multi-object, and
free-text annotation tasks".
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from labelling.stats.agreement.resampling import interval
from labelling.stats.coded import Floats, Ints
from labelling.stats.interval import Interval

# Of all pairs of labels, so many say what chance alone gives; of fewer, all do.
MOST_PAIRS = 20_000

Far = Callable[[int, int], float]


@dataclass(frozen=True)
class _Pairs:
    """Two labels each: one, other int (n,), positions of labels; far: float (n,)."""

    one: Ints
    other: Ints
    far: Floats


def alpha_by_distance(
    items: npt.ArrayLike, workers: npt.ArrayLike, far: Far, *, seed: int, resamples: int = 200, level: float = 0.95,
    most_pairs: int = MOST_PAIRS,
) -> Interval:  # fmt: skip
    """Alpha with a percentile interval that resamples items and workers together, as `bootstrap` does.

    items, workers: int (n,), one element a label. far(i, j): how different the labels at i and j are, at least 0, 0
    for the same. What chance gives is the mean over all pairs of labels, or over `most_pairs` drawn with the seed;
    items with more pairs than that between their labels are drawn with it, too. Items with one label are left out.
    nan where it is undefined: no item has two labels, or all labels are the same.
    """
    item, worker = np.asarray(items, dtype=np.int64), np.asarray(workers, dtype=np.int64)
    kept = np.flatnonzero(np.bincount(item, minlength=1)[item] > 1) if item.size else np.zeros(0, dtype=np.int64)
    random = np.random.default_rng(seed)
    if not kept.size:
        return Interval(float("nan"), float("nan"), float("nan"))
    kept = kept[_some_items(item[kept], random, most_pairs)]
    unit = np.unique(item[kept], return_inverse=True)[1]
    giver = np.unique(worker[kept], return_inverse=True)[1]
    within = _measured(kept, _within(unit), far)
    between = _measured(kept, _between(len(kept), random, most_pairs), far)
    n_units, n_givers = int(unit.max()) + 1, int(giver.max()) + 1
    value = _alpha(unit, within, between, np.ones(n_units), np.ones(len(kept)))
    drawn = [
        _alpha(unit, within, between, _times(random, n_units), _times(random, n_givers)[giver])
        for _ in range(resamples)
    ]
    return interval(value, np.array(drawn), level)


def _some_items(item: Ints, random: np.random.Generator, most: int) -> npt.NDArray[np.bool_]:
    """Which labels are of items that are looked at: all, or as many items, drawn, as have `most` pairs of labels."""
    unit = np.unique(item, return_inverse=True)[1]
    size = np.bincount(unit)
    pairs = size * (size - 1) // 2
    if pairs.sum() <= most:
        return np.ones(len(item), dtype=bool)
    drawn = random.permutation(len(size))
    n_drawn = max(1, int(np.searchsorted(np.cumsum(pairs[drawn]), most, side="right")))
    return np.isin(unit, drawn[:n_drawn])


def _within(unit: Ints) -> tuple[Ints, Ints]:
    """Every two labels of the same item, once."""
    order = np.argsort(unit, kind="stable")
    size = np.bincount(unit)
    start = np.cumsum(size) - size
    pairs = [np.triu_indices(n, 1) for n in size]
    one = np.concatenate([first + at for (first, _), at in zip(pairs, start, strict=True)])
    other = np.concatenate([second + at for (_, second), at in zip(pairs, start, strict=True)])
    return order[one], order[other]


def _between(n: int, random: np.random.Generator, most: int) -> tuple[Ints, Ints]:
    if n * (n - 1) // 2 <= most:
        return np.triu_indices(n, 1)
    one = random.integers(0, n, most)
    other = random.integers(0, n - 1, most)
    return one, other + (other >= one)


def _measured(kept: Ints, pairs: tuple[Ints, Ints], far: Far) -> _Pairs:
    one, other = pairs
    measured = np.array([far(int(kept[i]), int(kept[j])) for i, j in zip(one, other, strict=True)], dtype=np.float64)
    return _Pairs(one, other, measured)


def _alpha(unit: Ints, within: _Pairs, between: _Pairs, times: Floats, weight: Floats) -> float:
    """times: how often each item counts; weight: of each label, how often its giver counts."""
    labels = np.bincount(unit, weight)
    both = weight[within.one] * weight[within.other]
    pairable = np.bincount(unit[within.one], both, minlength=len(times)) > 0
    counted = np.where(pairable, times * labels, 0.0)
    # Each label against what the others of its item say; a giver who counts twice is not compared with themselves.
    beside = np.maximum(labels[unit] - weight, 1e-12)
    shares = both * (1 / beside[within.one] + 1 / beside[within.other])
    observed = float((times[unit[within.one]] * shares * within.far).sum())
    mass = weight * np.where(pairable, times, 0.0)[unit]
    chance = mass[between.one] * mass[between.other]
    expected = float(chance @ between.far)
    if not counted.sum() or not chance.sum() or not expected:
        return float("nan")
    return float(1 - (observed / counted.sum()) / (expected / chance.sum()))


def _times(random: np.random.Generator, n: int) -> Floats:
    return np.asarray(np.bincount(random.integers(0, n, n), minlength=n), dtype=np.float64)
