"""How far two labels are apart: the squared distance of Krippendorff's alpha, 0 for equal labels."""

from typing import Any

import numpy as np
import numpy.typing as npt

from labelling.stats.agreement.units import Level, Packed
from labelling.stats.coded import Floats, Ints

# Distances held in memory at a time.
AT_ONCE = 1 << 20


def distance(level: Level, domain: Floats | Packed, mass: Floats, one: Ints, other: Ints) -> Floats:
    """Between the values at these positions of the domain, which are broadcast against each other.

    domain: numbers (v,), or sets as bits (v, words). mass: labels of each value (v,), which an ordinal distance counts.
    nominal 1; ordinal the labels between the middles of two ranks, squared; interval the difference, squared; ratio
    the difference by the sum, squared (Krippendorff 2004). jaccard: the share of the members of either set that not
    both have. masi: the same, and less counts as shared where neither set holds the other (Passonneau 2006). Two
    empty sets are equal.
    """
    if level in ("jaccard", "masi"):
        return _of_sets(domain, one, other, overlap=level == "masi")
    if level == "nominal":
        return np.asarray(one != other, dtype=np.float64)
    scale = middles(mass) if level == "ordinal" else np.asarray(domain, dtype=np.float64)
    a, b = scale[one], scale[other]
    if level == "ratio":
        ratio = np.divide(a - b, a + b, out=np.zeros(np.broadcast_shapes(a.shape, b.shape)), where=(a + b) != 0)
        return np.asarray(ratio**2, dtype=np.float64)
    return np.asarray((a - b) ** 2, dtype=np.float64)


def middles(mass: Floats) -> Floats:
    """The middle of each rank (v,), in labels from the lowest."""
    return np.asarray(np.cumsum(mass) - mass / 2, dtype=np.float64)


def expected(level: Level, domain: Floats | Packed, mass: Floats) -> float:
    """The sum over every two labels of their distance, a label with itself included: it has none."""
    if level == "nominal":
        return float(mass.sum() ** 2 - mass @ mass)
    if level in ("ordinal", "interval"):
        return 2 * spread(middles(mass) if level == "ordinal" else np.asarray(domain, dtype=np.float64), mass)
    present = np.flatnonzero(mass)
    rows, total = max(AT_ONCE // max(len(present), 1), 1), 0.0
    for start in range(0, len(present), rows):
        block = present[start : start + rows]
        far = distance(level, domain, mass, block[:, None], present[None, :])
        total += float(mass[block] @ far @ mass[present])
    return total


def spread(scale: Floats, mass: Floats) -> float:
    """Half the sum of squared differences of every two labels with these values."""
    total = mass.sum()
    centred = scale - (mass @ scale) / max(total, 1e-300)
    return float(total * (mass @ centred**2))


def _of_sets(domain: npt.NDArray[Any], one: Ints, other: Ints, *, overlap: bool) -> Floats:
    a, b = domain[one], domain[other]
    shared = np.bitwise_count(a & b).sum(axis=-1, dtype=np.float64)
    either = np.bitwise_count(a | b).sum(axis=-1, dtype=np.float64)
    alike = np.divide(shared, either, out=np.ones_like(shared), where=either > 0)
    if overlap:
        contained = ((a & b) == a).all(axis=-1) | ((a & b) == b).all(axis=-1)
        alike *= np.where(contained, np.where((a == b).all(axis=-1), 1.0, 2 / 3), 1 / 3)
    return np.asarray(1.0 - alike, dtype=np.float64)
