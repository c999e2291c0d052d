"""Our label schema for a question of another tool, with every name that some answer uses."""

from collections.abc import Iterator
from typing import Any

from labelling.incoming.found import Harvest, Json, Question, refused
from labelling.incoming.shown import View
from labelling.schemas import SchemaError, kind_of
from labelling.schemas.base import Definition
from labelling.schemas.transcription import DEFAULT_LENGTH, MAX_LENGTH

NAMED = {"single_choice": "choices", "multiple_choice": "choices", "spans": "labels", "boxes": "labels"}


def definition_of(question: Question, view: View, harvest: Harvest) -> Definition:
    """Our label schema for a question, with every name that some answer uses. Raises Refused."""
    kind, settings = question.kind, dict(question.settings)
    definition: Json = {"question": question.text, "input": _input(view, kind)}
    if kind in NAMED:
        definition[NAMED[kind]] = _names(question, harvest)
    if kind == "spans":
        definition["overlap"] = any(map(_overlaps, _answers(harvest, "spans")))
    if kind == "multiple_choice":
        definition["minimum"] = 0
    if kind == "rating":
        definition["scale"] = settings["scale"]
    if kind == "transcription":
        longest = max((len(text) for text in _answers(harvest, "text")), default=0)
        definition["max_length"] = min(max(longest, DEFAULT_LENGTH), MAX_LENGTH)
        if "source" in settings:
            definition["source"] = settings["source"]
    if "candidates" in settings:
        became = {one.field: name for name, one in view.made.items()}
        given = settings["candidates"]
        several = isinstance(given, list)
        definition["candidates"] = [became.get(one, one) for one in given] if several else became.get(given, given)
    try:
        return kind_of(kind).check_definition(definition)
    except SchemaError as error:
        if kind in ("single_choice", "multiple_choice") and len(definition["choices"]) < 2:
            message = (
                "has fewer than two answers in these files; give the label config (--config), which names them all"
            )
            raise refused(f"question {question.name!r}", message) from error
        raise refused(f"question {question.name!r}", str(error)) from error


def _input(view: View, kind: str) -> Json:
    fields = [one.field for one in view.fields]
    formats = {one.field: one.drawn for one in view.fields if one.drawn != "plain"}
    if kind == "ranking" or (kind == "preference" and len(fields) != 2) or len(fields) > 2:
        return {"kind": "texts", "fields": fields, **({"format": formats} if formats else {})}
    if len(fields) == 1 and view.fields[0].drawn == "image":
        return {"kind": "image", "fields": fields}
    shape = "text" if len(fields) == 1 else "text_pair"
    return {"kind": shape, "fields": fields, **({"format": formats} if formats else {})}


def _names(question: Question, harvest: Harvest) -> list[Json]:
    """Those of the config, then those that answers use besides, in the order of the alphabet."""
    names = [dict(one) for one in question.names]
    known = {one["name"] for one in names}
    used: set[str] = set()
    for item in harvest.items.values():
        for answer in item.answers():
            used |= _used(answer)
    if known and (strange := sorted(used - known)):
        added = ", ".join(strange)
        harvest.others["names"] = f"answers use names that the label config has not; they were added: {added}"
    return names + [{"name": name} for name in sorted(used - known)]


def _used(answer: Json) -> set[str]:
    if "choice" in answer:
        return {answer["choice"]}
    return {*answer.get("choices", ())} | {one["label"] for one in (*answer.get("spans", ()), *answer.get("boxes", ()))}


def _answers(harvest: Harvest, part: str) -> Iterator[Any]:
    for item in harvest.items.values():
        yield from (answer[part] for answer in item.answers() if part in answer)


def _overlaps(spans: list[Json]) -> bool:
    reached = 0
    for span in sorted(spans, key=lambda one: one["start"]):
        if span["start"] < reached:
            return True
        reached = max(reached, span["end"])
    return False
