"""Dawid and Skene's model: a confusion matrix a worker, by expectation-maximisation."""

import numpy as np
import numpy.typing as npt

from labelling.stats.coded import Floats, known, read, shares
from labelling.stats.truth.em import Given, Step, class_shares, first_step, give, step, vote_shares
from labelling.stats.truth.model import FLOOR, Truth, log
from labelling.stats.truth.posterior import believed

# Votes of an item that are spread over all classes at the start: one label alone is not certain.
SPREAD = 0.5


def dawid_skene(
    items: npt.ArrayLike,
    workers: npt.ArrayLike,
    labels: npt.ArrayLike,
    n_classes: int,
    gold: npt.ArrayLike | None = None,
    *,
    max_iterations: int = 100,
    tolerance: float = 1e-5,
    smoothing: float = 0.0,
    n_items: int | None = None,
    n_workers: int | None = None,
) -> Truth:
    """Maximum likelihood from a start at the vote shares; steps and stopping as in crowd-kit when smoothing is 0.

    items, workers, labels: int (n_labels,), coded from 0. gold: int (n_items,), -1 unknown. tolerance: stop when the
    evidence lower bound a label rises by less. smoothing: added to every count of answers and of classes.
    The result doesn't depend on the order of the labels. Raises ValueError that names the array and the position.
    Source: Dawid & Skene 1979.
    """
    if smoothing < 0:
        raise ValueError(f"smoothing must be at least 0, not {smoothing}")
    coded = read(items, workers, labels, n_classes, gold=gold, n_items=n_items, n_workers=n_workers)
    given = give(coded, known(gold, coded.n_items, n_classes))
    possible = _possible(given, smoothing)
    made = first_step(given, vote_shares(given))
    prior = _prior(made.frequent, given, possible, smoothing)
    confusion = _confusion(made.counts, given, smoothing)
    bound = -np.inf
    for _ in range(max_iterations if coded.items.size else 0):
        made = step(given, confusion, prior)
        prior = _prior(made.frequent, given, possible, smoothing)
        confusion = _confusion(made.counts, given, smoothing)
        previous, bound = bound, _bound(made, confusion, prior) / coded.items.size
        if bound - previous < tolerance:
            break
    pooled = shares(made.counts.sum(axis=0) + smoothing, axis=1)
    return Truth(made.posterior(), confusion, prior, pooled)


def shrunk_dawid_skene(
    items: npt.ArrayLike,
    workers: npt.ArrayLike,
    labels: npt.ArrayLike,
    n_classes: int,
    gold: npt.ArrayLike | None = None,
    *,
    strength: float = 2.0,
    right: float = 4.0,
    wrong: float = 1.0,
    steps: int = 20,
    damping: float = 0.0,
    n_items: int | None = None,
    n_workers: int | None = None,
) -> Truth:
    """The most probable matrices under a Dirichlet prior whose mean is the matrix of all workers together.

    items, workers, labels: int (n_labels,), coded from 0. gold: int (n_items,), -1 unknown. strength: how many labels
    a class the pooled matrix weighs in a worker's. right, wrong: labels a class that the pooled one is given
    beforehand. steps: of expectation-maximisation. damping: as in weigh(). Raises ValueError that names the array and
    the position. Source: Dawid & Skene 1979; the prior as in Paun et al. 2018.
    """
    if strength <= 0 or right <= 0 or wrong <= 0:
        raise ValueError("strength, right and wrong must be above 0")
    coded = read(items, workers, labels, n_classes, gold=gold, n_items=n_items, n_workers=n_workers)
    given = give(coded, known(gold, coded.n_items, n_classes))
    pseudo = np.full((n_classes, n_classes), wrong / max(n_classes - 1, 1))
    np.fill_diagonal(pseudo, right)
    made = first_step(given, vote_shares(given, spread=SPREAD))
    for _ in range(max(steps, 1)):
        pooled = shares(made.counts.sum(axis=0) + pseudo, axis=1)
        confusion = shares(made.counts + strength * pooled, axis=2)
        prior = class_shares(given, made.frequent)
        made = step(given, confusion, prior)
    return believed(given, confusion, prior, pooled, damping=damping)


def _possible(given: Given, smoothing: float) -> npt.NDArray[np.bool_]:
    """Classes that somebody answered or that gold holds; with smoothing, all."""
    seen = given.n_answers.sum(axis=0) > 0
    seen[given.gold[given.gold >= 0]] = True
    return np.asarray(seen | (smoothing > 0) | (not seen.any()), dtype=np.bool_)


def _prior(frequent: Floats, given: Given, possible: npt.NDArray[np.bool_], smoothing: float) -> Floats:
    if smoothing > 0:
        return shares(frequent * np.count_nonzero(given.n_labels) + smoothing, axis=0)
    return np.where(possible, np.maximum(frequent, FLOOR), 0.0)


def _confusion(counts: Floats, given: Given, smoothing: float) -> Floats:
    """confusion[w, t, a] from counts[w, t, a]; without smoothing, an answer a worker never gave stays at zero."""
    if smoothing > 0:
        return shares(counts + smoothing, axis=2)
    return shares(np.where(given.n_answers[:, None] > 0, np.maximum(counts, FLOOR), 0.0), axis=2)


def _bound(made: Step, confusion: Floats, prior: Floats) -> float:
    """Evidence lower bound, with the prior weighed by labels rather than items: crowd-kit's, to stop where it stops."""
    likelihood = float((made.counts * log(confusion)).sum())
    return likelihood + float((made.counts.sum(axis=(0, 2)) * log(prior)).sum()) + made.entropy
