"""Majority vote in which who agrees more with the others counts for more."""

import numpy as np
import numpy.typing as npt

from labelling.stats.coded import Floats, known, read
from labelling.stats.truth.em import Given, give, sums, vote_shares
from labelling.stats.truth.model import Truth, clamp, coins
from labelling.stats.truth.posterior import believed

# Labels at the average accuracy that a worker is given beforehand.
PSEUDO = 4.0


def weighted_majority(
    items: npt.ArrayLike,
    workers: npt.ArrayLike,
    labels: npt.ArrayLike,
    n_classes: int,
    gold: npt.ArrayLike | None = None,
    *,
    max_iterations: int = 20,
    damping: float = 0.0,
    n_items: int | None = None,
    n_workers: int | None = None,
) -> Truth:
    """A worker who is right with probability q has k q - 1 votes; q is how often they agree with the vote before.

    items, workers, labels: int (n_labels,), coded from 0. gold: int (n_items,), -1 unknown. Ties of a vote are shared.
    As a fit: a worker's matrix is the one-coin matrix whose log odds are in proportion to the votes, so that sums of
    evidence are sums of votes. damping: as in weigh(). Raises ValueError that names the array and the position.
    Source: Li & Yu 2014 (iterative weighted majority voting).
    """
    coded = read(items, workers, labels, n_classes, gold=gold, n_items=n_items, n_workers=n_workers)
    given = give(coded, known(gold, coded.n_items, n_classes))
    n_given = given.n_answers.sum(axis=1)
    share = vote_shares(given)
    for _ in range(max_iterations):
        winners = _winners(share, given)
        hits = np.bincount(coded.workers, weights=winners[coded.items, coded.labels], minlength=coded.n_workers)
        usual = (hits.sum() + PSEUDO) / (n_given.sum() + PSEUDO + 1.0)
        quality = (hits + PSEUDO * usual) / (n_given + PSEUDO)
        n_votes = np.clip(n_classes * quality - 1.0, 0.0, None)
        previous, share = share, _tally(given, n_votes)
        if np.abs(share - previous).max(initial=0.0) < 1e-9:
            break
    even = np.full(n_classes, 1.0 / n_classes)
    scale = _log_odds(usual, n_classes) / max(n_classes * usual - 1.0, 1e-9)
    confusion = coins(_of_log_odds(n_votes * scale, n_classes), n_classes)
    pooled = coins(np.array([max(usual, 1.0 / n_classes)]), n_classes)[0]
    return believed(given, confusion, even, pooled, damping=damping)


def _winners(share: Floats, given: Given) -> Floats:
    """1 for the class with the most votes, shared by a tie. float (n_items, k)."""
    top = share >= share.max(axis=1, keepdims=True) - 1e-9
    return clamp(top / top.sum(axis=1, keepdims=True), given.gold)


def _tally(given: Given, n_votes: Floats) -> Floats:
    """Shares of the votes of each item, (n_items, k); even where nobody who voted counts."""
    counted = np.stack([sums(given, n_votes[:, None] * row) for row in np.eye(given.coded.n_classes)], axis=1) + 1e-9
    return np.asarray(counted / counted.sum(axis=1, keepdims=True), dtype=np.float64)


def _log_odds(accuracy: float, n_classes: int) -> float:
    """Of the right class against any single other."""
    bounded = min(max(accuracy, 1.0 / n_classes), 0.99)
    return float(np.log(bounded) - np.log((1 - bounded) / max(n_classes - 1, 1))) if n_classes > 1 else 0.0


def _of_log_odds(log_odds: Floats, n_classes: int) -> Floats:
    odds = np.exp(np.minimum(log_odds, 50.0))
    return np.asarray(odds / (odds + n_classes - 1), dtype=np.float64)
