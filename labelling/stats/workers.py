"""Who can be relied on: the arithmetic behind a labeller's scorecard."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from labelling.stats.coded import Coded, Floats, codes, known, read, shares
from labelling.stats.interval import quantile
from labelling.stats.trust.adjusted import Adjusted, adjusted_agreement
from labelling.stats.trust.copying import Copying, copying
from labelling.stats.trust.drift import Drift, drift
from labelling.stats.trust.worth import Quality, quality, quality_interval
from labelling.stats.truth.infer import infer
from labelling.stats.truth.model import FLOOR, votes

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


def suspicion(
    items: npt.ArrayLike,
    workers: npt.ArrayLike,
    labels: npt.ArrayLike,
    n_classes: int,
    gold: npt.ArrayLike | None = None,
    *,
    strength: float = 4.0,
) -> Floats:
    """Who to look at first: how little a worker agrees with what the others make likely, corrected for chance.

    Each label is compared with the posterior of its item without that label, or with gold; chance is what the
    worker's own mix of answers would hit by itself. Workers with few labels are drawn towards the average of all.
    items, workers, labels: int (n_labels,), coded from 0. gold: int (n_items,), -1 unknown. strength: how many labels
    the average weighs. Returns float (n_workers,), higher is worse: 0 perfect, 1 no better than chance, above 1
    against the others. Raises ValueError that names the array and the position.
    """
    coded = read(items, workers, labels, n_classes, gold=gold)
    likely = _without_own(coded, gold)
    own = likely[coded.labels, np.arange(coded.items.size)]
    n = np.bincount(coded.workers, minlength=coded.n_workers)
    hits = np.bincount(coded.workers, weights=own, minlength=coded.n_workers)
    cells = coded.workers * n_classes + coded.labels
    answers = np.bincount(cells, minlength=coded.n_workers * n_classes).reshape(-1, n_classes)
    truths = np.stack([np.bincount(coded.workers, weights=row, minlength=coded.n_workers) for row in likely], axis=1)
    by_chance = (answers * truths).sum(axis=1) / np.maximum(n, 1)
    missed, expected = n - hits, n - by_chance
    usual = missed.sum() / expected.sum() if expected.sum() > 0 else 1.0
    # Where chance leaves little room (everything is one class) there is little to judge by: drawn to the average.
    typical = expected.sum() / max(n.sum(), 1) if expected.sum() > 0 else 1.0
    return np.asarray((missed + strength * typical * usual) / (expected + strength * typical), dtype=np.float64)


def _without_own(coded: Coded, gold: npt.ArrayLike | None) -> Floats:
    """For each label the posterior (k, n_labels) of its item had it not been given; certain for gold."""
    fit = infer(
        coded.items,
        coded.workers,
        coded.labels,
        coded.n_classes,
        gold,
        n_items=coded.n_items,
        guessing=0.0,
        damping=0.0,
    )
    likely = fit.posterior[coded.items].T
    said = fit.confusion[coded.workers, :, coded.labels].T
    left = np.maximum(likely, FLOOR) / np.maximum(said, FLOOR)
    truth = known(gold, coded.n_items, coded.n_classes)[coded.items]
    return np.where(truth >= 0, likely, shares(left, axis=0))


def _agreement(worker: npt.NDArray[np.intp], agreed: Floats, n_workers: int, level: float) -> Agreement:
    n = np.bincount(worker, minlength=n_workers).astype(np.float64)
    total = np.bincount(worker, weights=agreed, minlength=n_workers)
    share = np.divide(total, n, out=np.full(n_workers, np.nan), where=n > 0)
    z = quantile(level)
    trials, hits = np.maximum(n, 1.0), np.where(n > 0, total, 0.0) / np.maximum(n, 1.0)
    centre = (hits + z * z / (2 * trials)) / (1 + z * z / trials)
    half = z * np.sqrt(np.maximum(hits * (1 - hits), 0.0) / trials + z * z / (4 * trials**2)) / (1 + z * z / trials)
    low, high = np.clip(centre - half, 0.0, hits), np.clip(centre + half, hits, 1.0)
    return Agreement(n, share, np.where(n > 0, low, 0.0), np.where(n > 0, high, 1.0))
