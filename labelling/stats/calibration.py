"""Posteriors that mean what they say: corrected by a temperature, or by a rising curve, from items whose truth is
known."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from labelling.stats.coded import Floats, Ints, known
from labelling.stats.isotonic import curve, isotonic
from labelling.stats.promises import log_losses
from labelling.stats.truth.model import FLOOR

# The range that is searched: from four times sharper to twenty times flatter.
RANGE = (math.log(0.25), math.log(20.0))
# How many stops there must be before they say anything, how many more speak for 1, and the sane range of the result.
LEAST_STOPS = 30
PSEUDO_STOPS = 10.0
SANE = (0.5, 5.0)
# How many there must be for a curve, into how many parts they are split to see whether it is better, and what the
# curve is drawn to: in each tenth of the range, one item that keeps what it promises.
LEAST_FOR_CURVE = 300
FOLDS = 5
TENTHS = np.linspace(0.05, 0.95, 10)


@dataclass(frozen=True, slots=True)
class Calibrator:
    """How posteriors are corrected. temperature: above 1 makes them less sure. bends: float (2, m), of isotonic();
    what the greatest probability becomes after the temperature; the others keep their proportions."""

    temperature: float = 1.0
    bends: Floats | None = None

    @classmethod
    def stored(cls, temperature: float, bends: bytes | memoryview | None) -> "Calibrator":
        """From a number and float64 bytes (2, m)."""
        return cls(temperature, None if bends is None else np.frombuffer(bends).reshape(2, -1))

    def apply(self, posterior: Floats) -> Floats:
        """posterior: float (n, k), rows sum to 1, as the model of truth gives it. Returns float (n, k), corrected;
        the order of the classes stays."""
        softer = posterior if self.temperature == 1.0 else soften(posterior, self.temperature)
        return softer if self.bends is None else _bend(softer, self.bends)


IDENTITY = Calibrator()


def calibrator(
    posterior: Floats, truth: npt.ArrayLike, weight: npt.ArrayLike | None = None, groups: npt.ArrayLike | None = None
) -> Calibrator:
    """The correction that stops on items of known truth speak for.

    posterior: float (n, k), uncorrected, at the moment of stopping: an item ends when its posterior happens to be sure,
    so what fits all posteriors leaves these too sure. truth: int (n,), -1 unknown. weight: float (n,), how many
    independent stops each counts as. groups: int (n,), which stops belong together. Fewer than 30 stops say nothing;
    then a temperature, drawn to 1; from 300 on a rising curve, if it is better on stops it was not made of.
    """
    heavy = _weights(weight, len(posterior)) * (np.asarray(truth) >= 0)
    if heavy.sum() < LEAST_STOPS:
        return IDENTITY
    plain = Calibrator(_heat(posterior, truth, heavy))
    if heavy.sum() < LEAST_FOR_CURVE:
        return plain
    bent = _bent(posterior, truth, heavy, plain.temperature)
    # The temperature has one parameter: what it was made of hardly flatters it.
    others = cross_corrected(posterior, truth, heavy, groups, fit=_bent)
    gain = log_losses(plain.apply(posterior), truth) - log_losses(others, truth)
    return bent if _clearly_above_zero(gain, heavy) else plain


def cross_corrected(
    posterior: Floats, truth: npt.ArrayLike, weight: npt.ArrayLike | None = None, groups: npt.ArrayLike | None = None,
    *, fit: "Callable[..., Calibrator] | None" = None,
) -> Floats:  # fmt: skip
    """Each posterior corrected by what the stops of the other groups say, in five parts: to see what a correction is
    worth on items it was not made of. fit: makes it, as calibrator() does. Returns float (n, k)."""
    heavy, corrected = _weights(weight, len(posterior)), np.array(posterior)
    part = (np.arange(len(posterior)) if groups is None else np.asarray(groups)) % FOLDS
    answer = np.asarray(truth)
    for held_out in range(FOLDS):
        out = part == held_out
        if out.all() or not out.any():
            continue
        inside = ~out
        made = (fit or calibrator)(posterior[inside], answer[inside], heavy[inside])
        corrected[out] = made.apply(posterior[out])
    return corrected


def temperature(
    posterior: Floats, gold: npt.ArrayLike, *, pseudo: float = 5.0, weight: npt.ArrayLike | None = None
) -> float:
    """The temperature under which the known truths are most likely: above 1, the posteriors were too sure.

    posterior: float (n, k), made without the gold it is compared with. gold: int (n,), -1 unknown. pseudo: how many
    items speak for a temperature of 1, so that a handful of gold items can't swing it. weight: float (n,), how many
    items each counts as. Returns 1 without gold. Raises ValueError that names the position. Source: Guo et al. 2017.
    """
    truth = known(gold, len(posterior), posterior.shape[1])
    at = truth >= 0
    if not at.any() or posterior.shape[1] < 2:
        return 1.0
    logits, right = np.log(np.maximum(posterior[at], FLOOR)), truth[at]
    heavy = _weights(weight, len(posterior))[at]

    def loss(log_temperature: float) -> float:
        scaled = logits / math.exp(log_temperature)
        scaled -= scaled.max(axis=1, keepdims=True)
        likelihood = scaled[np.arange(len(right)), right] - np.log(np.exp(scaled).sum(axis=1))
        return float(-(heavy * likelihood).sum()) + pseudo * log_temperature**2 / 2

    return math.exp(_least(loss, *RANGE))


def soften(posterior: Floats, temperature: float) -> Floats:
    """posterior (n, k) at a temperature above 0; 1 leaves it as it is."""
    if not temperature > 0:
        raise ValueError(f"temperature must be above 0, not {temperature}")
    scaled = np.log(np.maximum(posterior, FLOOR)) / temperature
    weight = np.exp(scaled - scaled.max(axis=1, keepdims=True, initial=-np.inf))
    result: Floats = weight / weight.sum(axis=1, keepdims=True)
    return result


def run_weights(groups: Ints, *, alike: float = 1 / 3) -> Floats:
    """How many independent stops each of several on the same item counts as: they resemble one another.

    groups: int (n,), the item of each. alike: the correlation of two on one item. Ten count as two and a half.
    Source: Kish 1965 (the design effect).
    """
    if not len(groups):
        return np.zeros(0)
    many = np.bincount(groups)[groups]
    return np.asarray(1.0 / (1.0 + (many - 1) * alike), dtype=np.float64)


def _heat(posterior: Floats, truth: npt.ArrayLike, weight: Floats) -> float:
    fitted = temperature(posterior, truth, pseudo=PSEUDO_STOPS, weight=weight)
    return min(max(fitted, SANE[0]), SANE[1])


def _bent(posterior: Floats, truth: npt.ArrayLike, weight: Floats, heat: float | None = None) -> Calibrator:
    """A temperature, and the curve that is left after it."""
    heat = _heat(posterior, truth, weight) if heat is None else heat
    softer, answer = soften(posterior, heat), np.asarray(truth)
    at = (answer >= 0) & (weight > 0)
    confidence, right = softer[at].max(axis=1), softer[at].argmax(axis=1) == answer[at]
    seen = np.concatenate([confidence, TENTHS]), np.concatenate([right, TENTHS])
    return Calibrator(heat, isotonic(*seen, np.concatenate([weight[at], np.ones(len(TENTHS))])))


def _bend(posterior: Floats, bends: Floats) -> Floats:
    """The greatest probability becomes what the curve says, but stays the greatest; the others keep proportions."""
    rows = np.arange(len(posterior))
    top = posterior.argmax(axis=1)
    before = posterior[rows, top]
    rest = np.maximum(1.0 - before, FLOOR)
    others = np.array(posterior)
    others[rows, top] = 0.0
    second = others.max(axis=1, initial=0.0) / rest
    after = np.maximum(curve(bends, before), second / (1.0 + second) + 1e-9)
    after = np.minimum(after, 1.0 - FLOOR)
    result: Floats = others * ((1.0 - after) / rest)[:, None]
    result[rows, top] = after
    result /= result.sum(axis=1, keepdims=True)
    return result


def _clearly_above_zero(gain: Floats, weight: Floats) -> bool:
    """Whether a weighted mean is above its standard error."""
    mean = float(np.average(gain, weights=weight))
    error = math.sqrt(float((weight**2 * (gain - mean) ** 2).sum())) / float(weight.sum())
    return mean > error


def _weights(weight: npt.ArrayLike | None, n: int) -> Floats:
    return np.ones(n) if weight is None else np.asarray(weight, dtype=np.float64)


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
