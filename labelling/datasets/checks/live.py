"""The rows of a version across its segments, as one numbering from 0."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from labelling.datasets.checks import summary
from labelling.datasets.checks.sketch import BLANK, ERASED, Array, Sketch
from labelling.datasets.checks.summary import Summary

MOST_KEYS = 100


@dataclass(frozen=True)
class Part:
    """The rows of one segment, the oldest segment first. live: bool (n,), those that the version holds; fresh: bool
    (n,), those that the version before it did not hold; keys: positions in the segment -> their keys; read: all rows of
    the segment, an erased one with a null payload; items: the ids of its items, where they have some; name:
    digest of its content, empty where nothing is kept of it."""

    sketch: Sketch
    live: Array
    fresh: Array
    keys: Callable[[Array], pa.Array]
    read: Callable[[], Iterable[pa.RecordBatch]]
    items: Callable[[], Array] | None = None
    name: str = ""


class Live:
    """A row's place: how many live rows come before it, in the order of the parts."""

    def __init__(self, parts: list[Part]) -> None:
        self.parts = parts
        self.positions = [np.flatnonzero(part.live) for part in parts]
        self.starts = np.cumsum([0, *map(len, self.positions)])
        self.columns: dict[str, Array] = {}

    def __len__(self) -> int:
        return int(self.starts[-1])

    def __getitem__(self, name: str) -> Array:
        """A column of A_ROW; one that holds places in a list goes through `coded`."""
        if name not in self.columns:
            found = [part.sketch[name][at] for part, at in zip(self.parts, self.positions, strict=True)]
            self.columns[name] = np.concatenate(found) if found else np.empty(0, dtype=np.int64)
        return self.columns[name]

    def flagged(self, bit: int) -> Array:
        return (self["flags"] & bit) > 0

    @cached_property
    def fresh(self) -> Array:
        found = [part.fresh[at] for part, at in zip(self.parts, self.positions, strict=True)]
        return np.concatenate(found) if found else np.empty(0, dtype=bool)

    @cached_property
    def worded(self) -> Array:
        """Rows that show something: neither blank nor erased."""
        return ~self.flagged(BLANK | ERASED)

    def where(self, name: str, words: str, wanted: set[Any]) -> Array:
        """bool (n,): rows whose code in column `name` stands for a word of `wanted` in the list `words`."""
        found = []
        for part, at in zip(self.parts, self.positions, strict=True):
            listed = [word in wanted for word in getattr(part.sketch, words)]
            found.append(np.array([*listed, False], dtype=bool)[part.sketch[name][at]])
        return np.concatenate(found) if found else np.empty(0, dtype=bool)

    def words(self, words: str) -> list[str]:
        """What the parts have in that list, sorted."""
        return sorted({word for part in self.parts for word in getattr(part.sketch, words)})

    def codes(self, name: str, words: str) -> Array:
        """int (n,): each row's place in `words`, of a column that holds places in that list; -1 for none."""
        place = {word: number for number, word in enumerate(self.words(words))}
        found = []
        for part, at in zip(self.parts, self.positions, strict=True):
            codes = np.array([*(place[word] for word in getattr(part.sketch, words)), -1], dtype=np.int64)
            found.append(codes[part.sketch[name][at]])
        return np.concatenate(found) if found else np.empty(0, dtype=np.int64)

    def places(self, part: int, positions: Array) -> Array:
        """Places of live rows of a part by their positions in its segment."""
        return self.starts[part] + np.searchsorted(self.positions[part], positions)

    def summary(self) -> Summary:
        total = Summary()
        for part in self.parts:
            total = total + summary.of(part.sketch, part.live)
        return total

    def keys(self, places: Array | list[int]) -> list[str]:
        """The first hundred keys of these rows, in the order of their bytes."""
        wanted = np.sort(np.asarray(places, dtype=np.int64))
        found = []
        for number, part in enumerate(self.parts):
            low, high = np.searchsorted(wanted, self.starts[number : number + 2])
            if low < high:
                keys = part.keys(self.positions[number][wanted[low:high] - self.starts[number]]).cast(pa.binary())
                first = pc.select_k_unstable(keys, k=MOST_KEYS, sort_keys=[("", "ascending")])
                found += keys.take(first).to_pylist()
        return [key.decode() for key in sorted(found)[:MOST_KEYS]]
