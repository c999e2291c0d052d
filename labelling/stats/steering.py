"""Who gets no more work, what labels of the others are expected to tell, and what a right answer may be worth so that
items cost on average what is wanted: worked out at every fit, for live work, replays and simulations alike."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from labelling.stats.coded import Floats, Ints
from labelling.stats.lookahead import Expert, Lookahead, Tables, accuracy, kinds, places
from labelling.stats.truth.model import Truth


@dataclass(frozen=True, slots=True)
class Course:
    """worth: of a right answer, in labels. kinds: float (2, m), how often the labellers to come are right, and each
    kind's share. tables: of both."""

    worth: float
    kinds: Floats
    tables: Tables


def steer(
    fit: Truth, posterior: Floats, *, had: Ints, left: Ints, given: Ints, refused: npt.NDArray[np.bool_],
    budget: float, expert: Expert,
) -> Course:  # fmt: skip
    """The course that is expected to spend the budget on the items that are open.

    posterior: float (n, k), calibrated, of the open items; had, left: int (n,), labels each has and can still get.
    given: int (n_workers,), labels of each so far, which tells how many are expected of them; refused: bool
    (n_workers,), who gives none any more. budget: labels, experts at their price.
    """
    supply = np.where(refused, 0, given).astype(np.float64)
    k = posterior.shape[1]
    right, share = kinds(accuracy(fit.confusion, fit.prior), supply, k)
    ahead = Lookahead(k, right, share, expert)
    worth = ahead.worth(places(posterior, had, left), budget)
    return Course(worth, np.array([right, share]), ahead.at(worth))
