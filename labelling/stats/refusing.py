"""Whose labels are not worth buying: labellers who get no more work, since others' labels say more for the same."""

import numpy as np
import numpy.typing as npt

from labelling.stats.coded import Floats, Ints
from labelling.stats.workers import quality

Bools = npt.NDArray[np.bool_]

# Labels that must save at least this share of the cost of not knowing, judged by the upper limit, from so many on.
LEAST_QUALITY, LEAST_LABELS = 0.4, 4
# The upper limit: so many standard errors, none of them below the one of a share of this variance.
ERRORS, LEAST_VARIANCE, PSEUDO_LABELS = 1.0, 0.02, 4.0
# Never more than this share of the labels that are still to come.
MOST_REFUSED = 0.5


def refused(confusion: Floats, prior: Floats, given: Ints, to_come: Ints, *, least: float = LEAST_QUALITY) -> Bools:
    """Who gets no more work: whose cost-based quality lies below `least` even at its upper limit, the worst first, as
    long as others can give half of what is to come.

    confusion: float (n_workers, k, k) and prior: float (k,), of a fit. given, to_come: int (n_workers,), labels of each
    so far, and expected. Returns bool (n_workers,). Source of the quality: Ipeirotis, Provost & Wang 2010.
    """
    mean = quality(confusion, prior)
    spread = np.maximum(mean * (1 - mean), LEAST_VARIANCE) / (given + PSEUDO_LABELS)
    upper = mean + ERRORS * np.sqrt(spread)
    poor: Bools = (upper < least) & (given >= LEAST_LABELS)
    order = np.argsort(upper, kind="stable")
    lost = np.cumsum(np.where(poor, to_come, 0)[order])
    poor[order[lost > MOST_REFUSED * to_come.sum()]] = False
    return poor
