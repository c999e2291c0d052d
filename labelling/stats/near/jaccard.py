"""The Jaccard similarity of two texts' sets of 5-grams, many pairs at once.

5-grams are compared by at least 38 bits of their hash: of a million pairs of short texts, fewer than one differs from
the exact value, by one shingle. The tests compare with Python's sets.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from labelling.stats.near.shingles import Ints, Uint64s, shingles_of

Floats = npt.NDArray[np.float64]
# Characters on both sides of the pairs that are compared at once, and pairs.
CHARACTERS_AT_ONCE = 4_000_000
PAIRS_AT_ONCE = 32_768


def jaccard(texts: Sequence[str], pairs: npt.ArrayLike) -> Floats:
    """float (m,): |A and B| / |A or B| of each pair's 5-grams; 0 where a text has none.

    pairs: int (m, 2), rows of texts. Memory beyond the result is bounded, but for pairs of very long texts.
    """
    asked = np.asarray(pairs, np.int64).reshape(-1, 2)
    found = np.zeros(len(asked))
    lengths = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
    for chunk in _chunks(lengths[asked].sum(axis=1)):
        found[chunk] = _of_chunk(texts, asked[chunk])
    return found


def _chunks(sizes: Ints) -> Iterator[slice]:
    ends = np.cumsum(sizes)
    start = 0
    while start < len(sizes):
        before = ends[start - 1] if start else 0
        stop = int(np.searchsorted(ends, before + CHARACTERS_AT_ONCE, "right"))
        stop = min(max(stop, start + 1), start + PAIRS_AT_ONCE)
        yield slice(start, stop)
        start = stop


def _of_chunk(texts: Sequence[str], pairs: Ints) -> Floats:
    rows, coded = np.unique(pairs, return_inverse=True)
    coded = coded.reshape(-1, 2)
    sets, sizes = _sets([texts[row] for row in rows.tolist()])
    starts = np.cumsum(sizes) - sizes
    # Both sets of a pair one after the other under the pair's number: what is in both comes twice.
    asked = sizes[coded.ravel()]
    total = asked.sum()
    at = np.arange(total) - np.repeat(np.cumsum(asked) - asked, asked) + np.repeat(starts[coded.ravel()], asked)
    number = np.repeat(np.arange(len(pairs), dtype=np.uint64), asked.reshape(-1, 2).sum(axis=1))
    bits = np.uint64(max(1, len(pairs).bit_length()))
    keys = np.sort((number << (np.uint64(64) - bits)) | (sets[at] >> bits))
    twice = keys[1:][keys[1:] == keys[:-1]] >> (np.uint64(64) - bits)
    both = np.bincount(twice.astype(np.int64), minlength=len(pairs))[: len(pairs)]
    either = asked.reshape(-1, 2).sum(axis=1) - both
    similarity: Floats = both / np.maximum(either, 1)
    return similarity


def _sets(texts: list[str]) -> tuple[Uint64s, Ints]:
    """The different shingles of each text as hashes, one text after the other, and how many each has."""
    shingles = shingles_of(texts)
    bits = np.uint64(max(1, len(texts).bit_length()))
    owner = np.repeat(np.arange(len(texts), dtype=np.uint64), shingles.counts) << (np.uint64(64) - bits)
    keys = np.sort(owner | (shingles.hashes >> bits))
    if len(keys):
        keys = keys[np.concatenate([[True], keys[1:] != keys[:-1]])]
    sizes = np.bincount((keys >> (np.uint64(64) - bits)).astype(np.int64), minlength=len(texts))[: len(texts)]
    return keys << bits, sizes
