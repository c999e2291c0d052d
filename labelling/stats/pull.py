"""How much seeing an answer pulls people towards it: those who saw it against those who, by chance, did not."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from labelling.stats.agreement.resampling import interval
from labelling.stats.coded import Floats
from labelling.stats.interval import Interval


@dataclass(frozen=True)
class Pull:
    """Means over items, 0 to 1. shown, withheld: how alike labels are to the answer, of items where it was shown and
    where it was not; difference: the one less the other, with intervals that draw items again."""

    shown: Interval
    withheld: Interval
    difference: Interval


def pull(
    items: npt.ArrayLike, alike: npt.ArrayLike, shown: npt.ArrayLike, *, seed: int, resamples: int = 1000,
    level: float = 0.95,
) -> Pull:  # fmt: skip
    """items: int (n,), of each label; alike: float (n,), 0 to 1; shown: bool (n,), the same for all labels of an item.

    Labels of an item count together as one, since they share its difficulty. nan where one side has no items.
    """
    item, value, seen = np.asarray(items), np.asarray(alike, dtype=np.float64), np.asarray(shown, dtype=np.bool_)
    with_it, without = _means(item[seen], value[seen]), _means(item[~seen], value[~seen])
    random = np.random.default_rng(seed)
    a, b = _drawn(with_it, random, resamples), _drawn(without, random, resamples)
    one, other = _mean(with_it), _mean(without)
    return Pull(interval(one, a, level), interval(other, b, level), interval(one - other, a - b, level))


def _means(item: npt.NDArray[np.int64], value: Floats) -> Floats:
    _, at = np.unique(item, return_inverse=True)
    n = np.bincount(at)
    return np.asarray(np.bincount(at, value) / np.maximum(n, 1), dtype=np.float64)


def _mean(values: Floats) -> float:
    return float(values.mean()) if values.size else float("nan")


def _drawn(values: Floats, random: np.random.Generator, resamples: int) -> Floats:
    if not values.size:
        return np.full(resamples, np.nan)
    return np.array([values[random.integers(0, len(values), len(values))].mean() for _ in range(resamples)])
