"""Majority vote."""

import numpy as np
import numpy.typing as npt

from labelling.stats.coded import Floats, known, read
from labelling.stats.truth.model import vote_shares


def majority(
    items: npt.ArrayLike, workers: npt.ArrayLike, labels: npt.ArrayLike, n_classes: int, *, n_items: int | None = None
) -> Floats:
    """The share of each class among an item's labels, so that a tie stays a tie.

    items, workers, labels: int (n_labels,), coded from 0. Returns float (n_items, n_classes), rows sum to 1;
    an item without labels gets the mean of the others. Raises ValueError that names the array and the position.
    """
    coded = read(items, workers, labels, n_classes, n_items=n_items)
    return np.ascontiguousarray(vote_shares(coded, known(None, coded.n_items, n_classes)).T)
