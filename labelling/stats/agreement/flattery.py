"""What early stopping does to agreement, on past labels of which all are known."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from labelling.stats.agreement.krippendorff import krippendorff_alpha
from labelling.stats.agreement.resampling import bootstrap
from labelling.stats.interval import Interval


@dataclass(frozen=True, slots=True)
class Compared:
    """Nominal alpha of all labels there are, of those that a policy bought, and of the bought ones of yardstick items
    with its interval."""

    everything: float
    bought: float
    yardstick: Interval

    @property
    def flattery(self) -> float:
        """How much too high the figure over all items is."""
        return self.bought - self.everything


def compare(
    items: npt.ArrayLike,
    workers: npt.ArrayLike,
    labels: npt.ArrayLike,
    bought: npt.ArrayLike,
    yardstick: npt.ArrayLike,
    *,
    seed: int,
    resamples: int = 500,
) -> Compared:
    """items, workers, labels: int (n_labels,), coded from 0. bought: bool (n_labels,). yardstick: bool (n_items,)."""
    item, worker, label = np.asarray(items), np.asarray(workers), np.asarray(labels)
    taken = np.asarray(bought, dtype=bool)
    headline = taken & np.asarray(yardstick, dtype=bool)[item]
    return Compared(
        krippendorff_alpha(item, worker, label),
        krippendorff_alpha(item[taken], worker[taken], label[taken]),
        bootstrap(item[headline], worker[headline], label[headline], seed=seed, resamples=resamples),
    )
