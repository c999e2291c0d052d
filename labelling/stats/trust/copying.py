"""Whether one worker copies another: they agree where neither their skill nor the item explains it."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from labelling.stats.coded import Floats, Ints
from labelling.stats.trust.others import Others, look
from labelling.stats.truth.model import FLOOR

# The share of shared items that a copier copied, each as likely beforehand.
COPIED = np.array([0.1, 0.2, 0.3, 0.45, 0.6, 0.75, 0.9])
# How much an item's other votes say of how two honest workers answer it, beside their skill: hard items mislead many.
BY_VOTES = 0.5
# An item's labels are compared with this many labels of the same item given right before, at most.
NEAREST = 60
AT_ONCE = 1_000_000


@dataclass(frozen=True, slots=True)
class Copying:
    """Pairs of workers with shared items. All arrays (n_pairs,); first < second.

    n: items both labelled. agreed: share with equal answers. expected: the share that their skill and the items
    explain. log_evidence: natural log of the chance of their answers if one copies, over that if nobody does.
    """

    first: Ints
    second: Ints
    n: Ints
    agreed: Floats
    expected: Floats
    log_evidence: Floats


def copying(
    items: npt.ArrayLike,
    workers: npt.ArrayLike,
    labels: npt.ArrayLike,
    n_classes: int,
    gold: npt.ArrayLike | None = None,
    *,
    least: int = 10,
) -> Copying:
    """Pairs of workers with at least so many shared items, and how much speaks for one copying the other.

    items, workers, labels: int (n_labels,), coded from 0. gold: int (n_items,), -1 unknown. Agreeing on an answer that
    is rare on the item tells most; agreeing on what everybody says tells next to nothing.
    Raises ValueError that names the array and the position.
    """
    others = look(items, workers, labels, n_classes, gold)
    return among(others, least=least)


def among(others: Others, *, least: int = 10) -> Copying:
    """The same of labels that are fitted already."""
    first, second = np.concatenate([np.zeros((2, 0), dtype=np.intp), *pairs(others.items)], axis=1)
    low = np.minimum(others.workers[first], others.workers[second])
    high = np.maximum(others.workers[first], others.workers[second])
    keys, pair = np.unique(low * others.n_workers + high, return_inverse=True)
    n = np.bincount(pair, minlength=len(keys))
    kept = (n >= least) & (keys // max(others.n_workers, 1) != keys % max(others.n_workers, 1))
    chosen = kept[pair]
    first, second, pair = first[chosen], second[chosen], (np.cumsum(kept) - 1)[pair[chosen]]
    size = int(kept.sum())
    ratio, expected, equal = compare(others, first, second)
    told = np.stack([_per(pair, np.log1p(one * (ratio - 1)), size) for one in COPIED])
    n = n[kept]
    agreed = _per(pair, equal, size) / n
    explained = _per(pair, expected, size) / n
    keys = keys[kept]
    return Copying(keys // max(others.n_workers, 1), keys % max(others.n_workers, 1), n, agreed, explained, mean(told))


def _per(pair: Ints, values: Floats, size: int) -> Floats:
    return np.asarray(np.bincount(pair, weights=values, minlength=size), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Copier:
    """worker copies partner. log_evidence: the greatest there was. at: position of the label by which `enough` was
    reached. n, agreed, expected: as in Copying, of items that the partner labelled first. path: the evidence after
    each of these."""

    worker: int
    partner: int
    log_evidence: float
    at: int
    n: int
    agreed: float
    expected: float
    path: Floats


def copiers(others: Others, *, enough: float, least: int = 10) -> list[Copier]:
    """Who copies whom, of labels in the order given: each worker's best partner where there is enough evidence.

    An honest worker could have been said to copy any other one: evidence must be that many times as strong.
    """
    first, second = np.concatenate([np.zeros((2, 0), dtype=np.intp), *pairs(others.items)], axis=1)
    key = others.workers[second] * others.n_workers + others.workers[first]
    keys, pair = np.unique(key, return_inverse=True)
    kept = (np.bincount(pair, minlength=len(keys)) >= least) & (keys // others.n_workers != keys % others.n_workers)
    chosen = np.flatnonzero(kept[pair])
    chosen = chosen[np.lexsort((second[chosen], pair[chosen]))]
    first, second, pair = first[chosen], second[chosen], pair[chosen]
    ratio, expected, equal = compare(others, first, second)
    needed = enough + np.log(max(others.n_workers - 1, 1))
    if not len(pair):
        return []
    begins = np.flatnonzero(np.r_[True, pair[1:] != pair[:-1]])
    best: dict[int, Copier] = {}
    for begin, end in zip(begins, np.r_[begins[1:], len(pair)], strict=True):
        span = slice(begin, end)
        path = mean(np.cumsum(np.log1p(COPIED[:, None] * (ratio[span] - 1)), axis=1))
        top, (worker, partner) = float(path.max()), divmod(int(keys[pair[begin]]), others.n_workers)
        if top >= needed and (worker not in best or top > best[worker].log_evidence):
            at = int(second[begin + int(np.argmax(path >= needed))])
            best[worker] = Copier(worker, partner, top, at, int(end - begin), float(equal[span].mean()),
                                  float(expected[span].mean()), path)  # fmt: skip
    return [best[worker] for worker in sorted(best)]


def mean(told: Floats) -> Floats:
    """Log of the mean over the shares copied, from log-likelihood ratios (len(COPIED), n)."""
    most = told.max(axis=0, initial=-np.inf)
    most = np.where(np.isfinite(most), most, 0.0)
    result: Floats = most + np.log(np.exp(told - most).mean(axis=0))
    return result


def pairs(items: Ints) -> Iterator[Ints]:
    """(2, n) positions of two labels of one item, the one given earlier first; a piece for each distance."""
    order = np.argsort(items, kind="stable")
    sorted_items = items[order]
    for distance in range(1, min(NEAREST, len(items) - 1) + 1):
        same = sorted_items[distance:] == sorted_items[:-distance]
        if not same.any():
            return
        yield np.stack([order[:-distance][same], order[distance:][same]])


def compare(others: Others, first: Ints, second: Ints) -> tuple[Floats, Floats, Floats]:
    """Of pairs of labels of one item: how many times likelier the second is if copied from the first, the chance that
    two honest answers are equal, and whether they are."""
    parts = [_compare(others, first[at : at + AT_ONCE], second[at : at + AT_ONCE])
             for at in range(0, max(len(first), 1), AT_ONCE)]  # fmt: skip
    ratio, expected, equal = (np.concatenate(one) for one in zip(*parts, strict=True))
    return ratio, expected, equal


def _compare(others: Others, first: Ints, second: Ints) -> tuple[Floats, Floats, Floats]:
    k, confusion = others.n_classes, others.fit.confusion
    item, one, two = others.items[first], others.workers[first], others.workers[second]
    said, then = others.labels[first], others.labels[second]
    equal = said == then
    by_one, by_two = confusion[one, :, said], confusion[two, :, then]
    likely = others.likely(first, second)
    votes = _other_votes(others, item, said, then)
    at = np.arange(len(first))
    both = (1 - BY_VOTES) * (likely * by_one * by_two).sum(axis=1) + BY_VOTES * votes[at, said] * votes[at, then]
    alone = [(1 - BY_VOTES) * (likely * said_by).sum(axis=1) + BY_VOTES * votes[at, answer]
             for said_by, answer in ((by_one, said), (by_two, then))]  # fmt: skip
    by_skill = sum(likely[:, t] * (confusion[one, t] * confusion[two, t]).sum(axis=1) for t in range(k))
    expected = (1 - BY_VOTES) * by_skill + BY_VOTES * (votes**2).sum(axis=1)
    ratio = np.where(equal, np.sqrt(alone[0] * alone[1]) / np.maximum(both, FLOOR), 0.0)
    return ratio, expected, equal.astype(np.float64)


def _other_votes(others: Others, item: Ints, said: Ints, then: Ints) -> Floats:
    """Shares (n, k) of the answers among an item's votes but two, drawn to the mix of all as if by one vote."""
    k = others.n_classes
    n_items = len(others.fit.posterior)
    counts = np.bincount(others.items * k + others.labels, minlength=n_items * k).reshape(n_items, k)[item]
    at = np.arange(len(item))
    counts[at, said] -= 1
    counts[at, then] -= 1
    shares: Floats = (counts + others.mix) / (counts.sum(axis=1, keepdims=True) + 1.0)
    return shares
