"""How skilled this crowd's honest workers are: the null hypothesis that flags are held against.

A worker of skill s gives the answer that the others make likely with chance s, and otherwise guesses by their own mix
of answers; below 0, they avoid it. Sources: Hovy, Berg-Kirkpatrick, Vaswani & Hovy 2013 (MACE); the distribution over
workers is estimated as a whole, Kiefer & Wolfowitz 1956.
"""

import numpy as np

from labelling.stats.coded import Floats, Ints

SKILLS = np.array([-0.9, -0.7, -0.5, -0.3, -0.15, 0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.97])
# Who knows the answer less often than this, where they don't guess, isn't counted among the honest.
LEAST = 0.2
HONEST = SKILLS[SKILLS >= LEAST]
# So many honest workers are unlike those seen so far.
UNSEEN = 5.0
# How many answers the mix of all weighs in a worker's own mix of guesses.
MIX_STRENGTH = 4.0
LEAST_CHANCE = 1e-12


def chance(skill: float, backed: Floats, guessed: Floats, n_classes: int) -> Floats:
    """Of each label, given how likely its answer is by the others and how often the worker guesses it."""
    if skill >= 0:
        return skill * backed + (1 - skill) * guessed
    return -skill * (1 - backed) / max(n_classes - 1, 1) + (1 + skill) * guessed


def own_mix(workers: Ints, labels: Ints, mix: Floats, n_workers: int) -> Floats:
    """(n_labels,): how often each label's worker gives that answer, drawn to the mix of all."""
    k = len(mix)
    counts = np.bincount(workers * k + labels, minlength=n_workers * k).reshape(n_workers, k)
    shares = (counts + MIX_STRENGTH * mix) / (counts.sum(axis=1, keepdims=True) + MIX_STRENGTH)
    result: Floats = shares[workers, labels]
    return result


def likelihoods(workers: Ints, backed: Floats, guessed: Floats, n_classes: int, n_workers: int) -> Floats:
    """Log-likelihood (len(SKILLS), n_workers) of each worker's labels at each skill."""
    rows = [np.log(np.maximum(chance(skill, backed, guessed, n_classes), LEAST_CHANCE)) for skill in SKILLS]
    return np.stack([np.bincount(workers, weights=row, minlength=n_workers) for row in rows])


def distribution(log_likelihood: Floats, *, rounds: int = 100) -> tuple[Floats, Floats]:
    """How frequent each skill is among workers (len(SKILLS),), and each worker's own posterior (len(SKILLS), n)."""
    likelihood = np.exp(log_likelihood - log_likelihood.max(axis=0))
    frequency = np.full(len(SKILLS), 1 / len(SKILLS))
    for _ in range(rounds):
        frequency = _own(likelihood, frequency).sum(axis=1) + 1 / len(SKILLS)
        frequency /= frequency.sum()
    return frequency, _own(likelihood, frequency)


def _own(likelihood: Floats, frequency: Floats) -> Floats:
    weighed = likelihood * frequency[:, None]
    result: Floats = weighed / weighed.sum(axis=0)
    return result


def honest(frequency: Floats, n_workers: int) -> Floats:
    """The distribution over HONEST: as estimated from so many workers, a share kept for skills unseen, the weaker the
    rarer."""
    seen = frequency[SKILLS >= LEAST]
    unseen = UNSEEN / (n_workers * seen.sum() + UNSEEN)
    result: Floats = (1 - unseen) * seen / seen.sum() + unseen * HONEST / HONEST.sum()
    return result
