"""doccano's JSON Lines in their four shapes: classes, spans as lists, spans as objects with relations, and boxes.

A file a labeller, called after them, or all.jsonl with everybody's.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from labelling.canonical import digest, payload_text
from labelling.incoming import offsets
from labelling.incoming.found import Found, Given, Harvest, Json, Left, Question, Shown, listed, refused
from labelling.incoming.opening import Export, records
from labelling.incoming.people import People
from labelling.incoming.results import LARGEST, box_of
from labelling.schemas.definitions import MAX_CHOICES

LABELS = ("label", "labels", "entities", "bbox")
KEPT = ("relations", "Comments", "comments", "segmentation")
# What an export of ours says of a row beside its data.
OURS = frozenset(("key", "split"))
TEXT, FILE = "text", "filename"
EMOJI = "a span in a text with emoji or the like"
SIDES = (("width", "height"), ("image_width", "image_height"), ("original_width", "original_height"))
Sizes = Mapping[str, tuple[int, int]]


def read(exports: Sequence[Export], *, counted: str, sizes: Sizes | None = None) -> Harvest:
    """Everything in the files. counted: how the places of spans are; sizes: {file name: (width, height) in pixels} of
    pictures, where the lines don't say them. Raises Refused."""
    reading = _Reading(counted, sizes or {})
    for export in exports:
        for place, record in records(export):
            reading.take(place, record, export.stem)
    if not reading.items:
        raise refused(exports[0].name if exports else "files", "hold no item")
    return reading.harvest()


class _Reading:
    def __init__(self, counted: str, sizes: Sizes) -> None:
        self.counted, self.sizes = counted, sizes
        self.left, self.people, self.items = Left(), People(), dict[str, Found]()
        self.kinds: dict[str, str] = {}
        self.unnamed: dict[str, int] = {}

    def take(self, place: str, record: Json, labeller: str) -> None:
        name, given = next(((name, record[name]) for name in LABELS if record.get(name) is not None), ("", None))
        if given is not None and not isinstance(given, list):
            given = [given]
        item = self._item(place, record, labeller)
        for key in KEPT:
            for one in listed(record.get(key)):
                what = {"relations": "a relation", "segmentation": "a polygon"}.get(key, "a comment")
                self.left.add(what, item.key)
                item.keep(what, one)
        if not given:
            self.left.add("an example without a label, taken as an item that is still to be labelled", item.key)
            return
        kind = _kind(name, given, place)
        self.kinds.setdefault(kind, place)
        answer = {"classes": self._classes, "spans": self._spans, "boxes": self._boxes}[kind](
            given, item, record, place
        )
        if answer is not None:
            item.labels.append(Given(self.people.who(labeller), answer))

    def _item(self, place: str, record: Json, labeller: str) -> Found:
        ours = OURS if record.keys() >= OURS else frozenset()
        data = {name: value for name, value in record.items() if name not in (*LABELS, *KEPT, *ours, "id")}
        if "data" in data and TEXT not in data and isinstance(data["data"], str):
            data[TEXT] = data.pop("data")
        shown = data.get(TEXT, data.get(FILE))
        if not isinstance(shown, str):
            raise refused(f"{place}, text", "is missing: each line needs text, or filename for pictures")
        given = record.get("key") if ours else record.get("id")
        key = self._unnamed(data, labeller) if given is None or given == "" else str(given)
        item = self.items.setdefault(key, Found(key, data, place))
        if item.data != data:
            raise refused(place, f"the id {key!r} stands for other data at {item.place}; import them as two projects")
        if any(given.labeller == labeller for given in item.labels):
            raise refused(place, f"{labeller} has labelled {key!r} before; keep one of the two lines")
        return item

    def _unnamed(self, data: Json, labeller: str) -> str:
        """A key from the data alone; what comes twice in one file is two items, in two files it is one."""
        key = digest(payload_text(data))[:16]
        times = self.unnamed.get(f"{labeller} {key}", 0) + 1
        self.unnamed[f"{labeller} {key}"] = times
        return key if times == 1 else f"{key}-{times}"

    def _classes(self, given: list[Any], item: Found, record: Json, place: str) -> Json:
        return {"choices": list(dict.fromkeys(given))}

    def _spans(self, given: list[Any], item: Found, record: Json, place: str) -> Json:
        text, spans = item.data.get(TEXT), list[Json]()
        if not isinstance(text, str):
            raise refused(f"{place}, {TEXT}", "is missing: spans are places in a text")
        for number, one in enumerate(given):
            start, end, label = _span(one, f"{place}, {number + 1}. span")
            found = offsets.place(text, start, end, self.counted)
            if found is None:
                self.left.add("a span that is not within the text", item.key)
                item.keep("a span that is not within the text", one)
                continue
            if not offsets.is_plain(text):
                self.left.add(f"{EMOJI}, its place read as counted in {self.counted}: look at one", item.key)
            span = {"start": found[0], "end": found[1], "label": label}
            spans += [span] if span not in spans else []
        return {"spans": spans}

    def _boxes(self, given: list[Any], item: Found, record: Json, place: str) -> Json | None:
        size = self._size(record)
        boxes: list[Json] = []
        for number, one in enumerate(given):
            found = _box(one, size, f"{place}, bbox[{number}]") if size else None
            if found is None:
                what = "a box outside its picture" if size else "a box in pixels of a picture whose size isn't known"
                self.left.add(what, item.key)
                item.keep(what, one)
                continue
            box = {"label": one["label"], **found}
            boxes += [box] if box not in boxes else []
        return {"boxes": boxes} if size else None

    def _size(self, record: Json) -> tuple[int, int] | None:
        for names in SIDES:
            sides = [record.get(name) for name in names]
            if all(isinstance(side, int) and 0 < side < LARGEST for side in sides):
                return sides[0], sides[1]  # type: ignore[return-value]  # both are whole numbers
        return self.sizes.get(str(record.get(FILE, "")).rpartition("/")[2])

    def harvest(self) -> Harvest:
        if len(self.kinds) > 1:
            (one, there), (other, here), *_ = self.kinds.items()
            raise refused(here, f"holds {other}, but there are {one} at {there}; import them as two projects")
        kind = next(iter(self.kinds), "classes")
        question = {"classes": self._class_question, "spans": self._span_question, "boxes": self._box_question}[kind]()
        return Harvest("doccano", question, self.items, self.left, self.people.names)

    def _shown(self) -> tuple[Shown, ...]:
        first = next(iter(self.items.values())).data
        return (Shown(TEXT),) if TEXT in first else (Shown(FILE, "image"),)

    def _class_question(self) -> Question:
        """One class an item is a choice, several are several; more names than a question has choices are texts."""
        answers = [given for item in self.items.values() for given in item.labels if given.answer]
        several = any(len(given.answer["choices"]) > 1 for given in answers if given.answer)
        names = {name for given in answers if given.answer for name in given.answer["choices"]}
        kind, text = (
            ("multiple_choice", "Which of these fit?") if several else ("single_choice", "Which of these fits?")
        )
        if len(names) > MAX_CHOICES and not several:
            kind, text = "transcription", "Which text fits?"
        for given in answers if kind != "multiple_choice" else ():
            assert given.answer is not None
            given.answer = {"choice" if kind == "single_choice" else "text": given.answer["choices"][0]}
        return Question("label", kind, text, self._shown())

    def _span_question(self) -> Question:
        return Question("label", "spans", "What is marked?", self._shown())

    def _box_question(self) -> Question:
        return Question("bbox", "boxes", "What is where?", self._shown())


def _kind(name: str, given: list[Any], place: str) -> str:
    if name == "bbox":
        return "boxes"
    if name == "entities" or all(isinstance(one, list) for one in given):
        return "spans"
    if all(isinstance(one, str) and one.strip() for one in given):
        return "classes"
    raise refused(f"{place}, {name}", "must be a list of names, or of spans as [start, end, label]")


def _span(value: Any, place: str) -> tuple[int, int, str]:
    if isinstance(value, dict):
        value = [value.get("start_offset"), value.get("end_offset"), value.get("label")]
    if not isinstance(value, list) or len(value) != 3:
        raise refused(place, "must be [start, end, label], or an object with start_offset, end_offset and label")
    start, end, label = value
    whole = all(isinstance(one, int) and not isinstance(one, bool) for one in (start, end))
    if not whole or not isinstance(label, str) or not label.strip():
        raise refused(place, "must have a whole start and end and the name of a label")
    return start, end, label


def _box(value: Any, size: tuple[int, int], place: str) -> Json | None:
    sides = [value.get(name) for name in ("x", "y", "width", "height")] if isinstance(value, dict) else []
    numbers = [
        float(one) for one in sides
        if isinstance(one, int | float) and not isinstance(one, bool) and abs(one) < LARGEST
    ]  # fmt: skip
    if len(numbers) != 4 or not isinstance(value.get("label"), str) or not value["label"].strip():
        raise refused(place, "must have x, y, width and height in pixels and the name of a label")
    width, height = size
    return box_of(numbers[0] / width, numbers[1] / height, numbers[2] / width, numbers[3] / height)
