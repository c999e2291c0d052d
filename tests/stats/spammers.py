"""Crowds of honest labellers of all sorts, with spammers among them; labels in the order given."""

from dataclasses import dataclass

import numpy as np

KINDS = ("random", "constant", "prior", "adversarial", "copying")
HONEST = ("good", "weak", "confused", "learner", "biased")


@dataclass(frozen=True)
class Stream:
    """kinds: (n_workers,) names. partner: (n_workers,), whom a copier copies, else -1. truth: -1 where unknown."""

    items: np.ndarray
    workers: np.ndarray
    labels: np.ndarray
    truth: np.ndarray
    n_classes: int
    kinds: np.ndarray
    partner: np.ndarray

    @property
    def arrays(self):
        return self.items, self.workers, self.labels, self.n_classes

    def of(self, *kinds):
        return np.flatnonzero(np.isin(self.kinds, kinds))

    def first(self, n):
        return Stream(self.items[:n], self.workers[:n], self.labels[:n], self.truth, self.n_classes, self.kinds,
                      self.partner)  # fmt: skip


def honest_stream(seed, *, n_items=1200, n_workers=60, n_classes=3, each=5, hard=0.15):
    """Items of unequal ease and classes of unequal size; good, weak, confused, learning and biased labellers."""
    random = np.random.default_rng(seed)
    shares = np.array([0.5, *np.full(n_classes - 1, 0.5 / (n_classes - 1))])
    truth = random.choice(n_classes, n_items, p=shares)
    ease = np.where(random.random(n_items) < hard, 0.3, random.uniform(0.85, 1.0, n_items))
    kinds = np.array([HONEST[at % len(HONEST)] if at % 2 else "good" for at in range(n_workers)], dtype=object)
    skill = np.where(kinds == "weak", random.uniform(0.35, 0.55, n_workers), random.uniform(0.65, 0.95, n_workers))
    items = np.repeat(np.arange(n_items), each)
    workers = np.concatenate([random.choice(n_workers, each, replace=False) for _ in range(n_items)])
    before = _before(workers)
    now = np.where(kinds[workers] == "learner", np.minimum(0.3 + before / 100, 0.9), skill[workers]) * ease[items]
    guess = random.choice(n_classes, len(items), p=shares)
    guess = np.where(kinds[workers] == "biased", 0, guess)
    labels = np.where(random.random(len(items)) < now, truth[items], guess)
    swapped = (kinds[workers] == "confused") & (labels > 0) & (random.random(len(items)) < 0.35)
    labels = np.where(swapped, n_classes - labels, labels) if n_classes > 2 else labels
    return Stream(items, workers, labels, truth, n_classes, kinds, np.full(n_workers, -1))


def with_spammers(stream, *, share, n_labels, seed, kinds=KINDS, copied=0.8, window=100):
    """Spammers as this share of all labellers, each with so many labels (None: as many as somebody honest has).

    A copier gives the answers of one labeller with many labels, `copied` of them, after that one gave them; adversaries
    avoid the truth four times in five. Items come in random order, about `window` at a time.
    """
    random = np.random.default_rng(seed)
    n_honest, n_items, k = len(stream.kinds), len(stream.truth), stream.n_classes
    n = max(round(n_honest * share / (1 - share)), 1)
    given = np.bincount(stream.workers, minlength=n_honest)
    rank = random.permutation(n_items)
    order = rank[stream.items] + random.random(len(stream.items)) * window
    parts = [(stream.items, stream.workers, stream.labels, order)]
    who, partner = [kinds[at % len(kinds)] for at in range(n)], np.full(n_honest + n, -1)
    for at, kind in enumerate(who):
        size = min(int(random.choice(given[given > 0])) if n_labels is None else n_labels, n_items)
        if kind == "copying":
            partner[n_honest + at] = random.choice(np.argsort(-given)[: max(n_honest // 4, 1)])
            mine = random.permutation(np.flatnonzero(stream.workers == partner[n_honest + at]))[:size]
            items, when = stream.items[mine], order[mine] + 5.0
            labels = np.where(random.random(len(mine)) < copied, stream.labels[mine], random.integers(0, k, len(mine)))
        else:
            items = random.choice(n_items, size, replace=False)
            labels, when = _answers(random, kind, stream, items), rank[items] + random.random(size) * window
        parts.append((items, np.full(len(items), n_honest + at), labels, when))
    items, workers, labels, when = (np.concatenate(one) for one in zip(*parts, strict=True))
    turn = np.argsort(when, kind="stable")
    return Stream(items[turn], workers[turn], labels[turn], stream.truth, k,
                  np.array([*stream.kinds, *who], dtype=object), partner)  # fmt: skip


def going_bad(stream, *, at, workers, seed):
    """The same stream, but these workers answer at random from their label `at` on."""
    random, labels = np.random.default_rng(seed), stream.labels.copy()
    bad = np.isin(stream.workers, workers) & (_before(stream.workers) >= at)
    labels[bad] = random.integers(0, stream.n_classes, bad.sum())
    kinds = stream.kinds.copy()
    kinds[workers] = "went_bad"
    return Stream(stream.items, stream.workers, labels, stream.truth, stream.n_classes, kinds, stream.partner)


def _answers(random, kind, stream, items):
    k, n = stream.n_classes, len(items)
    if kind == "random":
        return random.integers(0, k, n)
    if kind == "constant":
        return np.full(n, random.integers(0, k))
    if kind == "prior":
        return random.choice(stream.labels, n)
    votes = np.bincount(stream.items * k + stream.labels, minlength=len(stream.truth) * k).reshape(-1, k)
    truth = np.where(stream.truth >= 0, stream.truth, votes.argmax(axis=1))[items]
    return np.where(random.random(n) < 0.8, (truth + random.integers(1, k, n)) % k, truth)


def _before(workers):
    """How many labels its worker gave before each."""
    order = np.argsort(workers, kind="stable")
    n = np.bincount(workers)
    before = np.empty(len(workers), dtype=int)
    before[order] = np.arange(len(workers)) - np.repeat(np.cumsum(n) - n, n)
    return before
