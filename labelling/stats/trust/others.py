"""What the others make likely of an item: the posterior had one label not been given."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from labelling.stats.coded import Floats, Ints, known, read
from labelling.stats.truth.infer import infer
from labelling.stats.truth.model import FLOOR, Truth
from labelling.stats.truth.posterior import cautious

AT_ONCE = 200_000


@dataclass(frozen=True, slots=True)
class Others:
    """Labels in the order given, and what is known of their items without them.

    items, workers, labels: int (n_labels,). fit: of all labels. gold: int (n_items,), -1 unknown. mix: float (k,), how
    often each answer is given at all. evidence: (n_workers, k, k), log-chance of answers by true class. weight:
    (n_items, k) and reach: (n_items,), what all labels of an item say together, as in truth.posterior.weigh.
    """

    items: Ints
    workers: Ints
    labels: Ints
    n_classes: int
    n_workers: int
    fit: Truth
    gold: Ints
    mix: Floats
    evidence: Floats
    weight: Floats
    reach: Floats

    def likely(self, at: Ints, *also: Ints) -> Floats:
        """Posterior (len(at), k) of the items of these labels without them, nor without `also`; certain for gold."""
        item = self.items[at]
        weight, reach = self.weight[item], self.reach[item]
        for out in (at, *also):
            said = self.evidence[self.workers[out], :, self.labels[out]]
            weight = weight - said
            reach = reach - (said.max(axis=1) - said.min(axis=1))
        weight /= (1.0 + self.fit.damping * np.maximum(reach, 0.0))[:, None]
        result: Floats = np.exp(weight - weight.max(axis=1, keepdims=True))
        result /= result.sum(axis=1, keepdims=True)
        is_gold = self.gold[item] >= 0
        result[is_gold] = np.eye(self.n_classes)[self.gold[item][is_gold]]
        return result

    def backed(self) -> Floats:
        """(n_labels,): how likely each label's own answer is without it."""
        parts = [self.likely(at)[np.arange(len(at)), self.labels[at]] for at in self._pieces()]
        return np.concatenate([np.zeros(0), *parts])

    def voted(self) -> Floats:
        """(n_labels,): the share of each label's own answer among the item's other votes and one of the mix of all."""
        cell = self.items * self.n_classes + self.labels
        same, all_ = np.bincount(cell)[cell] - 1.0, np.bincount(self.items)[self.items]
        truth = self.gold[self.items]
        share: Floats = (same + self.mix[self.labels]) / all_
        return np.where(truth >= 0, (truth == self.labels).astype(np.float64), share)

    def counts(self) -> Floats:
        """(n_workers, k, k): expected number of a worker's answers a where t is true, by the others or by gold."""
        k, result = self.n_classes, np.zeros((self.n_workers * self.n_classes, self.n_classes))
        for at in self._pieces():
            cell, likely = self.workers[at] * k + self.labels[at], self.likely(at)
            for true in range(k):
                result[:, true] += np.bincount(cell, weights=likely[:, true], minlength=len(result))
        return np.ascontiguousarray(result.reshape(self.n_workers, k, k).transpose(0, 2, 1))

    def _pieces(self) -> Iterator[Ints]:
        """Positions of all labels, some at a time: memory grows with labels, not with classes."""
        for start in range(0, len(self.labels), AT_ONCE):
            yield np.arange(start, min(start + AT_ONCE, len(self.labels)))


def look(
    items: npt.ArrayLike,
    workers: npt.ArrayLike,
    labels: npt.ArrayLike,
    n_classes: int,
    gold: npt.ArrayLike | None = None,
) -> Others:
    """Check the arrays, which keep their order, and fit them. Raises ValueError that names the array and position."""
    coded = read(items, workers, labels, n_classes, gold=gold)
    item, worker, label = (np.asarray(one).astype(np.intp) for one in (items, workers, labels))
    fit = infer(coded.items, coded.workers, coded.labels, n_classes, gold, n_items=coded.n_items)
    mix = np.bincount(label, minlength=n_classes) + 1.0
    evidence = np.log(cautious(fit.confusion, fit.guessing))
    weight = np.tile(np.log(np.maximum(fit.prior, FLOOR)), (coded.n_items, 1))
    for true in range(n_classes):
        said = evidence[coded.workers, true, coded.labels]
        weight[:, true] += np.bincount(coded.items, weights=said, minlength=coded.n_items)
    span = (evidence.max(axis=1, initial=-np.inf) - evidence.min(axis=1, initial=np.inf))[coded.workers, coded.labels]
    reach = np.asarray(np.bincount(coded.items, weights=span, minlength=coded.n_items), dtype=np.float64)
    return Others(
        item, worker, label, n_classes, coded.n_workers, fit, known(gold, coded.n_items, n_classes), mix / mix.sum(),
        evidence, weight, reach,
    )  # fmt: skip
