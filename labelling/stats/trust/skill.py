"""How skilled this crowd's honest workers are: the null hypothesis that flags are held against.

A worker of skill s gives the answer that the others make likely with chance s, and otherwise guesses by their own mix
of answers; below 0, they avoid it. Sources: Hovy, Berg-Kirkpatrick, Vaswani & Hovy 2013 (MACE); the distribution over
workers is estimated as a whole, Kiefer & Wolfowitz 1956.
"""

import numpy as np

from labelling.stats.coded import Floats
from labelling.stats.trust.others import Others

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


def of(others: Others, backed: Floats | None = None) -> Floats:
    """Each worker's posterior over SKILLS (len(SKILLS), n_workers). backed: of `others`, counted anew if not given."""
    return distribution(likelihoods(others, others.backed() if backed is None else backed))[1]


def likelihoods(others: Others, backed: Floats) -> Floats:
    """Log-likelihood (len(SKILLS), n_workers) of each worker's labels at each skill. backed: of `others`."""
    k, who = others.n_classes, others.workers
    counts = np.bincount(who * k + others.labels, minlength=others.n_workers * k).reshape(others.n_workers, k)
    mix = (counts + MIX_STRENGTH * others.mix) / (counts.sum(axis=1, keepdims=True) + MIX_STRENGTH)
    guessed = mix[who, others.labels]
    rows = [np.log(np.maximum(chance(one, backed, guessed, k), LEAST_CHANCE)) for one in SKILLS]
    return np.stack([np.bincount(who, weights=row, minlength=others.n_workers) for row in rows])


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
