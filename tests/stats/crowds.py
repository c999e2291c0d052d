"""Made-up crowds with known truth."""

from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st


@dataclass(frozen=True)
class Crowd:
    items: np.ndarray
    workers: np.ndarray
    labels: np.ndarray
    truth: np.ndarray
    n_classes: int

    @property
    def arrays(self):
        return self.items, self.workers, self.labels, self.n_classes


def crowd(seed, *, n_items=200, n_workers=20, n_classes=3, each=5, accuracy=(0.55, 0.95), spammers=0):
    """each labels an item by different workers; the last workers are spammers who answer blindly."""
    random = np.random.default_rng(seed)
    truth = random.integers(0, n_classes, n_items)
    skill = random.uniform(*accuracy, n_workers)
    items = np.repeat(np.arange(n_items), each)
    workers = np.concatenate([random.choice(n_workers, each, replace=False) for _ in range(n_items)])
    right = random.random(len(items)) < skill[workers]
    other = (truth[items] + random.integers(1, n_classes, len(items))) % n_classes if n_classes > 1 else truth[items]
    labels = np.where(right, truth[items], other)
    blind = workers >= n_workers - spammers
    labels[blind] = random.integers(0, n_classes, blind.sum())
    return Crowd(items, workers, labels, truth, n_classes)


def four_observers():
    """(items, workers, labels): twelve units, four observers, values 1 to 5. Source: Krippendorff 2011, Computing
    Krippendorff's Alpha-Reliability, part C; also in Gwet 2014."""
    rows = ("1 2 3 3 2 1 4 1 2 . . .", "1 2 3 3 2 2 4 1 2 5 . 3", ". 3 3 3 2 3 4 2 2 5 1 .", "1 2 3 3 2 4 4 1 2 5 1 .")
    given = [
        (item, who, int(said)) for who, row in enumerate(rows) for item, said in enumerate(row.split()) if said != "."
    ]
    return tuple(np.array(column) for column in zip(*given, strict=True))


@st.composite
def any_labels(draw, *, max_classes=4, min_size=0):
    """(items, workers, labels, n_classes): anything that is allowed, repeats and gaps included."""
    n_classes = draw(st.integers(1, max_classes))
    row = st.tuples(st.integers(0, 7), st.integers(0, 5), st.integers(0, n_classes - 1))
    rows = draw(st.lists(row, min_size=min_size, max_size=40))
    items, workers, labels = (np.array([r[at] for r in rows], dtype=int) for at in range(3))
    return items, workers, labels, n_classes
