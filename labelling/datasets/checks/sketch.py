"""What the checks need to know of each row, in a few bytes: digests of what it shows and says, and codes.

Made once a segment from its rows, kept as a file (see `kept`), and enough for every check: the rows themselves are read
no more. A payload may be anything that JSON can say.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

# Bits of `flags`.
OUTSIDE, EMPTY, BLANK, ERASED, MISFIT = 1, 2, 4, 8, 16
NO_CONFIDENCE = -1
# A payload's fields after the first 32 are not followed.
MOST_FIELDS = 32
NULL, NOTHING, MISSING = "null", "empty", "missing"
TYPES = ("text", "number", "truth value", "list", "object", NULL, NOTHING)

Array = npt.NDArray[Any]
Shape = tuple[tuple[str, str], ...]

COLUMNS: dict[str, str] = {
    "text": "u8", "text_low": "u8", "payload": "u8", "payload_low": "u8", "said": "u8", "group": "u8",
    "label": "i4", "slice": "i4", "authority": "i4", "shape": "i4", "length": "u4", "confidence": "i2", "split": "i1",
    "script": "u1", "flags": "u1",
    # Longer or shorter than the rows: a number in a payload, a label behind a row.
    "number_row": "i4", "number_field": "i4", "number_decade": "i1", "given_row": "i4", "given_by": "i4",
}  # fmt: skip
A_ROW = tuple(list(COLUMNS)[:15])


@dataclass
class Sketch:
    """columns: by the names of COLUMNS; those of A_ROW have an element a row, in the order of the segment.

    text, payload: SHA-256 of the normalised text and of the payload as stored, two halves; said: of the answer; group:
    of the group, 0 without one. label, slice, authority, shape: places in the lists below, -1 where there is none;
    split: place in SPLITS; length: characters of the text; script: place in scripts.NAMES; confidence: out of 10,000.
    number_*: row, place in `fields` and decade of each number; given_*: row and place in `labellers` of each label.
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


def decades(values: Array) -> Array:
    """How large numbers are: int8 (n,), 0 for zero, else 61 more than the power of ten below, with the sign.

    values: float64 (n,). 5 is 61, 50 is 62, -0.5 is -60. So one code is one decade, and a larger code a larger number
    on either side of zero.
    """
    size = np.abs(values)
    with np.errstate(divide="ignore"):
        power = np.clip(np.floor(np.log10(size)), -60, 60) + 61
    return np.where(size == 0, 0, np.sign(values) * np.where(size == 0, 0, power)).astype(np.int8)
