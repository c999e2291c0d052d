"""What is still to come until every item is settled: labels, experts' decisions and money, with their interval."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from labelling.stats.coded import Floats, Ints
from labelling.stats.interval import Interval

# What is believed before anything was decided, as (successes, failures): an item ends with the next decision, and one
# that ended before the maximum, at the maximum, or always goes there, is contested.
ENDS, CONTESTED_EARLY, CONTESTED_LAST, CONTESTED_STRAIGHT = (1.0, 1.0), (0.1, 1.9), (0.6, 1.4), (0.2, 1.8)


@dataclass(frozen=True, slots=True)
class Past:
    """Decisions by the number of labels behind them, int (maximum + 1,): all, those that ended the item's labelling,
    those that gave it to an expert. Of items that may stop early; straight: of items that always go to the maximum,
    how many ended and how many were contested."""

    judged: Ints
    ended: Ints
    contested: Ints
    straight: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True)
class Group:
    """n open items alike: labels they have, labels they get before they are judged; early: they may stop before the
    maximum; audited: an expert looks at them whatever the crowd says."""

    n: int
    n_done: int
    target: int
    early: bool = True
    audited: bool = False


@dataclass(frozen=True, slots=True)
class Outlook:
    """Medians with their intervals: labels (gold among them), decisions by experts, cost in the unit of the prices."""

    labels: Interval
    decisions: Interval
    cost: Interval


def outlook(
    past: Past,
    groups: Iterable[Group],
    *,
    first: int,
    seed: int,
    waiting: int = 0,
    gold_share: float = 0.0,
    price_label: float = 1.0,
    price_decision: float = 0.0,
    wanted: float | None = None,
    draws: int = 1000,
    level: float = 0.9,
) -> Outlook:
    """Play the rest of a project `draws` times, each time with other probabilities that the past allows.

    first: labels before the first decision. waiting: items that wait for an expert already. gold_share: how many of
    all labels go to gold items. wanted: labels an item that a price steers to; in each draw the hazards move part of
    the way to where items take that many. level: of the intervals. An item ends at n labels with a probability of its
    own for each n (a discrete hazard), drawn from its Beta posterior, so that a new project has wide intervals; the
    same hazards hold for all items of a draw. Raises ValueError for a share outside 0 to 1.
    Source: Singer & Willett 1993 (discrete-time survival); Gelman et al. 2013, section 1.9 (posterior simulation).
    """
    if not 0 <= gold_share < 1 or not 0 < level < 1:
        raise ValueError(f"gold_share ({gold_share}) and level ({level}) must be shares")
    random = np.random.default_rng(seed)
    labels, decisions = np.zeros(draws), np.full(draws, float(waiting))
    ends = _hazards(past, first, draws, random)
    if wanted is not None:
        ends[:, first:-1] = _steered(ends[:, first:-1], wanted - first, random)
    contested = _contested(past, first, draws, random)
    straight = _beta(CONTESTED_STRAIGHT, past.straight[1], past.straight[0] - past.straight[1], draws, random)
    for group in groups:
        to_come, to_experts = _play(group, ends, contested, straight, first, random)
        labels += to_come
        decisions += group.n if group.audited else to_experts
    labels /= 1 - gold_share
    cost = labels * price_label + decisions * price_decision
    return Outlook(*(_interval(values, level) for values in (labels, decisions, cost)))


def _play(
    group: Group, ends: Floats, contested: Floats, straight: Floats, first: int, random: np.random.Generator
) -> tuple[Floats, Floats]:
    """Labels and contested items of one group in each draw, (draws,)."""
    draws, maximum = ends.shape[0], ends.shape[1] - 1
    labels = np.full(draws, float(group.n * max(group.target - group.n_done, 0)))
    alive = np.full(draws, group.n)
    at = min(max(group.n_done, group.target, first), maximum)
    if not group.early:
        labels += group.n * max(maximum - max(group.n_done, group.target), 0)
        return labels, random.binomial(alive, straight).astype(np.float64)
    to_experts = np.zeros(draws)
    for n in range(at, maximum + 1):
        gone = random.binomial(alive, ends[:, n])
        to_experts += random.binomial(gone, contested[:, n])
        alive = alive - gone
        labels += alive
    return labels, to_experts


def _hazards(past: Past, first: int, draws: int, random: np.random.Generator) -> Floats:
    """The probability to end at n labels, (draws, maximum + 1); 1 at the maximum."""
    found = np.ones((draws, len(past.judged)))
    for n in range(first, len(past.judged) - 1):
        found[:, n] = _beta(ENDS, past.ended[n], past.judged[n] - past.ended[n], draws, random)
    return found


def _steered(ends: Floats, further: float, random: np.random.Generator) -> Floats:
    """Hazards (draws, n) shifted in log odds, all by the same, part of the way to where an item takes `further` labels
    after the first ones."""
    odds = ends.mean(axis=0) / np.maximum(1 - ends.mean(axis=0), 1e-9)
    low, high = -8.0, 8.0
    for _ in range(40):
        shift = (low + high) / 2
        takes = np.cumprod(1 / (1 + odds * np.exp(shift))).sum()
        low, high = (shift, high) if takes > further else (low, shift)
    part = random.beta(2.0, 1.0, len(ends))[:, None]
    moved = ends * np.exp(part * shift)
    return np.asarray(moved / (moved + 1 - ends), dtype=np.float64)


def _contested(past: Past, first: int, draws: int, random: np.random.Generator) -> Floats:
    """The probability that an item that ends at n labels is contested, (draws, maximum + 1)."""
    found, last = np.zeros((draws, len(past.ended))), len(past.ended) - 1
    for n in range(first, last + 1):
        prior = CONTESTED_LAST if n == last else CONTESTED_EARLY
        found[:, n] = _beta(prior, past.contested[n], past.ended[n] - past.contested[n], draws, random)
    return found


def _beta(prior: tuple[float, float], yes: int, no: int, draws: int, random: np.random.Generator) -> Floats:
    return random.beta(prior[0] + yes, prior[1] + no, draws)


def _interval(values: npt.NDArray[np.float64], level: float) -> Interval:
    low, middle, high = np.quantile(values, [(1 - level) / 2, 0.5, (1 + level) / 2])
    return Interval(float(middle), float(low), float(high))
