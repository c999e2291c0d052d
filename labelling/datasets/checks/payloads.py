"""Reading payloads one after another in Python: all of a sketch that can't be done by columns."""

import re
from collections.abc import Iterable
from hashlib import sha256
from itertools import islice
from typing import Any

import msgspec
import numpy as np

from labelling.datasets.checks import scripts, texts
from labelling.datasets.checks.damage import damaged
from labelling.datasets.checks.marks import STAND_INS, Marks
from labelling.datasets.checks.sketch import (
    BLANK,
    DAMAGED,
    EMPTY,
    ERASED,
    MISFIT,
    MOST_FIELDS,
    NOTHING,
    NULL,
    OUTSIDE,
    STAND_IN,
    TEXT,
    Array,
    Shape,
    sizes,
)  # fmt: skip
from labelling.schemas import Kind, inputs
from labelling.schemas.shown_text import PARTED_BY, shown_text, texts_in
from labelling.stats.duplicates import normal_text

_WORD = {str: TEXT, int: "number", float: "number", bool: "truth value", list: "list", dict: "object",
         type(None): NULL, None: NOTHING}  # fmt: skip
_letter = re.compile("[a-z]").search
_decode = msgspec.json.Decoder().decode
LARGEST = 10**300

# Fields and their codes.
Named = tuple[tuple[str, int], ...]


class Shown:
    """What people see of a payload. fields: those that are shown; worded: those of them that are texts; strict: those
    whose type the label schema fixes."""

    def __init__(self, kind: Kind, definition: dict[str, Any]) -> None:
        shown = definition.get("input") or {}
        self.fields: list[str] = kind.fields(definition)
        self.pictures = {name for name in self.fields if inputs.format_of(shown, name) == "image"}
        self.worded = [name for name in self.fields if name not in self.pictures]
        self.strict = self.fields if shown.get("kind") in ("text", "text_pair", "image") else []
        drawn = {inputs.format_of(shown, name) for name in self.fields}
        # Where markup is drawn, nobody sees its entities.
        self.plain = not drawn & {"html", "markdown"}

    def flags_of(self, payload: Any) -> int:
        empty = EMPTY if texts.has_empty_field(payload, self.fields) else 0
        return empty | (MISFIT if self._misfits(payload) else 0)

    def words_of(self, payload: Any) -> str:
        """The text of the fields that are texts: a picture has neither length nor script."""
        return shown_text(payload, self.worded) if self.worded else ""

    def _misfits(self, payload: Any) -> bool:
        """Whether a field that people are shown is of a type that can't be drawn."""
        if self.strict and not isinstance(payload, dict):
            return True
        given = ((name, payload.get(name)) for name in self.strict)
        return any(
            value is not None and not isinstance(value, (str, dict) if name in self.pictures else str)
            for name, value in given
        )


class Shapes:
    """Numbers the shapes of payloads (their fields and types), and the fields that hold numbers, or texts that people
    are not shown. shown: the fields that they are."""

    def __init__(self, shown: list[str]) -> None:
        self.shown = shown
        self.place: dict[Shape, int] = {}
        self.fields: dict[str, int] = {}
        self.known: dict[Any, tuple[int, Named, Named]] = {}

    def of(self, payload: Any) -> tuple[int, Named, Named]:
        """The code of a payload's shape; its fields that hold numbers, and those that hold texts which people are not
        shown, with their codes."""
        if type(payload) is not dict:
            return self._code((("", _WORD.get(type(payload), NULL)),)), (), ()
        if len(payload) > MOST_FIELDS:
            payload = dict(islice(payload.items(), MOST_FIELDS))
        # An empty text, list or object is None here; null is its own type, and 0 and false are values.
        types = tuple([type(value) if value or value is None or value == 0 else None for value in payload.values()])
        memo = (tuple(payload), types)
        known = self.known.get(memo)
        if known is None:
            known = self.known[memo] = self._described(list(zip(payload, types, strict=True)))
        return known

    def _described(self, pairs: list[tuple[str, Any]]) -> tuple[int, Named, Named]:
        numbers = self._named(name for name, held in pairs if held in (int, float))
        aside = self._named(name for name, held in pairs if held is str and name not in self.shown)
        return self._code(tuple((name, _WORD.get(held, NULL)) for name, held in pairs)), numbers, aside

    def _named(self, names: Iterable[str]) -> Named:
        return tuple((name, self.fields.setdefault(name, len(self.fields))) for name in names)

    def _code(self, shape: Shape) -> int:
        return self.place.setdefault(shape, len(self.place))


class Payloads:
    """The payloads of one batch of n rows; base: how many rows of the segment come before it."""

    def __init__(self, shown: Shown, shapes: Shapes, *, n: int, base: int) -> None:
        self.shown, self.shapes, self.base = shown, shapes, base
        self.text, self.payload = bytearray(), bytearray()
        self.flags, self.shape, self.length = bytearray(n), [0] * n, [0] * n
        self.script = np.zeros(n, dtype=np.uint8)
        self.foreign: list[tuple[int, str]] = []
        self.numbers: tuple[list[int], list[int], list[Any]] = ([], [], [])
        self.marks, self.seen = Marks(), [""] * n

    def read(self, payloads: list[str | None], allowed: Iterable[bool]) -> None:
        """Written for speed: most payloads are objects of texts, and take the short way."""
        fields, plain, shape_of = self.shown.fields, not self.shown.pictures, self.shapes.of
        for row, (text, fits) in enumerate(zip(payloads, allowed, strict=True)):
            if text is None:
                self._erased(row)
                continue
            payload = decoded(text)
            self.shape[row], numbered, aside = shape_of(payload)
            if numbered:
                self._number(row, payload, numbered)
            if aside:
                self.marks.add(self.base + row, payload, aside)
            values = [payload.get(name) for name in fields] if type(payload) is dict else [payload]
            if values and all([type(value) is str for value in values]):  # noqa: C419 - twice as fast as a generator
                parts = [normal_text(value) for value in values]  # type: ignore[arg-type]  # just looked at
                seen = PARTED_BY.join(parts)
                flags = 0 if all(parts) else EMPTY
                worded = seen if plain else self.shown.words_of(payload)
                held = values if plain else [payload[name] for name in self.shown.worded]
                self.seen[row] = "\n".join(held)  # type: ignore[arg-type]  # just looked at
                if not STAND_INS.isdisjoint(held):
                    flags |= STAND_IN
            else:
                seen, flags = shown_text(payload, fields), self.shown.flags_of(payload)
                worded = self.shown.words_of(payload)
                self.seen[row] = "\n".join(texts_in(payload))
            if flags and not seen.strip(f" {PARTED_BY}"):
                flags |= BLANK
            self.flags[row] = flags if fits else flags | OUTSIDE
            self.text += sha256(texts.encoded(seen)).digest()[:16]
            self.payload += sha256(texts.encoded(text)).digest()[:16]
            self.length[row] = len(worded)
            if not worded.isascii():
                self.foreign.append((row, worded))
            elif _letter(worded):
                self.script[row] = scripts.LATIN

    def _erased(self, row: int) -> None:
        self.flags[row], self.shape[row] = ERASED, -1
        self.text += bytes(16)
        self.payload += bytes(16)

    def _number(self, row: int, payload: dict[str, Any], numbered: Named) -> None:
        for name, code in numbered:
            self.numbers[0].append(self.base + row)
            self.numbers[1].append(code)
            self.numbers[2].append(payload[name])

    def columns(self) -> dict[str, Array]:
        """By the names of sketch.COLUMNS."""
        if self.foreign:
            rows, found = zip(*self.foreign, strict=True)
            self.script[list(rows)] = scripts.scripts_of(list(found))
        values = _as_floats(self.numbers[2])
        self.flags_of_texts()
        halves = {name: np.frombuffer(bytes(digests), dtype="<u8").reshape(-1, 2)
                  for name, digests in (("text", self.text), ("payload", self.payload))}  # fmt: skip
        return {
            "text": halves["text"][:, 0], "text_low": halves["text"][:, 1],
            "payload": halves["payload"][:, 0], "payload_low": halves["payload"][:, 1],
            "flags": np.frombuffer(bytes(self.flags), dtype=np.uint8),
            "shape": np.array(self.shape, dtype=np.int32),
            "length": np.minimum(self.length, 2**32 - 1).astype(np.uint32),
            "script": self.script,
            "number_row": np.array(self.numbers[0], dtype=np.int32),
            "number_field": np.array(self.numbers[1], dtype=np.int32),
            "number_size": sizes(values),
            **self.marks.columns((self.numbers[0], self.numbers[1], values), self.shapes.fields),
        }  # fmt: skip

    def flags_of_texts(self) -> None:
        """What is found in all texts at once."""
        for row in damaged(self.seen, plain=self.shown.plain):
            self.flags[row] |= DAMAGED


def decoded(text: str) -> Any:
    """The payload; the text itself where it can't be read as JSON (nested too deep, a number out of range)."""
    try:
        return _decode(text)
    except (msgspec.MsgspecError, RecursionError):
        return text


def _as_floats(values: list[Any]) -> Array:
    """float64 (n,); a number that is too large is the largest."""
    try:
        return np.array(values, dtype=np.float64)
    except OverflowError:
        return np.array([max(-LARGEST, min(LARGEST, value)) for value in values], dtype=np.float64)
