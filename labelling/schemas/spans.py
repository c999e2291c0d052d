"""Parts of a text, each under a label: {"spans": [{"start": 0, "end": 8, "label": "city"}]}.

Definition: {"question": text, "input": one field of plain text, "labels": [{"name", "title"?, "key"?, "hint"?}, ...],
"overlap": may spans share characters (false), "may_be_empty": may an answer mark nothing (true)}.
Places are counted in Unicode code points, from 0; `end` is the first one that no longer belongs to the span.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from labelling import canonical
from labelling.schemas import outside, published
from labelling.schemas.base import Answer, Definition, Kind, Merging, Payload, SchemaError
from labelling.schemas.definitions import check_choices, check_fields, check_question, check_switch, names_of
from labelling.schemas.inputs import check_input, fields_of, format_of
from labelling.schemas.medoid import medoid
from labelling.schemas.span_votes import Span, likeness, vote

MAX_SPANS = 5000
MAX_LABELS = 100
FIELDS = ("question", "input", "labels", "overlap", "may_be_empty")


def check_definition(definition: Any) -> Definition:
    definition = check_fields(definition, FIELDS)
    shown = check_input(definition.get("input"), allowed=("text",))
    if format_of(shown, shown["fields"][0]) != "plain":
        raise SchemaError("input.format: must be plain: spans are counted in the characters that are shown")
    return {
        "question": check_question(definition),
        "input": shown,
        "labels": check_choices(definition.get("labels"), "labels", least=1, most=MAX_LABELS),
        "overlap": check_switch(definition, "overlap", default=False),
        "may_be_empty": check_switch(definition, "may_be_empty", default=True),
    }


def labels(definition: Definition) -> list[str]:
    return names_of(definition, "labels")


def check_answer(definition: Definition, answer: Any, payload: Payload | None = None) -> Answer:
    if not isinstance(answer, dict) or set(answer) != {"spans"}:
        raise SchemaError('answer: must be an object with the one field "spans"')
    given = answer["spans"]
    if not isinstance(given, list) or len(given) > MAX_SPANS:
        raise SchemaError(f"answer.spans: must be a list of at most {MAX_SPANS} spans")
    if not given and not definition["may_be_empty"]:
        raise SchemaError("answer.spans: is empty; mark at least one span")
    length = None if payload is None else len(_text(definition, payload))
    names = labels(definition)
    spans = [_check_span(span, f"answer.spans[{number}]", names, length) for number, span in enumerate(given)]
    _check_together(spans, overlap=definition["overlap"])
    return _answer(spans)


def _text(definition: Definition, payload: Payload) -> str:
    value = payload.get(fields_of(definition["input"])[0])
    return value if isinstance(value, str) else ""


def _check_span(span: Any, where: str, names: Sequence[str], length: int | None) -> Span:
    if not isinstance(span, dict) or set(span) != {"start", "end", "label"}:
        raise SchemaError(f"{where}: must be an object with start, end and label")
    for side in ("start", "end"):
        if type(span[side]) is not int or span[side] < 0:
            raise SchemaError(f"{where}.{side}: must be a whole number from 0")
    if span["start"] >= span["end"]:
        raise SchemaError(f"{where}.end: must be greater than start")
    if length is not None and span["end"] > length:
        raise SchemaError(f"{where}.end: is {span['end']}, but the text has only {length} characters")
    if not isinstance(span["label"], str) or span["label"] not in names:
        raise SchemaError(f"{where}.label: must be one of {', '.join(names)}")
    return span["start"], span["end"], span["label"]


def _check_together(spans: Sequence[Span], *, overlap: bool) -> None:
    reached = 0
    for span, times in sorted(Counter(spans).items()):
        start, end, label = span
        if times > 1:
            raise SchemaError(f"answer.spans: {label!r} from {start} to {end} is there twice")
        if not overlap and start < reached:
            raise SchemaError(
                f"answer.spans: {label!r} from {start} to {end} overlaps another; that isn't allowed here"
            )
        reached = max(reached, end)


def _answer(spans: Sequence[Span]) -> Answer:
    return {"spans": [{"start": start, "end": end, "label": label} for start, end, label in sorted(spans)]}


def spans_of(answer: Answer) -> frozenset[Span]:
    return frozenset((span["start"], span["end"], span["label"]) for span in answer["spans"])


def merge(definition: Definition, answers: Sequence[Answer], weights: Sequence[float]) -> Answer:
    """Each character's vote (`span_votes.vote`); where that is no answer, since nothing has a majority and one must not
    be empty, or since it has too many spans, the answer that is most like the others."""
    given = sorted(zip(map(canonical.dumps, answers), weights, strict=True))
    spans = [spans_of(canonical.loads(text)) for text, _ in given]
    shares = [weight for _, weight in given]
    voted = vote(spans, shares)
    if len(voted) > MAX_SPANS or (not voted and not definition["may_be_empty"]):
        voted = sorted(spans[medoid(spans, shares, likeness)])
    return _answer(voted)


def alikeness(definition: Definition, one: Answer, other: Answer) -> float:
    return likeness(spans_of(one), spans_of(other))


def describe(definition: Definition, answer: Answer) -> str:
    """How many spans of each label, in the order of the definition: "2 city, 1 person"."""
    counts = Counter(span["label"] for span in answer["spans"])
    known = [name for name in labels(definition) if name in counts]
    others = sorted(counts.keys() - set(known))
    return ", ".join(f"{counts[name]} {name}" for name in known + others) or "nothing marked"


def exported(definition: Definition, answer: Answer) -> str:
    """The list of spans as JSON text."""
    return canonical.dumps(answer["spans"])


def _marked(definition: Definition, answer: Answer, payload: Payload) -> list[dict[str, Any]]:
    """In Label Studio, which counts code points as well."""
    text = _text(definition, payload)
    return [
        {"start": start, "end": end, "text": text[start:end], "labels": [label]}
        for start, end, label in sorted(spans_of(answer))
    ]


EXAMPLE: Definition = {
    "question": "Which people and places are named?",
    "input": {"kind": "text", "fields": ["text"]},
    "labels": [{"name": "person", "title": "Person"}, {"name": "place", "title": "Place"}],
    "overlap": False,
    "may_be_empty": True,
}
_PLACE = {"type": "integer", "minimum": 0}
KIND = Kind(
    name="spans", title="Parts of a text", check_definition=check_definition, check_answer=check_answer,
    describe=describe, exported=exported, labels=labels, example=EXAMPLE,
    # A tenth of an answer may differ: one of ten spans, or the borders of two.
    answers=Merging(merge, alikeness, alike=0.9), reads_payload=True, outside={
        "hugging-face": outside.HuggingFace(lambda definition: ["token-classification"]),
        "label-studio": outside.LabelStudio(outside.named_tags("Labels", "Label", "labels"), _marked),
        "doccano": outside.Doccano(
            lambda definition: "SequenceLabeling",
            lambda definition, answer: [[span["start"], span["end"], span["label"]] for span in answer["spans"]],
        ),
    },
    definition_schema=published.of_definition(
        {
            "input": published.shown("text"),
            "labels": published.named("Labels", least=1, most=MAX_LABELS),
            "overlap": {"type": "boolean", "title": "Spans may overlap", "default": False},
            "may_be_empty": {"type": "boolean", "title": "An answer may mark nothing", "default": True},
        },
        optional=["overlap", "may_be_empty"],
    ),
    answer_schema=published.an_object({"spans": {
        "type": "array", "title": "Spans", "maxItems": MAX_SPANS,
        "description": "Places are counted in Unicode code points; end is the first one after the span.",
        "items": published.an_object({
            "start": _PLACE, "end": {**_PLACE, "minimum": 1},
            "label": published.text("Label", "The name of one of the labels."),
        }),
    }}),
)  # fmt: skip
