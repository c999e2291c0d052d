"""Crowds with known truth, whole or thinned to a few labels an item, and models beside crowd-kit's on them."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from crowdkit.aggregation import MACE, DawidSkene, OneCoinDawidSkene

from labelling.crowd_files import read_labels, read_truth
from labelling.stats import truth
from labelling.stats.coded import Floats, Ints
from tests.stats.crowds import crowd

# Items without known truth that a thinned set keeps at most.
MOST_UNKNOWN = 3_000
# Labels beyond which crowd-kit's MACE takes minutes and is left out.
MOST_LABELS = 50_000
WAYS: dict[str, Callable[..., truth.Truth]] = {**truth.MODELS, "hierarchical": truth.hierarchical}


@dataclass(frozen=True)
class Known:
    """items, workers, labels: int (n_labels,). truth: int (n_items,), -1 unknown."""

    name: str
    items: Ints
    workers: Ints
    labels: Ints
    truth: Ints
    n_classes: int

    @property
    def arrays(self) -> tuple[Ints, Ints, Ints, int]:
        return self.items, self.workers, self.labels, self.n_classes


def known_crowds() -> Iterator[Known]:
    """Of the folder that CROWD_DATA names, each with labels.csv and truth.csv; one that is made up without it."""
    folder = os.environ.get("CROWD_DATA")
    if folder is None:
        made = crowd(1, n_items=600, n_workers=40, n_classes=3, each=8, accuracy=(0.4, 0.9), spammers=6)
        yield Known("made up", made.items, made.workers, made.labels, made.truth, 3)
        return
    for path in sorted(Path(folder).glob("*/truth.csv")):
        given = read_labels(path.parent / "labels.csv")
        names, items = np.unique([one.item for one in given], return_inverse=True)
        workers = np.unique([one.worker for one in given], return_inverse=True)[1]
        labels = np.array([int(one.label) for one in given])
        answers = read_truth(path)
        known = np.array([int(answers.get(str(name), -1)) for name in names])
        if (known < 0).all():
            continue
        yield Known(path.parent.name, items, workers, labels, known, int(max(labels.max(), known.max())) + 1)


def thinned(given: Known, each: int, seed: int) -> Known:
    """So many labels an item, by chance; all items with known truth and at most 3,000 others."""
    random = np.random.default_rng([seed, each])
    kept = given.truth >= 0
    others = np.flatnonzero(~kept)
    kept[random.choice(others, min(len(others), MOST_UNKNOWN), replace=False)] = True
    order = random.permutation(len(given.items))
    order = order[np.argsort(given.items[order], kind="stable")]
    item = given.items[order]
    rank = np.arange(len(item)) - np.searchsorted(item, item)
    order = order[kept[item] & (rank < each)]
    left, items = np.unique(given.items[order], return_inverse=True)
    workers = np.unique(given.workers[order], return_inverse=True)[1]
    return Known(given.name, items, workers, given.labels[order], given.truth[left], given.n_classes)


def right(posterior: Floats, known: Ints) -> float:
    """The share of known truths that is likeliest; ties count their share."""
    at = known >= 0
    top = posterior[at] >= posterior[at].max(axis=1, keepdims=True) - 1e-9
    return float((top / top.sum(axis=1, keepdims=True))[np.arange(at.sum()), known[at]].mean())


def of_crowdkit(given: Known) -> dict[str, Floats]:
    frame = pd.DataFrame({"task": given.items, "worker": given.workers, "label": given.labels})
    ways: dict[str, Any] = {"DawidSkene": DawidSkene(), "OneCoin": OneCoinDawidSkene()}
    if len(given.labels) <= MOST_LABELS:
        ways["MACE"] = MACE(random_state=0)
    shape = {"index": range(len(given.truth)), "columns": range(given.n_classes), "fill_value": 0.0}
    return {name: way.fit_predict_proba(frame).reindex(**shape).to_numpy() for name, way in ways.items()}


@dataclass(frozen=True)
class Promise:
    """Of posteriors that reach 0.95: their share and how many are right; log loss, and at the best temperature."""

    stopped: float
    kept: float
    loss: float
    at_best: float


def promise(posterior: Floats, known: Ints) -> Promise:
    at = known >= 0
    p, answer = posterior[at], known[at]
    sure = p.max(axis=1) >= 0.95
    kept = float((p.argmax(axis=1) == answer)[sure].mean()) if sure.any() else float("nan")
    losses = [_loss(p, answer, float(heat)) for heat in np.geomspace(0.25, 20.0, 60)]
    return Promise(float(sure.mean()), kept, _loss(p, answer, 1.0), min(losses))


def _loss(p: Floats, answer: Ints, heat: float) -> float:
    weight = np.log(np.maximum(p, 1e-10)) / heat
    weight -= weight.max(axis=1, keepdims=True)
    chosen = weight[np.arange(len(p)), answer]
    return float((np.log(np.exp(weight).sum(axis=1)) - chosen).mean())
