"""What a population is like, from a sample with known inclusion probabilities."""

import math

import numpy as np
import numpy.typing as npt

from labelling.stats.coded import Floats
from labelling.stats.interval import Interval, quantile, wilson


def accuracy(
    correct: npt.ArrayLike,
    inclusion_probability: npt.ArrayLike,
    confidence: npt.ArrayLike | None = None,
    population: npt.ArrayLike | None = None,
    level: float = 0.95,
) -> Interval:
    """The accuracy over the whole population, with its confidence interval.

    correct: bool or float (m,), 0 to 1, of a sample. inclusion_probability: float (m,), above 0 to 1; rows with 1 were
    certain to be in the sample, and a sample of nothing else is the population: no width. confidence: float (m,), the
    model's own probability of being right in the sample; population: float (n,), the same of the whole population,
    sample included: both, or neither. With them the difference estimator, which is as unbiased and narrower the more
    confidence says about correctness. An empty sample: nan from 0 to 1.
    Raises ValueError that names the array and the position.
    Sources: Hajek 1971; Sarndal, Swensson & Wretman 1992, chapters 5 and 6; Wilson 1927 for the limits.
    """
    quantile(level)  # refuses a level that is none
    right = _unit(correct, "correct")
    probability = _unit(inclusion_probability, "inclusion_probability", len(right))
    if (probability <= 0).any():
        raise ValueError(f"inclusion_probability[{int(np.argmax(probability <= 0))}] must be above 0")
    if (confidence is None) != (population is None):
        raise ValueError("confidence (of the sample) and population (of everything) go together")
    if not right.size:
        return wilson(0.0, 0, level)
    weight = 1.0 / probability
    size = float(weight.sum())
    if confidence is None or population is None:
        value = float((weight * right).sum()) / size
        return _interval(value, right - value, weight, size, level)
    everything = _unit(population, "population")
    if len(everything) < len(right):
        raise ValueError(f"population ({len(everything)}) must not be smaller than the sample ({len(right)})")
    surprise = right - _unit(confidence, "confidence", len(right))
    shift = float((weight * surprise).sum()) / size
    value = min(max(float(everything.mean()) + shift, 0.0), 1.0)
    return _interval(value, surprise - shift, weight, size, level)


def _interval(value: float, residual: Floats, weight: Floats, size: float, level: float) -> Interval:
    """Wilson's limits at the effective sample size that the design and the residuals amount to."""
    # Priority samples have uncorrelated inclusions: the variance is a single sum.
    spread = weight * (weight - 1.0)
    drawn = int((weight > 1.0).sum())
    if drawn == 0:
        return Interval(value, value, value)
    by_design = size**2 / float(spread.sum())
    variance = float((spread * residual**2).sum()) / size**2 * drawn / max(drawn - 1, 1)
    bernoulli = value * (1 - value)
    effective = bernoulli / variance if variance > 0 and bernoulli > 0 else by_design
    limits = wilson(value, effective, level)
    if math.isnan(limits.low):
        return Interval(value, 0.0, 1.0)
    return limits


def _unit(values: npt.ArrayLike, name: str, length: int | None = None) -> Floats:
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1 or (length is not None and len(array) != length):
        wanted = "one dimension" if length is None else f"the shape ({length},)"
        raise ValueError(f"{name} must have {wanted}, not {array.shape}")
    wrong = ~((array >= 0) & (array <= 1))
    if wrong.any():
        at = int(np.argmax(wrong))
        raise ValueError(f"{name}[{at}] is {array[at]}; it must lie between 0 and 1")
    return array
