"""A model's probabilities as one more vote, with what the vote changes."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from labelling.stats.coded import Floats, Ints, known, read, shares
from labelling.stats.truth.em import give, log_weights, sums
from labelling.stats.truth.habits import expected_answers
from labelling.stats.truth.model import Truth, clamp, normalise
from labelling.stats.truth.posterior import cautious, reach

# How many items a class the expected matrix weighs in the model's own, and how many votes in the share it knows.
STRENGTH, WEIGHT = 5.0, 3.0


def add_vote(
    fit: Truth,
    items: npt.ArrayLike,
    workers: npt.ArrayLike,
    labels: npt.ArrayLike,
    model: npt.ArrayLike,
    gold: npt.ArrayLike | None = None,
) -> Truth:
    """fit with the model's vote in its posterior.

    How good the model is, is judged by the posterior of the labels alone: it has no say in that, so it can't confirm
    itself. Its vote is its probabilities, as if it had answered each class that often; it is weighed and damped like a
    worker's. items, workers, labels, gold: as fitted. model: float (n_items, k), rows sum to 1; nan where it has no
    prediction. Raises ValueError that names the row.
    """
    k = len(fit.prior)
    votes, has_vote = _read(model, fit.posterior.shape)
    counts = (fit.posterior[has_vote].T @ votes[has_vote])[None]
    matrix = shares(counts + STRENGTH * expected_answers(counts, weight=WEIGHT)[0], axis=2)[0]
    coded = read(items, workers, labels, k, n_items=len(fit.posterior), n_workers=len(fit.confusion))
    truth = known(gold, coded.n_items, k)
    given = give(coded, truth)
    sure, own = cautious(fit.confusion, fit.guessing), votes @ np.log(cautious(matrix, fit.guessing)).T
    said = sums(given, reach(sure)) + (own.max(axis=1) - own.min(axis=1))
    weight = (log_weights(given, sure, fit.prior) + own) / (1.0 + fit.damping * said)[:, None]
    posterior = _certain(clamp(normalise(weight), truth), fit, has_vote, truth)
    return replace(fit, posterior=posterior, without_model=fit.posterior, model_confusion=matrix)


def _read(model: npt.ArrayLike, shape: tuple[int, ...]) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """The votes, 0 where there are none, and which rows have one."""
    votes = np.asarray(model, dtype=np.float64)
    if votes.shape != shape:
        raise ValueError(f"model must have the shape {shape}, not {votes.shape}")
    has_vote = np.asarray(~np.isnan(votes).all(axis=1), dtype=np.bool_)
    right = (votes >= 0).all(axis=1) & (np.abs(votes.sum(axis=1) - 1.0) < 1e-3)
    wrong = np.flatnonzero(has_vote & ~right)
    if wrong.size:
        at = int(wrong[0])
        raise ValueError(f"model[{at}] is {votes[at]}; it must be probabilities that sum to 1, or all nan")
    return np.where(has_vote[:, None], votes, 0.0), has_vote


def _certain(posterior: Floats, fit: Truth, has_vote: npt.NDArray[np.bool_], gold: Ints) -> Floats:
    """The posterior of the labels alone, to the bit, where the model says nothing."""
    return np.where((has_vote & (gold < 0))[:, None], posterior, fit.posterior)
