"""The results of Label Studio's annotations and predictions as answers of our kinds.

What can't be held (a rotated box, a polygon, a second text) is left out of the answer, listed, and kept.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from labelling.incoming import offsets
from labelling.incoming.found import Found, Json, Left, Question
from labelling.schemas.boxes import WHOLE

# The types of results that answer each kind of question.
TYPES = {
    "single_choice": ("choices",), "multiple_choice": ("choices",), "spans": ("labels",),
    "boxes": ("rectanglelabels",), "transcription": ("textarea",), "rating": ("rating",), "preference": ("pairwise",),
    "ranking": ("ranker",),
}  # fmt: skip
# More digits than any place in a text, and more percent than any box has.
LONGEST_NUMBER, LARGEST = 18, 1e15
SIDES = {"left": "first", "right": "second"}


class _No(ValueError):
    """Why a value can't be taken."""


@dataclass
class Reader:
    """Reads the results that answer one question. counted: how places are counted where no text says it."""

    question: Question
    left: Left
    counted: str = offsets.CODE_POINTS

    def answer(self, results: list[Any], item: Found, whose: str) -> Json | None:
        """The answer of one annotation, or None where it has none to this question."""
        own = [result for result in results if self._is_own(result, item, whose)]
        build: Callable[[list[Json], Found], Json | None] = getattr(self, f"_{self.question.kind}")
        values, kept = [], []
        for result in own:
            value = result.get("value")
            if not isinstance(value, dict):
                self._leave("a result without a value", result, item, whose)
            elif isinstance(odd := self._odd(value), str):
                self._leave(odd, result, item, whose)
            else:
                values.append(value)
                kept.append(result)
        try:
            return build(values, item)
        except _No as error:
            for result in kept:
                self._leave(str(error), result, item, whose)
            return None

    def _is_own(self, result: Any, item: Found, whose: str) -> bool:
        """Whether it answers the question; else it is listed and kept."""
        if not isinstance(result, dict):
            self._leave("a result that is not an object", result, item, whose)
            return False
        kind, name = str(result.get("type", "")), result.get("from_name")
        if name == self.question.name and kind.lower() in TYPES[self.question.kind]:
            return True
        what = "a relation" if kind == "relation" else f"an answer to {name!r}, of the type {kind!r}"
        self._leave(what, result, item, whose)
        return False

    def _odd(self, value: Json) -> str | None:
        """Why one region is not what our kind holds."""
        kind = self.question.kind
        if kind not in ("spans", "boxes") and ("start" in value or "x" in value or "points" in value):
            return "an answer about a part of an item"
        if kind == "boxes" and value.get("rotation"):
            return "a rotated box"
        label = {"spans": "labels", "boxes": "rectanglelabels"}.get(kind)
        if label is not None and not _texts(value.get(label)):
            return "a region without a label"
        return None

    def _leave(self, what: str, value: Any, item: Found, whose: str) -> None:
        self.left.add(what, item.key)
        item.keep(what, {"labeller": whose, "result": value})

    # --- kinds --------------------------------------------------------------------------------------------------------

    def _chosen(self, values: list[Json]) -> list[str]:
        chosen: list[str] = []
        for value in values:
            names = value.get("choices")
            if not isinstance(names, list) or not _texts(names):
                raise _No("choices that are not a list of names")
            chosen += [name for name in dict.fromkeys(names) if name not in chosen]
        return chosen

    def _single_choice(self, values: list[Json], item: Found) -> Json | None:
        chosen = self._chosen(values)
        if len(chosen) > 1:
            raise _No("several choices where one is asked for")
        return {"choice": chosen[0]} if chosen else None

    def _multiple_choice(self, values: list[Json], item: Found) -> Json | None:
        return {"choices": self._chosen(values)}

    def _transcription(self, values: list[Json], item: Found) -> Json | None:
        texts = [text for value in values for text in _listed(value.get("text"))]
        if len(texts) > 1:
            raise _No("several texts where one is asked for")
        if texts and not isinstance(texts[0], str):
            raise _No("a text that is not text")
        return {"text": texts[0]} if texts else None

    def _rating(self, values: list[Json], item: Found) -> Json | None:
        rated = [value.get("rating") for value in values]
        if len(rated) > 1 or any(isinstance(one, bool) or not isinstance(one, int) for one in rated):
            raise _No("a rating that is not one whole number")
        return {"rating": rated[0]} if rated else None

    def _preference(self, values: list[Json], item: Found) -> Json | None:
        if not values:
            return None
        selected = values[0].get("selected")
        if len(values) > 1 or not isinstance(selected, str) or selected not in SIDES:
            raise _No("a comparison that selects neither left nor right")
        return {"preferred": SIDES[selected]}

    def _ranking(self, values: list[Json], item: Found) -> Json | None:
        if not values:
            return None
        orders = list(values[0]["ranker"].values()) if isinstance(values[0].get("ranker"), dict) else []
        listed = item.data.get(self.question.settings["candidates"])
        ids = [str(one.get("id")) if isinstance(one, dict) else str(one) for one in _listed(listed)]
        if len(values) > 1 or len(orders) != 1 or not isinstance(orders[0], list):
            raise _No("an order in several buckets")
        order = [str(one) for one in orders[0]]
        if sorted(order) != sorted(ids) or len(set(ids)) < len(ids):
            raise _No("an order of some of the list, not of all")
        return {"order": [ids.index(one) for one in order]}

    def _spans(self, values: list[Json], item: Found) -> Json | None:
        text = item.data.get(self.question.shown[0].field)
        spans: list[Json] = []
        for value in values:
            found = self._place(text, value, item) if isinstance(text, str) else None
            if found is None:
                self._leave("a span that is not within the text", {"value": value}, item, "")
                continue
            named = [{"start": found[0], "end": found[1], "label": label} for label in value["labels"]]
            spans += [one for one in named if one not in spans]
        return {"spans": spans}

    def _place(self, text: str, value: Json, item: Found) -> tuple[int, int] | None:
        start, end, covered = _whole(value.get("start")), _whole(value.get("end")), value.get("text")
        if start is None or end is None:
            return None
        if isinstance(covered, str) and covered:
            found = offsets.place_by_text(text, start, end, covered, self.counted)
            if found is not None:
                return found
            self.left.add("a span whose text is not what stands there; taken by its place", item.key)
        return offsets.place(text, start, end, self.counted)

    def _boxes(self, values: list[Json], item: Found) -> Json | None:
        boxes: list[Json] = []
        for value in values:
            found = _box(value)
            if found is None:
                self._leave("a box that can't be read", {"value": value}, item, "")
                continue
            named = [{"label": label, **found} for label in value["rectanglelabels"]]
            boxes += [one for one in named if one not in boxes]
        return {"boxes": boxes}


def _box(value: Json) -> Json | None:
    """Percent of the image as ten-thousandths, cut at its edges."""
    sides = [value.get(name) for name in ("x", "y", "width", "height")]
    if not all(isinstance(one, int | float) and not isinstance(one, bool) for one in sides):
        return None
    if any(abs(one) > LARGEST for one in sides if isinstance(one, int | float)):
        return None
    x, y, width, height = (float(one) / 100 for one in sides if isinstance(one, int | float))
    return box_of(x, y, width, height)


def box_of(x: float, y: float, width: float, height: float) -> Json | None:
    """A box of shares of the sides, 0 to 1, as ours: out of 10,000, cut at the edges; None where nothing is left."""
    if not (width > 0 and height > 0):
        return None
    (left, right), (top, bottom) = _cut(x, x + width), _cut(y, y + height)
    if x >= 1 or y >= 1 or x + width <= 0 or y + height <= 0:
        return None
    return {"x": left, "y": top, "width": right - left, "height": bottom - top}


def _cut(low: float, high: float) -> tuple[int, int]:
    """Both ends rounded within the image, at least one apart."""
    first = min(max(round(low * WHOLE), 0), WHOLE - 1)
    return first, max(min(round(high * WHOLE), WHOLE), first + 1)


def _texts(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, str) and one for one in value)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _whole(value: Any) -> int | None:
    """A whole number, also as text or float: older exports wrote "12"."""
    if isinstance(value, str) and value.isdecimal() and len(value) <= LONGEST_NUMBER:
        return int(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None
