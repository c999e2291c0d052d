"""A value with its confidence interval."""

import math
from dataclasses import dataclass
from statistics import NormalDist


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
    z = quantile(level)
    if n <= 0:
        return Interval(math.nan, 0.0, 1.0)
    if math.isinf(n):
        return Interval(share, share, share)
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return Interval(share, min(max(centre - half, 0.0), share), max(min(centre + half, 1.0), share))
