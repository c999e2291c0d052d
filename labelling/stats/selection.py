"""Which predictions are worth a label: most by uncertainty, a known share by chance."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from labelling.stats import uncertainty
from labelling.stats.coded import Floats, Ints
from labelling.stats.diversity import spread
from labelling.stats.draw import fractions, priority_sample

Strategy = Literal["margin", "least_confidence", "entropy", "bald", "uniform"]
# The shortlist that embeddings thin out, in budgets: longer ones dilute uncertainty, shorter ones leave no choice.
SHORTLIST = 6


@dataclass(frozen=True, slots=True)
class Selection:
    """What was chosen, the most uncertain first, then what chance drew.

    index: int (m,), rows of p. inclusion_probability: float (m,), above 0 to 1: the probability with which each row
    was chosen, given the scores. by_probability: bool (m,), whether chance drew it.
    The rows taken by rank were certain to be taken, so theirs is 1, and the others were drawn from what remained:
    estimates use the whole selection, each row weighed by 1 / inclusion_probability.
    """

    index: Ints
    inclusion_probability: Floats
    by_probability: npt.NDArray[np.bool_]


def select(
    p: npt.ArrayLike,
    budget: int,
    strategy: Strategy = "margin",
    seed: int = 0,
    ids: Sequence[object] | npt.NDArray[np.generic] | None = None,
    embeddings: npt.ArrayLike | None = None,
    probability_share: float = 0.2,
    *,
    scores: npt.ArrayLike | None = None,
    threshold: float | None = None,
) -> Selection:
    """Choose budget of n predictions, each once; all of them with probability 1 if budget reaches n.

    p: float (n, k), rows sum to 1. strategy: uniform is chance alone; bald needs scores. ids: (n,) distinct integers or
    strings that chance depends on, so that a choice doesn't change with the order of rows; positions if not given.
    embeddings: float (n, d), spread the choice by rank. probability_share: the share of the budget that chance draws.
    scores: float (n,), at least 0, higher is more uncertain, instead of the strategy's own. threshold: see margin.
    Raises ValueError that names the row. Sources: Duffield, Lund & Thorup 2007 (priority sampling); Arthur &
    Vassilvitskii 2007 (k-means++).
    """
    n = len(uncertainty.matrix(p))
    if budget < 0:
        raise ValueError(f"budget must be at least 0, not {budget}")
    if not 0 <= probability_share <= 1:
        raise ValueError(f"probability_share must lie between 0 and 1, not {probability_share}")
    score = _scores(p, strategy, scores, threshold, n)
    fraction = fractions(n, ids, seed)
    if budget >= n:
        by_rank = _first(score, fraction, n)
        return Selection(by_rank, np.ones(n), np.zeros(n, dtype=np.bool_))
    n_drawn = budget if strategy == "uniform" else round(budget * probability_share)
    by_rank = _by_rank(score, fraction, budget - n_drawn, embeddings, seed)
    rest = np.ones(n, dtype=np.bool_)
    rest[by_rank] = False
    remaining = np.flatnonzero(rest)
    drawn, probability = priority_sample(_weights(score[remaining]), fraction[remaining], n_drawn)
    return Selection(
        index=np.concatenate([by_rank, remaining[drawn]]),
        inclusion_probability=np.concatenate([np.ones(len(by_rank)), probability]),
        by_probability=np.arange(budget) >= len(by_rank),
    )


def _scores(p: npt.ArrayLike, strategy: str, scores: npt.ArrayLike | None, threshold: float | None, n: int) -> Floats:
    if strategy not in get_args(Strategy):
        raise ValueError(f"strategy must be one of {', '.join(get_args(Strategy))}, not {strategy!r}")
    if scores is not None:
        return _given(scores, n)
    if strategy == "bald":
        raise ValueError("the strategy bald needs scores: pass scores=uncertainty.bald(passes)")
    if strategy == "least_confidence":
        return uncertainty.least_confidence(p)
    if strategy == "entropy":
        return uncertainty.entropy(p)
    margins = uncertainty.margin(p, threshold)
    return np.zeros(n) if strategy == "uniform" else margins


def _given(scores: npt.ArrayLike, n: int) -> Floats:
    score = np.asarray(scores, dtype=np.float64)
    if score.shape != (n,):
        raise ValueError(f"scores must have the shape ({n},), not {score.shape}")
    wrong = ~(np.isfinite(score) & (score >= 0))
    if wrong.any():
        at = int(np.argmax(wrong))
        raise ValueError(f"scores: row {at} is {score[at]}; it must be a finite number, at least 0")
    return score


def _first(score: Floats, fraction: Floats, n: int) -> Ints:
    """The n greatest scores in order; ties by chance, never by position."""
    if n <= 0:
        return np.zeros(0, dtype=np.intp)
    if n >= len(score):
        return np.lexsort((fraction, -score))
    least = np.partition(score, len(score) - n)[len(score) - n]
    candidates = np.flatnonzero(score >= least)
    order = np.lexsort((fraction[candidates], -score[candidates]))
    return np.asarray(candidates[order[:n]], dtype=np.intp)


def _by_rank(score: Floats, fraction: Floats, n: int, embeddings: npt.ArrayLike | None, seed: int) -> Ints:
    if embeddings is None or n == 0:
        return _first(score, fraction, n)
    points = np.asarray(embeddings)
    if points.ndim != 2 or len(points) != len(score):
        raise ValueError(f"embeddings must have the shape ({len(score)}, d), not {points.shape}")
    shortlist = _first(score, fraction, n * SHORTLIST)
    near = np.asarray(points[shortlist], dtype=np.float64)
    if not np.isfinite(near).all():
        at = int(shortlist[np.argmin(np.isfinite(near).all(axis=1))])
        raise ValueError(f"embeddings: row {at} is not finite")
    return np.asarray(shortlist[spread(near, n, seed)], dtype=np.intp)


def _weights(score: Floats) -> Floats:
    """Half by uncertainty, half equal: no row weighs more than twice what it would under equal chances."""
    mean = score.mean() if score.size else 0.0
    return 0.5 + 0.5 * score / mean if mean > 0 else np.ones_like(score)
