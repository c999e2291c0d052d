"""Labels as three integer arrays: checked, and put in one canonical order so that every sum adds in the same order."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.intp]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Coded:
    """Labels sorted by (item, worker, label). items, workers, labels: int (n_labels,)."""

    items: Ints
    workers: Ints
    labels: Ints
    n_items: int
    n_workers: int
    n_classes: int


def codes(values: npt.ArrayLike, name: str, *, low: int = 0, below: int | None = None) -> Ints:
    """values as a one-dimensional integer array. Raises ValueError with the first position outside low..below-1."""
    array = np.asarray(values)
    if array.ndim != 1:
        raise ValueError(f"{name} must have one dimension, not {array.ndim}")
    if array.size and array.dtype.kind not in "iub":
        raise ValueError(f"{name} must be integers, not {array.dtype}")
    # Unsigned 64-bit codes above the signed range turn negative here and are refused just below.
    whole = array.astype(np.intp)
    wrong = whole < low
    if below is not None:
        wrong |= whole >= below
    if wrong.any():
        at = int(np.argmax(wrong))
        limits = f"at least {low}" if below is None else f"from {low} to {below - 1}"
        raise ValueError(f"{name}[{at}] is {array[at]}; it must be {limits}")
    return whole


def read(
    items: npt.ArrayLike,
    workers: npt.ArrayLike,
    labels: npt.ArrayLike,
    n_classes: int,
    *,
    gold: npt.ArrayLike | None = None,
    n_items: int | None = None,
    n_workers: int | None = None,
) -> Coded:
    """Check the three arrays and sort them.

    items, workers, labels: int (n_labels,), coded from 0. n_items, n_workers: for trailing ones without labels; one
    more than the greatest code if not given, or as many items as gold has.
    Raises ValueError that names the array and the position.
    """
    if not isinstance(n_classes, int | np.integer) or n_classes < 1:
        raise ValueError(f"n_classes must be at least 1 and a whole number, not {n_classes!r}")
    item = codes(items, "items", below=n_items)
    worker = codes(workers, "workers", below=n_workers)
    label = codes(labels, "labels", below=n_classes)
    if not len(item) == len(worker) == len(label):
        raise ValueError(
            f"items, workers and labels must be equally long, not {len(item)}, {len(worker)} and {len(label)}"
        )
    if n_items is None:
        n_items = max(int(item.max(initial=-1)) + 1, 0 if gold is None else len(np.atleast_1d(gold)))
    n_workers = int(worker.max(initial=-1)) + 1 if n_workers is None else n_workers
    return _sorted(Coded(item, worker, label, n_items, n_workers, n_classes))


def _sorted(coded: Coded) -> Coded:
    n_workers, n_classes = max(coded.n_workers, 1), coded.n_classes
    if coded.n_items * n_workers * n_classes >= 2**62:
        order = np.lexsort((coded.labels, coded.workers, coded.items))
        return replace(coded, items=coded.items[order], workers=coded.workers[order], labels=coded.labels[order])
    # One sort of a packed key is several times faster than sorting by three keys.
    key = np.sort((coded.items * n_workers + coded.workers) * n_classes + coded.labels)
    rest, label = np.divmod(key, n_classes)
    item, worker = np.divmod(rest, n_workers)
    return replace(coded, items=item, workers=worker, labels=label)


def known(gold: npt.ArrayLike | None, n_items: int, n_classes: int) -> Ints:
    """gold as int (n_items,), -1 where the truth is unknown. Shorter arrays are refused."""
    if gold is None:
        return np.full(n_items, -1, dtype=np.intp)
    array = codes(gold, "gold", low=-1, below=n_classes)
    if len(array) != n_items:
        raise ValueError(f"gold must have one element an item ({n_items}), not {len(array)}")
    return array


def shares(matrix: Floats, axis: int) -> Floats:
    """matrix divided by its sums along axis; where a sum is zero, equal shares."""
    total = matrix.sum(axis=axis, keepdims=True)
    equal = np.full_like(matrix, 1.0 / max(matrix.shape[axis], 1))
    result: Floats = np.divide(matrix, total, out=equal, where=total > 0)
    return result
