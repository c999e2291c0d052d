"""Policies side by side: how right, for how many labels, at what cost."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from labelling.stats.coded import Floats, Ints
from labelling.stats.lookahead import Expert
from labelling.stats.simulation.adaptive import adaptive
from labelling.stats.simulation.crowd import Crowd, credit
from labelling.stats.simulation.fixed import fixed

FIXED = (1, 2, 3, 5)
MOST_ITEMS = 5000
# How right each item is, labels an item, the share escalated, the cost of an item.
Figures = tuple[Floats, float, float, float]
RESAMPLES = 400


@dataclass(frozen=True, slots=True)
class Options:
    """costs: labels an item, experts included, one adaptive policy each; names: as they were given. gold: how many
    items' truth is known beforehand."""

    costs: tuple[float, ...] = (2.0, 2.5, 3.0)
    names: tuple[str, ...] = ("2", "2.5", "3")
    seeds: int = 20
    gold: int = 0
    expert: Expert = field(default_factory=Expert)
    most_items: int = MOST_ITEMS


@dataclass
class _Tally:
    """What the seeds of one policy gave."""

    right: list[Floats]
    labels: list[float]
    escalated: list[float]
    cost: list[float]

    def add(self, right: Floats, labels: float, escalated: float, cost: float) -> None:
        self.right.append(right)
        self.labels.append(labels)
        self.escalated.append(escalated)
        self.cost.append(cost)


def compare(crowd: Crowd, options: Options, say: Callable[[str], None] = lambda _: None) -> dict[str, Any]:
    """Every fixed and adaptive policy over every seed.

    Returns {policies: [{policy, accuracy, interval, labels, escalated, cost}], items, items_in_all, seeds, …}.
    Raises ValueError where there is nothing to compare.
    """
    if options.gold >= (crowd.truth >= 0).sum():
        raise ValueError(f"gold: {options.gold} of {(crowd.truth >= 0).sum()} items with truth leave none to compare")
    tallies: dict[str, _Tally] = {}
    for seed in range(options.seeds):
        part = crowd.part(options.most_items, seed)
        gold = _gold(part, options.gold, seed)
        for name, outcome in _outcomes(part, gold, options, seed):
            tally = tallies.setdefault(name, _Tally([], [], [], []))
            tally.add(*outcome)
        say(f"seed {seed + 1} of {options.seeds}")
    return {
        "policies": [_row(name, tally) for name, tally in tallies.items()],
        "items": min(crowd.n_items, options.most_items), "items_in_all": crowd.n_items,
        "seeds": options.seeds, "gold": options.gold,
        "expert": {"price": options.expert.price, "accuracy": options.expert.accuracy},
    }  # fmt: skip


def _gold(crowd: Crowd, n: int, seed: int) -> Ints:
    """The truth of n items that chance draws; -1 elsewhere."""
    gold = np.full(crowd.n_items, -1, dtype=np.intp)
    drawn = np.random.default_rng([seed, 4]).choice(np.flatnonzero(crowd.truth >= 0), n, replace=False)
    gold[drawn] = crowd.truth[drawn]
    return gold


def _outcomes(crowd: Crowd, gold: Ints, options: Options, seed: int) -> list[tuple[str, Figures]]:
    asked = np.where(gold >= 0, -1, crowd.truth)
    paid = options.expert.price * options.gold / crowd.n_items
    found: list[tuple[str, Figures]] = []
    for n in FIXED:
        shares, posterior, labels = fixed(crowd, gold, seed, n)
        found.append((f"fixed-{n}-majority", (credit(shares, asked), labels, 0.0, labels)))
        found.append((f"fixed-{n}-inferred", (credit(posterior, asked), labels, 0.0, labels + paid)))
    for cost, name in zip(options.costs, options.names, strict=True):
        outcome = adaptive(crowd, gold, seed, cost, options.expert)
        figures = outcome.labels / crowd.n_items, len(outcome.escalated) / crowd.n_items, outcome.cost
        found.append((f"adaptive@{name}", (credit(outcome.answer, asked), *figures)))
    return found


def _row(name: str, tally: _Tally) -> dict[str, Any]:
    right = np.array(tally.right)
    return {
        "policy": name, "accuracy": float(np.nanmean(right)), "interval": _interval(right),
        "labels": float(np.mean(tally.labels)), "escalated": float(np.mean(tally.escalated)),
        "cost": float(np.mean(tally.cost)),
    }  # fmt: skip


def _interval(right: Floats) -> list[float]:
    """95%, over seeds and items drawn anew together. right: float (seeds, n_items), nan where there is no truth."""
    n_seeds, n_items = right.shape
    rng = np.random.default_rng(5)
    seeds = rng.multinomial(n_seeds, np.full(n_seeds, 1 / n_seeds), RESAMPLES).astype(np.float64)
    items = rng.multinomial(n_items, np.full(n_items, 1 / n_items), RESAMPLES).astype(np.float64)
    known = ~np.isnan(right)
    means = ((seeds @ np.nan_to_num(right)) * items).sum(axis=1) / ((seeds @ known) * items).sum(axis=1)
    return [float(limit) for limit in np.quantile(means, [0.025, 0.975])]
