"""What every model of the crowd shares: the result, and the two halves of expectation-maximisation.

Inside, arrays are class-major, (n_classes, n_items): one gather and one bincount a class is the fastest way numpy has.
"""

from dataclasses import dataclass

import numpy as np

from labelling.stats.coded import Coded, Floats, Ints, shares

# The floor of a probability before its logarithm; the same as crowd-kit's, so that results can be compared.
FLOOR = 1e-10


@dataclass(frozen=True, slots=True)
class Truth:
    """A fit.

    posterior: float (n_items, k), the probability of each class; rows sum to 1.
    confusion: float (n_workers, k, k), confusion[w, t, a] is the probability that worker w answers a when t is true.
    prior: float (k,), how frequent each class is.
    pooled: float (k, k), the confusion matrix of all workers together: what is assumed of an unknown worker.
    guessing, damping: how cautiously labels become a posterior, as in posterior.weigh(); 0 and 0 is Bayes' rule.
    """

    posterior: Floats
    confusion: Floats
    prior: Floats
    pooled: Floats
    guessing: float = 0.0
    damping: float = 0.0


def votes(coded: Coded) -> Floats:
    """How many labels of each class each item has. Returns float (k, n_items)."""
    cells = coded.labels * coded.n_items + coded.items
    counted = np.bincount(cells, minlength=coded.n_classes * coded.n_items)
    return counted.reshape(coded.n_classes, coded.n_items).astype(np.float64)


def vote_shares(coded: Coded, gold: Ints) -> Floats:
    """The share of each class among an item's labels; one for gold; the mean of the others without labels."""
    counted = votes(coded)
    has_labels = counted.sum(axis=0) > 0
    posterior = clamp(shares(counted, axis=0), gold)
    settled = has_labels | (gold >= 0)
    posterior[:, ~settled] = average(posterior, has_labels)[:, None]
    return posterior


def average(posterior: Floats, has_labels: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> Floats:
    """How frequent each class is among items with labels; equal shares where there are none. Returns float (k,)."""
    if not has_labels.any():
        return np.full(len(posterior), 1.0 / len(posterior))
    mean: Floats = posterior[:, has_labels].mean(axis=1)
    return mean


def clamp(posterior: Floats, gold: Ints) -> Floats:
    """Set the posterior of items whose truth is known, in place. posterior: float (k, n_items)."""
    at = np.flatnonzero(gold >= 0)
    posterior[:, at] = 0.0
    posterior[gold[at], at] = 1.0
    return posterior


def count_answers(coded: Coded, posterior: Floats) -> Floats:
    """M-step: expected counts[t, w, a] of answers a of worker w where t is true. posterior: float (k, n_items)."""
    answer = coded.workers * coded.n_classes + coded.labels
    size = coded.n_workers * coded.n_classes
    counted = np.empty((coded.n_classes, size))
    for true, row in enumerate(posterior):
        counted[true] = np.bincount(answer, weights=row[coded.items], minlength=size)
    return counted.reshape(coded.n_classes, coded.n_workers, coded.n_classes)


def weigh_answers(coded: Coded, log_confusion: Floats, log_prior: Floats) -> Floats:
    """E-step: posterior (k, n_items) from log_confusion[t, w, a] and log_prior (k,)."""
    answer = coded.workers * coded.n_classes + coded.labels
    tables = log_confusion.reshape(coded.n_classes, -1)
    weight = np.empty((coded.n_classes, coded.n_items))
    for true, table in enumerate(tables):
        weight[true] = np.bincount(coded.items, weights=table[answer], minlength=coded.n_items) + log_prior[true]
    return normalise(weight)


def normalise(log_weight: Floats) -> Floats:
    """Probabilities (k, n) from their logarithms up to a constant a column."""
    if not log_weight.size:
        return log_weight
    weight = np.exp(log_weight - log_weight.max(axis=0))
    result: Floats = weight / weight.sum(axis=0)
    return result
