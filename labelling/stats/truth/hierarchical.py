"""A confusion matrix a worker, drawn from what is expected of them: where labels are few, little is believed."""

import numpy as np
import numpy.typing as npt

from labelling.stats.coded import Coded, Floats, known, read, shares
from labelling.stats.truth.habits import expected_answers
from labelling.stats.truth.model import Truth, average, clamp, count_answers, vote_shares, votes, weigh_answers
from labelling.stats.truth.posterior import weigh_all


def hierarchical(
    items: npt.ArrayLike,
    workers: npt.ArrayLike,
    labels: npt.ArrayLike,
    n_classes: int,
    gold: npt.ArrayLike | None = None,
    *,
    strength: float = 8.0,
    weight: float = 3.0,
    steps: int = 12,
    guessing: float = 0.0,
    damping: float = 0.0,
    n_items: int | None = None,
    n_workers: int | None = None,
) -> Truth:
    """Two levels above a worker's matrix: what all workers know, and what this one knows and says out of habit.

    items, workers, labels: int (n_labels,), coded from 0. gold: int (n_items,), -1 unknown; its items are certain.
    strength: how many labels a class the second level weighs in a worker's matrix. weight: how many labels the first
    weighs in the second. steps: of expectation-maximisation from the vote shares; few, since with few labels an item
    it confirms itself. guessing, damping: how cautiously labels become the posterior, as in weigh().
    The result is bit for bit independent of the order of the labels, and posterior equals posteriors(...) of the same
    labels under the fit, except for gold. Raises ValueError that names the array and the position.
    Source: Dawid & Skene 1979; Hovy et al. 2013; partial pooling as in Paun et al. 2018.
    """
    if strength <= 0 or weight <= 0:
        raise ValueError("strength and weight must be above 0")
    coded = read(items, workers, labels, n_classes, gold=gold, n_items=n_items, n_workers=n_workers)
    truth = known(gold, coded.n_items, n_classes)
    has_labels = votes(coded).sum(axis=0) > 0
    posterior = _start(coded, truth)
    for _ in range(max(steps, 1)):
        counts = count_answers(coded, posterior)
        expected, stranger = expected_answers(counts, weight=weight)
        confusion = shares(counts + strength * expected, axis=2)
        # One item is shared by all classes, so that none is impossible.
        prior = shares(average(posterior, has_labels) * has_labels.sum() + 1.0 / n_classes, axis=0)
        posterior = clamp(weigh_answers(coded, np.log(confusion), np.log(prior)), truth)
    pooled = shares(counts.sum(axis=1) + strength * stranger, axis=1)
    confusion[:, np.bincount(coded.workers, minlength=coded.n_workers) == 0] = pooled[:, None]
    by_worker = np.ascontiguousarray(confusion.transpose(1, 0, 2))
    cautious = clamp(weigh_all(coded, by_worker, prior, guessing=guessing, damping=damping), truth)
    return Truth(np.ascontiguousarray(cautious.T), by_worker, prior, pooled, guessing, damping)


def _start(coded: Coded, gold: npt.NDArray[np.intp]) -> Floats:
    """Vote shares, with half a vote spread over all classes: one label alone is not certain."""
    counted = votes(coded)
    posterior = (counted + 0.5 / coded.n_classes) / (counted.sum(axis=0) + 0.5)
    alone = vote_shares(coded, gold)
    return clamp(np.where(counted.sum(axis=0) > 0, posterior, alone), gold)
