"""The posterior of an item under a fit that exists already: what one more label changes, without fitting anew.

Bayes' rule would take the labels of an item for independent of each other and the fit for true; both make it too
sure. Two numbers of a fit say how much less is believed: see weigh().
"""

import numpy as np
import numpy.typing as npt

from labelling.stats.coded import Coded, Floats, codes, read
from labelling.stats.truth.model import FLOOR, normalise


def weigh(seen: Floats, prior: Floats, *, guessing: float = 0.0, damping: float = 0.0) -> Floats:
    """The probability of each class of one item, bit for bit the same in whatever order its labels come.

    seen: float (n, k), how probable each of its labels was for each true class: a column of a confusion matrix.
    prior: float (k,). guessing: the share of labels that are taken to say nothing, whoever gives them: what a fit
    holds to be certain of a worker is never quite. damping: 1 / nats; labels of an item are alike, so the second says
    less than the first: all evidence is divided by 1 + damping * (what the labels say, whichever way, in nats), which
    is a temperature of the item's own and leaves the likeliest class as it is. Returns float (k,).
    """
    evidence = np.log(cautious(seen, guessing))
    said = np.sort(evidence.max(axis=1) - evidence.min(axis=1)).sum()
    weight = np.log(np.maximum(prior, FLOOR)) + np.sort(evidence, axis=0).sum(axis=0)
    weight = weight / (1.0 + damping * said)
    weight = np.exp(weight - weight.max())
    result: Floats = weight / weight.sum()
    return result


def cautious(confusion: Floats, guessing: float) -> Floats:
    """Probabilities of answers (..., k classes that can be answered) if a share of all labels were guesses."""
    mixed = confusion if guessing == 0.0 else (1.0 - guessing) * confusion + guessing / confusion.shape[-1]
    return np.asarray(np.maximum(mixed, FLOOR), dtype=np.float64)


def weigh_all(coded: Coded, confusion: Floats, prior: Floats, *, guessing: float = 0.0, damping: float = 0.0) -> Floats:
    """weigh() of all items at once. confusion: float (n_workers, k, k). Returns float (k, n_items)."""
    k = len(prior)
    table = np.log(cautious(confusion, guessing))
    answer = coded.workers * k + coded.labels
    weight = np.empty((k, coded.n_items))
    with np.errstate(divide="ignore"):
        log_prior = np.log(prior)
    for true in range(k):
        column = np.ascontiguousarray(table[:, true]).ravel()
        weight[true] = np.bincount(coded.items, weights=column[answer], minlength=coded.n_items) + log_prior[true]
    if damping:
        reach = (table.max(axis=1, initial=-np.inf) - table.min(axis=1, initial=np.inf)).ravel()
        weight /= 1.0 + damping * np.bincount(coded.items, weights=reach[answer], minlength=coded.n_items)
    return normalise(weight)


def posterior(
    labels: npt.ArrayLike,
    worker_index: npt.ArrayLike,
    confusion: Floats,
    prior: Floats,
    *,
    pooled: Floats | None = None,
    guessing: float = 0.0,
    damping: float = 0.0,
) -> Floats:
    """The probability of each class of one item.

    labels: int (n,), its labels. worker_index: int (n,), who gave each; -1 or beyond the fit is an unknown worker.
    confusion: float (n_workers, k, k) and prior: float (k,), of a fit. pooled: float (k, k), assumed of an unknown
    worker; the mean over workers if not given. guessing, damping: of the fit, as in weigh(). Returns float (k,); the
    prior without labels. Raises ValueError that names the array and the position.
    """
    items = np.zeros(np.asarray(labels).shape, dtype=np.intp)
    result: Floats = posteriors(
        items, labels, worker_index, confusion, prior, pooled=pooled, guessing=guessing, damping=damping, n_items=1
    )[0]
    return result


def posteriors(
    items: npt.ArrayLike,
    labels: npt.ArrayLike,
    worker_index: npt.ArrayLike,
    confusion: Floats,
    prior: Floats,
    *,
    pooled: Floats | None = None,
    guessing: float = 0.0,
    damping: float = 0.0,
    n_items: int | None = None,
) -> Floats:
    """posterior() of many items at once. items: int (n,), which item each label is of. Returns float (n_items, k)."""
    k = len(prior)
    if confusion.ndim != 3 or confusion.shape[1:] != (k, k):
        raise ValueError(f"confusion must have the shape (n_workers, {k}, {k}), not {confusion.shape}")
    n_workers = len(confusion)
    worker = codes(worker_index, "worker_index", low=-1)
    strangers = (worker < 0) | (worker >= n_workers)
    coded = read(items, np.where(strangers, n_workers, worker), labels, k, n_items=n_items)
    if strangers.any():
        confusion = np.concatenate([confusion, _pooled(confusion, pooled, k)[None]])
    return np.ascontiguousarray(weigh_all(coded, confusion, prior, guessing=guessing, damping=damping).T)


def _pooled(confusion: Floats, pooled: Floats | None, k: int) -> Floats:
    if pooled is not None:
        return pooled
    if len(confusion):
        mean: Floats = confusion.mean(axis=0)
        return mean
    return np.full((k, k), 1.0 / k)
