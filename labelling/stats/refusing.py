"""Whose labels are not worth buying: labellers who get no more work, since others' labels say more for the same."""

import numpy as np
import numpy.typing as npt

from labelling.stats.coded import Floats, Ints
from labelling.stats.workers import quality

Bools = npt.NDArray[np.bool_]

# Labels that must save at least this share of the cost of not knowing, judged by the upper limit, from so many on.
LEAST_QUALITY, LEAST_LABELS = 0.4, 4
# The upper limit for past labels: a standard error, not below the one of a share of this variance.
LEAST_VARIANCE, PSEUDO_LABELS = 0.02, 4.0
# Past labels that are passed over hurt nobody; before a person gets no more work it takes so many standard errors.
CAREFUL_ERRORS = 3.0
# Who is refused has given at most this share of all labels, so that others can give the rest.
MOST_REFUSED = 0.5


def refused(
    confusion: Floats, prior: Floats, given: Ints, *, least: float = LEAST_QUALITY, careful: bool = False
) -> Bools:
    """Who gets no more work: whose cost-based quality lies below `least` even at its upper limit, the worst first, as
    long as the others have given half of the labels.

    confusion: float (n_workers, k, k) and prior: float (k,), of a fit. given: int (n_workers,), labels of each so far.
    careful: a person loses work by it, so the limit is a wide one. Returns bool (n_workers,).
    Source of the quality: Ipeirotis, Provost & Wang 2010.
    """
    mean = quality(confusion, prior)
    upper = _wide(mean, given) if careful else _narrow(mean, given)
    poor: Bools = (upper < least) & (given >= LEAST_LABELS)
    order = np.argsort(upper, kind="stable")
    lost = np.cumsum(np.where(poor, given, 0)[order])
    poor[order[lost > MOST_REFUSED * given.sum()]] = False
    return poor


def _narrow(mean: Floats, given: Ints) -> Floats:
    spread = np.maximum(mean * (1 - mean), LEAST_VARIANCE) / (given + PSEUDO_LABELS)
    upper: Floats = mean + np.sqrt(spread)
    return upper


def _wide(mean: Floats, given: Ints) -> Floats:
    """On the scale of its root, which of a question of two classes is twice the accuracy less one."""
    error = np.sqrt((1 - mean) / (given + PSEUDO_LABELS))
    root: Floats = np.minimum(np.sqrt(mean) + CAREFUL_ERRORS * error, 1.0)
    return root * root
