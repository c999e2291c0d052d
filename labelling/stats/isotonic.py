"""Isotonic regression: the rising curve that is nearest to what was seen."""

import numpy as np
import numpy.typing as npt

from labelling.stats.coded import Floats


def isotonic(x: npt.ArrayLike, y: npt.ArrayLike, weight: npt.ArrayLike | None = None) -> Floats:
    """The non-decreasing function of x with the least weighted squared distance from y.

    x, y: float (n,), n at least 1, in any order. weight: float (n,), above 0; equal if not given. Returns float
    (2, m): the ends of its flat parts, x in the first row and rising, values in the second; in between it is linear,
    beyond them constant (`curve`). Raises ValueError. Source: Ayer et al. 1955 (pool adjacent violators).
    """
    at, value = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    heavy = np.ones(at.size) if weight is None else np.asarray(weight, dtype=np.float64)
    if not at.size or not at.shape == value.shape == heavy.shape or at.ndim != 1:
        raise ValueError("x, y and weight must have one dimension, the same length and at least one element")
    if not (heavy > 0).all():
        raise ValueError(f"weight[{int(np.argmin(heavy > 0))}] must be above 0")
    knots, group = np.unique(at, return_inverse=True)
    mass: Floats = np.bincount(group, weights=heavy).astype(np.float64)
    level, size = _pool(np.bincount(group, weights=heavy * value) / mass, mass)
    ends = np.cumsum(size)
    kept = np.unique(np.concatenate([ends - size, ends - 1]))
    return np.stack([knots[kept], np.repeat(level, size)[kept]])


def curve(function: Floats, x: Floats) -> Floats:
    """The values at x of what isotonic() returned."""
    result: Floats = np.interp(x, function[0], function[1])
    return result


def _pool(value: Floats, weight: Floats) -> tuple[Floats, npt.NDArray[np.intp]]:
    """Levels of the flat parts, and how many values each has."""
    levels: list[float] = []
    masses: list[float] = []
    sizes: list[int] = []
    for own_level, own_mass in zip(value.tolist(), weight.tolist(), strict=True):
        level, mass, size = own_level, own_mass, 1
        while levels and levels[-1] >= level:
            before, above = levels.pop(), masses.pop()
            level = (before * above + level * mass) / (above + mass)
            mass += above
            size += sizes.pop()
        levels.append(level)
        masses.append(mass)
        sizes.append(size)
    return np.array(levels), np.array(sizes, dtype=np.intp)
