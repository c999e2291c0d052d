"""What a worker's labels are worth, with an interval."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from labelling.stats.coded import Floats, shares
from labelling.stats.trust.others import Others, look

# How many labels a class the confusion matrix of all workers weighs in a worker's own.
STRENGTH = 2.0
MOST_NUMBERS = 4_000_000


@dataclass(frozen=True, slots=True)
class Quality:
    """value: of `quality`, 0 any spammer, 1 perfect. low, high: its limits. All arrays (n_workers,)."""

    value: Floats
    low: Floats
    high: Floats


def quality(confusion: Floats, prior: Floats, cost: Floats | None = None) -> Floats:
    """How much of the cost of not knowing a worker's label saves: 1 a perfect worker, 0 any spammer.

    confusion: float (n_workers, k, k), rows sum to 1. prior: float (k,). cost: float (k, k), cost[t, d] of deciding d
    where t is true; 1 for every error if not given. A worker whose errors are systematic saves as much as one who is
    right, since the errors can be undone. Returns float (n_workers,), 0 to 1; 0 where there is nothing to save.
    Source: Ipeirotis, Provost & Wang 2010.
    """
    k = len(prior)
    loss = 1.0 - np.eye(k) if cost is None else np.asarray(cost, dtype=np.float64)
    joint = confusion * prior[None, :, None]
    answered = joint.sum(axis=1)
    soft = np.divide(joint, answered[:, None, :], out=np.zeros_like(joint), where=answered[:, None, :] > 0)
    expected = np.einsum("wa,wta,td,wda->w", answered, soft, loss, soft, optimize=True)
    ignorance = float(prior @ loss @ prior)
    if ignorance <= 0:
        return np.zeros(len(confusion))
    return np.asarray(np.clip(1.0 - expected / ignorance, 0.0, 1.0), dtype=np.float64)


def quality_interval(
    items: npt.ArrayLike,
    workers: npt.ArrayLike,
    labels: npt.ArrayLike,
    n_classes: int,
    gold: npt.ArrayLike | None = None,
    *,
    cost: Floats | None = None,
    seed: int = 0,
    draws: int = 200,
    level: float = 0.95,
) -> Quality:
    """Each worker's quality, each label judged by what is likely without it, with limits from draws of the matrix.

    items, workers, labels: int (n_labels,), coded from 0. gold: int (n_items,), -1 unknown. cost: as in `quality`.
    seed: of the draws. Rows of the confusion matrix are drawn from their posterior, Dirichlet with the matrix of all
    workers as two answers a class. Chance differences between rows look like knowledge, so drawn qualities lie too
    high: value and limits are lowered by as much as the draws lie above what they were drawn about.
    Raises ValueError that names the array and the position.
    """
    return of(look(items, workers, labels, n_classes, gold), cost, seed=seed, draws=draws, level=level)


def of(others: Others, cost: Floats | None = None, *, seed: int = 0, draws: int = 200, level: float = 0.95) -> Quality:
    """The same of labels that are fitted already."""
    counts = others.counts() + STRENGTH * others.fit.pooled
    return interval(counts, others.fit.prior, cost, seed=seed, draws=draws, level=level)


def interval(
    counts: Floats, prior: Floats, cost: Floats | None = None, *, seed: int = 0, draws: int = 200, level: float = 0.95
) -> Quality:
    """The same from counts (n_workers, k, k) of answers by true class, all above 0."""
    random, k = np.random.default_rng(seed), len(prior)
    about = quality(shares(counts, axis=2), prior, cost)
    low, high, middle = (np.zeros(len(counts)) for _ in range(3))
    step = max(MOST_NUMBERS // (draws * k * k), 1)
    for start in range(0, len(counts), step):
        part = counts[start : start + step]
        drawn = random.standard_gamma(part, size=(draws, *part.shape)).reshape(-1, k, k)
        told = quality(shares(drawn, axis=2), prior, cost).reshape(draws, len(part))
        chosen = slice(start, start + step)
        low[chosen], high[chosen] = np.quantile(told, [(1 - level) / 2, (1 + level) / 2], axis=0)
        middle[chosen] = told.mean(axis=0)
    above = middle - about
    value = np.clip(about - above, 0.0, 1.0)
    return Quality(value, np.clip(low - 2 * above, 0.0, value), np.clip(high - 2 * above, value, 1.0))
