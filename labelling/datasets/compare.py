"""Which rows differ between two versions, from their deletion vectors and hashes; no content is read. No Django."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from labelling.datasets.content import SPLITS
from labelling.datasets.rows import Part, Rows

ADDED, REMOVED, RELABELLED, RESPLIT, CHANGED = "added", "removed", "relabelled", "resplit", "changed"
KINDS = (ADDED, REMOVED, RELABELLED, RESPLIT, CHANGED)


@dataclass(frozen=True)
class RowAt:
    """One row of a segment, by its number there. item: the item's id."""

    part: Part
    row: int
    key: str
    split: str
    item: int


class Side:
    """The rows of one version that the other has not, sorted by key."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self.parts = parts
        rows = [part.rows for part in parts]
        self.part = np.concatenate([np.full(len(of), n) for n, of in enumerate(rows)] or [np.empty(0, int)])
        self.row = np.concatenate([*rows, np.empty(0, int)]).astype(np.int64)
        keys = [np.array([key.encode() for key in part.opened.index["key"].take(of).to_pylist()] or [], object)
                for part, of in zip(parts, rows, strict=True)]  # fmt: skip
        self.key = np.concatenate([*keys, np.empty(0, object)])
        order = np.argsort(self.key, kind="stable")
        self.part, self.row, self.key = self.part[order], self.row[order], self.key[order]
        self.leaf, self.answer = (self._hashes(name, rows, order) for name in ("leaf", "answer_hash"))
        codes = [part.opened.numbers("split")[of] for part, of in zip(parts, rows, strict=True)]
        self.split = np.concatenate([*codes, np.empty(0, np.uint8)])[order].astype(np.uint8)

    def _hashes(self, name: str, rows: list[np.ndarray], order: np.ndarray) -> np.ndarray:
        found = [part.opened.hashes(name, of) for part, of in zip(self.parts, rows, strict=True)]
        return np.concatenate([*found, np.empty((0, 32), np.uint8)])[order]

    def at(self, number: int) -> RowAt | None:
        if number < 0:
            return None
        part, row = self.parts[self.part[number]], int(self.row[number])
        item = int(part.opened.index["item"][row].as_py())
        return RowAt(part, row, self.key[number].decode(), SPLITS[self.split[number]], item)


class Comparison:
    """The rows that differ, in the order of their keys' bytes. kind: index into KINDS, (n,); old, new: numbers of the
    rows in their sides, -1 where there is none, (n,). What two versions share costs nothing."""

    def __init__(self, before: Rows, after: Rows) -> None:
        self.before = Side(_only_in(before, after))
        self.after = Side(_only_in(after, before))
        old, new = self.before, self.after
        at = np.searchsorted(old.key, new.key) if len(old.key) else np.zeros(len(new.key), int)
        both = np.flatnonzero(at < len(old.key))
        both = both[old.key[at[both]] == new.key[both]]
        pair = at[both]
        kinds = np.where(
            (old.answer[pair] != new.answer[both]).any(axis=1), KINDS.index(RELABELLED),
            np.where(old.split[pair] != new.split[both], KINDS.index(RESPLIT), KINDS.index(CHANGED)),
        )  # fmt: skip
        differs = (old.leaf[pair] != new.leaf[both]).any(axis=1)
        alone_new = np.setdiff1d(np.arange(len(new.key)), both, assume_unique=True)
        alone_old = np.setdiff1d(np.arange(len(old.key)), pair, assume_unique=True)
        none = np.full
        self.kind = np.concatenate([kinds[differs], none(len(alone_new), KINDS.index(ADDED)),
                                    none(len(alone_old), KINDS.index(REMOVED))])  # fmt: skip
        self.old = np.concatenate([pair[differs], none(len(alone_new), -1), alone_old])
        self.new = np.concatenate([both[differs], alone_new, none(len(alone_old), -1)])
        self.key = np.where(self.new >= 0, _taken(new.key, self.new), _taken(old.key, self.old))
        order = np.argsort(self.key, kind="stable")
        self.kind, self.old, self.new, self.key = (
            values[order] for values in (self.kind, self.old, self.new, self.key)
        )

    def counts(self, among: np.ndarray | None = None) -> dict[str, int]:
        """{kind: rows}, of those rows that are `among` (bool (n,)), or of all."""
        found = np.bincount(self.kind if among is None else self.kind[among], minlength=len(KINDS))
        return {name: int(found[number]) for number, name in enumerate(KINDS)}

    def touching(self, split: str) -> np.ndarray:
        """bool (n,): rows that are in this split on one side at least."""
        code, found = SPLITS.index(split), np.zeros(len(self.kind), bool)
        for side, numbers in ((self.before, self.old), (self.after, self.new)):
            if len(side.split):
                found |= (numbers >= 0) & (side.split[np.maximum(numbers, 0)] == code)
        return found

    def at(self, number: int) -> tuple[str, RowAt | None, RowAt | None]:
        """(kind, the row before, the row after) of one change."""
        old, new = self.before.at(int(self.old[number])), self.after.at(int(self.new[number]))
        return KINDS[self.kind[number]], old, new


def _taken(values: np.ndarray, numbers: np.ndarray) -> np.ndarray:
    return values[np.maximum(numbers, 0)] if len(values) else np.full(len(numbers), b"", object)


def _only_in(rows: Rows, other: Rows) -> list[Part]:
    """The rows that the other has not, as parts."""
    there = {part.segment: part.live for part in other.parts}
    found = []
    for part in rows.parts:
        live = part.live & ~there[part.segment] if part.segment in there else part.live
        if live.any():
            found.append(Part(part.opened, live, part.segment))
    return found
