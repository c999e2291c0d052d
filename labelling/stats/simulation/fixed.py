"""The same number of labels for every item."""

import numpy as np

from labelling.stats import truth
from labelling.stats.coded import Floats, Ints
from labelling.stats.simulation.crowd import Crowd


def fixed(crowd: Crowd, gold: Ints, seed: int, n: int) -> tuple[Floats, Floats, float]:
    """What n labels of each item say, drawn by the seed; all where an item has fewer.

    gold: int (n_items,), -1 unknown. Returns the vote shares (n_items, k), the posterior of the product's model, which
    knows the gold, and the labels an item.
    """
    stream, rank = crowd.shuffled(seed)
    at = np.flatnonzero(rank < n)
    given = stream.items[at], stream.workers[at], stream.labels[at], crowd.n_classes
    shares = truth.majority(*given, n_items=crowd.n_items)
    posterior = truth.infer(*given, gold, n_items=crowd.n_items, n_workers=crowd.n_workers).posterior
    return shares, posterior, len(at) / crowd.n_items
