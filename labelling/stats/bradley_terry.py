"""How strong each of several things is, from comparisons of two: Bradley and Terry's model, with ties by Davidson.

Of two with log-strengths a and b, the first wins with a probability proportional to exp(a), the second to exp(b), and
they tie with one proportional to tie * exp((a + b) / 2). Sources: Bradley & Terry 1952; Davidson 1970; Hunter 2004.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from labelling.stats.coded import codes
from labelling.stats.interval import Interval, quantile

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

FIRST, SECOND, TIE = 0, 1, 2
# What is believed before any comparison: log-strengths are within 6 of the middle, 95% sure. So what always won isn't
# infinitely strong, and what was compared a few dozen times is moved by less than its error.
SPREAD = 3.0
STEPS, SMALL = 100, 1e-10


@dataclass(frozen=True, slots=True)
class Strengths:
    """log_strength: float (n,), natural log-odds of winning against the middle of all, whose mean is 0. covariance:
    float (n, n), of those. tie: how common ties are, 0 without any. compared: int (n,), comparisons of each. group: int
    (n,), things that no chain of comparisons connects are in different ones, and can't be told apart."""

    log_strength: Floats
    covariance: Floats
    tie: float
    compared: Ints
    group: Ints

    def interval(self, at: int, level: float = 0.95) -> Interval:
        return self._around(float(self.log_strength[at]), float(self.covariance[at, at]), level)

    def difference(self, one: int, other: int, level: float = 0.95) -> Interval:
        """How much stronger one is than the other; surely so, if the interval lies above 0."""
        spread = self.covariance[one, one] + self.covariance[other, other] - 2 * self.covariance[one, other]
        return self._around(float(self.log_strength[one] - self.log_strength[other]), float(spread), level)

    def score(self, log_strength: float) -> float:
        """The share won against the middle of all, a tie counting as half."""
        win, tie = np.exp(log_strength), self.tie * np.exp(log_strength / 2)
        return float((win + tie / 2) / (win + 1 + tie))

    def _around(self, value: float, variance: float, level: float) -> Interval:
        half = quantile(level) * float(np.sqrt(max(variance, 0.0)))
        return Interval(value, value - half, value + half)


def bradley_terry(
    first: npt.ArrayLike, second: npt.ArrayLike, outcome: npt.ArrayLike, *, clusters: npt.ArrayLike | None = None,
    n: int | None = None, spread: float = SPREAD,
) -> Strengths:  # fmt: skip
    """Strengths by penalised maximum likelihood, with errors that allow for comparisons that belong together.

    first, second: int (m,), what was compared, coded from 0. outcome: int (m,), 0: the first won, 1: the second, 2: a
    tie. clusters: int (m,); comparisons of one cluster, as labels of one item, needn't be independent of each other
    (Liang & Zeger 1986); None: all are. n: how many things there are. spread: standard deviation of the normal prior of
    a log-strength. Raises ValueError that names the array and the position.
    """
    one, other, how = codes(first, "first"), codes(second, "second"), codes(outcome, "outcome", below=3)
    if not len(one) == len(other) == len(how):
        raise ValueError(f"first, second and outcome must be equally long, not {len(one)}, {len(other)}, {len(how)}")
    if (one == other).any():
        raise ValueError(f"first[{int(np.argmax(one == other))}] is compared with itself")
    size = max(int(max(one.max(initial=-1), other.max(initial=-1))) + 1, n or 0)
    log_tie = bool((how == TIE).any())
    data = _Comparisons(*_counted(one, other, how, size), size, log_tie, 1 / spread**2)
    x = _climb(data)
    _, curve = data.slopes(x)
    covariance = np.linalg.inv(curve)
    if clusters is not None:
        meat = _meat(data, x, one, other, how, codes(clusters, "clusters"))
        covariance = covariance @ meat @ covariance
    centre = np.eye(size) - 1 / max(size, 1)
    return Strengths(
        centre @ x[:size], centre @ covariance[:size, :size] @ centre, float(np.exp(x[size])) if log_tie else 0.0,
        np.bincount(np.concatenate([one, other]), minlength=size), _groups(data.one, data.other, size),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Comparisons:
    """Different pairs, (u,), and how often each outcome came, (u, 3). The parameters are n log-strengths and, if there
    are ties, the logarithm of how common they are. precision: of the prior, for each."""

    one: Ints
    other: Ints
    counts: Floats
    size: int
    log_tie: bool
    precision: float

    @property
    def n_parameters(self) -> int:
        return self.size + self.log_tie

    def chances(self, x: Floats, one: Ints, other: Ints) -> Floats:
        """(m, 3): the probability of each outcome."""
        a, b = x[one], x[other]
        tie = x[self.size] + (a + b) / 2 if self.log_tie else np.full(len(a), -np.inf)
        logs = np.stack([a, b, tie], axis=1)
        odds = np.exp(logs - logs.max(axis=1, keepdims=True))
        return np.asarray(odds / odds.sum(axis=1, keepdims=True))

    def height(self, x: Floats) -> float:
        chances = self.chances(x, self.one, self.other)
        logs = np.log(chances, out=np.zeros_like(chances), where=chances > 0)
        return float((self.counts * logs).sum() - self.precision * (x @ x) / 2)

    def slopes(self, x: Floats) -> tuple[Floats, Floats]:
        """The gradient of the penalised log-likelihood (p,), and minus its second derivative (p, p)."""
        chances, total = self.chances(x, self.one, self.other), self.counts.sum(axis=1)
        share, tie = chances[:, FIRST] + chances[:, TIE] / 2, chances[:, TIE]
        won = self.counts[:, FIRST] + self.counts[:, TIE] / 2 - total * share
        gradient, curve = np.zeros(self.n_parameters), np.eye(self.n_parameters) * self.precision
        np.add.at(gradient, self.one, won)
        np.add.at(gradient, self.other, -won)
        variance = total * (chances[:, FIRST] + tie / 4 - share**2)
        for i, j, sign in ((self.one, self.one, 1), (self.other, self.other, 1), (self.one, self.other, -1),
                           (self.other, self.one, -1)):  # fmt: skip
            np.add.at(curve, (i, j), sign * variance)
        if self.log_tie:
            both = total * tie * (0.5 - share)
            for i, sign in ((self.one, 1), (self.other, -1)):
                np.add.at(curve[:, self.size], i, sign * both)
                np.add.at(curve[self.size], i, sign * both)
            gradient[self.size] += (self.counts[:, TIE] - total * tie).sum()
            curve[self.size, self.size] += (total * tie * (1 - tie)).sum()
        return gradient - self.precision * x, curve


def _counted(one: Ints, other: Ints, how: Ints, size: int) -> tuple[Ints, Ints, Floats]:
    pairs, place = np.unique(one * size + other, return_inverse=True)
    counts = np.zeros((len(pairs), 3))
    np.add.at(counts, (place, how), 1)
    return pairs // max(size, 1), pairs % max(size, 1), counts


def _climb(data: _Comparisons) -> Floats:
    """Newton's method; the log-likelihood is concave, so half a step is enough where a whole one goes too far."""
    x = np.zeros(data.n_parameters)
    for _ in range(STEPS):
        gradient, curve = data.slopes(x)
        step = np.linalg.solve(curve, gradient)
        while data.height(x + step) < data.height(x) - SMALL:
            step = step / 2
        x = x + step
        if np.abs(step).max(initial=0.0) < SMALL:
            break
    return x


def _meat(data: _Comparisons, x: Floats, one: Ints, other: Ints, how: Ints, cluster: Ints) -> Floats:
    """(p, p): how the slopes of clusters scatter, the prior counted as one that does as it says."""
    chances = data.chances(x, one, other)
    won = np.array([1.0, 0.0, 0.5])[how] - chances[:, FIRST] - chances[:, TIE] / 2
    _, row = np.unique(cluster, return_inverse=True)
    slopes = np.zeros((int(row.max(initial=-1)) + 1, data.n_parameters))
    np.add.at(slopes, (row, one), won)
    np.add.at(slopes, (row, other), -won)
    if data.log_tie:
        np.add.at(slopes[:, data.size], row, (how == TIE) - chances[:, TIE])
    return np.asarray(slopes.T @ slopes + np.eye(data.n_parameters) * data.precision)


def _groups(one: Ints, other: Ints, size: int) -> Ints:
    """(n,): the least number of all that chains of comparisons connect with each."""
    group = np.arange(size)
    while True:
        least = group.copy()
        np.minimum.at(least, one, group[other])
        np.minimum.at(least, other, group[one])
        if (least == group).all():
            return group
        group = least
