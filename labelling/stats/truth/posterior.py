"""The posterior of an item under a fit that exists already: what one more label changes, without fitting anew.

Bayes' rule would take the labels of an item for independent of each other and the fit for true; both make it too
sure. Two numbers of a fit say how much less is believed: see weigh().
"""

import numpy as np
import numpy.typing as npt

from labelling.stats.coded import Floats, codes, known, read
from labelling.stats.truth.em import Given, give, log_weights, sums
from labelling.stats.truth.model import FLOOR, Truth, clamp, normalise


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


def believed(
    given: Given, confusion: Floats, prior: Floats, pooled: Floats, *, guessing: float = 0.0, damping: float = 0.0
) -> Truth:
    """The fit with the posterior that it gives to its own labels; gold is certain, who gave no label is a stranger."""
    gave = given.n_answers.sum(axis=1) > 0
    confusion = np.where(gave[:, None, None], confusion, pooled)
    posterior = _weigh_all(given, confusion, prior, guessing=guessing, damping=damping)
    return Truth(clamp(posterior, given.gold), confusion, prior, pooled, guessing, damping)


def _weigh_all(given: Given, confusion: Floats, prior: Floats, *, guessing: float, damping: float) -> Floats:
    """weigh() of all items at once, float (n_items, k)."""
    sure = cautious(confusion, guessing)
    weight = log_weights(given, sure, prior)
    if damping:
        weight /= 1.0 + damping * sums(given, reach(sure))[:, None]
    return normalise(weight)


def reach(confusion: Floats) -> Floats:
    """What an answer says, whichever way: nats between the class it speaks most for and the one it speaks least for.

    confusion: float (n_workers, k, k), no zeros. Returns float (n_workers, k).
    """
    evidence = np.log(confusion)
    result: Floats = evidence.max(axis=1, initial=-np.inf) - evidence.min(axis=1, initial=np.inf)
    return result


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
    worker = np.where(strangers, n_workers, worker)
    coded = read(items, worker, labels, k, n_items=n_items, n_workers=n_workers + 1)
    confusion = np.concatenate([confusion, _pooled(confusion, pooled, k)[None]])
    given = give(coded, known(None, coded.n_items, k))
    return _weigh_all(given, confusion, prior, guessing=guessing, damping=damping)


def _pooled(confusion: Floats, pooled: Floats | None, k: int) -> Floats:
    if pooled is not None:
        return pooled
    if len(confusion):
        mean: Floats = confusion.mean(axis=0)
        return mean
    return np.full((k, k), 1.0 / k)
