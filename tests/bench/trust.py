"""Spammers among real or made-up labellers: how soon flags stop them, and how well they are told from the honest."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.metrics import roc_auc_score

from labelling.management.commands.simulate import read_crowd
from labelling.stats import workers
from labelling.stats.trust import flags
from tests.stats.spammers import Stream, going_bad, honest_stream, with_spammers

MOST_ITEMS = 3_000
FEWEST = 20
HONEST = "honest"


def crowds() -> Iterator[tuple[str, Stream]]:
    """Of the folders that CROWD_DATA names, those with truth; one that is made up without."""
    folder = os.environ.get("CROWD_DATA")
    if folder is None:
        yield "made up", honest_stream(0)
        return
    # A truth.csv that holds but its head is of a crowd without truth.
    for path in [one for one in sorted(Path(folder).glob("*/truth.csv")) if len(one.read_text().split()) > 1]:
        crowd, _ = read_crowd(path.parent / "labels.csv", path).part(MOST_ITEMS, seed=0)
        kept, who = np.unique(crowd.workers, return_inverse=True)
        yield path.parent.name, Stream(crowd.items, who, crowd.labels, crowd.truth, crowd.n_classes,
                                       np.full(len(kept), HONEST, dtype=object), np.full(len(kept), -1))  # fmt: skip


@dataclass(frozen=True)
class Record:
    """Against the truth, a labeller each: labels on items with truth, how many are right, how many their own mix of
    answers would get right, and how many the commonest class."""

    n: np.ndarray
    right: np.ndarray
    by_mix: np.ndarray
    by_class: np.ndarray

    @property
    def honest(self):
        """Clearly better than guessing: by more than 1.64 standard errors."""
        share = self.by_mix / np.maximum(self.n, 1)
        spread = np.sqrt(np.maximum(self.by_mix * (1 - share), 0.1))
        return (self.n >= 10) & (self.right - self.by_mix > 1.64 * spread)


def record(stream: Stream) -> Record:
    known = stream.truth[stream.items] >= 0
    who, answer, truth = stream.workers[known], stream.labels[known], stream.truth[stream.items[known]]
    counts = workers.confusion(who, answer, truth, stream.n_classes, n_workers=len(stream.kinds)).astype(float)
    n = counts.sum(axis=(1, 2))
    by_mix = (counts.sum(axis=1) * counts.sum(axis=2)).sum(axis=1) / np.maximum(n, 1)
    return Record(n, np.trace(counts, axis1=1, axis2=2), by_mix, counts.sum(axis=2).max(axis=1))


@dataclass(frozen=True)
class Life:
    """would: labels each labeller would have given; gave: before they got no more work; flagged: the kind, or ""."""

    would: np.ndarray
    gave: np.ndarray
    flagged: np.ndarray


def live(stream: Stream, *, every: int, gold: np.ndarray | None = None) -> Life:
    """Labels come in order; after so many of them, all so far are reviewed, and who is flagged gets no more work.
    Flags are never taken back."""
    n = len(stream.kinds)
    taken, flagged = np.zeros(len(stream.items), dtype=bool), np.full(n, "", dtype=object)
    for start in range(0, len(stream.items), every):
        now = slice(start, start + every)
        taken[now] = flagged[stream.workers[now]] == ""
        at = np.flatnonzero(taken)
        known = None if gold is None else gold[: stream.items[at].max() + 1]
        for flag in flags.review(stream.items[at], stream.workers[at], stream.labels[at], stream.n_classes, known):
            flagged[flag.worker] = flagged[flag.worker] or flag.kind
    gave = np.bincount(stream.workers[taken], minlength=n)
    return Life(np.bincount(stream.workers, minlength=n), gave, flagged)


def in_order(stream: Stream, seed: int, window: int = 100) -> Stream:
    """The same labels as if items had come in random order, about `window` at a time."""
    random = np.random.default_rng(seed)
    when = random.permutation(len(stream.truth))[stream.items] + random.random(len(stream.items)) * window
    turn = np.argsort(when, kind="stable")
    return Stream(stream.items[turn], stream.workers[turn], stream.labels[turn], stream.truth, stream.n_classes,
                  stream.kinds, stream.partner)  # fmt: skip


def area(bad: np.ndarray, score: np.ndarray, judged: np.ndarray) -> float:
    return float(roc_auc_score(bad[judged], score[judged])) if len(set(bad[judged])) == 2 else float("nan")


def kappa_against_others(stream: Stream) -> np.ndarray:
    """The naive score: 1 less the chance-corrected share of an item's other votes that are equal."""
    k, who = stream.n_classes, stream.workers
    votes = np.bincount(stream.items * k + stream.labels, minlength=len(stream.truth) * k).reshape(-1, k)
    left = votes[stream.items].astype(float)
    left[np.arange(len(who)), stream.labels] -= 1
    some = left.sum(axis=1) > 0
    share = left[some] / left[some].sum(axis=1, keepdims=True)
    joint = np.zeros((len(stream.kinds), k, k))
    np.add.at(joint, (who[some], stream.labels[some]), share)
    n = joint.sum(axis=(1, 2))
    chance = (joint.sum(axis=1) * joint.sum(axis=2)).sum(axis=1) / np.maximum(n, 1)
    return (n - np.trace(joint, axis1=1, axis2=2)) / np.maximum(n - chance, 1e-9)


def mixed(stream: Stream, seed: int) -> tuple[float, float]:
    """AUC of suspicion and of the naive score: injected spammers against honest labellers, all with FEWEST labels."""
    honest = record(stream).honest
    spammed = with_spammers(stream, share=0.2, n_labels=None, seed=seed)
    bad = np.arange(len(spammed.kinds)) >= len(honest)
    judged = (bad | np.pad(honest, (0, bad.sum()))) & (np.bincount(spammed.workers, minlength=len(bad)) >= FEWEST)
    return tuple(area(bad, one, judged) for one in (workers.suspicion(*spammed.arrays), kappa_against_others(spammed)))


def natural(stream: Stream, rule: str) -> tuple[float, float]:
    """The same of the crowd's own: those no better than guessing by their mix, or than always the commonest class."""
    found = record(stream)
    bad = found.right <= (found.by_mix if rule == "mix" else np.maximum(found.by_class, found.n / stream.n_classes))
    scores = workers.suspicion(*stream.arrays), kappa_against_others(stream)
    return tuple(area(bad, one, found.n >= FEWEST) for one in scores)


def pairs(stream: Stream, seed: int) -> tuple[float, float]:
    """AUC of the evidence for copying and of plain agreement: copiers of 80% with whom they copy, against honest
    pairs, all with ten shared items or more."""
    spammed = with_spammers(stream, share=0.1, n_labels=None, seed=seed, kinds=("copying",))
    found, n = workers.copying(*spammed.arrays), len(stream.kinds)
    copied = spammed.partner[found.second] == found.first
    judged = copied | (found.second < n)
    return area(copied, found.log_evidence, judged), area(copied, found.agreed, judged)


def went_bad(stream: Stream, seed: int) -> tuple[int, int, int, int]:
    """Of honest labellers with 300 labels or more, three in ten go bad after 200: how many are flagged, of how many;
    and how many of the other honest ones with FEWEST labels, of how many."""
    found, random = record(stream).honest, np.random.default_rng(seed)
    given = np.bincount(stream.workers, minlength=len(found))
    able = random.permutation(np.flatnonzero(found & (given >= 300)))
    bad = able[: max(round(0.3 * len(able)), min(len(able), 1))]
    flagged = {
        one.worker for one in flags.review(*going_bad(in_order(stream, seed), at=200, workers=bad, seed=seed).arrays)
    }
    others = np.setdiff1d(np.flatnonzero(found & (given >= FEWEST)), bad)
    return len(flagged & set(bad)), len(bad), len(flagged & set(others)), len(others)
