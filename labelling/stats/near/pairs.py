"""Near-duplicates among many texts: candidates by bands, a look at the whole signature, then the exact similarity.

Time and memory are bounded by the rows, not by the square of the largest cluster: equal texts are reported as a star
around the first of them, and of more than ALL_PAIRS_OF rows that meet in a band each is compared with the first alone.
So a large cluster's rows are all joined, but not every two of them are reported.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from labelling.stats.near.bands import band_hashes, meeting
from labelling.stats.near.jaccard import Floats, jaccard
from labelling.stats.near.minhash import EMPTY, signatures
from labelling.stats.near.shingles import Ints, Uint32s, Uint64s

BANDS, ROWS = 40, 4
# How far below the threshold the share of equal places may fall, in standard deviations.
SLACK = 4.5
LOOKED_AT_ONCE = 65_536
# A row of large groups is compared with the first of so many of them that the signatures find like it.
STARS = 2


class Near(NamedTuple):
    """pairs: int (m, 2), the smaller row first, sorted. similarity: float (m,), exact."""

    pairs: Ints
    similarity: Floats


def near_duplicates(texts: Sequence[str], threshold: float = 0.6) -> Near:
    """Pairs of texts whose 5-grams have at least this Jaccard similarity; of those at 0.6, 996 in 1,000 are found."""
    filled = np.flatnonzero(np.fromiter(map(bool, texts), dtype=bool, count=len(texts)))
    return _pairs(signatures(texts, BANDS * ROWS, narrow=True), filled, texts, threshold, BANDS, ROWS)


def pairs(found: Uint32s, texts: Sequence[str], threshold: float = 0.6, bands: int = BANDS, rows: int = ROWS) -> Near:
    """As `near_duplicates`, of signatures (n, at least bands * rows) of the texts that are there already."""
    filled = np.flatnonzero(found[:, 0] != EMPTY) if found.shape[1] else np.zeros(0, np.int64)
    return _pairs(found, filled, texts, threshold, bands, rows)


def _pairs(found: Uint32s, filled: Ints, texts: Sequence[str], threshold: float, bands: int, rows: int) -> Near:
    """filled: the rows that have a text."""
    heads, twins = _twins(found, filled)
    asked = _candidates(found, heads, threshold, bands, rows)
    asked = np.concatenate([twins, asked])
    similarity = jaccard(texts, asked)
    good = similarity >= threshold
    return _sorted(asked[good], similarity[good])


def _twins(found: Uint32s, rows: Ints) -> tuple[Ints, Ints]:
    """Of rows with equal signatures the first, and int (m, 2) pairs of it and each other one."""
    hashes = np.zeros(len(rows), np.uint64)
    for start in range(0, len(rows), LOOKED_AT_ONCE):
        part = slice(start, start + LOOKED_AT_ONCE)
        hashes[part] = band_hashes(found[rows[part]], 1, found.shape[1])[0]
    _, first, inverse = np.unique(hashes, return_index=True, return_inverse=True)
    others = first[inverse] != np.arange(len(rows))
    return rows[np.sort(first)], np.column_stack([rows[first[inverse]][others], rows[others]])


def _candidates(found: Uint32s, heads: Ints, threshold: float, bands: int, rows: int) -> Ints:
    """int (m, 2): pairs that meet in a band and whose whole signatures are alike, each once."""
    kept: list[Uint64s] = []
    starred = np.zeros(len(found), np.uint8)
    for band in range(bands):
        places = found[:, band * rows : (band + 1) * rows]
        met = meeting(band_hashes(places[heads], 1, rows)[0])
        kept.append(_alike(found, heads[met.close], threshold))
        stars = heads[met.stars]
        stars = stars[starred[stars[:, 1]] < STARS]
        starring = _alike(found, stars, threshold)
        np.add.at(starred, (starring & np.uint64(0xFFFFFFFF)).astype(np.int64), 1)
        kept.append(starring)
    codes = np.unique(np.concatenate(kept)) if kept else np.zeros(0, np.uint64)
    return _decoded(codes)


def _alike(found: Uint32s, asked: Ints, threshold: float) -> Uint64s:
    """Those whose share of equal places isn't far below the threshold, as one number each."""
    k = found.shape[1]
    least = k * threshold - SLACK * np.sqrt(k * threshold * (1 - threshold))
    codes = []
    for start in range(0, len(asked), LOOKED_AT_ONCE):
        part = asked[start : start + LOOKED_AT_ONCE]
        equal = np.count_nonzero(found[part[:, 0]] == found[part[:, 1]], axis=1)
        good = part[equal >= least]
        codes.append((good.min(axis=1).astype(np.uint64) << np.uint64(32)) | good.max(axis=1).astype(np.uint64))
    return np.concatenate(codes) if codes else np.zeros(0, np.uint64)


def _decoded(codes: Uint64s) -> Ints:
    return np.column_stack([codes >> np.uint64(32), codes & np.uint64(0xFFFFFFFF)]).astype(np.int64)


def _sorted(found: Ints, similarity: npt.NDArray[np.float64]) -> Near:
    order = np.lexsort((found[:, 1], found[:, 0]))
    return Near(found[order], similarity[order])
