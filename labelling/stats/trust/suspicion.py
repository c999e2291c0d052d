"""Who to look at first."""

import numpy as np
import numpy.typing as npt

from labelling.stats.coded import Floats
from labelling.stats.trust import copying, skill
from labelling.stats.trust.others import Others, look
from labelling.stats.trust.pairs import shared

# How many labels the average worker's record weighs in everybody's.
STRENGTH = 2.0
# What the three ways to look at a worker weigh: skill, agreement against chance, agreement as it is.
WEIGHTS = (0.5, 0.25, 0.25)
# Evidence of copying is of pairs with this many shared items.
SHARED = 8


def suspicion(
    items: npt.ArrayLike,
    workers: npt.ArrayLike,
    labels: npt.ArrayLike,
    n_classes: int,
    gold: npt.ArrayLike | None = None,
) -> Floats:
    """Who to look at first: how little a worker's labels follow what the others make likely, or that they are copied.

    Each label is compared with the posterior of its item without that label, or with gold. A mean of three: one less
    the expected skill under the crowd's distribution of skills; disagreement over what the worker's own mix of answers
    would give by chance; disagreement as it is. Who seems to copy is moved up to 1; of two alike, it is the one who is
    worse or has more of their labels in common. Workers with few labels are drawn towards the average of all.
    items, workers, labels: int (n_labels,), coded from 0. gold: int (n_items,), -1 unknown. Returns float (n_workers,),
    higher is worse: 0 perfect, 1 no better than chance, above 1 against the others.
    Raises ValueError that names the array and the position.
    """
    others = look(items, workers, labels, n_classes, gold)
    by_skill = 1.0 - skill.SKILLS @ skill.of(others)
    alone = WEIGHTS[0] * by_skill + _disagreement(others)
    copied = _copied(others, alone)
    return np.asarray(alone + np.maximum(1.0 - alone, 0.0) * copied, dtype=np.float64)


def _disagreement(others: Others) -> Floats:
    by_truth = others.counts()
    n = by_truth.sum(axis=(1, 2))
    by_chance = (by_truth.sum(axis=1) * by_truth.sum(axis=2)).sum(axis=1) / np.maximum(n, 1)
    missed, expected = n - np.trace(by_truth, axis1=1, axis2=2), n - by_chance
    usual = missed.sum() / expected.sum() if expected.sum() > 0 else 1.0
    # Where chance leaves little room (everything is one class) there is little to judge by: drawn to the average.
    typical = expected.sum() / n.sum() if expected.sum() > 0 else 1.0
    missed = missed + STRENGTH * typical * usual
    by_kappa, by_share = missed / (expected + STRENGTH * typical), missed / (n + STRENGTH) / typical
    return np.asarray(WEIGHTS[1] * by_kappa + WEIGHTS[2] * by_share, dtype=np.float64)


def _copied(others: Others, alone: Floats) -> Floats:
    """How probably each worker copies another (n_workers,), the likelier one of each pair."""
    found, n = copying.among(others, shared(others, least=SHARED)), np.bincount(others.workers, minlength=len(alone))
    one, two = found.first, found.second
    partners = np.bincount(np.concatenate([one, two]), minlength=len(alone))
    told = found.log_evidence - np.log(np.maximum(partners[one], partners[two]))
    likelier = np.where(alone[one] + found.n / n[one] >= alone[two] + found.n / n[two], one, two)
    result = np.zeros(len(alone))
    np.maximum.at(result, likelier, 1 / (1 + np.exp(-np.clip(told, -50, 50))))
    return result
