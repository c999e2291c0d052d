"""How far apart two sequences are, and how the parts of one lie on those of the other."""

from collections.abc import Hashable, Sequence

import numpy as np
import numpy.typing as npt

Table = npt.NDArray[np.uint32]
Way = list[tuple[int | None, int | None]]

# Cells of the table that an alignment needs, four bytes each.
MAX_CELLS = 8_000_000
# As in NIST's sclite, which ROVER used: two parts that stand for each other are worth more than two changes.
MOVE, CHANGE = 3, 4


class TooLong(ValueError):
    """The two sequences are too long to be aligned."""


def distance(one: Sequence[Hashable], other: Sequence[Hashable]) -> int:
    """Levenshtein's distance: the fewest parts to put in, take out or change. Characters of texts, or words of lists.

    Bit-parallel, with one bit a part of the first sequence (Myers 1999 as simplified by Hyyrö 2003).
    """
    if one == other:
        return 0
    first, last = _alike_ends(one, other)
    one, other = one[first : len(one) - last], other[first : len(other) - last]
    if not one or not other:
        return len(one) or len(other)
    where: dict[Hashable, int] = {}
    for at, part in enumerate(one):
        where[part] = where.get(part, 0) | 1 << at
    full, top = (1 << len(one)) - 1, 1 << (len(one) - 1)
    up, down, found = full, 0, len(one)
    for part in other:
        same = where.get(part, 0)
        zero = (((same & up) + up) ^ up) | same | down
        right, left = down | (full & ~(zero | up)), zero & up
        found += bool(right & top) - bool(left & top)
        right, left = (right << 1) | 1, left << 1
        up, down = (left | (full & ~(zero | right))) & full, zero & right & full
    return found


def align(one: Sequence[Hashable], other: Sequence[Hashable]) -> Way:
    """Pairs of indices along a cheapest way from one to the other: (i, j) for parts that stand for each other,
    (i, None) for one that is taken out, (None, j) for one that is put in. Of several, always the same. Raises
    TooLong."""
    first, last = _alike_ends(one, other)
    ours, theirs = one[first : len(one) - last], other[first : len(other) - last]
    middle = _way(_table(ours, theirs), ours, theirs, first)
    ends = [(len(one) - k, len(other) - k) for k in range(last, 0, -1)]
    return [*((k, k) for k in range(first)), *middle, *ends]


def _alike_ends(one: Sequence[Hashable], other: Sequence[Hashable]) -> tuple[int, int]:
    """How many parts are the same at the beginning, and then at the end."""
    shorter = min(len(one), len(other))
    first = next((at for at in range(shorter) if one[at] != other[at]), shorter)
    rest = shorter - first
    last = next((at for at in range(rest) if one[-1 - at] != other[-1 - at]), rest)
    return first, last


def _table(one: Sequence[Hashable], other: Sequence[Hashable]) -> Table:
    """Costs from every beginning of one to every beginning of the other, (n + 1, m + 1)."""
    n, m = len(one), len(other)
    if (n + 1) * (m + 1) > MAX_CELLS:
        raise TooLong(f"{n} and {m} parts are too many to align")
    codes: dict[Hashable, int] = {}
    ours, theirs = (
        np.array([codes.setdefault(part, len(codes)) for part in parts], dtype=np.int64) for parts in (one, other)
    )
    along = MOVE * np.arange(m + 1)
    table = np.empty((n + 1, m + 1), dtype=np.uint32)
    row = along
    table[0] = row
    for i in range(1, n + 1):
        reached = row + MOVE
        reached[1:] = np.minimum(reached[1:], row[:-1] + CHANGE * (theirs != ours[i - 1]))
        row = np.minimum.accumulate(reached - along) + along
        table[i] = row
    return table


def _way(table: Table, one: Sequence[Hashable], other: Sequence[Hashable], first: int) -> Way:
    """Backwards from the last cell: what is the same, then what was changed, then taken out, then put in."""
    i, j = len(one), len(other)
    way: Way = []
    while i or j:
        here = int(table[i, j])
        if i and j and (one[i - 1] == other[j - 1] or int(table[i - 1, j - 1]) == here - CHANGE):
            i, j = i - 1, j - 1
            way.append((first + i, first + j))
        elif i and int(table[i - 1, j]) == here - MOVE:
            i -= 1
            way.append((first + i, None))
        else:
            j -= 1
            way.append((None, first + j))
    return way[::-1]
