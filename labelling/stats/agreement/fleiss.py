"""Fleiss' kappa of several labellers. Source: Fleiss 1971; unequal numbers of labels as in Gwet 2014, chapter 2."""

import numpy.typing as npt

from labelling.stats.agreement.shares import shares


def fleiss_kappa(items: npt.ArrayLike, workers: npt.ArrayLike, labels: npt.ArrayLike) -> float:
    """How far labellers agree, corrected for what the mix of all labels would hit by chance.

    items, workers, labels: int (n_labels,), coded from 0. Every item weighs the same, however many labels it has;
    one with a single label tells only about the mix. nan where it is undefined: no item has two labels, or all labels
    are the same. Raises ValueError that names the array and the position.
    """
    found = shares(items, workers, labels)
    by_chance = float(found.usual @ found.usual)
    return (found.percent - by_chance) / (1 - by_chance) if (found.usual > 0).sum() > 1 else float("nan")
