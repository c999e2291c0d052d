"""Who agrees with whom: every two labellers over the items that both labelled."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from labelling.stats.agreement.units import read
from labelling.stats.coded import Floats, Ints, codes

# Numbers held in memory at a time.
AT_ONCE = 1 << 21


@dataclass(frozen=True, slots=True)
class Pairs:
    """workers: int (m,), those with most labels that can be compared first. shared: items that both labelled, int
    (m, m); percent: on how many of them they agree, 0 to 1; kappa: Cohen's. nan where nothing is shared, or where both
    gave but one and the same class. The diagonal is a labeller with themselves, on items that others labelled too."""

    workers: Ints
    shared: Ints
    percent: Floats
    kappa: Floats


def pairwise(
    items: npt.ArrayLike, workers: npt.ArrayLike, labels: npt.ArrayLike, n_classes: int, *, most: int = 40
) -> Pairs:
    """Compare at most so many labellers, those with most labels of items that others labelled too.

    items, workers, labels: int (n_labels,), coded from 0. Of repeated labels of a worker and item the last counts.
    Raises ValueError that names the array and the position.
    """
    units = read(items, workers, codes(labels, "labels", below=n_classes), "nominal").without_gaps()
    label = np.asarray(units.domain, dtype=np.intp)[units.value]
    comparable = np.bincount(units.item, minlength=units.n_items)[units.item] > 1
    n = np.bincount(units.worker[comparable])
    chosen = np.argsort(-n, kind="stable")[: min(most, int((n > 0).sum()))]
    row = np.full(int(units.worker.max(initial=-1)) + 1, -1, dtype=np.intp)
    row[chosen] = np.arange(len(chosen))
    keep = np.flatnonzero(comparable & (row[units.worker] >= 0)) if len(row) else np.zeros(0, dtype=np.intp)
    order = keep[np.argsort(units.item[keep], kind="stable")]
    return _compared(chosen, row[units.worker[order]], units.item[order], label[order], n_classes)


def _compared(chosen: Ints, row: Ints, item: Ints, label: Ints, k: int) -> Pairs:
    """row, item, label: int (n,), sorted by item."""
    m = len(chosen)
    shared, equal, mix = np.zeros((m, m)), np.zeros((m, m)), np.zeros((m, k, m))
    width = max(AT_ONCE // max(m * k, 1), 1)
    column = np.cumsum(np.diff(item, prepend=item[:1]) > 0)
    for start in range(0, int(column.max(initial=-1)) + 1, width):
        part = slice(*np.searchsorted(column, (start, start + width)))
        said = np.full((m, width), -1)
        said[row[part], column[part] - start] = label[part]
        chose = (said[:, None, :] == np.arange(k)[None, :, None]).astype(np.float32)
        given = (said >= 0).astype(np.float32)
        shared += given @ given.T
        equal += chose.reshape(m, -1) @ chose.reshape(m, -1).T
        mix += (chose.reshape(m * k, width) @ given.T).reshape(m, k, m)
    return _pairs(chosen, shared, equal, mix)


def _pairs(chosen: Ints, shared: Floats, equal: Floats, mix: Floats) -> Pairs:
    """mix: of the items that two labellers share, how often the first chose each class (m, k, m)."""
    unknown = np.full_like(shared, np.nan)
    percent = np.divide(equal, shared, out=unknown.copy(), where=shared > 0)
    hits = np.einsum("akb,bka->ab", mix, mix)
    by_chance = np.divide(hits, shared**2, out=unknown.copy(), where=shared > 0)
    kappa = np.divide(percent - by_chance, 1 - by_chance, out=unknown, where=hits < shared**2)
    return Pairs(chosen, shared.astype(np.intp), percent, kappa)
