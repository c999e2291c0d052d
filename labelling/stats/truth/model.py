"""What every model of the crowd shares: the result, and arithmetic of probabilities."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from labelling.stats.coded import Coded, Floats, Ints

# The floor of a probability before its logarithm; the same as crowd-kit's, so that results can be compared.
FLOOR = 1e-10
# The logarithm of what is impossible: exp() of it is 0, and 0 times it is 0.
NEVER = -1e4


@dataclass(frozen=True, slots=True)
class Truth:
    """A fit.

    posterior: float (n_items, k), the probability of each class; rows sum to 1.
    confusion: float (n_workers, k, k), confusion[w, t, a] is the probability that worker w answers a when t is true.
    prior: float (k,), how frequent each class is.
    pooled: float (k, k), the confusion matrix of all workers together: what is assumed of an unknown worker.
    guessing, damping: how cautiously labels become a posterior, as in posterior.weigh(); 0 and 0 is Bayes' rule.
    without_model: float (n_items, k), the posterior of the labels alone, if a model voted in `posterior`; the one to
    compare it with, since a model that learnt from such labels, or chose these items, is no independent witness.
    model_confusion: float (k, k), what the model's votes were taken to be worth.
    """

    posterior: Floats
    confusion: Floats
    prior: Floats
    pooled: Floats
    guessing: float = 0.0
    damping: float = 0.0
    without_model: Floats | None = None
    model_confusion: Floats | None = None

    def flipped(self) -> npt.NDArray[np.bool_]:
        """Which items' likeliest class the model's vote changes, bool (n_items,)."""
        if self.without_model is None:
            return np.zeros(len(self.posterior), dtype=np.bool_)
        return np.asarray(self.posterior.argmax(axis=1) != self.without_model.argmax(axis=1), dtype=np.bool_)


def votes(coded: Coded) -> Floats:
    """How many labels of each class each item has. Returns float (k, n_items)."""
    cells = coded.labels * coded.n_items + coded.items
    counted = np.bincount(cells, minlength=coded.n_classes * coded.n_items)
    return counted.reshape(coded.n_classes, coded.n_items).astype(np.float64)


def clamp(posterior: Floats, gold: Ints) -> Floats:
    """Set the posterior of items whose truth is known, in place. posterior: float (n_items, k)."""
    at = np.flatnonzero(gold >= 0)
    posterior[at] = 0.0
    posterior[at, gold[at]] = 1.0
    return posterior


def log(probability: Floats) -> Floats:
    """The logarithm, with what is impossible as a number that arithmetic can do with."""
    return np.log(probability, out=np.full_like(probability, NEVER), where=probability > 0)


def normalise(log_weight: Floats) -> Floats:
    """Probabilities (n, k) from their logarithms up to a constant a row."""
    weight = np.exp(log_weight - log_weight.max(axis=1, keepdims=True, initial=-np.inf))
    result: Floats = weight / weight.sum(axis=1, keepdims=True)
    return result


def coins(accuracy: Floats, n_classes: int) -> Floats:
    """Matrices of workers who are right with one probability (n_workers,) and else answer any other class alike."""
    right = np.clip(accuracy, FLOOR, 1 - FLOOR)[:, None, None] if n_classes > 1 else np.ones((len(accuracy), 1, 1))
    wrong = (1 - right) / max(n_classes - 1, 1)
    return np.asarray(wrong + (right - wrong) * np.eye(n_classes), dtype=np.float64)
