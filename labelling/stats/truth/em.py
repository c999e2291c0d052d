"""Expectation-maximisation over labels: what every iterated model repeats.

Labels are a sparse matrix of items by (worker, answer), in blocks of items that fit a processor's cache. Both halves
of a step are a product with it, of k - 1 columns: the last class follows from the others. That is an order of
magnitude faster than gathering and counting class by class.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from labelling.stats.coded import Coded, Floats, Ints, shares
from labelling.stats.truth.model import clamp, log

# Items of a block.
ROWS = 16_384
# Below this, exp() of a sum of evidence is a number.
SAFE = 600.0


@dataclass(frozen=True, slots=True)
class Block:
    """Items from first to before last. by_item: sparse (n, n_workers * k), how often each answer of each worker was
    given; by_answer: its transpose. unsure: rows with labels and without gold."""

    first: int
    last: int
    by_item: Any
    by_answer: Any
    unsure: slice | Ints


@dataclass(frozen=True, slots=True)
class Given:
    """Labels in canonical order, so that every sum adds in the same order.

    n_labels: int (n_items,). n_answers: float (n_workers, k), how often each worker gave each. gold: int (n_items,),
    -1 unknown.
    """

    coded: Coded
    blocks: list[Block]
    n_labels: Ints
    n_answers: Floats
    gold: Ints


@dataclass(frozen=True, slots=True)
class Step:
    """rest: float (n_items, k - 1), the posterior of all classes but the last. counts: float (n_workers, k, k), the
    expected counts[w, t, a] of answers a of worker w where t is true. frequent: float (k,), the mean posterior of
    items with labels. entropy: nats, summed over items with labels and without gold."""

    rest: Floats
    counts: Floats
    frequent: Floats
    entropy: float

    def posterior(self) -> Floats:
        """float (n_items, k), rows sum to 1."""
        posterior = np.empty((len(self.rest), self.rest.shape[1] + 1))
        posterior[:, :-1], left = self.rest, np.ones(len(self.rest))
        for column in self.rest.T:
            left -= column
        posterior[:, -1] = np.maximum(left, 0.0)
        return posterior


def give(coded: Coded, gold: Ints) -> Given:
    """gold: int (n_items,), -1 unknown."""
    n_labels = np.bincount(coded.items, minlength=coded.n_items)
    width = coded.n_workers * coded.n_classes
    answer = coded.workers * coded.n_classes + coded.labels
    n_answers = np.bincount(answer, minlength=width).astype(np.float64).reshape(coded.n_workers, coded.n_classes)
    # scipy indexes by 32 bits where they suffice, and would convert.
    answer = answer.astype(np.int32 if max(coded.items.size, width) < 2**31 - 1 else np.int64)
    ends = np.concatenate([[0], np.cumsum(n_labels)])
    parts = [(first, min(first + ROWS, coded.n_items)) for first in range(0, coded.n_items, ROWS)]
    # One buffer of ones for all blocks stays in the cache.
    ones = np.ones(max((ends[last] - ends[first] for first, last in parts), default=0))
    blocks = []
    for first, last in parts:
        own = slice(ends[first], ends[last])
        begins = (ends[first : last + 1] - ends[first]).astype(answer.dtype)
        by_item = sparse.csr_array((ones[: begins[-1]], answer[own], begins), shape=(last - first, width))
        unsure = _rows((n_labels[first:last] > 0) & (gold[first:last] < 0))
        blocks.append(Block(first, last, by_item, by_item.T, unsure))
    return Given(coded, blocks, n_labels, n_answers, gold)


def vote_shares(given: Given, *, spread: float = 0.0) -> Floats:
    """The share of each class among an item's labels; one for gold; the mean of the others without labels.

    spread: votes spread over all classes, so that one label alone is not certain. Returns float (n_items, k).
    """
    k, voted = given.coded.n_classes, given.n_labels > 0
    counted = np.bincount(given.coded.items * k + given.coded.labels, minlength=given.coded.n_items * k)
    share = (counted.reshape(-1, k) + spread / k) / np.maximum(given.n_labels + spread, 1.0)[:, None]
    if not voted.all():
        share[~voted] = share[voted].mean(axis=0) if voted.any() else 1.0 / k
    return clamp(share, given.gold)


def first_step(given: Given, posterior: Floats) -> Step:
    """The counts that a posterior (n_items, k) to start from makes."""
    rest = np.ascontiguousarray(posterior[:, :-1])
    counted = np.zeros((given.n_answers.size, rest.shape[1]))
    for block in given.blocks:
        counted += block.by_answer @ rest[block.first : block.last]
    return _made(given, rest, counted, 0.0)


def step(given: Given, confusion: Floats, prior: Floats) -> Step:
    """Posteriors from confusion[w, t, a], float (n_workers, k, k), and prior (k,); and the counts that they make."""
    table, ahead = _against_the_last(confusion, prior)
    rest = np.empty((given.coded.n_items, len(prior) - 1))
    counted = np.zeros_like(table)
    entropy = 0.0
    for block in given.blocks:
        here = rest[block.first : block.last]
        weight = block.by_item @ table
        # One long row adds several times faster than many short ones.
        weight.ravel()[:] += ahead[: weight.size]
        log_total = _normalise(weight, out=here)
        entropy += float(log_total[block.unsure].sum())
        entropy -= float(np.einsum("ij,ij->", here[block.unsure], weight[block.unsure]))
        _clamp(here, given.gold[block.first : block.last])
        counted += block.by_answer @ here
    return _made(given, rest, counted, entropy)


def log_weights(given: Given, confusion: Floats, prior: Floats) -> Floats:
    """Logarithms of posteriors up to a constant an item, float (n_items, k)."""
    table = _by_answer(log(confusion))
    parts = [block.by_item @ table for block in given.blocks]
    weight: Floats = np.concatenate(parts) if parts else np.empty((0, len(prior)))
    return weight + log(prior)


def sums(given: Given, of_answer: Floats) -> Floats:
    """The sum over each item's labels, float (n_items,), of what each answer of each worker has: (n_workers, k)."""
    parts = [block.by_item @ of_answer.ravel() for block in given.blocks]
    return np.concatenate(parts) if parts else np.empty(0)


def class_shares(given: Given, frequent: Floats) -> Floats:
    """How frequent each class is, with one item shared by all classes so that none is impossible. Float (k,)."""
    return shares(frequent * np.count_nonzero(given.n_labels) + 1.0 / len(frequent), axis=0)


def _by_answer(table: Floats) -> Floats:
    """[w, t, a] as one row an answer of a worker, (n_workers * k, k)."""
    n_workers, k, _ = table.shape
    return np.ascontiguousarray(table.transpose(0, 2, 1).reshape(n_workers * k, k))


def _against_the_last(confusion: Floats, prior: Floats) -> tuple[Floats, Floats]:
    """Evidence for all classes but the last, against the last; the same of the prior, for each item of a block."""
    table, log_prior = _by_answer(log(confusion)), log(prior)
    return np.ascontiguousarray(table[:, :-1] - table[:, -1:]), np.tile(log_prior[:-1] - log_prior[-1], ROWS)


def _normalise(weight: Floats, *, out: Floats) -> Floats:
    """Write probabilities (n, k - 1) from weights against the last class; returns the logarithm of their total."""
    top = weight.max(axis=1, initial=0.0) if weight.max(initial=0.0) > SAFE else None
    np.exp(weight if top is None else weight - top[:, None], out=out)
    total = np.ones(len(weight)) if top is None else np.exp(-top)
    for column in out.T:
        total = total + column
    np.divide(out, total[:, None], out=out)
    return np.asarray(np.log(total) + (0.0 if top is None else top), dtype=np.float64)


def _clamp(rest: Floats, gold: Ints) -> None:
    at = np.flatnonzero(gold >= 0)
    if at.size:
        rest[at] = gold[at, None] == np.arange(rest.shape[1])


def _made(given: Given, rest: Floats, counted: Floats, entropy: float) -> Step:
    n_workers, k = given.n_answers.shape
    counts = np.empty((n_workers, k, k))
    counts[:, :-1] = counted.reshape(n_workers, k, k - 1).transpose(0, 2, 1)
    counts[:, -1] = np.maximum(given.n_answers - counts[:, :-1].sum(axis=1), 0.0)
    labelled = _rows(given.n_labels > 0)
    frequent = np.full(k, 1.0 / k)
    if given.n_labels.any():
        frequent[:-1] = [column[labelled].mean() for column in rest.T]
        frequent[-1] = max(1.0 - frequent[:-1].sum(), 0.0)
    return Step(rest, counts, frequent, entropy)


def _rows(mask: npt.NDArray[np.bool_]) -> slice | Ints:
    """The rows of a mask; a slice where it is all of them, which copies nothing."""
    return slice(None) if mask.all() else np.flatnonzero(mask)
