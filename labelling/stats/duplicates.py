"""Exact duplicates: texts that are the same but for case, width and white space, and what they have on both sides of
a split."""

import hashlib
import re
import unicodedata
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]

DIGEST_BYTES = 16
# Characters that take no place: soft hyphens, joiners, marks of direction and variants, the byte order mark.
_unseen = re.compile("[\u00ad\u034f\u061c\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe00-\ufe0f\ufeff]").sub


def normal_text(text: str) -> str:
    """The text without differences of case, width, runs of white space and unseen characters (Unicode NFKC, case
    folding)."""
    # Only other letters than ASCII's have several spellings.
    folded = text.lower() if text.isascii() else _unseen("", unicodedata.normalize("NFKC", text).casefold())
    return " ".join(folded.split())


def digests(texts: Iterable[str]) -> Bytes:
    """uint8 (n, 16): the first half of each text's SHA-256, of its UTF-8 bytes."""
    sha256 = hashlib.sha256
    joined = b"".join([sha256(text.encode("utf-8", "surrogatepass")).digest()[:DIGEST_BYTES] for text in texts])
    return np.frombuffer(joined, np.uint8).reshape(-1, DIGEST_BYTES)


def first_rows(found: Bytes) -> Ints:
    """int (n,): of each row the first row with the same digest, itself where there is none before it.

    found: uint8 (n, 16). Raises ValueError for another shape.
    """
    if found.ndim != 2 or found.shape[1] != DIGEST_BYTES:
        raise ValueError(f"digests must be of shape (n, {DIGEST_BYTES}), not {found.shape}")
    halves = np.ascontiguousarray(found).view(np.uint64)
    order = np.lexsort((halves[:, 1], halves[:, 0]))
    ordered = halves[order]
    begins = np.ones(len(order), bool)
    begins[1:] = (ordered[1:] != ordered[:-1]).any(axis=1)
    # The sort is stable: of equal digests the first row comes first.
    first = np.empty(len(order), np.int64)
    first[order] = order[begins][np.cumsum(begins) - 1]
    return first


def repeated(groups: npt.ArrayLike) -> Ints:
    """The rows that come after the first one of their group. groups: int (n,), as `first_rows` and `clusters` give."""
    of = np.asarray(groups, np.int64)
    return np.flatnonzero(of != np.arange(len(of)))


def splits_of_groups(groups: npt.ArrayLike, splits: npt.ArrayLike) -> Bytes:
    """uint8 (n,): of each row the splits that its group is in, one bit each: 1 << code.

    groups: int (n,), each the number of one of the rows. splits: int (n,), codes from 0 to 7.
    Raises ValueError for another code or lengths that differ.
    """
    of, codes = np.asarray(groups, np.int64), np.asarray(splits, np.int64)
    if of.shape != codes.shape:
        raise ValueError(f"there are {len(of)} groups and {len(codes)} splits")
    if len(codes) and not 0 <= codes.min() <= codes.max() <= 7:
        raise ValueError("splits must be codes from 0 to 7")
    bits = np.zeros(len(of), np.uint8)
    for code in np.unique(codes):
        held = np.zeros(len(of), bool)
        held[of[codes == code]] = True
        bits |= held[of].astype(np.uint8) << np.uint8(code)
    return bits


def leaking(groups: npt.ArrayLike, splits: npt.ArrayLike, one: int, other: int) -> Ints:
    """The rows of split `one` or `other` whose group is in both of them: all of them, the first too."""
    codes = np.asarray(splits, np.int64)
    both = np.uint8(1 << one | 1 << other)
    in_both = (splits_of_groups(groups, codes) & both) == both
    return np.flatnonzero(in_both & ((codes == one) | (codes == other)))
