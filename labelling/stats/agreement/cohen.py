"""Cohen's kappa of two labellers. Sources: Cohen 1960; its variance Fleiss, Cohen & Everitt 1969."""

import math

import numpy as np
import numpy.typing as npt

from labelling.stats.coded import codes
from labelling.stats.interval import Interval, quantile


def cohen_kappa(first: npt.ArrayLike, second: npt.ArrayLike, *, level: float = 0.95) -> Interval:
    """How far two labellers agree, corrected for what their own mixes of answers would hit by chance.

    first, second: int (n,), their labels of the same n items. 1 perfect, 0 chance, below 0 worse than chance. The
    interval is the large-sample one: too narrow below some 30 items. level: of confidence. nan where it is undefined:
    no items, or both always gave the same one label. Raises ValueError that names the array and the position.
    """
    z = quantile(level)
    a, b = codes(first, "first"), codes(second, "second")
    if len(a) != len(b):
        raise ValueError(f"first and second must be equally long, not {len(a)} and {len(b)}")
    nothing = Interval(math.nan, math.nan, math.nan)
    if not a.size:
        return nothing
    _, both = np.unique(np.concatenate([a, b]), return_inverse=True)
    a, b = both[: len(a)], both[len(a) :]
    of_a, of_b = (np.bincount(one, minlength=int(both.max()) + 1) / len(a) for one in (a, b))
    equal, by_chance = a == b, float(of_a @ of_b)
    if by_chance >= 1:
        return nothing
    kappa = (float(equal.mean()) - by_chance) / (1 - by_chance)
    left = 1 - kappa
    terms = np.where(equal, (1 - (of_a[a] + of_b[a]) * left) ** 2, (left * (of_b[a] + of_a[b])) ** 2)
    variance = (float(terms.mean()) - (kappa - by_chance * left) ** 2) / (len(a) * (1 - by_chance) ** 2)
    half = z * math.sqrt(max(variance, 0.0))
    return Interval(kappa, max(kappa - half, -1.0), min(kappa + half, 1.0))
