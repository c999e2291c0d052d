"""Rows whose label a model doubts, by confident learning, where cleanlab is installed.

Probabilities come from a model that never saw the row: of hashed words and word pairs, fitted on the other folds.
Source: Northcutt, Jiang & Chuang 2021, Confident Learning.
"""

from importlib.util import find_spec
from typing import Any

import numpy as np

from labelling.datasets.checks.live import Live
from labelling.datasets.checks.nearby import texts_of
from labelling.datasets.checks.payloads import Shown
from labelling.datasets.checks.sketch import Array
from labelling.schemas import kind_of

# A sample of so many rows is looked at; fewer, or a class of fewer, can't be learned from.
MOST_ROWS, FEWEST_ROWS, FEWEST_OF_CLASS = 50_000, 100, 10
FOLDS, FEATURES, SEED = 5, 2**18, 7


def is_installed() -> bool:
    return find_spec("cleanlab") is not None and find_spec("sklearn") is not None


def doubted(live: Live, *, kind: str, definition: dict[str, Any]) -> Array | None:
    """Places of the rows whose label is probably wrong, of at most MOST_ROWS drawn by a fixed seed. None where nobody
    can look: cleanlab is not installed, answers have parts, nothing is text, or too few rows have one label."""
    found, shown = kind_of(kind), Shown(kind_of(kind), definition)
    if not is_installed() or found.merging or not shown.worded:
        return None
    labels = live.codes("label", "labels")
    usable = np.flatnonzero((labels >= 0) & live.worded)
    if len(usable) > MOST_ROWS:
        usable = np.sort(np.random.default_rng(SEED).choice(usable, MOST_ROWS, replace=False))
    counts = np.bincount(labels[usable], minlength=1)
    usable = usable[counts[labels[usable]] >= FEWEST_OF_CLASS]
    classes, coded = np.unique(labels[usable], return_inverse=True)
    if len(usable) < FEWEST_ROWS or len(classes) < 2:
        return None
    texts = texts_of(live, shown)
    return usable[_issues([texts[place] for place in usable], coded)]


def _issues(texts: list[str], labels: Array) -> Array:
    """int: which of the labels are probably wrong. labels: coded from 0 without gaps."""
    from cleanlab.filter import find_label_issues  # noqa: PLC0415 - need not be installed
    from sklearn.feature_extraction.text import HashingVectorizer  # noqa: PLC0415 - as above
    from sklearn.linear_model import SGDClassifier  # noqa: PLC0415 - as above
    from sklearn.model_selection import StratifiedKFold, cross_val_predict  # noqa: PLC0415 - as above

    features = HashingVectorizer(n_features=FEATURES, ngram_range=(1, 2), alternate_sign=False).transform(texts)
    model = SGDClassifier(loss="log_loss", alpha=1e-5, max_iter=20, tol=1e-3, random_state=SEED)
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=SEED)
    chances = cross_val_predict(model, features, labels, cv=folds, method="predict_proba")
    found = find_label_issues(labels, chances, n_jobs=1)
    return np.flatnonzero(found)
