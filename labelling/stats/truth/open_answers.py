"""Truth where answers have parts: of an item's answers those that say the same form a group, and at most one is right.

Dawid and Skene's (1979) model with one accuracy a worker, over the groups of each item and as many further answers as
nobody gave: a wrong answer is as likely any of the others. Two who make the same mistake are then rarer than two who
are right, the fewer alternatives the less; how many there are can't be known, so it is taken low.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

# Answers that an item could plausibly get, the right one among them.
ALTERNATIVES = 5
# Beta prior of an accuracy: the mean is what is assumed of a stranger.
PRIOR = (4.0, 1.0)
SURE = (0.02, 0.98)
ROUNDS = 100
TOLERANCE = 1e-9


@dataclass(frozen=True)
class Fitted:
    """accuracy: float (n_workers,); right: float (n_items,), probability that group 0 of each item is right."""

    accuracy: Floats
    right: Floats


def log_odds(accuracy: Floats) -> Floats:
    """How much the answer of a worker counts: the log of how much likelier it is right than any one wrong answer.

    accuracy: 0 to 1, any shape. At least 0: who is worse than chance counts nothing.
    """
    p = np.clip(accuracy, *SURE)
    return np.maximum(np.log(p * (ALTERNATIVES - 1) / (1 - p)), 0.0)


def believe(items: Ints, groups: Ints, accuracy: Floats, *, n_items: int) -> tuple[Floats, Floats]:
    """The probability that group 0 of each item is right (n_items,), and that each label's own group is (n,).

    items, groups: int (n,), one element a label, groups counted from 0 within an item; accuracy: float (n,), of its
    giver. An item without labels gets 1 / ALTERNATIVES.
    """
    width = int(groups.max(initial=0)) + 1
    pairs, own = np.unique(items * width + groups, return_inverse=True)
    item_of = pairs // width
    score = np.bincount(own, log_odds(accuracy), minlength=len(pairs))
    top = np.zeros(n_items)
    np.maximum.at(top, item_of, score)
    likelihood = np.exp(score - top[item_of])
    others = np.maximum(ALTERNATIVES - np.bincount(item_of, minlength=n_items), 0)
    total = np.bincount(item_of, likelihood, minlength=n_items) + others * np.exp(-top)
    probability = likelihood / total[item_of]
    first = np.where(np.bincount(item_of, minlength=n_items) > 0, 0.0, 1 / ALTERNATIVES)
    leads = pairs % width == 0
    first[item_of[leads]] = probability[leads]
    return first, probability[own]


def fit(items: Ints, workers: Ints, groups: Ints, *, n_items: int, n_workers: int) -> Fitted:
    """Accuracies of the workers and what follows for the items, by expectation maximisation from the prior's mean.

    items, workers, groups: int (n,), one element a label. The same whatever the order of the labels, to rounding.
    """
    right, all_of = PRIOR[0], sum(PRIOR)
    given = np.bincount(workers, minlength=n_workers)
    accuracy = np.full(n_workers, right / all_of)
    for _ in range(ROUNDS):
        _, own = believe(items, groups, accuracy[workers], n_items=n_items)
        new = (right + np.bincount(workers, own, minlength=n_workers)) / (all_of + given)
        moved = float(np.abs(new - accuracy).max(initial=0.0))
        accuracy = new
        if moved < TOLERANCE:
            break
    first, _ = believe(items, groups, accuracy[workers], n_items=n_items)
    return Fitted(accuracy, first)
