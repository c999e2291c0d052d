"""Agreement with the others, as if everybody had labelled items that are equally hard."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from labelling.stats.coded import Floats, Ints
from labelling.stats.interval import quantile
from labelling.stats.trust.others import Others, look


@dataclass(frozen=True, slots=True)
class Adjusted:
    """All arrays (n_workers,); nan where nothing could be compared.

    n: labels compared. share: how often they are what most others said. expected: how often the average worker's would
    be on the same items. adjusted: the share on items of average difficulty, 0 to 1. low, high: its limits.
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

    A tie of the others counts its share. What is above or below what the average worker would reach on the same items
    is moved to items of average difficulty on the scale of log-odds. items, workers, labels: int (n_labels,), coded
    from 0. gold: int (n_items,), -1 unknown; there the known answer is what others say. The limits are Wilson's, moved
    the same way. Raises ValueError that names the array and the position.
    Source: indirect standardisation, Inskip, Beral, Fraser & Haskey 1983; Wilson 1927.
    """
    return of(look(items, workers, labels, n_classes, gold), level=level)


def of(others: Others, *, level: float = 0.95) -> Adjusted:
    """The same of labels that are fitted already."""
    agreed, usual, compared = _compared(others)
    who = others.workers[compared]
    n = np.bincount(who, minlength=others.n_workers).astype(np.float64)
    hits = np.asarray(np.bincount(who, weights=agreed[compared], minlength=others.n_workers), dtype=np.float64)
    expected = np.bincount(who, weights=usual[compared], minlength=others.n_workers) / np.where(n > 0, n, np.nan)
    share = hits / np.where(n > 0, n, np.nan)
    low, high = _wilson(hits, n, level)
    # Everybody together agrees as often as they do: the average worker's own figure is right on average.
    overall = float(agreed[compared].mean()) if compared.any() else np.nan
    ease = _log_odds(expected) - _log_odds(np.asarray(overall))
    moved = [_moved(one, ease) for one in (share, low, high)]
    return Adjusted(n, share, expected, moved[0], np.where(n > 0, moved[1], 0.0), np.where(n > 0, moved[2], 1.0))


def _compared(others: Others) -> tuple[Floats, Floats, npt.NDArray[np.bool_]]:
    """Of each label: whether it is what most others say, the chance of that for the average worker, and whether there
    are any others."""
    k, n = others.n_classes, len(others.labels)
    n_items = len(others.fit.posterior)
    votes = np.bincount(others.items * k + others.labels, minlength=n_items * k).reshape(n_items, k)
    agreed, usual, compared = np.empty(n), np.empty(n), np.empty(n, dtype=bool)
    for start in range(0, n, 200_000):
        at: Ints = np.arange(start, min(start + 200_000, n))
        left, row = votes[others.items[at]], np.arange(len(at))
        left[row, others.labels[at]] -= 1
        truth = others.gold[others.items[at]]
        left[truth >= 0] = np.eye(k, dtype=left.dtype)[truth[truth >= 0]]
        top = left == left.max(axis=1, keepdims=True)
        said = top / top.sum(axis=1, keepdims=True)
        compared[at] = left.sum(axis=1) > 0
        agreed[at] = said[row, others.labels[at]]
        usual[at] = ((others.likely(at) @ others.fit.pooled) * said).sum(axis=1)
    ratio = agreed[compared].sum() / max(usual[compared].sum(), 1e-9)
    return agreed, np.clip(usual * ratio, 0.0, 1.0), compared


def _wilson(hits: Floats, n: Floats, level: float) -> tuple[Floats, Floats]:
    z, trials = quantile(level), np.maximum(n, 1.0)
    share = hits / trials
    centre = (share + z * z / (2 * trials)) / (1 + z * z / trials)
    half = z * np.sqrt(np.maximum(share * (1 - share), 0.0) / trials + z * z / (4 * trials**2)) / (1 + z * z / trials)
    return np.clip(centre - half, 0.0, share), np.clip(centre + half, share, 1.0)


def _moved(share: Floats, ease: Floats) -> Floats:
    """Shares on items easier by so many log-odds, as they would be on average ones; 0 and 1 stay what they are."""
    inside = (share > 0) & (share < 1) & np.isfinite(ease)
    result: Floats = np.where(inside, 1 / (1 + np.exp(np.where(inside, ease - _log_odds(share), 0.0))), share)
    return result


def _log_odds(share: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        result: Floats = np.log(share) - np.log1p(-share)
    return result
