"""What a worker is expected to answer before their confusion matrix is known: they know, or answer by habit."""

import numpy as np

from labelling.stats.coded import Floats, shares

# Shares of labels a worker knows the answer of, that are tried.
KNOWN = np.linspace(0.02, 0.98, 25)
# How many labels the usual habit weighs in a worker's own.
USUAL = 2.0
# How many known and unknown answers speak for what all workers together know, so that few labels say little of it.
EVERYBODY = (40.0, 20.0)


def expected_answers(counts: Floats, *, weight: float) -> tuple[Floats, Floats]:
    """Two things say what a worker answers: how often they know the answer, and what they say when they don't.

    counts: float (n_workers, k, k), expected counts[w, t, a] of answers a where t is true. weight: how many labels
    the share that all workers together know weighs in a worker's own. Returns float (n_workers, k, k), sums over
    answers are 1 and nothing is impossible; and float (k, k), the same of a worker nothing is known of.
    Source: Hovy, Berg-Kirkpatrick, Vaswani & Hovy 2013 (MACE), here as the mean of a prior.
    """
    answered = counts.sum(axis=1)
    usual = shares(answered.sum(axis=0) + 1.0, axis=0)
    habit = shares(answered + USUAL * usual, axis=1)
    hits = np.einsum("wtt->wt", counts)
    missed = answered.sum(axis=1) - hits.sum(axis=1)
    everybody = _known(hits.sum(axis=0)[None], missed.sum()[None], usual[None], *EVERYBODY)
    own = _known(hits, missed, habit, weight * everybody, weight * (1 - everybody))
    return _matrix(own, habit), _matrix(everybody, usual[None])[0]


def _matrix(known: Floats, habit: Floats) -> Floats:
    """known: float (n_workers,). habit: float (n_workers, k). Returns float (n_workers, k, k)."""
    by_habit = (1 - known)[:, None] * habit
    return known[:, None, None] * np.eye(habit.shape[1]) + by_habit[:, None, :]


def _known(hits: Floats, missed: Floats, habit: Floats, right: Floats | float, wrong: Floats | float) -> Floats:
    """The likeliest share of known answers a worker, under a Beta prior. hits, habit: (n_workers, k)."""
    best, chosen = np.full(len(hits), -np.inf), np.full(len(hits), KNOWN[0])
    for known in KNOWN:
        likelihood = missed * np.log(1 - known) + (hits * np.log(known + (1 - known) * habit)).sum(axis=1)
        likelihood += right * np.log(known) + wrong * np.log(1 - known)
        better = likelihood > best
        best[better], chosen[better] = likelihood[better], known
    return chosen
