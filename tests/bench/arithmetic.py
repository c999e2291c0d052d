"""The arithmetic on a simulated crowd, beside the libraries it is checked against."""

import time
from collections.abc import Callable
from typing import Any

import krippendorff
import numpy as np
import pandas as pd
from crowdkit.aggregation import DawidSkene

CLASSES = 4
PER_ITEM = 5
LABELS_A_WORKER = 500


def crowd(n_labels: int, *, seed: int = 7) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """items, workers, labels of a simulated crowd of mixed accuracy, and the truth. Workers of an item differ."""
    random = np.random.default_rng(seed)
    n_items, n_workers = n_labels // PER_ITEM, max(n_labels // LABELS_A_WORKER, 3 * PER_ITEM)
    truth = random.integers(CLASSES, size=n_items)
    first = random.integers(n_workers, size=n_items)
    items = np.repeat(np.arange(n_items), PER_ITEM)
    workers = (first[:, None] + np.arange(PER_ITEM) * (n_workers // PER_ITEM)).ravel() % n_workers
    skill = random.beta(6, 2, size=n_workers)
    right = random.random(n_labels) < skill[workers]
    labels = np.where(right, truth[items], random.integers(CLASSES, size=n_labels))
    return items, workers, labels, truth


def cpu_seconds(work: Callable[[], Any]) -> tuple[Any, float]:
    started = time.process_time()
    result = work()
    return result, time.process_time() - started


def crowdkit_dawid_skene(items: np.ndarray, workers: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Classes by crowd-kit, in the order of the items."""
    frame = pd.DataFrame({"task": items, "worker": workers, "label": labels})
    return DawidSkene(n_iter=100).fit_predict(frame).sort_index().to_numpy()


def krippendorff_alpha(items: np.ndarray, labels: np.ndarray) -> float:
    """By the `krippendorff` package, from counts an item and class, its cheaper input."""
    counts = np.zeros((int(items.max()) + 1, CLASSES), dtype=np.int64)
    np.add.at(counts, (items, labels), 1)
    return float(krippendorff.alpha(value_counts=counts, level_of_measurement="nominal"))
