"""How sure a figure of agreement is: items and labellers drawn again, together.

Resampling items alone would take the labellers for the only ones there are. A label weighs the product of how often
its item and its labeller were drawn; a labeller drawn twice is never paired with themselves.
Source: Owen 2007, the pigeonhole bootstrap, which errs on the wide side.
"""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from labelling.stats.agreement.coincidences import Drawn, Table, Wide, alpha_of, alphas_by_class, prepare
from labelling.stats.agreement.units import Level, Units, read
from labelling.stats.coded import Floats, codes
from labelling.stats.interval import Interval, quantile


def bootstrap(
    items: npt.ArrayLike,
    workers: npt.ArrayLike,
    labels: npt.ArrayLike,
    *,
    seed: int,
    resamples: int = 500,
    level: float = 0.95,
    measurement: Level = "nominal",
) -> Interval:
    """Krippendorff's alpha with a percentile interval that resamples items and workers together.

    level: of confidence; measurement: as level of krippendorff_alpha. nan limits where alpha is undefined in every
    resample. Raises ValueError that names the array and the position.
    """
    quantile(level)
    units = read(items, workers, labels, measurement).paired()
    counting = prepare(units)
    drawn = [alpha_of(counting.sums(draw), units) for draw in _draws(units, counting, seed, resamples)]
    return interval(alpha_of(counting.sums(), units), np.array(drawn), level)


def bootstrap_classes(
    items: npt.ArrayLike,
    workers: npt.ArrayLike,
    labels: npt.ArrayLike,
    n_classes: int,
    *,
    seed: int,
    resamples: int = 500,
    level: float = 0.95,
) -> tuple[Interval, list[Interval]]:
    """Nominal alpha, and that of each class against all others, from the same resamples.

    labels: int (n_labels,), 0 to n_classes - 1. Otherwise as bootstrap.
    """
    quantile(level)
    units = read(items, workers, codes(labels, "labels", below=n_classes), "nominal").paired()
    counting = prepare(units)
    everything, by_class = np.full(resamples, np.nan), np.full((resamples, n_classes), np.nan)
    for at, draw in enumerate(_draws(units, counting, seed, resamples)):
        sums = counting.sums(draw)
        everything[at], by_class[at] = alpha_of(sums, units), alphas_by_class(sums, units, n_classes)
    sums = counting.sums()
    single = alphas_by_class(sums, units, n_classes)
    each = [interval(float(value), drawn, level) for value, drawn in zip(single, by_class.T, strict=True)]
    return interval(alpha_of(sums, units), everything, level), each


def interval(value: float, drawn: Floats, level: float) -> Interval:
    """The value between the quantiles of what was drawn again; nan limits if it, or all of those, are undefined."""
    drawn = drawn[~np.isnan(drawn)]
    if np.isnan(value) or not drawn.size:
        return Interval(value, float("nan"), float("nan"))
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    return Interval(value, min(float(low), value), max(float(high), value))


def _draws(units: Units, counting: Table | Wide, seed: int, resamples: int) -> Iterator[Drawn]:
    random = np.random.default_rng(seed)
    n_workers = int(units.worker.max(initial=-1)) + 1
    for _ in range(resamples if units.n_items else 0):
        times_item = _times_drawn(random, units.n_items)
        yield Drawn(_times_drawn(random, n_workers)[units.worker], times_item)


def _times_drawn(random: np.random.Generator, n: int) -> Floats:
    """How often each of n is drawn in n draws with replacement."""
    return np.bincount(random.integers(0, n, n), minlength=n).astype(np.float64)
