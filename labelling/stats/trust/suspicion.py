"""Who to look at first."""

import numpy as np
import numpy.typing as npt

from labelling.stats.coded import Floats
from labelling.stats.trust.others import look

# How many labels the average worker's record weighs in everybody's.
STRENGTH = 4.0


def suspicion(
    items: npt.ArrayLike,
    workers: npt.ArrayLike,
    labels: npt.ArrayLike,
    n_classes: int,
    gold: npt.ArrayLike | None = None,
    *,
    strength: float = STRENGTH,
) -> Floats:
    """Who to look at first: how little a worker agrees with what the others make likely, corrected for chance.

    Each label is compared with the posterior of its item without that label, or with gold; chance is what the
    worker's own mix of answers would hit by itself. Workers with few labels are drawn towards the average of all.
    items, workers, labels: int (n_labels,), coded from 0. gold: int (n_items,), -1 unknown. strength: how many labels
    the average weighs. Returns float (n_workers,), higher is worse: 0 perfect, 1 no better than chance, above 1
    against the others. Raises ValueError that names the array and the position.
    """
    others = look(items, workers, labels, n_classes, gold)
    by_truth = others.counts()
    n = by_truth.sum(axis=(1, 2))
    hits = np.trace(by_truth, axis1=1, axis2=2)
    by_chance = (by_truth.sum(axis=1) * by_truth.sum(axis=2)).sum(axis=1) / np.maximum(n, 1)
    missed, expected = n - hits, n - by_chance
    usual = missed.sum() / expected.sum() if expected.sum() > 0 else 1.0
    # Where chance leaves little room (everything is one class) there is little to judge by: drawn to the average.
    typical = expected.sum() / max(n.sum(), 1) if expected.sum() > 0 else 1.0
    return np.asarray((missed + strength * typical * usual) / (expected + strength * typical), dtype=np.float64)
