"""Rows whose label a model doubts, by confident learning, where cleanlab is installed; and how good that model is.

Probabilities come from a model that never saw the row's label: what a model said of the example before it was drawn to
be labelled (see `predicted`), or one of hashed words and word pairs, fitted on the other folds. The better one is
asked. One that is hardly better than always saying the most frequent label doubts at random: it is not asked.
Source: Northcutt, Jiang & Chuang 2021, Confident Learning.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import numpy as np

from labelling.datasets.checks.live import Live
from labelling.datasets.checks.nearby import texts_of
from labelling.datasets.checks.payloads import Shown
from labelling.datasets.checks.sketch import Array
from labelling.datasets.content import SCALE
from labelling.schemas import kind_of

# A sample of so many rows is looked at; fewer, or a class of fewer, can't be learned from.
MOST_ROWS, FEWEST_ROWS, FEWEST_OF_CLASS = 50_000, 100, 10
FOLDS, FEATURES, SEED = 5, 2**18, 7
# What a model must leave over at most of the errors of always saying the most frequent label: to be asked at all, and
# for the number of its doubts to mean something.
ASKED_AT_MOST, WEAK_ABOVE = 7_500, 5_000
LEAST_CHANCE = 1e-6
WORDS = "the words of the texts, cross-validated"
NOT_INSTALLED = "cleanlab is not installed on the machine that checked: it finds labels that a model doubts."
PARTS = "Answers have parts: no single label can be doubted."
FEW = f"Fewer than {FEWEST_ROWS} rows have a label that {FEWEST_OF_CLASS} rows have, or all have the same one."
NO_MODEL = "There are no texts to learn from, and no model spoke of enough rows before they were labelled."


@dataclass(frozen=True)
class Quality:
    """How good a model is on n rows whose labels it did not see. by: which; accuracy, and `usual`: of always saying the
    most frequent label, out of 10,000; loss, usual_loss: log loss in thousandths of a nat, of the model and of saying
    the labels' shares."""

    by: str
    n: int
    accuracy: int
    usual: int
    loss: int
    usual_loss: int

    @property
    def left(self) -> int:
        """Errors out of 10,000 that always saying the most frequent label makes."""
        return (SCALE - self.accuracy) * SCALE // max(1, SCALE - self.usual)

    @property
    def is_asked(self) -> bool:
        return self.left <= ASKED_AT_MOST

    @property
    def is_weak(self) -> bool:
        return self.left > WEAK_ABOVE

    def __str__(self) -> str:
        return (
            f"The model: {self.by}; right in {self.accuracy / 100:.1f}% of {self.n:,} rows, where always saying the "
            f"most frequent label is in {self.usual / 100:.1f}%; log loss {self.loss / 1000:.2f}, where the labels' "
            f"shares have {self.usual_loss / 1000:.2f}."
        )


@dataclass(frozen=True)
class Doubted:
    """places: of the rows that are doubted; why: why nobody looked, else empty; quality: of the model, None where there
    was none."""

    places: Array
    why: str = ""
    quality: Quality | None = None


@dataclass(frozen=True)
class Chances:
    """What a model says of rows. by: which model; places: of the rows, ascending; p: float (n, k), in the order of the
    classes that are coded."""

    by: str
    places: Array
    p: Array


# Given the live rows, places and the names of the classes: what stored predictions say of those of them that they know.
Stored = Callable[[Live, Array, list[str]], Chances | None]


def is_installed() -> bool:
    return find_spec("cleanlab") is not None and find_spec("sklearn") is not None


def doubted(live: Live, *, kind: str, definition: dict[str, Any], stored: Stored | None = None) -> Doubted:
    """The rows whose label is probably wrong, of at most MOST_ROWS drawn by a fixed seed, by the model that is better.

    stored: what models said of the rows before they were labelled.
    """
    found = kind_of(kind)
    if found.merging:
        return _unlooked(PARTS)
    if not is_installed():
        return _unlooked(NOT_INSTALLED)
    usable, coded, names = _usable(live)
    if len(usable) < FEWEST_ROWS or len(names) < 2:
        return _unlooked(FEW)
    models = [*_stored(live, usable, names, stored), *_worded(live, usable, coded, Shown(found, definition))]
    told = [(quality_of(one, coded[np.searchsorted(usable, one.places)]), one) for one in models]
    if not told:
        return _unlooked(NO_MODEL)
    quality, best = min(told, key=lambda pair: (pair[0].left, pair[1].by == WORDS))
    if not quality.is_asked:
        return _unlooked(f"No model is good enough for its doubts to mean anything. {quality}", quality)
    issues = _issues(coded[np.searchsorted(usable, best.places)], best.p)
    return Doubted(best.places[issues], quality=quality)


def _unlooked(why: str, quality: Quality | None = None) -> Doubted:
    return Doubted(np.empty(0, dtype=np.int64), why, quality)


def _usable(live: Live) -> tuple[Array, Array, list[str]]:
    """Places of rows that can be learned from, their labels coded from 0 without gaps, and the labels' names."""
    labels = live.codes("label", "labels")
    usable = np.flatnonzero((labels >= 0) & live.worded)
    if len(usable) > MOST_ROWS:
        usable = np.sort(np.random.default_rng(SEED).choice(usable, MOST_ROWS, replace=False))
    counts = np.bincount(labels[usable], minlength=1)
    usable = usable[counts[labels[usable]] >= FEWEST_OF_CLASS]
    classes, coded = np.unique(labels[usable], return_inverse=True)
    words = live.words("labels")
    return usable, coded, [words[code] for code in classes]


def _stored(live: Live, usable: Array, names: list[str], stored: Stored | None) -> list[Chances]:
    found = stored(live, usable, names) if stored is not None else None
    return [found] if found is not None and len(found.places) >= max(FEWEST_ROWS, len(usable) // 2) else []


def _worded(live: Live, usable: Array, coded: Array, shown: Shown) -> list[Chances]:
    """What a model of the words says, fitted on the other folds."""
    if not shown.worded:
        return []
    from sklearn.feature_extraction.text import HashingVectorizer  # noqa: PLC0415 - need not be installed
    from sklearn.linear_model import SGDClassifier  # noqa: PLC0415 - as above
    from sklearn.model_selection import StratifiedKFold, cross_val_predict  # noqa: PLC0415 - as above

    texts = texts_of(live, shown)
    vectors = HashingVectorizer(n_features=FEATURES, ngram_range=(1, 2), alternate_sign=False)
    features = vectors.transform([texts[place] for place in usable])
    model = SGDClassifier(loss="log_loss", alpha=1e-5, max_iter=20, tol=1e-3, random_state=SEED)
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=SEED)
    p = cross_val_predict(model, features, coded, cv=folds, method="predict_proba")
    return [Chances(WORDS, usable, p)]


def quality_of(chances: Chances, coded: Array) -> Quality:
    """How good what a model says is against the labels. coded: int (n,), the class of each of its rows."""
    n = len(coded)
    shares = np.bincount(coded, minlength=chances.p.shape[1]) / n
    right = int((chances.p.argmax(axis=1) == coded).sum())
    said = np.clip(chances.p[np.arange(n), coded], LEAST_CHANCE, 1)
    held = shares[shares > 0]
    return Quality(
        by=chances.by, n=n, accuracy=right * SCALE // n, usual=int(shares.max() * SCALE),
        loss=round(float(-np.log(said).mean()) * 1000), usual_loss=round(float(-(held * np.log(held)).sum()) * 1000),
    )  # fmt: skip


def _issues(labels: Array, p: Array) -> Array:
    """int: which of the labels are probably wrong. labels: coded from 0; p: float (n, k), of a model that didn't see
    them."""
    from cleanlab.filter import find_label_issues  # noqa: PLC0415 - need not be installed

    return np.flatnonzero(find_label_issues(labels, p, n_jobs=1))
