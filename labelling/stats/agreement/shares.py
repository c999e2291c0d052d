"""What the kappas of several labellers are made of: how often pairs agree within each item, and the mix of labels."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from labelling.stats.agreement.units import Units, added, read
from labelling.stats.coded import Floats


@dataclass(frozen=True, slots=True)
class Shares:
    """Of the items with labels. n: labels (n_items,). agreed: the share of equal pairs (n_items,), 0 with one label.
    usual: how often each value of the domain is chosen (v,), each item weighing the same."""

    units: Units
    n: Floats
    agreed: Floats
    usual: Floats

    @property
    def percent(self) -> float:
        """The mean share of equal pairs over items with two labels or more."""
        compared = self.n > 1
        return float(self.agreed[compared].mean()) if compared.any() else float("nan")


def shares(items: npt.ArrayLike, workers: npt.ArrayLike, labels: npt.ArrayLike) -> Shares:
    """Raises ValueError that names the array and the position."""
    units = read(items, workers, labels, "nominal").without_gaps()
    n = np.bincount(units.item, minlength=units.n_items).astype(np.float64)
    usual = added(units.value, 1 / n[units.item], units.n_values) / max(units.n_items, 1)
    agreed = np.divide(_equal(units), n * (n - 1), out=np.zeros_like(n), where=n > 1)
    return Shares(units, n, agreed, usual)


def _equal(units: Units) -> Floats:
    """Ordered pairs of equal labels of each item (n_items,)."""
    if units.fits_table:
        cell = units.value * units.n_items + units.item
        counted = np.bincount(cell, minlength=units.n_items * units.n_values).reshape(units.n_values, units.n_items)
        return np.asarray((counted * (counted - 1)).sum(axis=0), dtype=np.float64)
    cell, many = np.unique(units.item * units.n_values + units.value, return_counts=True)
    return added(cell // units.n_values, many * (many - 1.0), units.n_items)
