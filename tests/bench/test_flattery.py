"""How much early stopping flatters agreement, and whether the yardstick's interval holds the alpha of all labels.

CROWD_DATA names a folder of crowds, each a folder with a labels.csv (item, worker, label); without it, one is made up.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import krippendorff
import numpy as np
import pytest

from labelling.crowd_files import read_labels
from labelling.stats import agreement
from tests.bench.tables import show
from tests.stats.crowds import crowd
from tests.stats.early import stopped_early

pytestmark = pytest.mark.bench

SEEDS = range(6)
SHARES = (0.05, 0.2)
MOST_ITEMS = 5_000

Arrays = tuple[np.ndarray, np.ndarray, np.ndarray]


def crowds() -> Iterator[tuple[str, Arrays]]:
    folder = os.environ.get("CROWD_DATA")
    if folder is None:
        yield "made up", crowd(1, n_items=1500, n_workers=60, n_classes=2, each=8, accuracy=(0.55, 0.9)).arrays[:3]
        return
    for path in sorted(Path(folder).glob("*/labels.csv")):
        given = read_labels(path)
        columns = ([getattr(one, name) for one in given] for name in ("item", "worker", "label"))
        items, workers, labels = (np.unique(column, return_inverse=True)[1] for column in columns)
        yield path.parent.name, (items, workers, labels)


def part_of(arrays: Arrays, seed: int) -> Arrays:
    """All labels of at most so many items, by chance."""
    items, workers, labels = arrays
    if items.max() < MOST_ITEMS:
        return arrays
    kept = np.isin(items, np.random.default_rng(seed).choice(items.max() + 1, MOST_ITEMS, replace=False))
    return np.unique(items[kept], return_inverse=True)[1], workers[kept], labels[kept]


def test_the_yardstick_is_not_flattered():
    rows = [("set", "yardstick", "alpha of all", "bought", "flattery", "yardstick's", "95% interval", "holds it")]
    for name, arrays in crowds():
        assert agreement.krippendorff_alpha(*arrays) == pytest.approx(of_library(arrays), abs=1e-10)
        rows += [row_of(name, arrays, share) for share in SHARES]
    show(f"agreement under early stopping, means over {len(SEEDS)} seeds", rows)


def row_of(name: str, arrays: Arrays, share: float) -> tuple[str, ...]:
    found = [one_seed(part_of(arrays, seed), share, seed) for seed in SEEDS]
    held = [one.yardstick.low <= one.everything <= one.yardstick.high for one in found]
    means = np.mean([(one.everything, one.bought, one.flattery) for one in found], axis=0)
    value, low, high = np.mean([(one.yardstick.value, one.yardstick.low, one.yardstick.high) for one in found], axis=0)
    return (name, f"{share:.0%}", *(f"{mean:.3f}" for mean in means), f"{value:.3f}", f"{low:.3f} to {high:.3f}",
            f"{sum(held)} of {len(held)}")  # fmt: skip


def one_seed(arrays: Arrays, share: float, seed: int) -> agreement.Compared:
    items, _, labels = arrays
    yardstick = np.random.default_rng([seed, 2]).random(items.max() + 1) < share
    bought = stopped_early(*arrays, int(labels.max()) + 1, yardstick, seed)
    return agreement.compare(*arrays, bought, yardstick, seed=seed)


def of_library(arrays: Arrays) -> float:
    items, _, labels = arrays
    counts = np.zeros((items.max() + 1, labels.max() + 1))
    np.add.at(counts, (items, labels), 1)
    return krippendorff.alpha(value_counts=counts, level_of_measurement="nominal")
