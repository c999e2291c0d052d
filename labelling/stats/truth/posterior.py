"""The posterior of an item under a fit that exists already: what one more label changes, without fitting anew."""

import numpy as np
import numpy.typing as npt

from labelling.stats.coded import Floats, codes, read
from labelling.stats.truth.model import FLOOR, normalise


def posterior(
    labels: npt.ArrayLike,
    worker_index: npt.ArrayLike,
    confusion: Floats,
    prior: Floats,
    *,
    pooled: Floats | None = None,
) -> Floats:
    """The probability of each class of one item.

    labels: int (n,), its labels. worker_index: int (n,), who gave each; -1 or beyond the fit is an unknown worker.
    confusion: float (n_workers, k, k) and prior: float (k,), of a fit. pooled: float (k, k), assumed of an unknown
    worker; the mean over workers if not given. Returns float (k,); the prior without labels.
    Raises ValueError that names the array and the position.
    """
    items = np.zeros(np.asarray(labels).shape, dtype=np.intp)
    result: Floats = posteriors(items, labels, worker_index, confusion, prior, pooled=pooled, n_items=1)[0]
    return result


def posteriors(
    items: npt.ArrayLike,
    labels: npt.ArrayLike,
    worker_index: npt.ArrayLike,
    confusion: Floats,
    prior: Floats,
    *,
    pooled: Floats | None = None,
    n_items: int | None = None,
) -> Floats:
    """posterior() of many items at once. items: int (n,), which item each label is of. Returns float (n_items, k)."""
    k = len(prior)
    if confusion.ndim != 3 or confusion.shape[1:] != (k, k):
        raise ValueError(f"confusion must have the shape (n_workers, {k}, {k}), not {confusion.shape}")
    n_workers = len(confusion)
    worker = codes(worker_index, "worker_index", low=-1)
    coded = read(items, np.where((worker < 0) | (worker >= n_workers), n_workers, worker), labels, k, n_items=n_items)
    seen = np.empty((coded.items.size, k))
    stranger = coded.workers == n_workers
    seen[~stranger] = confusion[coded.workers[~stranger], :, coded.labels[~stranger]]
    if stranger.any():
        seen[stranger] = _pooled(confusion, pooled, k)[:, coded.labels[stranger]].T
    evidence = np.log(np.maximum(seen, FLOOR))
    with np.errstate(divide="ignore"):
        weight = np.repeat(np.log(prior)[:, None], coded.n_items, axis=1)
    for true in range(k):
        weight[true] += np.bincount(coded.items, weights=evidence[:, true], minlength=coded.n_items)
    return np.ascontiguousarray(normalise(weight).T)


def _pooled(confusion: Floats, pooled: Floats | None, k: int) -> Floats:
    if pooled is not None:
        return pooled
    if len(confusion):
        mean: Floats = confusion.mean(axis=0)
        return mean
    return np.full((k, k), 1.0 / k)
