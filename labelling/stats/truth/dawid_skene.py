"""Dawid and Skene's model: a confusion matrix a worker, by expectation-maximisation."""

import numpy as np
import numpy.typing as npt

from labelling.stats.coded import Coded, Floats, known, read, shares
from labelling.stats.truth.model import (
    FLOOR,
    Truth,
    average,
    clamp,
    count_answers,
    vote_shares,
    votes,
    weigh_answers,
)


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
    truth = known(gold, coded.n_items, n_classes)
    has_labels = votes(coded).sum(axis=0) > 0
    possible = _possible(coded, truth, smoothing)
    posterior = vote_shares(coded, truth)
    prior = _prior(posterior, has_labels, possible, smoothing)
    counts = count_answers(coded, posterior)
    confusion = _confusion(coded, counts, smoothing)
    bound = -np.inf
    for _ in range(max_iterations if coded.items.size else 0):
        posterior = clamp(weigh_answers(coded, _log(confusion), _log(prior)), truth)
        prior = _prior(posterior, has_labels, possible, smoothing)
        counts = count_answers(coded, posterior)
        confusion = _confusion(coded, counts, smoothing)
        previous, bound = bound, _bound(counts, confusion, prior, posterior[:, has_labels]) / coded.items.size
        if bound - previous < tolerance:
            break
    pooled = shares(counts.sum(axis=1) + smoothing, axis=1)
    by_worker = np.ascontiguousarray(confusion.transpose(1, 0, 2))
    return Truth(np.ascontiguousarray(posterior.T), by_worker, prior, pooled)


def _possible(coded: Coded, gold: npt.NDArray[np.intp], smoothing: float) -> npt.NDArray[np.bool_]:
    """Classes that somebody answered or that gold holds; with smoothing, all."""
    seen = np.bincount(coded.labels, minlength=coded.n_classes) > 0
    seen[gold[gold >= 0]] = True
    return seen | (smoothing > 0) | (not seen.any())


def _prior(
    posterior: Floats, has_labels: npt.NDArray[np.bool_], possible: npt.NDArray[np.bool_], smoothing: float
) -> Floats:
    mean = average(posterior, has_labels)
    if smoothing > 0:
        return shares(mean * has_labels.sum() + smoothing, axis=0)
    return np.where(possible, np.maximum(mean, FLOOR), 0.0)


def _confusion(coded: Coded, counts: Floats, smoothing: float) -> Floats:
    """confusion[t, w, a] from counts[t, w, a]; without smoothing, an answer a worker never gave stays at zero."""
    if smoothing > 0:
        return shares(counts + smoothing, axis=2)
    answer = np.bincount(coded.workers * coded.n_classes + coded.labels, minlength=coded.n_workers * coded.n_classes)
    gave = answer.reshape(1, coded.n_workers, coded.n_classes) > 0
    return shares(np.where(gave, np.maximum(counts, FLOOR), 0.0), axis=2)


def _log(probability: Floats) -> Floats:
    with np.errstate(divide="ignore"):
        result: Floats = np.log(probability)
    return result


def _bound(counts: Floats, confusion: Floats, prior: Floats, posterior: Floats) -> float:
    """Evidence lower bound, with the prior weighed by labels rather than items: crowd-kit's, to stop where it stops."""
    mass = counts.sum(axis=(1, 2))
    likelihood = float((counts * np.log(np.where(confusion > 0, confusion, 1.0))).sum())
    expected = float((mass * np.log(np.where(prior > 0, prior, 1.0))).sum())
    kept = np.maximum(posterior, FLOOR)
    return likelihood + expected - float((kept * np.log(kept)).sum())
