"""One NDJSON line in, one clean row out, or a `LineFault` that names the field. No database.

A line is an object:

    id             text, 1 to 200 characters; names the example in the project
    payload        object with the fields that the question shows; may be left out of an example that came before
    model          text; needed to tell two models' predictions of one example apart ("unnamed" if left out)
    pipeline       text; the rules in front of the model, by their version
    probabilities  {class: number}, classes left out have 0; or a list in the order of the label schema
    answer         of kinds whose answers have parts: what the model answers, as a labeller would
    confidence     how sure the model is that this answer is right, 0 to 1; stands for probabilities
    explanation    what weighed how much: {"tokens": [{"start", "end", "weight"}], "field"?} (characters of a text) or
                   {"regions": [{"x", "y", "width", "height", "weight"}]} (shares of an image's sides)
    passes         several stochastic passes: a list of such objects or lists; for two classes also a list of numbers,
                   the probability of the first class that `probabilities` names, else of the schema's first class
    slice, group   text; examples of one group share a split
    source         production, generated, gathered or imported
    metadata       object; keys that aren't named here are kept in it
"""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO

import msgspec

from labelling.canonical import dumps, payload_text
from labelling.ingest import explanations
from labelling.ingest.distributions import pack, passes_of, probabilities_of, probability
from labelling.ingest.faults import LineFault
from labelling.ingest.models import Source
from labelling.schemas import inputs, kind_of
from labelling.schemas.base import Definition, SchemaError

MAX_LINE = 10_000_000  # bytes
MAX_TEXT = 200
MAX_DEPTH = 100
FIELDS = frozenset(
    ("id", "payload", "model", "pipeline", "probabilities", "passes", "explanation", "slice",
     "group", "source", "metadata")
)  # fmt: skip
# Named only where answers have parts; elsewhere they are kept in the metadata.
OF_PARTS = frozenset(("answer", "confidence"))
UNNAMED = "unnamed"


@dataclass(frozen=True, slots=True)
class Expected:
    """What the label schema asks of a line: its class names in order, and what is shown of a payload (its input)."""

    classes: tuple[str, ...]
    shown: inputs.Input
    kind: str = "single_choice"
    definition: Definition = field(default_factory=dict)

    @property
    def has_parts(self) -> bool:
        return kind_of(self.kind).merging is not None


@dataclass(frozen=True, slots=True)
class Row:
    """A clean line. `payload`: JSON text; None: the line leaves it out. `probabilities`, `passes`: little-endian
    float32, (k,) and (passes, k)."""

    external_id: str
    payload: str | None
    slice: str
    group: str
    source: str
    metadata: dict[str, Any]
    model: str | None
    pipeline: str
    probabilities: bytes | None
    passes: bytes | None
    answer: str | None = None
    explanation: dict[str, Any] | None = None


def lines_of(stream: BinaryIO) -> Iterator[bytes]:
    """The lines of a byte stream. One that is too long is cut, still too long to be taken, and never held whole."""
    while line := stream.readline(MAX_LINE + 2):
        yield line
        while len(line) == MAX_LINE + 2 and not line.endswith(b"\n"):
            line = stream.readline(MAX_LINE + 2)


def parse(line: bytes, expected: Expected) -> Row:
    """Raises LineFault for the first thing that is wrong."""
    record = _decode(line)
    external_id = _text(record, "id")
    if not external_id:
        raise LineFault("id", "is empty" if "id" in record else "is missing")
    payload = _payload(record, expected)
    probabilities = probabilities_of(record.get("probabilities"), expected.classes)
    answer, confidence = _answer(record, expected), _confidence(record, expected)
    if confidence is not None:
        probabilities = [confidence, 1 - confidence]
    explanation = explanations.read(record.get("explanation"))
    passes = passes_of(record, expected.classes)
    if passes and probabilities is None:
        probabilities = [sum(column) / len(passes) for column in zip(*passes, strict=True)]
    model, pipeline = _text(record, "model"), _text(record, "pipeline")
    predicted = bool(model or pipeline or probabilities or answer or explanation)
    return Row(
        external_id=external_id,
        payload=payload,
        slice=_text(record, "slice"),
        group=_text(record, "group"),
        source=_source(record),
        metadata=_metadata(record, FIELDS | OF_PARTS if expected.has_parts else FIELDS),
        model=(model or UNNAMED) if predicted else None,
        pipeline=pipeline,
        probabilities=pack(probabilities) if probabilities else None,
        passes=b"".join(map(pack, passes)) if passes else None,
        answer=answer,
        explanation=explanation,
    )


def _decode(line: bytes) -> dict[str, Any]:
    if len(line.rstrip(b"\r\n")) > MAX_LINE:
        raise LineFault("line", f"is larger than {MAX_LINE // 1_000_000} MB")
    try:
        record = msgspec.json.decode(line)
    except RecursionError as error:
        raise LineFault("line", "is nested too deeply") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        _name_odd_number(line)
        if b"\x00" in line:
            raise LineFault("line", "holds the character NUL, which can't be stored") from error
        raise LineFault("line", f"is not valid JSON in UTF-8: {error}") from error
    if not isinstance(record, dict):
        raise LineFault("line", "must be a JSON object")
    if b"\\u0000" in line or line.count(b"[") + line.count(b"{") > MAX_DEPTH:
        _refuse_unstorable(record, "", 1)
    return record


def _name_odd_number(line: bytes) -> None:
    """JSON has no NaN and no Infinity, but many programs write them: then say where."""
    if b"NaN" not in line and b"Infinity" not in line:
        return
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return
    _refuse_odd_numbers(record, "")


def _refuse_odd_numbers(value: Any, where: str) -> None:
    if isinstance(value, float) and not math.isfinite(value):
        raise LineFault(where or "line", f"is {value}, which is not a number that JSON has")
    for path, inner in _within(value, where):
        _refuse_odd_numbers(inner, path)


def _refuse_unstorable(value: Any, where: str, depth: int) -> None:
    """NUL, which PostgreSQL has not, and nesting so deep that a reader would give up."""
    if depth > MAX_DEPTH:
        raise LineFault("line", f"is nested too deeply; {MAX_DEPTH} levels are the most")
    if isinstance(value, str) and "\x00" in value:
        raise LineFault(where or "line", "holds the character NUL, which can't be stored")
    for path, inner in _within(value, where):
        if "\x00" in path:
            raise LineFault(where or "line", "has a name that holds the character NUL, which can't be stored")
        _refuse_unstorable(inner, path, depth + 1)


def _within(value: Any, where: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        yield from ((f"{where}.{key}" if where else key, inner) for key, inner in value.items())
    elif isinstance(value, list):
        yield from ((f"{where}[{number}]", inner) for number, inner in enumerate(value))


def _text(record: dict[str, Any], field: str) -> str:
    value = record.get(field)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise LineFault(field, "must be text")
    if len(value) > MAX_TEXT:
        raise LineFault(field, f"is longer than {MAX_TEXT} characters")
    return value if value.strip() else ""


def _payload(record: dict[str, Any], expected: Expected) -> str | None:
    if "payload" not in record:
        return None
    payload = record["payload"]
    if payload is None or payload in ({}, "", []):
        raise LineFault("payload", "is empty")
    if not isinstance(payload, dict):
        fields = ", ".join(inputs.fields_of(expected.shown))
        raise LineFault("payload", f"must be an object with {fields or 'fields'}")
    try:
        inputs.check_payload(expected.shown, payload)
        if (check := kind_of(expected.kind).check_payload) is not None:
            check(expected.definition, payload)
    except SchemaError as error:
        raise LineFault(*str(error).split(": ", 1)) from error
    return payload_text(payload)


def _answer(record: dict[str, Any], expected: Expected) -> str | None:
    """What the model answers, as canonical JSON."""
    kind, answer = kind_of(expected.kind), record.get("answer")
    if answer is None or not expected.has_parts:
        return None
    try:
        return dumps(kind.check_answer(expected.definition, answer, record["payload"]))
    except SchemaError as error:
        raise LineFault("answer", str(error).removeprefix("answer: ")) from error


def _confidence(record: dict[str, Any], expected: Expected) -> float | None:
    value = record.get("confidence")
    if value is None or not expected.has_parts:
        return None
    if record.get("answer") is None:
        raise LineFault("confidence", "is of an answer; give the answer as well")
    if record.get("probabilities") is not None:
        raise LineFault("confidence", "stands beside probabilities; keep one")
    return probability(value, "confidence")


def _source(record: dict[str, Any]) -> str:
    source = record.get("source")
    if source is None:
        return Source.PRODUCTION
    if source not in Source.values:
        raise LineFault("source", f"must be one of {', '.join(Source.values)}")
    return str(source)


def _metadata(record: dict[str, Any], named: frozenset[str]) -> dict[str, Any]:
    metadata = record.get("metadata")
    if metadata is None:
        metadata = {}
    if not isinstance(metadata, dict):
        raise LineFault("metadata", "must be an object")
    others = {key: value for key, value in record.items() if key not in named}
    for key in others.keys() & metadata.keys():
        raise LineFault(key, "stands in the line and in its metadata; keep one")
    return {**metadata, **others}
