"""A value with its confidence interval."""

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate and the limits of its confidence interval, all in the unit of the value; nan where undefined."""

    value: float
    low: float
    high: float


def quantile(level: float) -> float:
    """The two-sided normal quantile of a confidence level: 1.96 for 0.95."""
    if not 0 < level < 1:
        raise ValueError(f"level must lie between 0 and 1, not {level}")
    return NormalDist().inv_cdf((1 + level) / 2)


def wilson(share: float, n: float, level: float = 0.95) -> Interval:
    """Interval of a share seen in n independent trials; n may be an effective sample size.

    share: 0 to 1. No trials: value nan, limits 0 and 1. An infinite n: no width. Source: Wilson 1927.
    """
    quantile(level)
    if n <= 0:
        return Interval(math.nan, 0.0, 1.0)
    if math.isinf(n):
        return Interval(share, share, share)
    low, high = wilson_limits(np.array([share]), np.array([n], dtype=np.float64), level)
    return Interval(share, float(low[0]), float(high[0]))


def wilson_limits(share: Floats, n: Floats, level: float = 0.95) -> tuple[Floats, Floats]:
    """The limits of many shares at once: (low, high), each (m,); 0 and 1 without trials. share, n: float (m,)."""
    z, trials = quantile(level), np.where(n > 0, n, 1.0)
    seen = np.where(n > 0, share, 0.0)
    centre = (seen + z * z / (2 * trials)) / (1 + z * z / trials)
    spread = np.maximum(seen * (1 - seen), 0.0) / trials + z * z / (4 * trials * trials)
    half = z * np.sqrt(spread) / (1 + z * z / trials)
    low = np.minimum(np.maximum(centre - half, 0.0), seen)
    high = np.maximum(np.minimum(centre + half, 1.0), seen)
    return np.where(n > 0, low, 0.0), np.where(n > 0, high, 1.0)
