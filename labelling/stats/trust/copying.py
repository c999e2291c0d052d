"""Whether one worker copies another: they agree where neither their skill nor the item explains it."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from labelling.stats.coded import Floats, Ints
from labelling.stats.trust.others import Others, look
from labelling.stats.trust.pairs import Pairs, per_pair, shared

# The share of shared items that a copier copied, each as likely beforehand.
COPIED = np.array([0.1, 0.2, 0.3, 0.45, 0.6, 0.75, 0.9])
# Who copies may not look at the other items either: this share of what a copier didn't copy is taken for guesses.
CARELESS = 0.5
# Who is alike by nature is so on every item: two shared items resemble one another as if correlated by this, so that
# evidence of many counts for no more than twenty independent ones (the design effect, Kish 1965).
RESEMBLING = 0.05
# Honest workers may be alike for reasons that nobody has modelled, as if up to three answers in ten were copied: flags
# are held against the best of these.
ALIKE, MUCH = np.array([0.0, 0.1, 0.2, 0.3]), np.array([0.45, 0.6, 0.75, 0.9])


@dataclass(frozen=True, slots=True)
class Copying:
    """Pairs of workers with shared items. All arrays (n_pairs,); first < second.

    n: items both labelled. agreed: share with equal answers. expected: the share that their skill and the items
    explain. log_evidence: natural log of the chance of their answers if one copies, over that if nobody does, of as
    many independent items as n count for: to rank pairs by. plain: the same of all n for copying much over being
    alike, as used where somebody is accused.
    """

    first: Ints
    second: Ints
    n: Ints
    agreed: Floats
    expected: Floats
    log_evidence: Floats
    plain: Floats


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
    is rare on the item tells most; agreeing on what everybody says tells next to nothing. It also tells which answers
    that differ are like guesses. Labels are best in the order given: only the later one of two is a copy. Raises
    ValueError that names the array and the position.
    """
    others = look(items, workers, labels, n_classes, gold)
    return among(others, shared(others, least=least))


def among(others: Others, pairs: Pairs) -> Copying:
    """The same of labels that are fitted and paired already."""
    n = np.bincount(pairs.pair, minlength=len(pairs.low))
    much, alike = (_told(pairs.ratio, some, pairs.pair, len(n)) for some in (MUCH, ALIKE))
    agreed, expected = (per_pair(pairs, one) / np.maximum(n, 1) for one in (pairs.equal, pairs.expected))
    told = _either(pairs, n)
    return Copying(pairs.low, pairs.high, n, agreed, expected, told, mean(much) - alike.max(axis=0))


def _either(pairs: Pairs, n: Ints) -> Floats:
    """Log-evidence (n_pairs,) that one copies the other, each as likely as their labels were the later ones."""
    by_low, by_high = (_careless(pairs, guessed) / (1 + (n - 1) * RESEMBLING) for guessed in pairs.guessed)
    high = (per_pair(pairs, pairs.later) + 1) / (n + 2)
    return np.asarray(np.logaddexp(by_high + np.log(high), by_low + np.log(1 - high)), dtype=np.float64)


def _careless(pairs: Pairs, guessed: Floats) -> Floats:
    """Log-evidence (n_pairs,) of all shared items that one copies, and of the rest guesses CARELESS."""
    rest = 1 - CARELESS + CARELESS * guessed
    told = [per_pair(pairs, np.log(share * pairs.ratio + (1 - share) * rest)) for share in COPIED]
    return mean(np.stack(told))


def _told(ratio: Floats, shares: Floats, pair: Ints, size: int) -> Floats:
    return np.stack([np.bincount(pair, weights=np.log1p(one * (ratio - 1)), minlength=size) for one in shares])


def mean(told: Floats) -> Floats:
    """Log of the mean over the first axis of what logs (m, n) stand for."""
    most = told.max(axis=0)
    result: Floats = most + np.log(np.exp(told - most).mean(axis=0))
    return result


@dataclass(frozen=True, slots=True)
class Copier:
    """worker copies partner. log_evidence: the greatest there was. at: position of the label by which it was enough.
    n, agreed, expected: as in Copying, of items that the partner labelled first. path: the evidence after each."""

    worker: int
    partner: int
    log_evidence: float
    at: int
    n: int
    agreed: float
    expected: float
    path: Floats


def copiers(others: Others, pairs: Pairs, *, enough: float) -> list[Copier]:
    """Who copies whom, of labels in the order given: each worker's best partner where there is enough evidence.

    Only who answered an item later can have copied its answer. An honest worker could have been said to copy any other:
    evidence must be that many times as strong.
    """
    key = others.workers[pairs.second] * others.n_workers + others.workers[pairs.first]
    order = np.lexsort((pairs.second, key))
    key, ratio = key[order], pairs.ratio[order]
    if not len(key):
        return []
    begins = np.flatnonzero(np.r_[True, key[1:] != key[:-1]])
    path = mean(_so_far(ratio, MUCH, begins)) - _so_far(ratio, ALIKE, begins).max(axis=0)
    tops, needed = np.maximum.reduceat(path, begins), enough + np.log(max(others.n_workers - 1, 1))
    ends, best = np.r_[begins[1:], len(key)], dict[int, Copier]()
    for one in np.flatnonzero(tops >= needed):
        span, (worker, partner) = slice(begins[one], ends[one]), divmod(int(key[begins[one]]), others.n_workers)
        if worker in best and best[worker].log_evidence >= tops[one]:
            continue
        at = int(pairs.second[order[begins[one] + int(np.argmax(path[span] >= needed))]])
        agreed, expected = (float(values[order[span]].mean()) for values in (pairs.equal, pairs.expected))
        best[worker] = Copier(worker, partner, float(tops[one]), at, len(path[span]), agreed, expected, path[span])
    return [best[worker] for worker in sorted(best)]


def _so_far(ratio: Floats, shares: Floats, begins: Ints) -> Floats:
    """(len(shares), n): log-likelihood ratios summed from where each pair begins."""
    summed = np.cumsum(np.log1p(shares[:, None] * (ratio - 1)), axis=1)
    before = np.pad(summed, ((0, 0), (1, 0)))[:, begins]
    result: Floats = summed - np.repeat(before, np.diff(np.r_[begins, len(ratio)]), axis=1)
    return result
