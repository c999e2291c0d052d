"""How far two sets of counts are apart, and whether chance explains it."""

from collections.abc import Mapping

import numpy as np
from scipy.special import chdtrc

from labelling.datasets.content import SCALE

# One comparison in a hundred of samples of the same kind passes this.
CHANCE = 0.01
# Cells in which fewer are expected are taken together (Cochran 1954).
LEAST_EXPECTED = 5.0


def total_variation(now: Mapping[str, int], before: Mapping[str, int]) -> int:
    """Half the sum of the differences of the shares, out of 10,000: the share of rows that would have to be of another
    class. 0: the same mix; 10,000: no class in common. The same for two classes and for a thousand."""
    total_now, total_before = sum(now.values()), sum(before.values())
    if not total_now or not total_before:
        return 0
    names = now.keys() | before.keys()
    apart = sum(abs(now.get(name, 0) * total_before - before.get(name, 0) * total_now) for name in names)
    return apart * SCALE // (2 * total_now * total_before)


def chance_of(now: Mapping[str, int], before: Mapping[str, int]) -> float:
    """The chance that two samples of one mix are so far apart or farther: Pearson's chi-square test of homogeneity.

    Where both hold the same rows, they are nearer than two samples, and the chance is smaller than this. 1 where there
    is nothing to compare. Sources: Pearson 1900; Cochran 1954.
    """
    names = sorted(now.keys() | before.keys())
    table = np.array([[counts.get(name, 0) for name in names] for counts in (now, before)], dtype=np.float64)
    totals, columns = table.sum(axis=1), table.sum(axis=0)
    if not totals.all():
        return 1.0
    rare = columns * totals.min() / totals.sum() < LEAST_EXPECTED
    if rare.any():
        table = np.column_stack([table[:, ~rare], table[:, rare].sum(axis=1)])
        columns = table.sum(axis=0)
    table, columns = table[:, columns > 0], columns[columns > 0]
    if len(columns) < 2:
        return 1.0
    expected = np.outer(totals, columns) / totals.sum()
    statistic = float(((table - expected) ** 2 / expected).sum())
    return float(chdtrc(len(columns) - 1, statistic))


def farthest(now: Mapping[str, int], before: Mapping[str, int]) -> tuple[str, int]:
    """The class whose share changed most, and by how much, out of 10,000, with its sign."""
    total_now, total_before = sum(now.values()) or 1, sum(before.values()) or 1
    changes = {
        name: now.get(name, 0) * SCALE // total_now - before.get(name, 0) * SCALE // total_before
        for name in now.keys() | before.keys()
    }
    return max(changes.items(), key=lambda pair: (abs(pair[1]), pair[0]), default=("", 0))
