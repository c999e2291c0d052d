"""One coin a worker: right with one probability, and otherwise any other class alike."""

import numpy as np
import numpy.typing as npt

from labelling.stats.coded import known, read
from labelling.stats.truth.em import class_shares, first_step, give, step, vote_shares
from labelling.stats.truth.model import Truth, coins
from labelling.stats.truth.posterior import believed


def one_coin(
    items: npt.ArrayLike,
    workers: npt.ArrayLike,
    labels: npt.ArrayLike,
    n_classes: int,
    gold: npt.ArrayLike | None = None,
    *,
    right: float = 4.0,
    wrong: float = 1.0,
    even_prior: bool = True,
    max_iterations: int = 50,
    tolerance: float = 1e-4,
    damping: float = 0.0,
    n_items: int | None = None,
    n_workers: int | None = None,
) -> Truth:
    """The likeliest accuracies under a Beta prior, from a start at the vote shares.

    items, workers, labels: int (n_labels,), coded from 0. gold: int (n_items,), -1 unknown. right, wrong: the Beta
    prior of a worker's accuracy, at least 1; 1 and 1 is maximum likelihood. even_prior: all classes are equally
    frequent; an estimate of how frequent they are confirms itself where workers are poor. tolerance: settled when no
    accuracy moves by more. damping: as in weigh(). Raises ValueError that names the array and the position.
    Source: Zhang, Chen, Zhou & Jordan 2014 (the model); Dawid & Skene 1979 (the algorithm).
    """
    if right < 1 or wrong < 1:
        raise ValueError(f"right and wrong must be at least 1, not {right} and {wrong}")
    coded = read(items, workers, labels, n_classes, gold=gold, n_items=n_items, n_workers=n_workers)
    given = give(coded, known(gold, coded.n_items, n_classes))
    n_given = given.n_answers.sum(axis=1)
    prior = np.full(n_classes, 1.0 / n_classes)
    made = first_step(given, vote_shares(given))
    accuracy = np.zeros(coded.n_workers)
    for _ in range(max_iterations):
        agreed = np.einsum("wtt->w", made.counts)
        previous, accuracy = accuracy, (agreed + right - 1) / np.maximum(n_given + right + wrong - 2, 1)
        prior = prior if even_prior else class_shares(given, made.frequent)
        if np.abs(accuracy - previous).max(initial=0.0) < tolerance:
            break
        made = step(given, coins(accuracy, n_classes), prior)
    usual = (agreed.sum(keepdims=True) + right - 1) / max(n_given.sum() + right + wrong - 2, 1)
    pooled, confusion = coins(usual, n_classes)[0], coins(accuracy, n_classes)
    return believed(given, confusion, prior, pooled, damping=damping)
