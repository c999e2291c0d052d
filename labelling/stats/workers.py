"""Who can be relied on: the arithmetic behind a labeller's scorecard."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from labelling.stats.coded import Floats, codes, known, read
from labelling.stats.interval import wilson_limits
from labelling.stats.trust.adjusted import Adjusted, adjusted_agreement
from labelling.stats.trust.copying import Copying, copying
from labelling.stats.trust.drift import Drift, drift
from labelling.stats.trust.suspicion import suspicion
from labelling.stats.trust.worth import Quality, quality, quality_interval
from labelling.stats.truth.model import votes

__all__ = [
    "Adjusted",
    "Agreement",
    "Copying",
    "Drift",
    "Quality",
    "adjusted_agreement",
    "confusion",
    "copying",
    "drift",
    "gold_accuracy",
    "leave_one_out",
    "quality",
    "quality_interval",
    "suspicion",
]


@dataclass(frozen=True, slots=True)
class Agreement:
    """How often each worker agrees with the others. All arrays (n_workers,).

    n: labels that could be compared. share: 0 to 1, nan without any. low, high: Wilson's limits of the share.
    """

    n: Floats
    share: Floats
    low: Floats
    high: Floats


def leave_one_out(
    items: npt.ArrayLike, workers: npt.ArrayLike, labels: npt.ArrayLike, n_classes: int, *, level: float = 0.95
) -> Agreement:
    """How often a worker's label is what the majority of the item's other labels say; a tie counts its share.

    items, workers, labels: int (n_labels,), coded from 0. Raises ValueError that names the array and the position.
    """
    coded = read(items, workers, labels, n_classes)
    counted = votes(coded)[:, coded.items]
    at = np.arange(coded.items.size)
    counted[coded.labels, at] -= 1
    top = counted.max(axis=0, initial=0.0)
    tied = (counted == top).sum(axis=0)
    agreed = np.where(counted[coded.labels, at] == top, 1.0 / np.maximum(tied, 1), 0.0)
    compared = top > 0
    return _agreement(coded.workers[compared], agreed[compared], coded.n_workers, level)


def gold_accuracy(
    items: npt.ArrayLike,
    workers: npt.ArrayLike,
    labels: npt.ArrayLike,
    n_classes: int,
    gold: npt.ArrayLike,
    *,
    level: float = 0.95,
) -> Agreement:
    """How often a worker's label on gold items is right. gold: int (n_items,), -1 unknown."""
    coded = read(items, workers, labels, n_classes, gold=gold)
    truth = known(gold, coded.n_items, n_classes)[coded.items]
    right = (truth == coded.labels)[truth >= 0]
    return _agreement(coded.workers[truth >= 0], right.astype(np.float64), coded.n_workers, level)


def confusion(
    workers: npt.ArrayLike, labels: npt.ArrayLike, truth: npt.ArrayLike, n_classes: int, *, n_workers: int | None = None
) -> npt.NDArray[np.intp]:
    """counts[w, t, a]: how often worker w answered a where t was true. truth: int (n_labels,), -1 is left out."""
    who, answer = codes(workers, "workers", below=n_workers), codes(labels, "labels", below=n_classes)
    true = codes(truth, "truth", low=-1, below=n_classes)
    if not len(who) == len(answer) == len(true):
        raise ValueError(f"workers, labels and truth must be equally long, not {len(who)}, {len(answer)}, {len(true)}")
    n = int(who.max(initial=-1)) + 1 if n_workers is None else n_workers
    cell = ((who * n_classes + true) * n_classes + answer)[true >= 0]
    return np.bincount(cell, minlength=n * n_classes**2).reshape(n, n_classes, n_classes)


def _agreement(worker: npt.NDArray[np.intp], agreed: Floats, n_workers: int, level: float) -> Agreement:
    n = np.bincount(worker, minlength=n_workers).astype(np.float64)
    total = np.bincount(worker, weights=agreed, minlength=n_workers)
    share = np.divide(total, n, out=np.full(n_workers, np.nan), where=n > 0)
    return Agreement(n, share, *wilson_limits(share, n, level))
