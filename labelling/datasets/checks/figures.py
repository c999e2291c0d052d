"""What the pictures of checks show, in whole numbers: reports hold no floats. `frontend` draws them.

{"kind": "bars", "of": "rows" | "of 10,000", "x_label", "rows": [[label, value, is flagged]], "line"?: value,
 "among"?: n}
{"kind": "table", "of": …, "columns": [a, b], "rows": [[label, value in a, value in b]]}
{"kind": "histogram", "of": "rows", "x_label", "bins": [[from, to, rows]]}
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from labelling.datasets.checks.seen import Seen
from labelling.datasets.checks.sketch import Array
from labelling.datasets.content import SCALE, SPLITS

if TYPE_CHECKING:
    from labelling.datasets.checks.across import Groups

MOST = 20
ROWS, SHARE = "rows", "of 10,000"
Figure = dict[str, Any]


def bars(pairs: Iterable[tuple[str, int]], *, of: str, x_label: str, flagged: Iterable[str] = (),
         line: int | None = None, most: int = MOST) -> Figure | None:  # fmt: skip
    """Bars in the order that they come; None where there is nothing to see. among: how many there are, where only the
    first are shown."""
    marked, listed = set(flagged), list(pairs)
    found = [[name, value, name in marked] for name, value in listed[:most]]
    if not any(value for _, value, _ in found):
        return None
    return {"kind": "bars", "of": of, "x_label": x_label, "rows": found} | (
        ({} if line is None else {"line": line}) | ({"among": len(listed)} if len(listed) > most else {})
    )


def shares(counts: Mapping[str, int]) -> dict[str, int]:
    """Counts out of 10,000."""
    total = sum(counts.values()) or 1
    return {name: n * SCALE // total for name, n in counts.items()}


def compared(now: Mapping[str, int], before: Mapping[str, int], *, most: int = MOST) -> Figure | None:
    """The shares before and now, what changed most first."""
    after, earlier = shares(now), shares(before)
    names = sorted(after.keys() | earlier.keys(), key=lambda n: (-abs(after.get(n, 0) - earlier.get(n, 0)), n))[:most]
    if not names:
        return None
    rows = [[name, earlier.get(name, 0), after.get(name, 0)] for name in names]
    return {"kind": "table", "of": SHARE, "columns": ["before", "now"], "rows": rows}


def histogram(bins: Iterable[tuple[int, int, int]], *, x_label: str) -> Figure | None:
    found = [list(one) for one in bins]
    return {"kind": "histogram", "of": ROWS, "x_label": x_label, "bins": found} if found else None


def ranked(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))


def repeats(group: Array) -> Figure | None:
    """How many groups have how many rows. group: int, the group of each row."""
    sizes, n = np.unique(np.bincount(group), return_counts=True)
    told = [(f"{size} rows alike", count) for size, count in zip(sizes.tolist(), n.tolist(), strict=True)]
    return bars(told, of="texts", x_label="Groups")


def pairs_of_labels(seen: Seen, pairs: tuple[Array, Array], of: str = ROWS) -> Figure | None:
    """Which labels contradict one another. pairs: places of rows, and of those that they are compared with."""
    if seen.kind.merging or not len(pairs[0]):
        return None
    one, other = seen.labels[pairs[0]], seen.labels[pairs[1]]
    words = seen.label_names
    width = len(words)
    low, high = np.minimum(one, other).astype(np.int64), np.maximum(one, other)
    codes, n = np.unique(low * width + high, return_counts=True)
    told = {f"{words[code // width]} / {words[code % width]}": int(k) for code, k in zip(codes, n, strict=True)}
    return bars(ranked(told), of=of, x_label=of.capitalize())


def shared_texts(seen: Seen, groups: "Groups", what: str = "texts") -> Figure | None:
    """How many groups lie in which splits together."""
    if not len(groups.rows):
        return None
    bits = np.left_shift(1, np.maximum(seen.rows["split"][groups.rows], 0).astype(np.int64))
    together = groups.bits(bits)[groups.first]
    return _by_splits(together, what)


def shared_pairs(seen: Seen, pairs: Array) -> Figure | None:
    if not len(pairs):
        return None
    bits = np.left_shift(1, np.maximum(seen.rows["split"], 0).astype(np.int64))
    return _by_splits(bits[pairs[:, 0]] | bits[pairs[:, 1]], "pairs")


def _by_splits(bits: Array, what: str) -> Figure | None:
    told = []
    codes, counts = np.unique(bits, return_counts=True)
    for code, n in zip(codes.tolist(), counts.tolist(), strict=True):
        names = [split for place, split in enumerate(SPLITS) if code >> place & 1]
        told.append((f"{' and '.join(names)}{' only' if len(names) == 1 else ''}", n, len(names) > 1))
    told.sort(key=lambda one: (-one[1], one[0]))
    return bars([(name, n) for name, n, _ in told], of=what, x_label=what.capitalize(),
                flagged=[name for name, _, several in told if several])  # fmt: skip
