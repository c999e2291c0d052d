"""Posteriors that mean what they say: a temperature fitted on items whose truth is known."""

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from labelling.stats.coded import Floats, known
from labelling.stats.truth.model import FLOOR

# The range that is searched: from four times sharper to twenty times flatter.
RANGE = (math.log(0.25), math.log(20.0))
# Posteriors are stored in millionths: a zero means less than half of one.
STORED_FLOOR = 0.5e-6
# How many stops there must be before they say anything, how many more speak for 1, and the sane range of the result.
LEAST_STOPS = 30
PSEUDO_STOPS = 20.0
SANE = (0.5, 5.0)


def temperature(posterior: Floats, gold: npt.ArrayLike, *, pseudo: float = 5.0) -> float:
    """The temperature under which the known truths are most likely: above 1, the posteriors were too sure.

    posterior: float (n, k), made without the gold it is compared with. gold: int (n,), -1 unknown. pseudo: how many
    items speak for a temperature of 1, so that a handful of gold items can't swing it. Returns 1 without gold.
    Raises ValueError that names the position. Source: Guo et al. 2017.
    """
    truth = known(gold, len(posterior), posterior.shape[1])
    at = truth >= 0
    if not at.any() or posterior.shape[1] < 2:
        return 1.0
    logits, right = np.log(np.maximum(posterior[at], FLOOR)), truth[at]

    def loss(log_temperature: float) -> float:
        scaled = logits / math.exp(log_temperature)
        scaled -= scaled.max(axis=1, keepdims=True)
        likelihood = scaled[np.arange(len(right)), right] - np.log(np.exp(scaled).sum(axis=1))
        return float(-likelihood.sum()) + pseudo * log_temperature**2 / 2

    return math.exp(_least(loss, *RANGE))


def at_stopping(stored: Floats, under: npt.ArrayLike, truth: npt.ArrayLike) -> float:
    """The temperature under which posteriors mean what they say at the moment an item is stopped.

    stored: float (n, k), posteriors as stored when items whose truth is known were stopped or contested. under: (n,),
    the temperature each was made with, which is undone. truth: int (n,), -1 unknown. Stops are the ones to ask: an
    item ends when its posterior happens to be sure, so a temperature that fits all posteriors leaves these too sure.
    Returns 1 for fewer than 30 stops; with them, drawn towards 1 and kept within 0.5 and 5.
    """
    known_at = np.asarray(truth) >= 0
    if known_at.sum() < LEAST_STOPS:
        return 1.0
    logits = np.log(np.maximum(stored, STORED_FLOOR)) * np.asarray(under, dtype=np.float64)[:, None]
    raw = np.exp(logits - logits.max(axis=1, keepdims=True))
    fitted = temperature(raw / raw.sum(axis=1, keepdims=True), truth, pseudo=PSEUDO_STOPS)
    return min(max(fitted, SANE[0]), SANE[1])


def soften(posterior: Floats, temperature: float) -> Floats:
    """posterior (n, k) at a temperature above 0; 1 leaves it as it is."""
    if not temperature > 0:
        raise ValueError(f"temperature must be above 0, not {temperature}")
    scaled = np.log(np.maximum(posterior, FLOOR)) / temperature
    weight = np.exp(scaled - scaled.max(axis=1, keepdims=True, initial=-np.inf))
    result: Floats = weight / weight.sum(axis=1, keepdims=True)
    return result


def expected_error(posterior: Floats, truth: npt.ArrayLike, *, bins: int = 10) -> float:
    """Expected calibration error: how far confidence and accuracy are apart, 0 to 1; nan without known truths.

    posterior: float (n, k). truth: int (n,), -1 unknown. bins: of equal width. Source: Guo et al. 2017.
    """
    answer = known(truth, len(posterior), posterior.shape[1])
    at = answer >= 0
    if not at.any():
        return math.nan
    confidence = posterior[at].max(axis=1)
    right = posterior[at].argmax(axis=1) == answer[at]
    bin_of = np.minimum((confidence * bins).astype(np.intp), bins - 1)
    apart = np.bincount(bin_of, weights=confidence - right, minlength=bins)
    return float(np.abs(apart).sum() / at.sum())


def _least(loss: Callable[[float], float], low: float, high: float) -> float:
    """The argument of the least value of a function with one valley, by golden section."""
    ratio = (math.sqrt(5) - 1) / 2
    a, b = high - ratio * (high - low), low + ratio * (high - low)
    loss_a, loss_b = loss(a), loss(b)
    while high - low > 1e-6:
        if loss_a < loss_b:
            high, b, loss_b = b, a, loss_a
            a = high - ratio * (high - low)
            loss_a = loss(a)
        else:
            low, a, loss_a = a, b, loss_b
            b = low + ratio * (high - low)
            loss_b = loss(b)
    return (low + high) / 2
