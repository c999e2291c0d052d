"""Agreement with the others, as if everybody had labelled items that are equally hard."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from labelling.stats.coded import Floats, Ints
from labelling.stats.interval import wilson_limits
from labelling.stats.trust.others import Others, look

AT_ONCE = 200_000


@dataclass(frozen=True, slots=True)
class Adjusted:
    """All arrays (n_workers,); nan where nothing could be compared.

    n: labels compared. share: how often they are what most others said. expected: how often other workers' labels of
    the same items are. adjusted: the share on items of average difficulty, 0 to 1. low, high: its limits.
    """

    n: Floats
    share: Floats
    expected: Floats
    adjusted: Floats
    low: Floats
    high: Floats


def adjusted_agreement(
    items: npt.ArrayLike,
    workers: npt.ArrayLike,
    labels: npt.ArrayLike,
    n_classes: int,
    gold: npt.ArrayLike | None = None,
    *,
    level: float = 0.95,
) -> Adjusted:
    """Each worker's agreement with the item's other labels, their own left out, freed from how hard their items were.

    A tie of the others counts its share. What is above or below what others reach on the same items, among themselves,
    is moved to items of average difficulty on the scale of log-odds. items, workers, labels: int (n_labels,), coded
    from 0. gold: int (n_items,), -1 unknown; there the known answer is what others say. The limits are Wilson's, moved
    the same way. Raises ValueError that names the array and the position.
    Source: indirect standardisation, Inskip, Beral, Fraser & Haskey 1983; Wilson 1927.
    """
    return of(look(items, workers, labels, n_classes, gold), level=level)


def of(others: Others, *, level: float = 0.95) -> Adjusted:
    """The same of labels that are fitted already."""
    agreed, usual, known = compared(others)
    who, usual = others.workers[known], usual[known]
    n = np.asarray(np.bincount(who, minlength=others.n_workers), dtype=np.float64)
    hits = np.asarray(np.bincount(who, weights=agreed[known], minlength=others.n_workers), dtype=np.float64)
    expected = _believed(who, usual, n)
    share = hits / np.where(n > 0, n, np.nan)
    low, high = wilson_limits(hits / np.maximum(n, 1.0), n, level)
    # Everybody together agrees as often as they do: the average worker's own figure is right on average.
    overall = float(agreed[known].mean()) if known.any() else np.nan
    with np.errstate(invalid="ignore"):
        ease = _log_odds(expected) - _log_odds(np.asarray(overall))
    moved = [_moved(one, ease) for one in (share, low, high)]
    return Adjusted(n, share, expected, moved[0], np.where(n > 0, moved[1], 0.0), np.where(n > 0, moved[2], 1.0))


def compared(others: Others) -> tuple[Floats, Floats, npt.NDArray[np.bool_]]:
    """Of each label: whether it is what most others say; how often these others, each against the rest of them, are
    what most say; and whether there are any others."""
    k, n = others.n_classes, len(others.labels)
    votes = np.bincount(others.items * k + others.labels, minlength=len(others.fit.posterior) * k).reshape(-1, k)
    agreed, usual, compared = np.empty(n), np.empty(n), np.empty(n, dtype=bool)
    for start in range(0, n, AT_ONCE):
        at: Ints = np.arange(start, min(start + AT_ONCE, n))
        left, row = votes[others.items[at]], np.arange(len(at))
        left[row, others.labels[at]] -= 1
        truth = others.gold[others.items[at]]
        known = np.where((truth >= 0)[:, None], np.eye(k)[truth], 0.0)
        share = np.where((truth >= 0)[:, None], known, _most(left))
        agreed[at], compared[at] = share[row, others.labels[at]], share.any(axis=1)
        each = np.zeros(len(at))
        for answer in range(k):
            rest = left - np.eye(k, dtype=left.dtype)[answer]
            hit = np.where(truth >= 0, truth == answer, _most(rest)[:, answer])
            each += np.where(left[:, answer] > 0, left[:, answer] * hit, 0.0)
        enough = left.sum(axis=1) > np.where(truth >= 0, 0, 1)
        usual[at] = np.where(enough, each / np.maximum(left.sum(axis=1), 1), np.nan)
    both = compared & ~np.isnan(usual)
    # One vote fewer to be compared with makes agreement rarer: together, all are what they are.
    ratio = agreed[both].sum() / max(usual[both].sum(), 1e-9)
    overall = agreed[compared].mean() if compared.any() else 0.0
    return agreed, np.where(both, np.minimum(np.where(both, usual, 0.0) * ratio, 1.0), overall), compared


def _believed(worker: Ints, usual: Floats, n: Floats) -> Floats:
    """Each worker's mean of `usual`, drawn to that of all as far as chance alone makes workers differ."""
    total, squares = (np.bincount(worker, weights=one, minlength=len(n)) for one in (usual, usual**2))
    trials, overall = np.where(n > 0, n, np.nan), float(usual.mean()) if len(usual) else np.nan
    mean = total / trials
    noise = float((squares.sum() - np.nansum(trials * mean**2)) / max(len(usual) - (n > 0).sum(), 1))
    real = (np.nansum(trials * (mean - overall) ** 2) - noise * (n > 0).sum()) / max(len(usual), 1)
    trust = max(real, 0.0) / np.maximum(max(real, 0.0) + noise / trials, 1e-12)
    result: Floats = overall + trust * (mean - overall)
    return result


def _most(votes: Ints) -> Floats:
    """(n, k): one for the answer with most votes, shared by a tie; zeros without votes."""
    top = (votes == votes.max(axis=1, keepdims=True)) & (votes.max(axis=1, keepdims=True) > 0)
    result: Floats = top / np.maximum(top.sum(axis=1, keepdims=True), 1)
    return result


def _moved(share: Floats, ease: Floats) -> Floats:
    """Shares on items easier by so many log-odds, as they would be on average ones; 0 and 1 stay what they are."""
    inside = (share > 0) & (share < 1) & np.isfinite(ease)
    result = share.copy()
    result[inside] = 1 / (1 + np.exp(ease[inside] - _log_odds(share[inside])))
    return result


def _log_odds(share: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        result: Floats = np.log(share) - np.log1p(-share)
    return result
