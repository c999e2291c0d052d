"""Gwet's AC1. Source: Gwet 2008, Computing inter-rater reliability and its variance in the presence of high agreement,
Brit. J. Math. Stat. Psychol. 61; several labellers and missing labels as in Gwet 2014, chapters 2 and 5."""

import math

import numpy as np
import numpy.typing as npt

from labelling.stats.agreement.shares import Shares, shares
from labelling.stats.agreement.units import added
from labelling.stats.coded import Floats, codes
from labelling.stats.interval import Interval, quantile


def gwet_ac1(
    items: npt.ArrayLike, workers: npt.ArrayLike, labels: npt.ArrayLike, n_classes: int, *, level: float = 0.95
) -> Interval:
    """How far labellers agree, with a chance that stays small where nearly all labels are of one class.

    items, workers, labels: int (n_labels,), coded from 0. n_classes: classes there are to choose from, at least 2.
    Every item weighs the same, however many labels it has; one with a single label tells only about the mix. The
    interval takes the items for a sample and the labellers for the only ones there are. level: of confidence. nan
    value without any item with two labels, nan limits with a single item. Raises ValueError that names the array and
    the position.
    """
    z = quantile(level)
    if n_classes < 2:
        raise ValueError(f"n_classes must be at least 2, not {n_classes}")
    found = shares(items, workers, codes(labels, "labels", below=n_classes))
    by_chance = float(found.usual @ (1 - found.usual)) / (n_classes - 1)
    value = (found.percent - by_chance) / (1 - by_chance)
    if math.isnan(value) or len(found.n) < 2:
        return Interval(value, math.nan, math.nan)
    each = _linear(found, value, by_chance, n_classes)
    half = z * math.sqrt(float(((each - value) ** 2).sum()) / (len(each) * (len(each) - 1)))
    return Interval(value, max(value - half, -1.0), min(value + half, 1.0))


def _linear(found: Shares, value: float, by_chance: float, n_classes: int) -> Floats:
    """What each item (n_items,) adds to AC1: their mean is AC1, their spread its variance."""
    units, compared = found.units, found.n > 1
    agreed = np.where(compared, (found.agreed - by_chance) * (len(found.n) / compared.sum()), 0.0) / (1 - by_chance)
    rare = added(units.item, (1 - found.usual)[units.value], units.n_items)
    chance = rare / found.n / (n_classes - 1)
    return np.asarray(agreed - 2 * (1 - value) * (chance - by_chance) / (1 - by_chance), dtype=np.float64)
