"""Whether hidden gold can be told by time: how well the waits of gold and of work are told apart."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

Stratum = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Told:
    """`auc`: chance that gold waits longer than work, 0.5: can't be told; its 95% interval; medians in milliseconds."""

    auc: float
    low: float
    high: float
    gold_ms: float
    work_ms: float
    n_gold: int
    n_work: int


def told_apart(strata: Sequence[Stratum], *, seed: int = 7, resamples: int = 1000) -> Told:
    """strata: (waits of gold, waits of work), seconds, of runs under the same load: waits are compared within a run.

    The interval is the percentile bootstrap, resampled within each stratum.
    """
    strata = [(gold, work) for gold, work in strata if len(gold) and len(work)]
    assert strata, "no gold was given"
    weights = np.array([len(gold) * len(work) for gold, work in strata], dtype=float)
    each = np.array([auc(gold, work) for gold, work in strata])
    random = np.random.default_rng(seed)
    drawn = np.array([[_resampled(stratum, random) for stratum in strata] for _ in range(resamples)])
    low, high = np.quantile(drawn @ weights / weights.sum(), [0.025, 0.975])
    gold, work = (np.concatenate(parts) for parts in zip(*strata, strict=True))
    return Told(
        float(each @ weights / weights.sum()), float(low), float(high), float(np.median(gold)) * 1000,
        float(np.median(work)) * 1000, len(gold), len(work),
    )  # fmt: skip


def auc(gold: np.ndarray, work: np.ndarray) -> float:
    """Chance that one of `gold` exceeds one of `work`, ties half: the area under the curve of telling them apart."""
    ordered = np.sort(work)
    below, up_to = np.searchsorted(ordered, gold, "left"), np.searchsorted(ordered, gold, "right")
    return float((below + up_to).mean() / 2 / len(work))


def _resampled(stratum: Stratum, random: np.random.Generator) -> float:
    gold, work = (part[random.integers(len(part), size=len(part))] for part in stratum)
    return auc(gold, work)
