"""Past labels bought one after the other and stopped early, as a project with its policy would have."""

import numpy as np

from labelling.stats import truth
from labelling.stats.stopping import decide

MINIMUM, MAXIMUM = 2, 5
POLICY = {"minimum": MINIMUM, "maximum": MAXIMUM, "contest_below": 0.8}


def stopped_early(items, workers, labels, n_classes, yardstick, seed, *, stop_confidence=0.95):
    """Which labels are bought, bool (n_labels,): each item's in an order that the seed gives, a refit after each round.

    yardstick: bool (n_items,): these get the maximum.
    """
    rank = _order(items, seed)
    has, wanted = np.bincount(items), np.full(len(yardstick), MINIMUM)
    going_on = np.ones(len(yardstick), dtype=bool)
    while True:
        bought = rank < wanted[items]
        given = items[bought], workers[bought], labels[bought], n_classes
        believed = truth.infer(*given, n_items=len(yardstick), n_workers=workers.max() + 1).posterior.clip(0, 1)
        going_on &= wanted < np.minimum(has, MAXIMUM)
        for item in np.flatnonzero(going_on):
            again = decide(
                believed[item],
                int(wanted[item]),
                yardstick=bool(yardstick[item]),
                stop_confidence=stop_confidence,
                **POLICY,
            )
            going_on[item] = again == "more"
        if not going_on.any():
            return bought
        wanted += going_on


def _order(items, seed):
    """The place of each label among those of its item."""
    order = np.lexsort((np.random.default_rng([seed, 1]).random(len(items)), items))
    rank = np.empty(len(items), dtype=int)
    rank[order] = np.arange(len(items)) - np.searchsorted(items[order], items[order])
    return rank
