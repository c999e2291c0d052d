"""Policies side by side: how right, for how many labels, at what cost."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from labelling.stats.coded import Floats, Ints
from labelling.stats.lookahead import Expert
from labelling.stats.simulation.adaptive import Run, adaptive
from labelling.stats.simulation.advice import curves, recommend
from labelling.stats.simulation.crowd import Crowd, credit
from labelling.stats.simulation.fixed import fixed
from labelling.stats.simulation.honesty import PROMISED, alphas, promises

FIXED = (1, 2, 3, 5)
MOST_ITEMS = 3000
# How right each item is, labels an item, the share escalated, the cost of an item.
Figures = tuple[Floats, float, float, float]
RESAMPLES = 400
# How many seeds the checks of calibration and agreement are made with.
CHECKED_SEEDS = 3


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

    Returns {policies: [{policy, accuracy, interval, labels, escalated, cost}], recommended, curve, calibration,
    agreement, items, items_in_all, seeds, gold, expert}, ready for JSON.
    Raises ValueError where there is nothing to compare.
    """
    if options.gold >= (crowd.truth >= 0).sum():
        raise ValueError(f"gold: {options.gold} of {(crowd.truth >= 0).sum()} items with truth leave none to compare")
    tallies: dict[str, _Tally] = {}
    kept, agreed = [], []
    for seed in range(options.seeds):
        part, drawn = crowd.part(options.most_items, seed)
        gold = _gold(part, options.gold, seed)
        for name, outcome in _outcomes(part, gold, options, seed):
            tallies.setdefault(name, _Tally([], [], [], [])).add(
                _of_all(outcome[0], drawn, crowd.n_items), *outcome[1:]
            )
        if seed < CHECKED_SEEDS:
            kept.append(_promises(part, gold, options, seed))
            agreed.append(_alphas(part, gold, options, seed))
        say(f"seed {seed + 1} of {options.seeds}")
    policies = [_row(name, tally) for name, tally in tallies.items()]
    return {
        "policies": policies, "recommended": recommend(policies), "curve": curves(policies),
        "calibration": {"promised": PROMISED, "seeds": len(kept), **_means(kept)}, "agreement": agreed,
        "items": min(crowd.n_items, options.most_items), "items_in_all": crowd.n_items,
        "seeds": options.seeds, "gold": options.gold,
        "expert": {"price": options.expert.price, "accuracy": options.expert.accuracy},
    }  # fmt: skip


def _of_all(right: Floats, drawn: Ints, n_items: int) -> Floats:
    """The same of all items, nan for those that were not played."""
    whole = np.full(n_items, np.nan)
    whole[drawn] = right
    return whole


def _promises(part: Crowd, gold: Ints, options: Options, seed: int) -> dict[str, float]:
    """Of a run that stops each item at PROMISED, whatever it costs."""
    stream, _ = part.shuffled(seed)
    run = Run(stream, gold, np.inf, options.expert, seed)
    believed = run.play_until(PROMISED)
    figures = promises(believed, np.where(gold >= 0, -1, part.truth))
    return figures | {"labels": run.spent / part.n_items}


def _alphas(part: Crowd, gold: Ints, options: Options, seed: int) -> dict[str, Any]:
    """Under the first adaptive policy."""
    stream, _ = part.shuffled(seed)
    bought = adaptive(part, gold, seed, options.costs[0], options.expert).bought
    return {"policy": f"adaptive@{options.names[0]}", "seed": seed, **alphas(stream, bought, seed)}


def _means(rows: list[dict[str, float]]) -> dict[str, float | None]:
    """None where a figure is not defined in any."""
    found = {name: [row[name] for row in rows if not np.isnan(row[name])] for name in rows[0]}
    return {name: float(np.mean(values)) if values else None for name, values in found.items()}


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
