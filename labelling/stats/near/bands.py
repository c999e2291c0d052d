"""Candidates for near-duplicates: rows whose signatures agree in all places of one band.

Two rows of Jaccard similarity s meet in at least one of b bands of r places with probability 1 - (1 - s^r)^b: at 0.6,
0.996 for 40 bands of 4. Source: Leskovec, Rajaraman & Ullman, Mining of Massive Datasets, 3.4. Each band is joined by
sorting, its hash and the row in one uint64.
"""

from typing import NamedTuple

import numpy as np

from labelling.stats.near.shingles import Ints, Uint32s, Uint64s, mixed

# In a band, all pairs of up to so many rows; of more, each row with the first one.
ALL_PAIRS_OF = 32
# What is looked up meets at most so many rows in a band.
MOST_MET = 64
TABLE = 2**20


class Met(NamedTuple):
    """close: int (m, 2), pairs of small groups. stars: int (m, 2), the first row of a large group and another one."""

    close: Ints
    stars: Ints


def band_hashes(signatures: Uint32s, bands: int, rows: int) -> Uint64s:
    """uint64 (bands, n): one hash of each band's places. Raises ValueError if the signature has too few places."""
    n, k = signatures.shape
    if bands * rows > k:
        raise ValueError(f"{bands} bands of {rows} need {bands * rows} places; the signatures have {k}")
    found = np.zeros((bands, n), np.uint64)
    for band in range(bands):
        for place in range(band * rows, (band + 1) * rows):
            found[band] *= np.uint64(0x9E3779B97F4A7C15)
            found[band] += signatures[:, place]
            mixed(found[band])
    return found


def meeting(hashes: Uint64s) -> Met:
    """Which rows have the same hash, in one band. hashes: uint64 (n,), well mixed; n below 2**32."""
    n = len(hashes)
    bits = np.uint64(max(1, int(n - 1).bit_length()))
    mask = (np.uint64(1) << bits) - np.uint64(1)
    keys = np.sort((hashes & ~mask) | np.arange(n, dtype=np.uint64))
    rows, groups = (keys & mask).astype(np.int64), keys >> bits
    same = groups[1:] == groups[:-1]
    if not same.any():
        return Met(np.zeros((0, 2), np.int64), np.zeros((0, 2), np.int64))
    first = np.flatnonzero(np.concatenate([[True], ~same]))
    sizes = np.diff(np.append(first, n))
    several = sizes > 1
    first, sizes = first[several], sizes[several]
    return Met(_all_pairs(rows, first, sizes), _stars(rows, first, sizes))


def _all_pairs(rows: Ints, first: Ints, sizes: Ints) -> Ints:
    """Every two rows of groups up to ALL_PAIRS_OF."""
    found = []
    small = sizes <= ALL_PAIRS_OF
    for size in np.unique(sizes[small]):
        members = rows[first[sizes == size][:, None] + np.arange(size)]
        left, right = np.triu_indices(int(size), 1)
        found.append(np.column_stack([members[:, left].ravel(), members[:, right].ravel()]))
    return np.concatenate(found) if found else np.zeros((0, 2), np.int64)


def _stars(rows: Ints, first: Ints, sizes: Ints) -> Ints:
    large = sizes > ALL_PAIRS_OF
    if not large.any():
        return np.zeros((0, 2), np.int64)
    heads, others = first[large], sizes[large] - 1
    ends = np.cumsum(others)
    step = np.arange(ends[-1]) - np.repeat(ends - others, others) + 1
    return np.column_stack([np.repeat(rows[heads], others), rows[np.repeat(heads, others) + step]])


def looked_up(new: Uint32s, old: Uint32s) -> Ints:
    """int (m, 2): pairs (row of new, row of old) with the same hash in one band, at most MOST_MET a new row, the first
    rows of old. A hash of 0 meets nothing.

    new: uint32 (n,); old: uint32 (m,), in any order.
    """
    # A table of which low bits occur leaves few of the old ones to be compared.
    occurs = np.zeros(TABLE, bool)
    occurs[new[new != 0] & np.uint32(TABLE - 1)] = True
    hits = np.flatnonzero(occurs[old & np.uint32(TABLE - 1)])
    hits = hits[np.argsort(old[hits], kind="stable")]
    met = old[hits]
    begin, end = np.searchsorted(met, new, "left"), np.searchsorted(met, new, "right")
    counts = np.where(new == 0, 0, np.minimum(end - begin, MOST_MET))
    left = np.repeat(np.arange(len(new)), counts)
    step = np.arange(len(left)) - np.repeat(np.cumsum(counts) - counts, counts)
    return np.column_stack([left, hits[np.repeat(begin, counts) + step]])
