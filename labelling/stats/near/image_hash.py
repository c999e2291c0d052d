"""Difference hashes of pictures, and neighbours by Hamming distance without comparing every two.

Neighbours: 64 bits in six parts. Of two hashes that differ in at most four bits, two parts at least are equal, so they
meet in at least one of the 15 tables of two parts. Sources: Krawetz 2013 (dHash); Manku, Jain & Das Sarma 2007 and
Norouzi, Punjani & Fleet 2012 (tables over parts).
"""

from itertools import combinations, pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from labelling.stats.near.bands import meeting
from labelling.stats.near.shingles import Ints, Uint64s, mixed

HEIGHT, WIDTH = 8, 9
MOST_BITS = 4
_EDGES = (0, 11, 22, 33, 44, 54, 64)
_TABLES = tuple(combinations(range(6), 2))
N_TABLES = len(_TABLES)


class Neighbours(NamedTuple):
    """pairs: int (m, 2), the smaller row first, sorted. distance: int (m,), in bits."""

    pairs: Ints
    distance: Ints


def difference_hash(grey: npt.ArrayLike) -> Uint64s:
    """uint64 (n,): 64 bits, each saying whether a cell is brighter than the one to its right.

    grey: uint8 (n, 8, 9), pictures made that small. A picture of one colour gives 0.
    Raises ValueError for another shape.
    """
    cells = np.asarray(grey)
    if cells.ndim != 3 or cells.shape[1:] != (HEIGHT, WIDTH):
        raise ValueError(f"pictures must be of shape (n, {HEIGHT}, {WIDTH}), not {cells.shape}")
    bits = (cells[:, :, :-1] > cells[:, :, 1:]).reshape(-1, HEIGHT * (WIDTH - 1))
    return np.packbits(bits, axis=1).view(">u8")[:, 0].astype(np.uint64)


def tables(hashes: npt.ArrayLike) -> Uint64s:
    """uint64 (15, n), well mixed: hashes that differ in at most four bits are equal in one row of this or more."""
    given = np.asarray(hashes, np.uint64)
    parts = [(given >> np.uint64(low)) & np.uint64((1 << (high - low)) - 1) for low, high in pairwise(_EDGES)]
    rows = [
        mixed((parts[one] << np.uint64(16)) ^ parts[other] ^ np.uint64(number + 1 << 40))
        for number, (one, other) in enumerate(_TABLES)
    ]
    return np.stack(rows) if rows else np.zeros((N_TABLES, 0), np.uint64)


def neighbours(hashes: npt.ArrayLike, most: int = MOST_BITS) -> Neighbours:
    """Pairs of hashes that differ in at most `most` bits: all of them, but of groups of more than 32 rows that meet
    in a table each row is compared with the first alone, and equal hashes are a star around the first of them.

    Raises ValueError for `most` above 4: the tables would miss pairs.
    """
    if not 0 <= most <= MOST_BITS:
        raise ValueError(f"most must be from 0 to {MOST_BITS} bits, not {most}")
    given = np.asarray(hashes, np.uint64)
    different, first, inverse = np.unique(given, return_index=True, return_inverse=True)
    others = first[inverse] != np.arange(len(given))
    found = [np.column_stack([first[inverse][others], np.flatnonzero(others)])]
    for row in tables(different):
        met = meeting(row)
        asked = np.concatenate([met.close, met.stars])
        near = np.bitwise_count(different[asked[:, 0]] ^ different[asked[:, 1]]) <= most
        found.append(np.sort(first[asked[near]], axis=1))
    pairs = np.unique(np.concatenate(found), axis=0)
    return Neighbours(pairs, np.bitwise_count(given[pairs[:, 0]] ^ given[pairs[:, 1]]).astype(np.int64))
