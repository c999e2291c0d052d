"""What a field holds besides its type: a day, or a text that stands for nothing."""

import re
from datetime import date
from typing import Any

import numpy as np

from labelling.datasets.checks.sketch import NO_DAY, Array

# Texts that programs write for a missing value, as they write it. "none" and "unknown" may be answers.
STAND_INS = frozenset((
    "null", "NULL", "Null", "None", "nan", "NaN", "NAN", "NaT", "<NA>", "<null>", "(null)", "undefined", "nil", "N/A",
    "n/a", "N/a", "NA", "#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "[object Object]", "-", "--", "—", "TBD",
    "TODO",
))  # fmt: skip
# No longer text is a time or stands for nothing.
LONGEST = 40
EPOCH = date(1970, 1, 1).toordinal()
A_DAY = 86_400
# Numbers in fields of such names are seconds or milliseconds since 1970, if they are as large as those of our days.
_TIMED = re.compile(r"(?:^|_)(?:at|time|timestamp|date|ts)$|[a-z](?:At|Time|Timestamp|Date)$")

Texted = tuple[tuple[str, int], ...]


class Marks:
    """rows, fields, days: of each mark the row, the field's code and the day since 1970, NO_DAY for a stand-in."""

    def __init__(self) -> None:
        self.rows: list[int] = []
        self.fields: list[int] = []
        self.days: list[int] = []

    def add(self, row: int, payload: dict[str, Any], texted: Texted) -> None:
        """texted: the fields that hold texts which people are not shown, and their codes."""
        for name, code in texted:
            text = payload[name]
            if len(text) < LONGEST and (day := NO_DAY if text in STAND_INS else day_of(text)) is not None:
                self.rows.append(row)
                self.fields.append(code)
                self.days.append(day)

    def columns(self, numbers: tuple[list[int], list[int], Array], fields: dict[str, int]) -> dict[str, Array]:
        """By the names of sketch.COLUMNS, with the times that are numbers. numbers: their rows, fields and values."""
        row, field, value = np.array(numbers[0], np.int32), np.array(numbers[1], np.int32), numbers[2]
        timed = np.isin(field, [code for name, code in fields.items() if _TIMED.search(name)])
        seconds = np.where((value >= 1e11) & (value < 1e13), value / 1000, value)
        timed &= (seconds >= 1e8) & (seconds < 1e10)
        return {
            "mark_row": np.concatenate([np.array(self.rows, np.int32), row[timed]]),
            "mark_field": np.concatenate([np.array(self.fields, np.int32), field[timed]]),
            "mark_day": np.concatenate([np.array(self.days, np.int32), (seconds[timed] // A_DAY).astype(np.int32)]),
        }


def day_of(text: str) -> int | None:
    """Days since 1970 of a text that begins as 2026-11-22; None for another, also for a day that there is not."""
    if len(text) < 10 or not text[4] == "-" == text[7] or (len(text) > 10 and text[10] not in "T "):
        return None
    try:
        return date.fromisoformat(text[:10]).toordinal() - EPOCH
    except ValueError:
        return None
