"""Past labels as arrays, in an order that a seed gives."""

from dataclasses import dataclass, replace

import numpy as np

from labelling.stats.coded import Floats, Ints, codes, known

# Posteriors closer than this are a tie.
TIE = 1e-9


@dataclass(frozen=True, slots=True)
class Crowd:
    """items, workers, labels: int (n_labels,), coded from 0. truth: int (n_items,), -1 unknown."""

    items: Ints
    workers: Ints
    labels: Ints
    truth: Ints
    n_workers: int
    n_classes: int

    def __post_init__(self) -> None:
        codes(self.items, "items", below=self.n_items)
        codes(self.workers, "workers", below=self.n_workers)
        codes(self.labels, "labels", below=self.n_classes)
        known(self.truth, self.n_items, self.n_classes)

    @property
    def n_items(self) -> int:
        return len(self.truth)

    def part(self, most: int, seed: int) -> "tuple[Crowd, Ints]":
        """A crowd of at most so many items: those with truth first, then others, by chance; all of their labels. And
        which items they are."""
        if self.n_items <= most:
            return self, np.arange(self.n_items)
        chance = np.random.default_rng([seed, self.n_items]).random(self.n_items)
        kept = np.sort(np.lexsort((chance, self.truth < 0))[:most])
        new = np.full(self.n_items, -1, dtype=np.intp)
        new[kept] = np.arange(most)
        at = new[self.items] >= 0
        part = replace(
            self, items=new[self.items[at]], workers=self.workers[at], labels=self.labels[at], truth=self.truth[kept]
        )
        return part, kept

    def shuffled(self, seed: int) -> "tuple[Crowd, Ints]":
        """The labels sorted by item, each item's in an order that the seed gives; and each label's rank there."""
        chance = np.random.default_rng([seed, 1]).random(len(self.items))
        order = np.lexsort((chance, self.items))
        items = self.items[order]
        rank = np.arange(len(order)) - np.searchsorted(items, items)
        return replace(self, items=items, workers=self.workers[order], labels=self.labels[order]), rank


def credit(posterior: Floats, truth: Ints) -> Floats:
    """How right each answer is, (n,): 1 or 0, the share of a tie; nan where the truth is unknown."""
    tied = posterior >= posterior.max(axis=1, keepdims=True) - TIE
    right = tied[np.arange(len(truth)), np.maximum(truth, 0)] / tied.sum(axis=1)
    return np.where(truth >= 0, right, np.nan)
