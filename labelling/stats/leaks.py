"""Whether a question with a hidden known answer has become known, or its answer is wrong: evidence that may be looked
at after every answer.

Evidence is the natural logarithm of an e-value: for a clean question, the chance that it ever reaches log(1 / alpha),
however often one looks, is at most alpha (Ville 1939). Nothing is assumed of when one looks or stops.
"""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from labelling.stats.coded import Floats, Ints, codes

# How much easier or harder than others a clean question may always have been, in log-odds: spread 1.25 means that
# where labellers are right four times in five elsewhere, one question in twenty has them right 98 times in 100.
EASE, EASE_SPREAD = np.linspace(-6.0, 6.0, 49), 1.25
# The share of labellers who know the answer once it is known to some: each is right, whatever the question.
KNOWN_TO = (0.5, 0.95)
# How much slower or quicker than others a clean question may always have been, in standard deviations of log seconds.
PACE, PACE_SPREAD = np.linspace(-2.5, 2.5, 41), 0.35
# By how many standard deviations who knows the answer is quicker, and the share that does.
QUICKER, QUICKER_SHARE = (1.0, 2.0), 0.7
# A change may begin before every tenth answer.
STEP = 10
# A labeller's accuracy elsewhere weighs this many answers of the average labeller.
STRENGTH = 4.0
SURE = 0.02
FEWEST_NEIGHBOURS = 9

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Shift:
    """log_evidence: natural log of the e-value. since: the answer, counted from 0, from which it most likely holds."""

    log_evidence: float
    since: int


def becoming_right(right: npt.ArrayLike, expected: npt.ArrayLike) -> Shift:
    """Evidence that answers became right more often than the same labellers' accuracy elsewhere explains.

    right: bool (n,), in the order given. expected: float (n,), above 0 and below 1, the chance of each to be right on
    other questions. A clean question moves all chances by one ease, the same from the first answer to the last (the
    Rasch model), drawn from a normal distribution of EASE_SPREAD: one that was always easy is no leak. The claim: from
    some answer on, a share of who answer know it. Raises ValueError for unequal lengths or a chance outside (0, 1).
    Sources: Rasch 1960; Shin, Ramdas & Rinaldo 2022 (a mixture over when the change began).
    """
    hit, chance = _read(right, expected)
    usual = 1 / (1 + np.exp(-(np.log(chance / (1 - chance)) + EASE[:, None])))
    known = [share + (1 - share) * usual for share in KNOWN_TO]
    claims = [np.log(np.where(hit, one, 1 - one)) for one in known]
    return _changed(np.log(np.where(hit, usual, 1 - usual)), claims, EASE / EASE_SPREAD)


def becoming_quick(scores: npt.ArrayLike) -> Shift:
    """Evidence that answers came quicker than who gave them answers otherwise.

    scores: float (n,), of `pace`, in the order given. A clean question moves all scores by one pace, the same from the
    first answer to the last, drawn from a normal distribution of PACE_SPREAD: a short text is no leak. The claim: from
    some answer on, a share is quicker by one or two standard deviations.
    """
    score = np.asarray(scores, dtype=np.float64).reshape(-1)
    clean = _log_normal(score - PACE[:, None])
    claims = [
        np.logaddexp(np.log(1 - QUICKER_SHARE) + clean, np.log(QUICKER_SHARE) + _log_normal(score - PACE[:, None] + by))
        for by in QUICKER
    ]
    return _changed(clean, claims, PACE / PACE_SPREAD)


def _changed(clean: Floats, claims: list[Floats], spread: Floats) -> Shift:
    """clean, claims: log-likelihoods (m, n) of each answer under each of m eases, before and after a change. spread:
    (m,), the eases in standard deviations."""
    n = clean.shape[1]
    if not n:
        return Shift(0.0, 0)
    log_ease = -(spread**2) / 2
    log_ease -= _log_sum(log_ease, axis=0)
    before, starts = log_ease[:, None] + _summed(clean), np.arange(0, n, STEP)
    after = [_summed(claim) for claim in claims]
    told = np.concatenate([before[:, starts] + one[:, -1:] - one[:, starts] for one in after])
    log_weight = -np.log((starts / STEP + 1) * (starts / STEP + 2)) - np.log(len(claims))
    per_start = log_weight + _log_sum(told, axis=0)
    evidence = float(_log_sum(per_start, axis=0) - _log_sum(before[:, -1], axis=0))
    return Shift(evidence, int(starts[per_start.argmax()]))


def mostly(outcome: npt.ArrayLike) -> float:
    """Evidence that something happens more often than not.

    outcome: bool (n,), in the order given. Clean: each time its chance, given what came before, was at most one half.
    Returns the log of the e-value, 0 without outcomes. Source: Robbins 1970 (a uniform mixture of chances).
    """
    happened = np.asarray(outcome, dtype=bool).reshape(-1)
    n, hits = len(happened), int(happened.sum())
    chance = 0.5 + (np.arange(200) + 0.5) / 400
    log_ratio = hits * np.log(2 * chance) + (n - hits) * np.log(2 * (1 - chance))
    return float(_log_sum(log_ratio, axis=0) - np.log(len(chance)))


def accuracy_elsewhere(workers: npt.ArrayLike, right: npt.ArrayLike) -> tuple[Floats, Ints]:
    """For each answer: how often who gave it is right on their other answers, and how many those are.

    workers: int (n,), coded from 0. right: bool (n,). Shares are drawn towards the average of all answers, as if
    everybody had given STRENGTH of them, and lie between SURE and 1 - SURE. Raises ValueError.
    """
    who, hit = codes(workers, "workers"), np.asarray(right, dtype=np.float64).reshape(-1)
    if len(who) != len(hit):
        raise ValueError(f"workers and right must be equally long, not {len(who)} and {len(hit)}")
    average = hit.mean() if len(hit) else 0.0
    others = np.bincount(who)[who] - 1
    hits = np.bincount(who, weights=hit)[who] - hit
    share = (hits + STRENGTH * average) / (others + STRENGTH)
    return np.clip(share, SURE, 1 - SURE), others


def pace(seconds: float, neighbours: npt.ArrayLike) -> float | None:
    """How slow an answer was for who gave it, in standard deviations: below 0, quicker than usual.

    neighbours: float (n,), seconds of their answers to other questions shortly before and after it, so that practice
    and fatigue cancel out. The score is the normal quantile of its rank among them: what the times are distributed
    like and how long the longest break was make no difference; of equal times it counts as the slowest. None with
    fewer than FEWEST_NEIGHBOURS. Source: van der Waerden 1952.
    """
    others = np.asarray(neighbours, dtype=np.float64).reshape(-1)
    if len(others) < FEWEST_NEIGHBOURS:
        return None
    rank = int((others <= seconds).sum()) + 1
    return NormalDist().inv_cdf(rank / (len(others) + 2))


def _read(outcome: npt.ArrayLike, expected: npt.ArrayLike) -> tuple[Flags, Floats]:
    happened = np.asarray(outcome, dtype=bool).reshape(-1)
    chance = np.asarray(expected, dtype=np.float64).reshape(-1)
    if len(happened) != len(chance):
        raise ValueError(f"right and expected must be equally long, not {len(happened)} and {len(chance)}")
    outside = np.flatnonzero(~((chance > 0) & (chance < 1)))
    if outside.size:
        raise ValueError(f"expected[{outside[0]}] is {chance[outside[0]]}; it must lie between 0 and 1")
    return happened, chance


def _log_normal(x: Floats) -> Floats:
    """Up to a constant that cancels out."""
    result: Floats = -(x**2) / 2
    return result


def _summed(log_likelihood: Floats) -> Floats:
    """(m, n) to (m, n + 1): of the first 0, 1, ... n answers."""
    return np.pad(np.cumsum(log_likelihood, axis=1), ((0, 0), (1, 0)))


def _log_sum(logs: Floats, axis: int) -> Floats:
    most = logs.max(axis=axis, keepdims=True)
    result: Floats = np.squeeze(most, axis=axis) + np.log(np.exp(logs - most).sum(axis=axis))
    return result
