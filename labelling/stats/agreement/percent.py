"""Agreement as it is, not corrected for chance."""

import numpy.typing as npt

from labelling.stats.agreement.coincidences import prepare
from labelling.stats.agreement.units import read


def percent(items: npt.ArrayLike, workers: npt.ArrayLike, labels: npt.ArrayLike) -> float:
    """The share of pairs of labels of the same item that are equal, 0 to 1.

    An item weighs as many labels as it has, as in alpha. nan if no item has two labels.
    """
    sums = prepare(read(items, workers, labels, "nominal")).sums()
    total = sums.mass.sum()
    return float(sums.equal.sum() / total) if total > 0 else float("nan")
