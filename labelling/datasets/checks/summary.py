"""Counts over rows, that can be added and taken away: the summary of a version is that of its parent, less the rows
that went, and the rows that came. Whole numbers, so that it is exact."""

from collections import defaultdict
from typing import Any

import numpy as np

from labelling.datasets.checks import scripts
from labelling.datasets.checks.sketch import (
    BLANK,
    DAMAGED,
    EMPTY,
    ERASED,
    MISFIT,
    MISSING,
    NO_DAY,
    NULL,
    OUTSIDE,
    STAND_IN,
    TEXT,
    Array,
    Sketch,
)  # fmt: skip
from labelling.datasets.content import SPLITS

Key = tuple[str, ...]

# Bins of lengths: four to a doubling; of confidence: hundredths.
PER_DOUBLING = 4
PER_BIN = 100
FLAGS = {"outside": OUTSIDE, "empty": EMPTY, "blank": BLANK, "erased": ERASED, "misfit": MISFIT,
         "damaged": DAMAGED, "stand-in": STAND_IN}  # fmt: skip
UNKNOWN = "unknown"


class Summary:
    """counts: {(what is counted, of what, …): rows or labels}, without zeros."""

    def __init__(self, counts: dict[Key, int] | None = None) -> None:
        self.counts = {key: n for key, n in (counts or {}).items() if n}

    def __add__(self, other: "Summary") -> "Summary":
        return self._with(other, 1)

    def __sub__(self, other: "Summary") -> "Summary":
        return self._with(other, -1)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Summary) and self.counts == other.counts

    __hash__ = None  # type: ignore[assignment]  # counts change

    def __repr__(self) -> str:
        return f"Summary({self.counts})"

    def _with(self, other: "Summary", sign: int) -> "Summary":
        counts = defaultdict(int, self.counts)
        for key, n in other.counts.items():
            counts[key] += sign * n
        return Summary(dict(counts))

    @property
    def n_rows(self) -> int:
        return self.counts.get(("rows",), 0)

    def of(self, what: str) -> dict[Any, int]:
        """{the rest of the key: n} of what is counted; the rest is one word where the keys have two."""
        found = {key[1:]: n for key, n in self.counts.items() if key[0] == what}
        return {key[0] if len(key) == 1 else key: n for key, n in found.items()}

    def as_json(self, most: int) -> dict[str, Any]:
        """{what: [[…words, n], …]}, the `most` frequent of each, in one order."""
        told: dict[str, list[list[Any]]] = {}
        for key, n in sorted(self.counts.items(), key=lambda pair: (-pair[1], pair[0])):
            rows = told.setdefault(key[0], [])
            if len(rows) < most:
                rows.append([*key[1:], n])
        return dict(sorted(told.items()))

    @classmethod
    def from_json(cls, told: dict[str, Any]) -> "Summary":
        return cls({(what, *row[:-1]): row[-1] for what, rows in told.items() for row in rows})


def of(sketch: Sketch, live: Array) -> Summary:
    """The summary of some rows of a segment. live: bool (n,). An erased row counts as a row and as erased alone."""
    counts: dict[Key, int] = {("rows",): int(live.sum())}
    read = live & ~sketch.flagged(ERASED)
    _rows(counts, sketch, live, read)
    _fields(counts, sketch, read)
    held = live[sketch["given_row"]]
    _add(counts, "labeller", sketch.labellers, np.asarray(sketch["given_by"])[held])
    return Summary(counts)


def _rows(counts: dict[Key, int], sketch: Sketch, live: Array, read: Array) -> None:
    for name, bit in FLAGS.items():
        counts["flag", name] = int((sketch.flagged(bit) & live).sum())
    splits = list(SPLITS)
    split, label = np.asarray(sketch["split"])[read], np.asarray(sketch["label"])[read]
    _add(counts, "split", splits, split)
    _add(counts, "class", sketch.labels, label)
    _add(counts, "slice", sketch.slices, np.asarray(sketch["slice"])[read])
    _add(counts, "authority", sketch.authorities, np.asarray(sketch["authority"])[read])
    _add(counts, "script", list(scripts.NAMES), np.asarray(sketch["script"])[read])
    if sketch.labels:
        both = label.astype(np.int64) * 128 + split
        for code, n in _tally(both[(label >= 0) & (split >= 0)]):
            counts["class in split", sketch.labels[code // 128], _word(splits, code % 128)] = n
    worded = np.asarray(sketch["script"])[read] > 0
    for code, n in _tally(length_bins(np.asarray(sketch["length"])[read][worded])):
        counts["length", str(code)] = n
    confidence = np.asarray(sketch["confidence"])[read]
    for code, n in _tally(confidence[confidence >= 0] // PER_BIN):
        counts["confidence", str(code)] = n


def _fields(counts: dict[Key, int], sketch: Sketch, read: Array) -> None:
    """Types by field; a field that a row lacks is counted where the types are told (see `types_of`)."""
    for code, n in _tally(np.asarray(sketch["shape"])[read]):
        for name, word in sketch.shapes[code]:
            key = ("type", name, word)
            counts[key] = counts.get(key, 0) + n
    held = read[sketch["number_row"]]
    field = np.asarray(sketch["number_field"])[held].astype(np.int64)
    size = np.asarray(sketch["number_size"])[held]
    for code, n in _tally(field * 1024 + size + 512):
        counts["size", sketch.fields[code // 1024], str(code % 1024 - 512)] = n
    empty = read[sketch["mark_row"]] & (np.asarray(sketch["mark_day"]) == NO_DAY)
    _add(counts, "stand-in", sketch.fields, np.asarray(sketch["mark_field"])[empty])


def _add(counts: dict[Key, int], what: str, words: list[str], codes: Array) -> None:
    for code, n in _tally(codes[codes >= 0]):
        key = (what, _word(words, code))
        counts[key] = counts.get(key, 0) + n


def _word(words: list[str], code: int) -> str:
    return words[code] if code < len(words) else UNKNOWN


def _tally(codes: Array) -> list[tuple[int, int]]:
    """(code, how often) of each code that there is. codes: at least 0."""
    if not len(codes):
        return []
    if codes.max(initial=0) < 4 * len(codes) + 4096:
        counts = np.bincount(codes)
        found = np.flatnonzero(counts)
        return list(zip(found.tolist(), counts[found].tolist(), strict=True))
    found, counts = np.unique(codes, return_counts=True)
    return list(zip(found.tolist(), counts.tolist(), strict=True))


def length_bins(lengths: Array) -> Array:
    """int (n,): 0 for no character, else 1 + the whole part of 4 log2 of the length."""
    safe = np.maximum(np.asarray(lengths, dtype=np.float64), 1)
    return np.where(np.asarray(lengths) == 0, 0, 1 + np.floor(PER_DOUBLING * np.log2(safe) + 1e-9)).astype(np.int64)


def least_length(code: int) -> int:
    """The least length of a bin."""
    return 0 if code <= 0 else int(np.ceil(2 ** ((code - 1) / PER_DOUBLING) - 1e-9))


def types_of(summary: Summary) -> dict[str, dict[str, int]]:
    """{field: {type: rows}}, with how many rows lack it; every row with a payload counts once a field. A text that
    stands for nothing is null."""
    n_read = summary.n_rows - summary.of("flag").get("erased", 0)
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for (name, word), n in summary.of("type").items():
        if name:
            found[name][word] = n
    for name, n in summary.of("stand-in").items():
        if n <= found[name].get(TEXT, 0):
            found[name][TEXT] -= n
            found[name][NULL] = found[name].get(NULL, 0) + n
    for types in found.values():
        missing = n_read - sum(types.values())
        if missing:
            types[MISSING] = missing
    return dict(found)
