"""A confusion matrix a worker, drawn from what is expected of them: where labels are few, little is believed."""

import numpy.typing as npt

from labelling.stats.coded import known, read, shares
from labelling.stats.truth.em import class_shares, first_step, give, step, vote_shares
from labelling.stats.truth.habits import expected_answers
from labelling.stats.truth.model import Truth
from labelling.stats.truth.posterior import believed, cautious

# Votes of an item that are spread over all classes at the start: one label alone is not certain.
SPREAD = 0.5


def hierarchical(
    items: npt.ArrayLike,
    workers: npt.ArrayLike,
    labels: npt.ArrayLike,
    n_classes: int,
    gold: npt.ArrayLike | None = None,
    *,
    strength: float = 5.0,
    weight: float = 3.0,
    steps: int = 12,
    doubt: float = 0.03,
    guessing: float = 0.0,
    damping: float = 0.0,
    n_items: int | None = None,
    n_workers: int | None = None,
) -> Truth:
    """Two levels above a worker's matrix: what all workers know, and what this one knows and says out of habit.

    items, workers, labels: int (n_labels,), coded from 0. gold: int (n_items,), -1 unknown; its items are certain.
    strength: how many labels a class the second level weighs in a worker's matrix. weight: how many labels the first
    weighs in the second. steps: of expectation-maximisation from the vote shares; few, since with few labels an item
    it confirms itself. doubt: the share of labels that each step takes for guesses. guessing, damping: how cautiously
    labels become the posterior, as in weigh(). The result is bit for bit independent of the order of the labels, and
    posterior equals posteriors(...) of the same labels under the fit, except for gold.
    Raises ValueError that names the array and the position.
    Source: Dawid & Skene 1979; Hovy et al. 2013; partial pooling as in Paun et al. 2018.
    """
    if strength <= 0 or weight <= 0:
        raise ValueError("strength and weight must be above 0")
    coded = read(items, workers, labels, n_classes, gold=gold, n_items=n_items, n_workers=n_workers)
    given = give(coded, known(gold, coded.n_items, n_classes))
    made = first_step(given, vote_shares(given, spread=SPREAD))
    for _ in range(max(steps, 1)):
        expected, stranger = expected_answers(made.counts, weight=weight)
        confusion = shares(made.counts + strength * expected, axis=2)
        pooled = shares(made.counts.sum(axis=0) + strength * stranger, axis=1)
        prior = class_shares(given, made.frequent)
        made = step(given, cautious(confusion, doubt), prior)
    return believed(given, confusion, prior, pooled, guessing=guessing, damping=damping)
