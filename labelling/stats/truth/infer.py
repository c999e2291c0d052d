"""The product's default: a one-coin start, then a few Dawid-Skene steps shrunk towards the pooled confusion matrix."""

import numpy as np
import numpy.typing as npt

from labelling.stats.coded import Coded, Floats, Ints, known, read, shares
from labelling.stats.truth.model import FLOOR, Truth, average, clamp, count_answers, vote_shares, votes, weigh_answers


def infer(
    items: npt.ArrayLike,
    workers: npt.ArrayLike,
    labels: npt.ArrayLike,
    n_classes: int,
    gold: npt.ArrayLike | None = None,
    *,
    right: float = 4.0,
    wrong: float = 1.0,
    steps: int = 3,
    strength: float = 2.0,
    max_iterations: int = 50,
    tolerance: float = 1e-4,
    n_items: int | None = None,
    n_workers: int | None = None,
) -> Truth:
    """What is true, from labels of unequal workers; robust where there are few labels a worker or an item.

    items, workers, labels: int (n_labels,), coded from 0. gold: int (n_items,), -1 unknown; its items are certain.
    right, wrong: the Beta prior of a worker's accuracy. steps: Dawid-Skene steps after the one-coin fit has settled.
    strength: how many labels a class the pooled confusion matrix weighs in a worker's. tolerance: the one-coin fit
    has settled when no posterior moves by more. The result is bit for bit independent of the order of the labels, and
    posterior equals posteriors(...) of the same labels, except for gold.
    Raises ValueError that names the array and the position.
    """
    if right < 1 or wrong < 1 or right + wrong <= 2 or strength <= 0:
        raise ValueError("right and wrong must be at least 1 and together above 2, strength above 0")
    coded = read(items, workers, labels, n_classes, gold=gold, n_items=n_items, n_workers=n_workers)
    truth = known(gold, coded.n_items, n_classes)
    has_labels = votes(coded).sum(axis=0) > 0
    posterior = _one_coin(
        coded, truth, has_labels, right=right, wrong=wrong, max_iterations=max_iterations, tolerance=tolerance
    )
    for _ in range(max(steps, 1)):
        counts = count_answers(coded, posterior)
        pooled = _pooled(counts, right, wrong)
        confusion = shares(counts + strength * pooled[:, None, :], axis=2)
        prior = _prior(posterior, has_labels)
        posterior = clamp(weigh_answers(coded, np.log(confusion), np.log(prior)), truth)
    by_worker = np.ascontiguousarray(confusion.transpose(1, 0, 2))
    return Truth(np.ascontiguousarray(posterior.T), by_worker, prior, pooled)


def _one_coin(
    coded: Coded,
    gold: Ints,
    has_labels: npt.NDArray[np.bool_],
    *,
    right: float,
    wrong: float,
    max_iterations: int,
    tolerance: float,
) -> Floats:
    """Posterior (k, n_items) when a worker is right with one probability and otherwise picks any other class."""
    n_labels = np.bincount(coded.workers, minlength=coded.n_workers)
    posterior = vote_shares(coded, gold)
    for _ in range(max_iterations):
        agreed = np.bincount(coded.workers, weights=posterior[coded.labels, coded.items], minlength=coded.n_workers)
        skill = np.clip((agreed + right - 1) / (n_labels + right + wrong - 2), FLOOR, 1 - FLOOR)
        previous, posterior = posterior, clamp(_coin_posterior(coded, skill, _prior(posterior, has_labels)), gold)
        if np.abs(posterior - previous).max(initial=0.0) < tolerance:
            break
    return posterior


def _coin_posterior(coded: Coded, skill: Floats, prior: Floats) -> Floats:
    """Each label moves its own class by the log odds of its worker: one bincount for all classes."""
    odds = np.log(skill) - np.log((1 - skill) / max(coded.n_classes - 1, 1))
    cells = coded.labels * coded.n_items + coded.items
    size = coded.n_classes * coded.n_items
    moved = np.bincount(cells, weights=odds[coded.workers], minlength=size).reshape(coded.n_classes, coded.n_items)
    weight = moved + np.log(prior)[:, None]
    weight = np.exp(weight - weight.max(axis=0, initial=-np.inf))
    result: Floats = weight / weight.sum(axis=0)
    return result


def _prior(posterior: Floats, has_labels: npt.NDArray[np.bool_]) -> Floats:
    """Class frequencies, with one item shared by all classes so that none is impossible."""
    return shares(average(posterior, has_labels) * has_labels.sum() + 1.0 / len(posterior), axis=0)


def _pooled(counts: Floats, right: float, wrong: float) -> Floats:
    """The confusion matrix of all workers together, with the accuracy prior as its pseudo-counts."""
    k = len(counts)
    pseudo = np.full((k, k), wrong / max(k - 1, 1))
    np.fill_diagonal(pseudo, right)
    return shares(counts.sum(axis=1) + pseudo, axis=1)
