"""Agreement as it is, not corrected for chance."""

import numpy as np
import numpy.typing as npt

from labelling.stats.agreement.coincidences import prepare
from labelling.stats.agreement.units import read
from labelling.stats.coded import Floats, codes


def percent(items: npt.ArrayLike, workers: npt.ArrayLike, labels: npt.ArrayLike) -> float:
    """The share of pairs of labels of the same item that are equal, 0 to 1.

    An item weighs as many labels as it has, as in alpha. nan if no item has two labels.
    """
    sums = prepare(read(items, workers, labels, "nominal")).sums()
    total = sums.mass.sum()
    return float(sums.equal.sum() / total) if total > 0 else float("nan")


def percent_by_class(items: npt.ArrayLike, workers: npt.ArrayLike, labels: npt.ArrayLike, n_classes: int) -> Floats:
    """Where somebody chose a class, how often another label of the item is the same, float (n_classes,), 0 to 1.

    labels: int (n_labels,), 0 to n_classes - 1. nan for a class that nobody chose of an item with two labels.
    Source: Cicchetti & Feinstein 1990 (specific agreement).
    """
    units = read(items, workers, codes(labels, "labels", below=n_classes), "nominal")
    sums, found = prepare(units).sums(), np.full(n_classes, np.nan)
    chosen = sums.mass > 0
    found[np.asarray(units.domain, dtype=np.intp)[chosen]] = sums.equal[chosen] / sums.mass[chosen]
    return found
