"""Krippendorff's alpha. Source: Krippendorff, Content Analysis, 2004, chapter 11."""

import numpy.typing as npt

from labelling.stats.agreement.coincidences import alpha_of, alphas_by_class, prepare
from labelling.stats.agreement.units import Level, read
from labelling.stats.coded import Floats, codes


def krippendorff_alpha(
    items: npt.ArrayLike, workers: npt.ArrayLike, labels: npt.ArrayLike, level: Level = "nominal"
) -> float:
    """Krippendorff's alpha: 1 is perfect agreement, 0 what chance alone would give, below 0 systematic disagreement.

    items, workers: int (n_labels,), coded from 0. labels: numbers (n_labels,): classes, ranks or measurements, as
    level says; for the sets of level jaccard or masi bit masks (n_labels,) or members, bool (n_labels, options).
    Items with one label are left out. nan where it is undefined: no item has two labels, or all labels are the same.
    Time and memory grow with the labels; of ratio and sets also with the pairs of labels of the same item, and the
    time with the square of the different values. Raises ValueError that names the array and the position.
    """
    units = read(items, workers, labels, level)
    return alpha_of(prepare(units).sums(), units)


def per_class(items: npt.ArrayLike, workers: npt.ArrayLike, labels: npt.ArrayLike, n_classes: int) -> Floats:
    """Alpha of each class against all others together, float (n_classes,): which class is hard to tell.

    labels: int (n_labels,), 0 to n_classes - 1. nan for a class that nobody or everybody chose.
    Source: Krippendorff 2004, chapter 11 (the reliability of single values).
    """
    units = read(items, workers, codes(labels, "labels", below=n_classes), "nominal")
    return alphas_by_class(prepare(units).sums(), units, n_classes)
