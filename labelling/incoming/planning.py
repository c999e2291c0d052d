"""From what was found to what is written: the label schema, the lines of predictions, the labels. All of it is checked
here, before anything is stored."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

import msgspec

from labelling.canonical import dumps
from labelling.incoming.found import Found, Harvest, Json, Said, refused, refused_all
from labelling.incoming.schema import definition_of
from labelling.incoming.shown import NOTHING, PLACE_OF_IMAGES, View, view_of
from labelling.ingest.faults import LineFault
from labelling.ingest.parsing import Expected, parse
from labelling.schemas import SchemaError, kind_of
from labelling.schemas.base import Definition

NOT_VALID = "an answer that is not valid here"


class PlannedLabel(NamedTuple):
    """A label to write; item: its key; answer: canonical JSON, empty for an abstention with its reason, where there is
    one."""

    item: str
    labeller: str
    answer: str
    at: datetime | None
    seconds: float | None
    note: str
    reason: str


class PlannedGold(NamedTuple):
    item: str
    labeller: str
    answer: str


@dataclass
class Plan:
    """What an import writes. lines: for `ingest`; most: labels of one item at most."""

    source: str
    kind: str
    definition: Definition
    lines: list[bytes] = field(default_factory=list)
    labels: list[PlannedLabel] = field(default_factory=list)
    gold: list[PlannedGold] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    left: list[Json] = field(default_factory=list)
    others: dict[str, str] = field(default_factory=dict)
    most: int = 0
    n_items: int = 0
    n_predictions: int = 0


def plan(harvest: Harvest, *, images: str = PLACE_OF_IMAGES) -> Plan:
    """Raises Refused naming files and places; takes the harvest's items away as it goes, so that they are held once."""
    question, left = harvest.question, harvest.left
    if not harvest.items:
        raise refused("files", "hold no item")
    view = view_of(question.shown, harvest.items.values(), images=images, left=left)
    definition = definition_of(question, view, harvest)
    expected = Expected(
        tuple(kind_of(question.kind).classes(definition)), definition["input"], question.kind, definition
    )
    planned = Plan(harvest.source, question.kind, definition, names=dict(harvest.names), others=dict(harvest.others))
    faults: list[tuple[str, str]] = []
    writer = _Writer(harvest, view, expected, planned, faults)
    for key in list(harvest.items):
        writer.write(harvest.items.pop(key))
    if faults:
        raise refused_all(faults)
    if not planned.n_items:
        raise refused("files", "hold no item that can be shown: texts and addresses of pictures are empty")
    planned.left = left.as_list()
    return planned


class _Writer:
    def __init__(
        self, harvest: Harvest, view: View, expected: Expected, planned: Plan, faults: list[tuple[str, str]]
    ) -> None:
        self.left, self.source, self.view = harvest.left, harvest.source, view
        self.expected, self.plan, self.faults = expected, planned, faults
        self.kind = kind_of(expected.kind)

    def write(self, item: Found) -> None:
        payload = self.view.payload(item)
        if not self.view.has_content(payload):
            self.left.add(NOTHING, item.key)
            return
        labels = [
            PlannedLabel(item.key, given.labeller, text, given.at, given.seconds, given.note, given.reason)
            for given in item.labels
            if (text := self.checked(given.answer, payload, item, given.labeller)) is not None
        ]
        gold = self.gold(item, payload)
        said = self.said(item, payload)
        line = {"id": item.key, "payload": payload, "source": "imported"}
        if item.kept:
            line["metadata"] = {self.source: item.kept}
        if not self.lines(item, line, said):
            return
        self.plan.n_items += 1
        self.plan.labels += labels
        self.plan.most = max(self.plan.most, 0 if gold else len(labels))
        self.plan.gold += [gold] if gold else []

    def gold(self, item: Found, payload: Json) -> PlannedGold | None:
        if item.known is None:
            return None
        answer = self.checked(item.known.answer, payload, item, item.known.labeller)
        return PlannedGold(item.key, item.known.labeller, answer) if answer else None

    def lines(self, item: Found, line: Json, said: list[Json]) -> bool:
        """The item's lines, one a model; what can't be said of it is left out, what can't be taken in is a fault."""
        try:
            parse(msgspec.json.encode(line), self.expected)
        except LineFault as error:
            self.faults.append((f"{item.place}, {error.field.removeprefix('payload.')}", error.message))
            return False
        lines = []
        for one in said:
            encoded = msgspec.json.encode({**line, **one})
            try:
                parse(encoded, self.expected)
            except LineFault as error:
                self.left.add(f"a prediction: {error.field.partition('.')[0]} can't be read", item.key)
            else:
                lines.append(encoded)
        self.plan.n_predictions += len(lines)
        self.plan.lines += lines or [msgspec.json.encode(line)]
        return True

    def checked(self, answer: Json | None, payload: Json, item: Found, whose: str) -> str | None:
        """An answer as canonical JSON, empty for an abstention; None where our kind refuses it."""
        if answer is None:
            return ""
        try:
            return dumps(self.kind.check_answer(self.expected.definition, answer, payload))
        except SchemaError as error:
            self.left.add(NOT_VALID, item.key)
            item.keep(NOT_VALID, {"labeller": self.plan.names.get(whose, whose), "answer": answer, "why": str(error)})
            return None

    def said(self, item: Found, payload: Json) -> list[Json]:
        """What each model said, as the fields of a line."""
        found, models = [], set()
        for one in item.said:
            text = None if one.answer is None else self.checked(one.answer, payload, item, f"model {one.model}")
            if one.model in models:
                self.left.add("a second prediction of the same model", item.key)
                item.keep("a second prediction of the same model", {"model": one.model, "answer": one.answer})
                continue
            line: Json = {"model": one.model[:200]}
            if self.expected.has_parts and text:
                line["answer"] = one.answer
                line |= {} if one.score is None else {"confidence": one.score}
            elif not self.expected.has_parts and (shares := self.shares(one, text)):
                line["probabilities"] = shares
            else:
                self.left.add("a prediction without a score", item.key)
                item.keep("a prediction without a score", {"model": one.model, "answer": one.answer})
                continue
            models.add(one.model)
            found.append(line)
        return found

    def shares(self, one: Said, text: str | None) -> Json | None:
        """The probability of each class: as given, or the score for the answer and the rest evenly for the others."""
        if one.probabilities is not None:
            return one.probabilities
        if one.score is None or one.answer is None or not text:
            return None
        classes = self.expected.classes
        top = self.kind.to_class(self.expected.definition, one.answer)
        rest = (1 - one.score) / (len(classes) - 1)
        return {name: one.score if at == top else rest for at, name in enumerate(classes)}
