"""What the checks need to know of each row, in a few bytes: digests of what it shows and says, and codes.

Made once a segment from its rows, kept as a file (see `kept`), and enough for every check: the rows themselves are read
no more. A payload may be anything that JSON can say.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

# Bits of `flags`.
OUTSIDE, EMPTY, BLANK, ERASED, MISFIT, DAMAGED, STAND_IN = 1, 2, 4, 8, 16, 32, 64
NO_CONFIDENCE = -1
# Of a mark: the text stands for nothing. No day of a calendar is as early.
NO_DAY = -(2**31)
# A payload's fields after the first 32 are not followed.
MOST_FIELDS = 32
NULL, NOTHING, MISSING, TEXT = "null", "empty", "missing", "text"
TYPES = (TEXT, "number", "truth value", "list", "object", NULL, NOTHING)

Array = npt.NDArray[Any]
Shape = tuple[tuple[str, str], ...]

COLUMNS: dict[str, str] = {
    "text": "u8", "text_low": "u8", "payload": "u8", "payload_low": "u8", "said": "u8", "group": "u8",
    "label": "i4", "slice": "i4", "authority": "i4", "shape": "i4", "length": "u4", "confidence": "i2", "split": "i1",
    "script": "u1", "flags": "u1",
    # Longer or shorter than the rows: a number in a payload, a label behind a row.
    "number_row": "i4", "number_field": "i4", "number_size": "i2", "given_row": "i4", "given_by": "i4",
    "mark_row": "i4", "mark_field": "i4", "mark_day": "i4",
}  # fmt: skip
A_ROW = tuple(list(COLUMNS)[:15])


@dataclass
class Sketch:
    """columns: by the names of COLUMNS; those of A_ROW have an element a row, in the order of the segment.

    text, payload: SHA-256 of the normalised text and of the payload as stored, two halves; said: of the answer; group:
    of the group, 0 without one. label, slice, authority, shape: places in the lists below, -1 where there is none;
    split: place in SPLITS; length: characters of the text; script: place in scripts.NAMES; confidence: out of 10,000.
    number_*: row, place in `fields` and size of each number; given_*: row and place in `labellers` of each label;
    mark_*: row, place in `fields` and day since 1970 of each field that holds a time, NO_DAY for one that holds a text
    which stands for nothing.
    """

    columns: dict[str, Array]
    labels: list[str] = field(default_factory=list)
    slices: list[str] = field(default_factory=list)
    authorities: list[str] = field(default_factory=list)
    shapes: list[Shape] = field(default_factory=list)
    fields: list[str] = field(default_factory=list)
    labellers: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.columns["text"])

    def __getitem__(self, name: str) -> Array:
        return self.columns[name]

    def flagged(self, bit: int) -> Array:
        """bool (n,)"""
        return (self.columns["flags"] & bit) > 0


LISTS = ("labels", "slices", "authorities", "shapes", "fields", "labellers")


# Codes of sizes in one power of ten.
PER_DECADE = 4
_FARTHEST = 60 * PER_DECADE


def sizes(values: Array) -> Array:
    """How large numbers are: int16 (n,), 0 for zero, else by quarters of a power of ten, with the sign.

    values: float64 (n,). 5 is 243, 50 is 247, -0.5 is -239. So a larger code is a larger number on either side of zero,
    and PER_DECADE more is ten times as large.
    """
    size = np.abs(values)
    with np.errstate(divide="ignore"):
        power = np.clip(np.floor(PER_DECADE * np.log10(size)), -_FARTHEST, _FARTHEST) + _FARTHEST + 1
    return np.where(size == 0, 0, np.sign(values) * np.where(size == 0, 0, power)).astype(np.int16)
