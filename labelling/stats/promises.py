"""How far what posteriors promise is from what they keep, on items whose truth is known."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from labelling.stats.coded import Floats, known
from labelling.stats.interval import wilson
from labelling.stats.truth.model import FLOOR

# Where confidences are cut for the picture: finer where items stop.
BINS = (0.0, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 1.0)


def log_losses(posterior: Floats, truth: npt.ArrayLike) -> Floats:
    """Minus the logarithm of what each row gave the truth, in nats, (n,); 0 where it is unknown."""
    answer = np.asarray(truth, dtype=np.intp)
    given = posterior[np.arange(len(answer)), np.maximum(answer, 0)]
    return np.where(answer >= 0, -np.log(np.maximum(given, FLOOR)), 0.0)


def expected_error(
    posterior: Floats, truth: npt.ArrayLike, *, bins: int = 10, weight: npt.ArrayLike | None = None
) -> float:
    """Expected calibration error: how far confidence and accuracy are apart, 0 to 1; nan without known truths.

    posterior: float (n, k). truth: int (n,), -1 unknown. bins: of equal width. Source: Guo et al. 2017.
    """
    answer = known(truth, len(posterior), posterior.shape[1])
    at = answer >= 0
    if not at.any():
        return math.nan
    heavy = _weights(weight, len(posterior))[at]
    confidence = posterior[at].max(axis=1)
    right = posterior[at].argmax(axis=1) == answer[at]
    bin_of = np.minimum((confidence * bins).astype(np.intp), bins - 1)
    apart = np.bincount(bin_of, weights=heavy * (confidence - right), minlength=bins)
    return float(np.abs(apart).sum() / heavy.sum())


@dataclass(frozen=True, slots=True)
class Bin:
    """Stops whose confidence lies from low to under high (the last one: to 1): n of them, by weight; the mean they
    promised, and the share that was right, with its 95% interval."""

    low: float
    high: float
    n: float
    promised: float
    kept: float
    kept_low: float
    kept_high: float


def reliability(posterior: Floats, truth: npt.ArrayLike, weight: npt.ArrayLike | None = None) -> list[Bin]:
    """Promised against kept, by confidence; bins without stops are left out. posterior: float (n, k), as promised."""
    answer = known(truth, len(posterior), posterior.shape[1])
    heavy = _weights(weight, len(posterior)) * (answer >= 0)
    confidence, right = posterior.max(axis=1, initial=0.0), posterior.argmax(axis=1) == answer
    which = np.clip(np.searchsorted(BINS, confidence, side="right") - 1, 0, len(BINS) - 2)
    made = []
    for number in np.unique(which[heavy > 0]).tolist():
        inside = np.where(which == number, heavy, 0.0)
        n = float(inside.sum())
        share = wilson(float((inside * right).sum() / n), n)
        promised = float((inside * confidence).sum() / n)
        made.append(Bin(BINS[number], BINS[number + 1], n, promised, share.value, share.low, share.high))
    return made


def _weights(weight: npt.ArrayLike | None, n: int) -> Floats:
    return np.ones(n) if weight is None else np.asarray(weight, dtype=np.float64)
