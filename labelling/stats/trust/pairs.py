"""Pairs of labels of one item: how often two honest workers would have agreed."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from labelling.stats.coded import Floats, Ints
from labelling.stats.trust.others import Others
from labelling.stats.truth.model import FLOOR

# How much an item's other votes say of how two honest workers answer it, beside their skill: hard items mislead many.
BY_VOTES = 0.5
# Workers who agree with everybody more than the model says agree so by nature. How much of that is taken off, and how
# much expected variance of agreements is needed to believe it half.
OFF, STRENGTH = 0.6, 4.0
# No answer of somebody honest is less likely than this.
RARE = 0.02
# An item's labels are compared with this many labels of the same item given right before, at most.
NEAREST = 60
AT_ONCE = 200_000


@dataclass(frozen=True, slots=True)
class Pairs:
    """Two labels of one item by two workers: positions first and second, the first given earlier. pair: which pair of
    workers, low[pair] < high[pair]. ratio: how many times likelier the second is if it was copied; 0 if they differ.
    guessed: (2, n), how many times likelier the label of low, and of high, is as a guess than by their skill. later: 1
    if that of high is the second, else 0. expected: the chance that honest ones are equal. equal: 1 if they are, else
    0. All (n,) but guessed, low and high."""

    first: Ints
    second: Ints
    pair: Ints
    low: Ints
    high: Ints
    ratio: Floats
    guessed: Floats
    later: Floats
    expected: Floats
    equal: Floats


def shared(others: Others, *, least: int) -> Pairs:
    """Of workers with at least so many items in common."""
    first, second = np.concatenate([np.zeros((2, 0), dtype=np.intp), *_of_items(others.items)], axis=1)
    one, two = others.workers[first], others.workers[second]
    size = max(others.n_workers, 1)
    keys, pair = np.unique(np.minimum(one, two) * size + np.maximum(one, two), return_inverse=True)
    kept = (np.bincount(pair, minlength=len(keys)) >= least) & (keys // size != keys % size)
    chosen = kept[pair]
    first, second, pair = first[chosen], second[chosen], (np.cumsum(kept) - 1)[pair[chosen]]
    parts = [_compare(others, first[at : at + AT_ONCE], second[at : at + AT_ONCE])
             for at in range(0, max(len(first), 1), AT_ONCE)]  # fmt: skip
    ratio, guessed, expected, equal = (np.concatenate(values, axis=-1) for values in zip(*parts, strict=True))
    keys = keys[kept]
    later = others.workers[second] == (keys % size)[pair]
    result = Pairs(
        first, second, pair, keys // size, keys % size, ratio, np.where(later, guessed, guessed[::-1]),
        later.astype(np.float64), expected, equal,
    )  # fmt: skip
    return _by_nature(result, size)


def per_pair(pairs: Pairs, values: Floats) -> Floats:
    """Sums (n_pairs,) of values of pairs of labels (n,)."""
    return np.asarray(np.bincount(pairs.pair, weights=values, minlength=len(pairs.low)), dtype=np.float64)


def _of_items(items: Ints) -> Iterator[Ints]:
    """(2, n) positions of two labels of one item, the earlier one first; a piece for each distance."""
    order = np.argsort(items, kind="stable")
    by_item = items[order]
    for distance in range(1, min(NEAREST, len(items) - 1) + 1):
        same = by_item[distance:] == by_item[:-distance]
        if not same.any():
            return
        yield np.stack([order[:-distance][same], order[distance:][same]])


def _compare(others: Others, first: Ints, second: Ints) -> tuple[Floats, Floats, Floats, Floats]:
    """ratio, guessed of the first and the second, expected, equal. Two honest answers: half from what is likely of the
    item and the workers' skill, half drawn from the item's other votes."""
    k, confusion = others.n_classes, others.fit.confusion
    item, one, two = others.items[first], others.workers[first], others.workers[second]
    said, then, at = others.labels[first], others.labels[second], np.arange(len(first))
    by_one, by_two = confusion[one, :, said], confusion[two, :, then]
    likely, votes = others.likely(first, second), _other_votes(others, item, said, then)
    both = (1 - BY_VOTES) * (likely * by_one * by_two).sum(axis=1) + BY_VOTES * votes[at, said] * votes[at, then]
    alone = [(1 - BY_VOTES) * (likely * by).sum(axis=1) + BY_VOTES * votes[at, answer]
             for by, answer in ((by_one, said), (by_two, then))]  # fmt: skip
    by_skill = np.zeros(len(first))
    for true in range(k):
        by_skill += likely[:, true] * (confusion[one, true] * confusion[two, true]).sum(axis=1)
    expected = (1 - BY_VOTES) * by_skill + BY_VOTES * (votes**2).sum(axis=1)
    by_own = np.stack([(likely * by).sum(axis=1) for by in (by_one, by_two)])
    ratio = np.where(said == then, np.sqrt(alone[0] * alone[1]) / np.maximum(both, FLOOR), 0.0)
    return ratio, 1 / (k * np.maximum(by_own, RARE)), expected, (said == then).astype(np.float64)


def _other_votes(others: Others, item: Ints, said: Ints, then: Ints) -> Floats:
    """Shares (n, k) of the answers among an item's votes but two, drawn to the mix of all as if by one vote."""
    k, n_items = others.n_classes, len(others.fit.posterior)
    counts = np.bincount(others.items * k + others.labels, minlength=n_items * k).reshape(n_items, k)[item]
    at = np.arange(len(item))
    counts[at, said] -= 1
    counts[at, then] -= 1
    shares: Floats = (counts + others.mix) / (counts.sum(axis=1, keepdims=True) + 1.0)
    return shares


def _by_nature(pairs: Pairs, n_workers: int) -> Pairs:
    """Expect more of two workers who agree with all others more than expected, and less of those who agree less."""
    usual = np.clip(pairs.expected, 0.02, 0.98)
    above, spread = per_pair(pairs, pairs.equal - usual), per_pair(pairs, usual * (1 - usual))
    ends = np.concatenate([pairs.low, pairs.high])
    total = np.bincount(ends, weights=np.tile(above, 2), minlength=n_workers)
    weight = np.bincount(ends, weights=np.tile(spread, 2), minlength=n_workers)
    moved = sum((total[end] - above) / (weight[end] - spread + STRENGTH) for end in (pairs.low, pairs.high))
    expected = 1 / (1 + (1 - usual) / usual * np.exp(-OFF * np.asarray(moved)[pairs.pair]))
    return replace(pairs, ratio=pairs.ratio * usual / expected, expected=expected)
