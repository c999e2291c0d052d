"""The character 5-grams of texts, hashed: what near-duplicates are compared by.

A text shorter than five characters has one shingle, itself; an empty one has none. Texts are taken as they come:
normalise them first. Hashes are the same on every machine, so that they can be stored.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Uint32s = npt.NDArray[np.uint32]
Uint64s = npt.NDArray[np.uint64]
Ints = npt.NDArray[np.int64]

WIDTH = 5
_BASE = 0x9E3779B97F4A7C15
_POWERS = [np.uint64(pow(_BASE, WIDTH - at, 2**64)) for at in range(WIDTH)]
# No text holds this code point: it fills short texts up, and parts texts.
_FILLER = 0x110000


class Shingles(NamedTuple):
    """hashes: uint64 (total,), of each text one after the other, with repeats; counts: int (n,), how many of each."""

    hashes: Uint64s
    counts: Ints

    @property
    def starts(self) -> Ints:
        return np.cumsum(self.counts) - self.counts


def shingles_of(texts: Sequence[str]) -> Shingles:
    """The shingles of all texts. Needs about 50 bytes of memory a character while it works: give it chunks."""
    lengths = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
    codes = _codes(texts, lengths)
    counts = np.where(lengths < WIDTH, np.minimum(lengths, 1), lengths - WIDTH + 1)
    if not counts.any():
        return Shingles(np.zeros(0, np.uint64), counts)
    wide = codes.astype(np.uint64)
    rolled = wide[: len(wide) - WIDTH + 1] * _POWERS[0]
    for at in range(1, WIDTH):
        rolled += wide[at : len(wide) - WIDTH + 1 + at] * _POWERS[at]
    # Of the WIDTH places behind a text's end none begins a shingle of its own.
    begins = np.ones(len(rolled), bool)
    room = np.maximum(lengths, 1) + WIDTH - 1
    room_at = np.cumsum(room) - room
    keeps = np.repeat(counts, room) > np.arange(room.sum()) - np.repeat(room_at, room)
    begins[:] = keeps[: len(rolled)]
    return Shingles(mixed(rolled[begins]), counts)


def _codes(texts: Sequence[str], lengths: Ints) -> Uint32s:
    """Every text's code points and WIDTH - 1 fillers behind (WIDTH behind an empty one), then WIDTH more."""
    # A lone half of a surrogate pair is text to Python.
    ends = "\n" * (WIDTH - 1)
    joined = "".join([text + ends if text else ends + "\n" for text in texts]) + ends
    codes = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype="<u4").copy()
    room = np.maximum(lengths, 1) + WIDTH - 1
    ends_at = np.cumsum(room)
    for back in range(1, WIDTH):
        codes[ends_at - back] = _FILLER
    return codes


def mixed(values: Uint64s) -> Uint64s:
    """Every bit of the result depends on every bit given, in place. Source: MurmurHash3's 64-bit finaliser."""
    values ^= values >> np.uint64(33)
    values *= np.uint64(0xFF51AFD7ED558CCD)
    values ^= values >> np.uint64(33)
    values *= np.uint64(0xC4CEB9FE1A85EC53)
    values ^= values >> np.uint64(33)
    return values
