"""What an item should get next - nothing, a label, an expert - when a right answer is worth so many labels.

Dynamic programming over the two greatest probabilities of a posterior: a label costs 1, an expert a price, a wrong
answer the worth. One step alone is blind where no single answer changes the decision, so several are looked ahead.
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from labelling.stats.coded import Floats, Ints
from labelling.stats.stopping import Decision

# The grid: log odds of the likeliest class, by the share of what is left that the second has.
CERTAIN = 0.9995
ODDS, SECONDS = 41, 9
# How many labels are looked ahead, and up to how many labels that an item has a further one is discounted more.
DEPTH, LEVELS = 5, 6
# Labels of an item are alike: what a further one tells beyond chance is divided by 1 + ALIKE * (labels it has).
ALIKE = 0.5
# The search of the worth that spends a budget.
LEAST_WORTH, GREATEST_WORTH, HALVINGS = 1.5, 3000.0, 12


@dataclass(frozen=True, slots=True)
class Expert:
    """price: in labels. accuracy: how often the answer is right."""

    price: float = 5.0
    accuracy: float = 1.0

    def loss(self, worth: float) -> float:
        """Expected, in labels, of asking where a right answer is worth so many."""
        return self.price + worth * (1 - self.accuracy)


@dataclass(frozen=True, slots=True)
class Places:
    """Items as the tables see them: index, weight (n, corners) on the grid, the probability of the likeliest class,
    how many labels each has and how many it can still get (n,)."""

    index: Ints
    weight: Floats
    top: Floats
    had: Ints
    left: Ints


@dataclass(frozen=True, slots=True)
class Losses:
    """Expected losses of each item (n,), in labels: of stopping, of asking an expert, and of going on with labels
    (infinite where there are none); and what the item will have cost if the least is followed."""

    stop: Floats
    expert: Floats
    more: Floats
    spend: Floats

    @property
    def gain(self) -> Floats:
        """What going on with labels saves against the best that ends the item."""
        return np.minimum(self.stop, self.expert) - self.more

    def decision(self, at: int = 0) -> Decision:
        """Of one item: what costs least, and what asks for less where two cost the same."""
        if self.gain[at] > 0:
            return "more"
        return "contest" if self.expert[at] < self.stop[at] else "stop"


@dataclass(frozen=True, slots=True)
class Tables:
    """What is expected at one worth of a right answer. more, spend: float (LEVELS, DEPTH, cells): of each number of
    labels had and at most to come, the loss of buying one, and what the item will have cost."""

    n_classes: int
    expert: Expert
    worth: float
    more: Floats
    spend: Floats

    def losses(self, items: Places) -> Losses:
        level = np.minimum(items.had, LEVELS - 1)[:, None]
        depth = np.clip(items.left, 1, DEPTH)[:, None] - 1
        going_on = (self.more[level, depth, items.index] * items.weight).sum(axis=1)
        to_spend = (self.spend[level, depth, items.index] * items.weight).sum(axis=1)
        going_on = np.where(items.left > 0, going_on, np.inf)
        stop = self.worth * (1 - items.top)
        asked = np.full(len(stop), self.expert.loss(self.worth))
        at_once = np.where(asked < stop, self.expert.price, 0.0)
        return Losses(stop, asked, going_on, np.where(going_on < np.minimum(stop, asked), to_spend, at_once))


class Lookahead:
    """Makes the tables for labellers to come. accuracy, share: float (m,) of the kinds of labellers, from kinds()."""

    def __init__(self, n_classes: int, accuracy: Floats, share: Floats, expert: Expert) -> None:
        self.n_classes, self.expert = n_classes, expert
        first, second = _grid(n_classes)
        self._top = first
        self._steps = []
        for had in range(LEVELS):
            right = 1 / n_classes + (accuracy - 1 / n_classes) / (1 + ALIKE * had)
            steps = [_step(n_classes, first, second, float(a), float(s)) for a, s in zip(right, share, strict=True)]
            index, chance = zip(*steps, strict=True)
            self._steps.append((np.concatenate(index, axis=1), np.concatenate(chance, axis=1)))

    def at(self, worth: float) -> Tables:
        """The tables where a right answer is worth so many labels."""
        stop, asked = worth * (1 - self._top), self.expert.loss(worth)
        end, ended = np.minimum(stop, asked), np.where(asked < stop, self.expert.price, 0.0)
        more, spend = np.empty((2, LEVELS, DEPTH, len(end)))
        for depth in range(DEPTH):
            for had in range(LEVELS):
                after = min(had + 1, LEVELS - 1)
                loss, cost = end, ended
                if depth:
                    loss = np.minimum(end, more[after, depth - 1])
                    cost = np.where(more[after, depth - 1] < end, spend[after, depth - 1], ended)
                following, chance = self._steps[had]
                more[had, depth] = 1 + (loss[following] * chance).sum(axis=1)
                spend[had, depth] = 1 + (cost[following] * chance).sum(axis=1)
        return Tables(self.n_classes, self.expert, worth, more, spend)

    def worth(self, items: Places, budget: float) -> float:
        """What a right answer may be worth so that these items are expected to cost the budget, in labels."""
        low, high = math.log(LEAST_WORTH), math.log(GREATEST_WORTH)
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            if self.at(math.exp(middle)).losses(items).spend.sum() > budget:
                high = middle
            else:
                low = middle
        return math.exp(low)


def places(posterior: Floats, had: Ints, left: Ints) -> Places:
    """posterior: float (n, k). had, left: int (n,), labels each item has and can still get."""
    k = posterior.shape[1]
    ordered = np.partition(posterior, k - 2, axis=1)
    index, weight = _locate(k, ordered[:, -1], ordered[:, -2])
    return Places(index, weight, ordered[:, -1], np.asarray(had), np.asarray(left))


def kinds(accuracy: Floats, supply: Floats, n_classes: int, n: int = 4) -> tuple[Floats, Floats]:
    """The labellers to come as a few kinds: the mean accuracy of each n-th of their labels, and its share.

    accuracy, supply: float (n_workers,), how often each is right and how many labels are expected of each.
    """
    supply = np.where(supply.sum() > 0, supply, 1.0)
    order = np.argsort(accuracy, kind="stable")
    reached = np.cumsum(supply[order]) / supply.sum()
    kind = np.minimum((reached * n - 1e-9).astype(np.intp), n - 1)
    share = np.bincount(kind, weights=supply[order], minlength=n)
    total = np.bincount(kind, weights=supply[order] * accuracy[order], minlength=n)
    at = share > 0
    return np.clip(total[at] / share[at], 1 / n_classes + 0.01, 0.99), share[at] / share.sum()


def _corners(n_classes: int) -> int:
    return 1 if n_classes == 2 else SECONDS


def _odds(n_classes: int) -> Floats:
    return np.linspace(-math.log(n_classes - 1), math.log(CERTAIN / (1 - CERTAIN)), ODDS)


def _limits(n_classes: int, first: Floats) -> tuple[Floats, Floats]:
    """Between which the second greatest probability lies, given the greatest."""
    return (1 - first) / (n_classes - 1), np.minimum(first, 1 - first)


def _grid(n_classes: int) -> tuple[Floats, Floats]:
    columns = _corners(n_classes)
    first = np.repeat(1 / (1 + np.exp(-_odds(n_classes))), columns)
    low, high = _limits(n_classes, first)
    return first, low + np.tile(np.linspace(0, 1, columns), ODDS) * (high - low)


def _locate(n_classes: int, first: Floats, second: Floats) -> tuple[Ints, Floats]:
    """The cells around each point, and how much of it each has: linear between them."""
    first = np.clip(first, 1 / n_classes, CERTAIN)
    odds = _odds(n_classes)
    at = (np.log(first / (1 - first)) - odds[0]) / (odds[1] - odds[0])
    row = np.clip(at.astype(np.intp), 0, ODDS - 2)
    down = np.clip(at - row, 0, 1)
    if n_classes == 2:
        return np.stack([row, row + 1], axis=1), np.stack([1 - down, down], axis=1)
    low, high = _limits(n_classes, first)
    across = np.clip((second - low) / np.maximum(high - low, 1e-12), 0, 1) * (SECONDS - 1)
    column = np.clip(across.astype(np.intp), 0, SECONDS - 2)
    right = across - column
    cell = row * SECONDS + column
    index = np.stack([cell, cell + 1, cell + SECONDS, cell + SECONDS + 1], axis=1)
    weight = np.stack([(1 - down) * (1 - right), (1 - down) * right, down * (1 - right), down * right], axis=1)
    return index, weight


def _step(n_classes: int, first: Floats, second: Floats, accuracy: float, share: float) -> tuple[Ints, Floats]:
    """Where a label of a labeller of this accuracy leads from each cell, with its chance times the share."""
    wrong = (1 - accuracy) / (n_classes - 1)
    rest = (1 - first - second) / max(n_classes - 2, 1)
    index, weight = [], []
    for said in range(min(n_classes, 3)):
        likely = [np.where(said == 0, accuracy, wrong) * first, np.where(said == 1, accuracy, wrong) * second]
        others = max(n_classes - 2, 0)
        if others:
            likely.append(np.where(said == 2, accuracy, wrong) * rest)
        if others > 1:
            likely.append(wrong * rest)
        total = np.sum(likely[:3], axis=0)
        if others > 1:
            total = total + (others - 1) * likely[3]
        ordered = np.sort(np.stack(likely), axis=0)[::-1]
        cells, parts = _locate(n_classes, ordered[0] / total, ordered[1] / total)
        index.append(cells)
        weight.append(parts * (total * share * (others if said == 2 else 1))[:, None])
    return np.concatenate(index, axis=1), np.concatenate(weight, axis=1)


def accuracy(confusion: Floats, prior: Floats) -> Floats:
    """How often each labeller is right, (n_workers,), given float (n_workers, k, k) and how frequent classes are."""
    right: npt.NDArray[np.float64] = np.einsum("wtt,t->w", confusion, prior)
    return right
