"""Labels of items, checked and recoded without sorting where they are small integers."""

from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from labelling.stats.coded import Floats, Ints, codes

Level = Literal["nominal", "ordinal", "interval", "ratio", "jaccard", "masi"]

SETS = ("jaccard", "masi")
# A table of items and values is kept while it is not much larger than the labels themselves.
CELLS_A_LABEL = 8
CELLS_AT_LEAST = 1 << 20
# Of so many values at most; also the widest range of integers that is taken as it is, without sorting.
MOST_IN_TABLE = 64

Packed = npt.NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Units:
    """item, worker, value: int (n_labels,); value is a position in domain.

    domain: in ascending order the numbers (v,), or of sets their members as bits (v, words). It may hold values that
    no label has, and items may be without labels.
    """

    item: Ints
    worker: Ints
    value: Ints
    domain: Floats | Packed
    n_items: int
    level: Level

    @property
    def n_values(self) -> int:
        return len(self.domain)

    @property
    def fits_table(self) -> bool:
        cells = self.n_items * self.n_values
        return self.n_values <= MOST_IN_TABLE and cells <= CELLS_A_LABEL * len(self.item) + CELLS_AT_LEAST

    def without_gaps(self) -> "Units":
        """The same labels of items that are counted from 0, each with a label."""
        item = _dense(self.item)
        return replace(self, item=item, n_items=int(item.max(initial=-1)) + 1)

    def paired(self) -> "Units":
        """Only the labels of items with at least two; items and workers counted from 0, each with a label."""
        keep = np.bincount(self.item, minlength=1)[self.item] > 1
        kept = replace(self, item=self.item[keep], worker=_dense(self.worker[keep]), value=self.value[keep])
        return kept.without_gaps()


def read(items: npt.ArrayLike, workers: npt.ArrayLike, labels: npt.ArrayLike, level: Level) -> Units:
    """Check the three arrays and recode them. Raises ValueError that names the array and the position."""
    if level not in get_args(Level):
        raise ValueError(f"level must be one of {', '.join(get_args(Level))}, not {level!r}")
    item, worker, label = _codes(items, "items"), _codes(workers, "workers"), np.asarray(labels)
    if label.ndim != 1 + (level in SETS and label.ndim == 2) or not len(item) == len(worker) == len(label):
        raise ValueError(
            f"items, workers and labels must be equally long, not {len(item)}, {len(worker)} and {label.shape}"
        )
    n_items = int(item.max(initial=-1)) + 1
    if n_items > CELLS_A_LABEL * len(item) + CELLS_AT_LEAST:
        found, item = np.unique(item, return_inverse=True)
        n_items = len(found)
    value, domain = _sets(label) if level in SETS else _numbers(label)
    return Units(item, worker, value, domain, n_items, level)


def added(at: Ints, values: Floats, n: int) -> Floats:
    """The sums (n,) of the values at each position."""
    return np.asarray(np.bincount(at, weights=values, minlength=n), dtype=np.float64)


def _codes(values: npt.ArrayLike, name: str) -> Ints:
    """Codes from 0; two passes over the array where nothing is wrong with it."""
    array = np.asarray(values)
    fits = array.dtype.kind == "i" or (array.dtype.kind == "u" and array.dtype.itemsize < 8)
    if array.ndim == 1 and fits and array.min(initial=0) >= 0:
        return array.astype(np.intp, copy=False)
    return codes(array, name)


def _dense(values: Ints) -> Ints:
    """Codes without gaps, in the same order."""
    if values.max(initial=0) > CELLS_A_LABEL * len(values) + CELLS_AT_LEAST:
        return np.asarray(np.unique(values, return_inverse=True)[1], dtype=np.intp)
    seen = np.bincount(values) > 0
    return np.asarray((np.cumsum(seen) - 1)[values], dtype=np.intp)


def _numbers(label: npt.NDArray[Any]) -> tuple[Ints, Floats]:
    """Positions (n,) in the ordered domain (v,), and the domain."""
    if label.dtype.kind in "bi" or (label.dtype.kind == "u" and label.dtype.itemsize < 8):
        value, whole = _small(label.astype(np.intp, copy=False))
        return value, whole.astype(np.float64)
    number = label.astype(np.float64)
    if not np.isfinite(number).all():
        at = int(np.argmin(np.isfinite(number)))
        raise ValueError(f"labels[{at}] is {label[at]}; it must be a finite number")
    domain, place = np.unique(number, return_inverse=True)
    return np.asarray(place, dtype=np.intp), domain


def _sets(label: npt.NDArray[Any]) -> tuple[Ints, Packed]:
    """Sets as bit masks (n,) or as members (n, options): positions (n,), and the different sets as bits (v, words)."""
    if label.ndim == 1:
        value, domain = _small(_codes(label, "labels"))
        return value, domain.astype(np.uint64)[:, None]
    if label.dtype.kind != "b" and not np.isin(label, (0, 1)).all():
        raise ValueError("labels must hold true or false for each option of a set")
    octets = np.packbits(label.astype(bool), axis=1)
    short = -octets.shape[1] % 8
    words = np.ascontiguousarray(np.pad(octets, ((0, 0), (0, short)))).view(np.uint64)
    if not words.size:
        return np.zeros(len(label), dtype=np.intp), np.zeros((int(len(label) > 0), 1), dtype=np.uint64)
    sets, place = np.unique(words, axis=0, return_inverse=True)
    return np.asarray(place, dtype=np.intp).ravel(), sets


def _small(whole: Ints) -> tuple[Ints, Ints]:
    """Positions (n,) in the domain (v,) of whole numbers: all in their range if it is small, else those there are."""
    low, high = (int(whole.min()), int(whole.max())) if whole.size else (0, -1)
    if high - low < MOST_IN_TABLE:
        return whole - low if low else whole, np.arange(low, high + 1)
    domain, value = np.unique(whole, return_inverse=True)
    return np.asarray(value, dtype=np.intp), domain
