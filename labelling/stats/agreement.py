"""How far labellers agree, corrected for chance. Source: Krippendorff, Content Analysis, 2004, chapter 11."""

from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from labelling.stats.coded import Floats, Ints, codes
from labelling.stats.interval import Interval, quantile

Level = Literal["nominal", "ordinal", "interval", "ratio"]


def krippendorff_alpha(
    items: npt.ArrayLike, workers: npt.ArrayLike, labels: npt.ArrayLike, level: Level = "nominal"
) -> float:
    """Krippendorff's alpha: 1 is perfect agreement, 0 what chance alone would give, below 0 systematic disagreement.

    items, workers: int (n_labels,), coded from 0. labels: numbers (n_labels,): classes, ranks or measurements,
    as level says. Items with one label are left out. nan where it is undefined: no item has two labels, or all
    labels are the same. Raises ValueError that names the array and the position.
    """
    item, _, value, domain = _read(items, workers, labels, level)
    counted = _count(item, value, len(domain), None)
    return _alpha(*_coincidences(counted, counted.sum(axis=1)), domain, level)


def percent(items: npt.ArrayLike, workers: npt.ArrayLike, labels: npt.ArrayLike) -> float:
    """The share of pairs of labels of the same item that are equal, 0 to 1, not corrected for chance.

    An item weighs as many labels as it has, as in alpha. nan if no item has two labels.
    """
    item, _, value, domain = _read(items, workers, labels, "nominal")
    counted = _count(item, value, len(domain), None)
    coincidences, total = _coincidences(counted, counted.sum(axis=1))
    mass = total.sum()
    return float(np.trace(coincidences) / mass) if mass > 0 else float("nan")


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

    A label weighs the product of how often its item and its worker were drawn; a worker drawn twice is never paired
    with itself. Resampling items alone would take the workers for the only ones there are. level: of confidence;
    measurement: as level of krippendorff_alpha. nan limits where alpha is undefined in every resample.
    Source: Owen 2007, the pigeonhole bootstrap, which errs on the wide side.
    """
    quantile(level)
    item, worker, value, domain = _read(items, workers, labels, measurement)
    value_of_all = krippendorff_alpha(items, workers, labels, measurement)
    n_items, n_workers = int(item.max(initial=-1)) + 1, int(worker.max(initial=-1)) + 1
    if np.isnan(value_of_all):
        return Interval(value_of_all, float("nan"), float("nan"))
    random = np.random.default_rng(seed)
    drawn = np.empty(resamples)
    for at in range(resamples):
        times_item = _times_drawn(random, n_items)
        times = _times_drawn(random, n_workers)[worker]
        counted = _count(item, value, len(domain), times)
        squares = _count(item, value, len(domain), times * times)
        drawn[at] = _alpha(*_coincidences(counted, squares.sum(axis=1), squares, times_item), domain, measurement)
    drawn = drawn[~np.isnan(drawn)]
    if not drawn.size:
        return Interval(value_of_all, float("nan"), float("nan"))
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    return Interval(value_of_all, min(float(low), value_of_all), max(float(high), value_of_all))


def _times_drawn(random: np.random.Generator, n: int) -> Floats:
    """How often each of n is drawn in n draws with replacement."""
    return np.bincount(random.integers(0, n, n), minlength=n).astype(np.float64)


def _read(
    items: npt.ArrayLike, workers: npt.ArrayLike, labels: npt.ArrayLike, level: Level
) -> tuple[Ints, Ints, Ints, Floats]:
    """Items and workers recoded without gaps, the labels as positions in their ordered domain, and the domain."""
    if level not in get_args(Level):
        raise ValueError(f"level must be one of {', '.join(get_args(Level))}, not {level!r}")
    item, worker = codes(items, "items"), codes(workers, "workers")
    label = np.asarray(labels, dtype=np.float64)
    if label.ndim != 1 or not len(item) == len(worker) == len(label):
        raise ValueError(
            f"items, workers and labels must be equally long, not {len(item)}, {len(worker)} and {label.shape}"
        )
    if not np.isfinite(label).all():
        at = int(np.argmin(np.isfinite(label)))
        raise ValueError(f"labels[{at}] is {label[at]}; it must be a finite number")
    item = np.unique(item, return_inverse=True)[1]
    worker = np.unique(worker, return_inverse=True)[1]
    paired = np.bincount(item)[item] > 1 if item.size else np.zeros(0, dtype=bool)
    domain, value = np.unique(label[paired], return_inverse=True)
    return np.unique(item[paired], return_inverse=True)[1], worker[paired], value, domain


def _count(item: Ints, value: Ints, n_values: int, weights: Floats | None) -> Floats:
    """Labels of each value of each item. Returns float (n_items, n_values)."""
    n_items = int(item.max(initial=-1)) + 1
    counted = np.bincount(item * n_values + value, weights=weights, minlength=n_items * n_values)
    return counted.reshape(n_items, n_values).astype(np.float64)


def _coincidences(
    counted: Floats, own: Floats, own_by_value: Floats | None = None, times_item: Floats | None = None
) -> tuple[Floats, Floats]:
    """The coincidence matrix (v, v) and the mass of each value (v,).

    counted: weighted labels (n_items, v). own, own_by_value: the weight of pairs of a label with itself, by item and
    by item and value; the counts themselves when no weights are. times_item: how much each item weighs.
    """
    own_by_value = counted if own_by_value is None else own_by_value
    mass = counted.sum(axis=1)
    pairs = mass * mass - own
    # An item's pairs together weigh as many labels as it has.
    weight = np.divide(mass, pairs, out=np.zeros_like(mass), where=pairs > 1e-9)
    if times_item is not None:
        weight = weight * times_item
    coincidences = counted.T @ (counted * weight[:, None])
    coincidences -= np.diag(weight @ own_by_value)
    return coincidences, coincidences.sum(axis=0)


def _alpha(coincidences: Floats, mass: Floats, domain: Floats, level: Level) -> float:
    total = mass.sum()
    distance = _distance(domain, mass, level)
    # The pairs of a label with itself have no distance, so the products need no correction for them.
    expected = float(mass @ distance @ mass)
    if total <= 1 or expected <= 0:
        return float("nan")
    return float(1.0 - (total - 1) * (coincidences * distance).sum() / expected)


def _distance(domain: Floats, mass: Floats, level: Level) -> Floats:
    """Squared distances of every two values (v, v)."""
    a, b = domain[:, None], domain[None, :]
    if level == "nominal":
        return np.asarray(a != b, dtype=np.float64)
    if level == "ordinal":
        # The number of labels between the middles of two ranks.
        middle = np.cumsum(mass) - mass / 2
        return np.asarray((middle[:, None] - middle[None, :]) ** 2, dtype=np.float64)
    if level == "interval":
        return np.asarray((a - b) ** 2, dtype=np.float64)
    ratio = np.divide(a - b, a + b, out=np.zeros((len(domain), len(domain))), where=(a + b) != 0)
    return np.asarray(ratio**2, dtype=np.float64)
