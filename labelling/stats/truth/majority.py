"""Majority vote: of shares, and as a fit in which everybody is equally good."""

import numpy as np
import numpy.typing as npt

from labelling.stats.coded import Floats, known, read
from labelling.stats.truth.em import first_step, give, step, vote_shares
from labelling.stats.truth.model import Truth, coins
from labelling.stats.truth.posterior import believed

# Labels that are taken to be right and wrong beforehand, and steps from the vote shares.
RIGHT, WRONG, STEPS = 4.0, 1.0, 5


def majority(
    items: npt.ArrayLike, workers: npt.ArrayLike, labels: npt.ArrayLike, n_classes: int, *, n_items: int | None = None
) -> Floats:
    """The share of each class among an item's labels, so that a tie stays a tie.

    items, workers, labels: int (n_labels,), coded from 0. Returns float (n_items, n_classes), rows sum to 1;
    an item without labels gets the mean of the others. Raises ValueError that names the array and the position.
    """
    coded = read(items, workers, labels, n_classes, n_items=n_items)
    return vote_shares(give(coded, known(None, coded.n_items, n_classes)))


def equal_workers(
    items: npt.ArrayLike,
    workers: npt.ArrayLike,
    labels: npt.ArrayLike,
    n_classes: int,
    gold: npt.ArrayLike | None = None,
    *,
    damping: float = 0.0,
    n_items: int | None = None,
    n_workers: int | None = None,
) -> Truth:
    """Majority vote as a fit: all workers are right equally often and all classes equally frequent.

    The likeliest class is the majority's, and how likely it is follows from how often labels are right, which is
    estimated. items, workers, labels: int (n_labels,), coded from 0. gold: int (n_items,), -1 unknown. damping: as in
    weigh(). Raises ValueError that names the array and the position. Source: Dawid & Skene 1979 with one parameter.
    """
    coded = read(items, workers, labels, n_classes, gold=gold, n_items=n_items, n_workers=n_workers)
    given = give(coded, known(gold, coded.n_items, n_classes))
    even = np.full(n_classes, 1.0 / n_classes)
    made = first_step(given, vote_shares(given))
    for _ in range(STEPS):
        accuracy = (np.einsum("wtt->", made.counts) + RIGHT) / (coded.items.size + RIGHT + WRONG)
        # Worse than blind can't be: the majority would be taken to be wrong.
        coin = coins(np.array([max(accuracy, 1.0 / n_classes)]), n_classes)[0]
        confusion = np.repeat(coin[None], coded.n_workers, axis=0)
        made = step(given, confusion, even)
    return believed(given, confusion, even, coin, damping=damping)
