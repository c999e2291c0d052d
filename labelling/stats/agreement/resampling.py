"""How sure a figure of agreement is: items and labellers drawn again, together.

Resampling items alone would take the labellers for the only ones there are. A label weighs the product of how often
its item and its labeller were drawn; a labeller drawn twice is never paired with themselves.
Source: Owen 2007, the pigeonhole bootstrap, which errs on the wide side.
"""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from labelling.stats.agreement.coincidences import Drawn, Resampled, Table, Wide, alpha_of, alphas_by_class, prepare
from labelling.stats.agreement.units import Level, Units, read
from labelling.stats.coded import Floats, codes
from labelling.stats.interval import Interval, quantile

# Numbers held at a time for the resamples that are counted together.
AT_ONCE = 1 << 17


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
    drawn = [_alphas(draws, counting) for draws in _draws(units, seed, resamples)]
    return interval(alpha_of(counting.sums(), units), np.concatenate([np.zeros(0), *drawn]), level)


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
    drawn, of_classes = [np.zeros(0)], [np.zeros((0, n_classes))]
    for draws in _draws(units, seed, resamples):
        resampled = _resampled(draws, counting)
        drawn.append(resampled.alphas())
        of_classes.append(np.full((len(drawn[-1]), n_classes), np.nan))
        of_classes[-1][:, np.asarray(units.domain, dtype=np.intp)] = resampled.alphas_by_class()
    sums, by_class = counting.sums(), np.concatenate(of_classes)
    single = alphas_by_class(sums, units, n_classes)
    each = [interval(float(value), some, level) for value, some in zip(single, by_class.T, strict=True)]
    return interval(alpha_of(sums, units), np.concatenate(drawn), level), each


def interval(value: float, drawn: Floats, level: float) -> Interval:
    """The value between the quantiles of what was drawn again; nan limits if it, or all of those, are undefined."""
    drawn = drawn[~np.isnan(drawn)]
    if np.isnan(value) or not drawn.size:
        return Interval(value, float("nan"), float("nan"))
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    return Interval(value, min(float(low), value), max(float(high), value))


def _alphas(draws: Drawn, counting: Table | Wide) -> Floats:
    if counting.units.level == "nominal":
        return _resampled(draws, counting).alphas()
    return np.array([alpha_of(counting.sums(draw), counting.units) for draw in draws])


def _resampled(draws: Drawn, counting: Table | Wide) -> Resampled:
    if isinstance(counting, Table):
        return counting.resampled(draws)
    sums = [counting.sums(draw) for draw in draws]
    return Resampled(np.array([one.mass for one in sums]), np.array([one.equal for one in sums]))


def _draws(units: Units, seed: int, resamples: int) -> Iterator[Drawn]:
    """As many resamples at a time as fit into the processor's cache."""
    random = np.random.default_rng(seed)
    n_workers = int(units.worker.max(initial=-1)) + 1
    cells = units.n_items * units.n_values if units.fits_table else 0
    at_once = max(AT_ONCE // max(len(units.item), cells, n_workers, 1), 1)
    for start in range(0, resamples if units.n_items else 0, at_once):
        r = min(at_once, resamples - start)
        times_item = _times_drawn(random, r, units.n_items)
        yield Drawn(_times_drawn(random, r, n_workers)[:, units.worker], times_item)


def _times_drawn(random: np.random.Generator, r: int, n: int) -> Floats:
    """How often each of n is drawn in n draws with replacement, r times over: (r, n)."""
    drawn = random.integers(0, n, (r, n)) + n * np.arange(r)[:, None]
    return np.bincount(drawn.ravel(), minlength=r * n).reshape(r, n).astype(np.float64)
