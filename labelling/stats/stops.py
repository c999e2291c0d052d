"""Where labelling would have stopped: posteriors label by label, of items whose labels came in a known order."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from labelling.stats.calibration import IDENTITY, Calibrator, calibrator
from labelling.stats.coded import Floats, Ints
from labelling.stats.stopping import information
from labelling.stats.truth.model import FLOOR
from labelling.stats.truth.posterior import cautious

# How often stops and their correction are made from one another; they hardly move after the third time.
ROUNDS = 4

# Whether labelling ends: of corrected posteriors (n, k) and how many labels are behind each (n,), bool (n,).
Ends = Callable[[Floats, Ints], npt.NDArray[np.bool_]]


@dataclass(frozen=True, slots=True)
class Runs:
    """Labels of several runs, each run's in the order in which they came.

    run: int (n,), from 0 and never falling. workers: int (n,), -1 for who is not in the fit. labels: int (n,).
    """

    run: Ints
    workers: Ints
    labels: Ints

    def __len__(self) -> int:
        return int(self.run[-1]) + 1 if self.run.size else 0

    def numbers(self) -> Ints:
        """How many labels of its run there are up to each, itself included."""
        begins = np.searchsorted(self.run, np.arange(len(self)))
        return np.arange(self.run.size) - begins[self.run] + 1


def step_by_step(
    runs: Runs, confusion: Floats, prior: Floats, pooled: Floats, *, guessing: float = 0.0, damping: float = 0.0
) -> Floats:
    """The uncorrected posterior (n, k) after each label: what truth.weigh() makes of it and those before it.

    confusion: float (n_workers, k, k), prior: float (k,), pooled: float (k, k), guessing, damping: of a fit.
    """
    seen = pooled[:, runs.labels].T.copy()
    of_fit = runs.workers >= 0
    seen[of_fit] = confusion[runs.workers[of_fit], :, runs.labels[of_fit]]
    evidence = np.log(cautious(seen, guessing))
    said = evidence.max(axis=1, initial=-np.inf) - evidence.min(axis=1, initial=np.inf)
    weight = _running(runs, evidence) + np.log(np.maximum(prior, FLOOR))
    weight /= 1.0 + damping * _running(runs, said[:, None])
    weight = np.exp(weight - weight.max(axis=1, keepdims=True, initial=-np.inf))
    result: Floats = weight / weight.sum(axis=1, keepdims=True)
    return result


def _running(runs: Runs, values: Floats) -> Floats:
    """Sums of each run's values (n, m) up to each label."""
    sums = np.concatenate([np.zeros((1, values.shape[1])), np.cumsum(values, axis=0)])
    begins = np.searchsorted(runs.run, np.arange(len(runs)))
    result: Floats = sums[1:] - sums[begins[runs.run]]
    return result


def last_of(runs: Runs) -> Ints:
    """The position of each run's last label, (n_runs,)."""
    if not runs.run.size:
        return np.zeros(0, dtype=np.intp)
    return np.append(np.flatnonzero(np.diff(runs.run)), runs.run.size - 1)


def ending(*, minimum: int, maximum: int, stop_confidence: float, price: float, confusion: Floats) -> Ends:
    """The rule of stopping.decide() about items that may stop early, for many at once: labelling ends at the maximum,
    and from the minimum on when the posterior is sure enough or another label isn't worth its price in bits.
    confusion: float (k, k), of the labeller to come."""

    def ends(posterior: Floats, n_labels: Ints) -> npt.NDArray[np.bool_]:
        sure = posterior.max(axis=1, initial=0.0) >= stop_confidence
        dear = information(posterior, confusion) < price
        over = (n_labels >= maximum) | ((n_labels >= minimum) & (sure | dear))
        return np.asarray(over, dtype=np.bool_)

    return ends


def stops_of(runs: Runs, posterior: Floats, ends: Ends, corrected: Calibrator = IDENTITY) -> Ints:
    """For each run, the position of the label at which it would have stopped: the first at which labelling ends, else
    the last. posterior: float (n, k), uncorrected."""
    over = ends(corrected.apply(posterior), runs.numbers())
    position = np.where(over, np.arange(runs.run.size), runs.run.size)
    found = np.full(len(runs), runs.run.size)
    np.minimum.at(found, runs.run, position)
    return np.asarray(np.minimum(found, last_of(runs)), dtype=np.intp)


def calibrated_stops(
    runs: Runs, posterior: Floats, ends: Ends, truth: Ints, weight: Floats, groups: Ints
) -> tuple[Calibrator, Ints]:
    """The correction under which stops mean what they say, and where the runs stop under it: one depends on the other,
    so each is made from the other in turn. truth, weight, groups: (n_runs,), as in calibrator()."""
    correction = IDENTITY
    at = stops_of(runs, posterior, ends, correction)
    for _ in range(ROUNDS if len(runs) else 0):
        correction = calibrator(posterior[at], truth, weight, groups)
        at = stops_of(runs, posterior, ends, correction)
    return correction, at
