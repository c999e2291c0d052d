"""How a worker does over time: windows of their labels, each with an interval."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from labelling.stats.coded import Floats, Ints
from labelling.stats.interval import wilson_limits
from labelling.stats.trust.others import Others, look

MOST_WINDOWS, LEAST_LABELS = 12, 20


@dataclass(frozen=True, slots=True)
class Drift:
    """Windows, by worker and then time. All arrays (n_windows,).

    worker: whose. first: their label it begins with, counted from 0. n: labels. share: how likely the others make the
    worker's answers, on average, 0 to 1. low, high: its limits.
    """

    worker: Ints
    first: Ints
    n: Ints
    share: Floats
    low: Floats
    high: Floats


def drift(
    items: npt.ArrayLike,
    workers: npt.ArrayLike,
    labels: npt.ArrayLike,
    n_classes: int,
    gold: npt.ArrayLike | None = None,
    *,
    most: int = MOST_WINDOWS,
    least: int = LEAST_LABELS,
    level: float = 0.95,
) -> Drift:
    """Each worker's labels cut into up to `most` windows of equal size, none under `least` labels but a worker's only.

    items, workers, labels: int (n_labels,), coded from 0, in the order given. gold: int (n_items,), -1 unknown.
    A pool of labels of the same share and size gives the limits (Wilson's), so that a window that is all right still
    has some. Raises ValueError that names the array and the position.
    """
    return of(look(items, workers, labels, n_classes, gold), most=most, least=least, level=level)


def of(others: Others, *, most: int = MOST_WINDOWS, least: int = LEAST_LABELS, level: float = 0.95) -> Drift:
    """The same of labels that are fitted already."""
    if most < 1 or least < 1:
        raise ValueError(f"most and least must be at least 1, not {most} and {least}")
    n = np.bincount(others.workers, minlength=others.n_workers)
    n_windows = np.where(n > 0, np.clip(n // least, 1, most), 0)
    by_worker = np.argsort(others.workers, kind="stable")
    who = others.workers[by_worker]
    position = np.arange(len(who)) - (np.cumsum(n) - n)[who]
    before = np.cumsum(n_windows) - n_windows
    window = before[who] + position * n_windows[who] // np.maximum(n[who], 1)
    size = np.bincount(window, minlength=int(n_windows.sum()))
    share = np.bincount(window, weights=others.backed()[by_worker], minlength=len(size)) / np.maximum(size, 1)
    worker = np.repeat(np.arange(others.n_workers), n_windows)
    first = np.cumsum(size) - size - (np.cumsum(n) - n)[worker]
    return Drift(worker, first, size, share, *wilson_limits(share, size.astype(np.float64), level))
