"""MinHash signatures: of two texts, the share of equal places estimates the Jaccard similarity of their 5-grams.

Every place has a hash function of its own. One permutation cut into places (Li, Owen & Zhang 2012), with its empty
places filled from others (Shrivastava & Li 2014, 2017), hashes each shingle once, but a short text has fewer shingles
than places, and what fills an empty place says nothing new: see docs/decisions/0036-near-duplicates.md for the figures.
"""

from collections.abc import Sequence

import numpy as np

from labelling.stats.near.shingles import Shingles, Uint32s, shingles_of

# Elements that stay in the processor's cache while every place's hash goes over them.
TILE = 65_536
CHARACTERS_AT_ONCE = 4_000_000
# The value of every place of a text without shingles.
EMPTY = np.uint32(0xFFFFFFFF)


def multipliers(k: int) -> Uint32s:
    """The odd multipliers of k hash functions, the same for ever: those of a smaller k come first."""
    drawn = np.random.Generator(np.random.PCG64(36)).integers(0, 2**32, size=k, dtype=np.uint32)
    return drawn | np.uint32(1)


def signatures(texts: Sequence[str], k: int = 160, narrow: bool = False) -> Uint32s:
    """uint32 (n, k): of each text and place the least hash of its shingles; all EMPTY for an empty text.

    narrow: the lower 16 bits alone, in half the memory; of two different values one in 65,536 pairs is the same then.

    texts: normalised already. Memory beyond the result is bounded, but for a text of more than 4,000,000 characters.
    Source: Broder 1997; hashing by odd multiplication, Dietzfelbinger et al. 1997.
    """
    found = np.empty((len(texts), k), np.uint16 if narrow else np.uint32)
    start, held = 0, 0
    for at, text in enumerate(texts):
        held += len(text) + 5
        if held >= CHARACTERS_AT_ONCE:
            found[start : at + 1] = of_shingles(shingles_of(texts[start : at + 1]), k).astype(found.dtype)
            start, held = at + 1, 0
    found[start:] = of_shingles(shingles_of(texts[start:]), k).astype(found.dtype)
    return found


def of_shingles(shingles: Shingles, k: int) -> Uint32s:
    """uint32 (n, k), of shingles that are there already. Texts of like length are worked on together."""
    found = np.empty((len(shingles.counts), k), np.uint32)
    factors = multipliers(k)
    hashes = (shingles.hashes >> np.uint64(32)).astype(np.uint32)
    order = np.argsort(shingles.counts, kind="stable")
    counts, starts = shingles.counts[order], shingles.starts[order]
    at = int(np.searchsorted(counts, 1))
    found[order[:at]] = EMPTY
    while at < len(order):
        rows = max(1, TILE // int(counts[at]))
        # The longest of a tile decides its height.
        rows = max(1, min(rows, TILE // int(counts[min(at + rows, len(order)) - 1])))
        found[order[at : at + rows]] = _tile(hashes, starts[at : at + rows], counts[at : at + rows], factors)
        at += rows
    return found


def _tile(hashes: Uint32s, starts: np.ndarray, counts: np.ndarray, factors: Uint32s) -> Uint32s:
    """uint32 (rows, k). Short ones repeat their last shingle, which changes no least value."""
    places = starts + np.minimum(np.arange(int(counts[-1]))[:, None], counts - 1)
    tile = hashes[places]
    scratch = np.empty_like(tile)
    found = np.empty((len(factors), len(starts)), np.uint32)
    for row, factor in zip(found, factors, strict=True):
        np.multiply(tile, factor, out=scratch)
        np.minimum.reduce(scratch, axis=0, out=row)
    return found.T
