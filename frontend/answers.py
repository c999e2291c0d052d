"""Answers outside the workbench: in words, drawn on their item, and as experts, owners and engineers give them."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import prefetch_related_objects

from labelling import canonical
from labelling.ingest.models import Example
from labelling.projects.checks import invalid
from labelling.projects.models import Project, SchemaVersion
from labelling.schemas import SchemaError, kind_of

NOTHING = "\N{EN DASH}"
# What a page can print itself, without a script that draws it.
PLAIN = {"text", "text_pair"}


def said(given: Any, project: Project | None = None) -> str:
    """An answer, or its canonical JSON text, in as few words as say it; in the words of its kind, of the newest version
    of the project's label schema that allows it."""
    value = canonical.loads(given) if isinstance(given, str) and given else given
    if not value:
        return NOTHING
    for schema in _versions(project) if project is not None else ():
        kind = kind_of(schema.kind)
        try:
            return kind.describe(schema.definition, kind.check_answer(schema.definition, value, None))
        except SchemaError:
            continue
    if isinstance(value, dict) and len(value) == 1:
        only = next(iter(value.values()))
        return only if isinstance(only, str) else canonical.dumps(only)
    return canonical.dumps(value)


def _versions(project: Project) -> Iterator[SchemaVersion]:
    """The version in force; the earlier ones, read once, only for an answer that it doesn't allow."""
    yield project.schema_in_force
    prefetch_related_objects([project], "schemaversions")
    yield from sorted(project.schemaversions.all(), key=lambda schema: -schema.number)


def options(schema: SchemaVersion) -> list[dict[str, str]]:
    """The classes to choose from, each with its name in the data and as people read it."""
    kind, definition = kind_of(schema.kind), schema.definition
    names = [] if kind.merging else kind.classes(definition)
    titles = {one["name"]: one["title"] for one in definition.get("choices", []) if one.get("title")}
    worded = [titles.get(name) or kind.describe(definition, kind.from_class(definition, at)) for at, name in
              enumerate(names)]  # fmt: skip
    return [{"name": name, "title": title} for name, title in zip(names, worded, strict=True)]


def read(schema: SchemaVersion, text: str) -> dict[str, Any]:
    """The answer that a form sent: the name of a class, or JSON where answers have parts. Raises Invalid; whether the
    label schema allows it is for the verb to say."""
    kind = kind_of(schema.kind)
    if kind.merging is None:
        names = kind.classes(schema.definition)
        if text not in names:
            raise invalid("answer", f"{text!r} is not one of {', '.join(names)}")
        return kind.from_class(schema.definition, names.index(text))
    try:
        answer = json.loads(text)
    except (ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict):
        raise invalid("answer", "is missing; mark it on the item, which needs JavaScript")
    return answer


def drawn(schema: SchemaVersion, example: Example) -> dict[str, Any] | None:
    """The item for the script that draws it (`frontend/src/answer`), where the page can't print it itself: only what
    labellers are shown of it. None: print it, or its content was erased."""
    shown = schema.definition.get("input") or {}
    plain = shown.get("kind") in PLAIN and "format" not in shown
    return None if kind_of(schema.kind).merging is None and plain else _item(schema, example)


def _item(schema: SchemaVersion, example: Example) -> dict[str, Any] | None:
    if example.payload is None:
        return None
    payload = canonical.loads(example.payload)
    fields = kind_of(schema.kind).fields(schema.definition)
    return {
        "definition": {**schema.definition, "kind": schema.kind},
        "payload": {name: payload[name] for name in fields if name in payload} if isinstance(payload, dict) else {},
    }


def explaining(schema: SchemaVersion, example: Example, explanation: dict[str, Any] | None) -> dict[str, Any] | None:
    """The item with what weighed in a model's prediction drawn on it (`ingest.explanations`). None: nothing to draw."""
    item = _item(schema, example) if explanation else None
    return item and item | {"explanation": explanation}


def showing(schema: SchemaVersion, example: Example, answers: Sequence[tuple[str, Any]]) -> dict[str, Any] | None:
    """The item with answers drawn on it, one at a time, each with whose it is. None where answers have no parts."""
    item = drawn(schema, example) if kind_of(schema.kind).merging and answers else None
    return item and item | {"answers": [{"title": title, "answer": answer} for title, answer in answers]}


def asking(
    schema: SchemaVersion, example: Example, *, name: str, given: str = "", optional: bool = False
) -> dict[str, Any] | None:
    """The item to be answered on, in a form's field of that name; given: what was sent before and refused. optional:
    the form may go without. None where an answer is one of a few classes (`options`)."""
    item = drawn(schema, example) if kind_of(schema.kind).merging else None
    if item is None:
        return None
    try:
        before = json.loads(given) if given else None
    except (ValueError, RecursionError):
        before = None
    return item | {"name": name, "given": before if isinstance(before, dict) else None, "optional": optional}
