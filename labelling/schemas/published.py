"""JSON Schema (draft 2020-12) of definitions and answers: the parts that kinds put theirs together from.

What a JSON Schema can't say (a name used twice, an answer outside its text) is for `check_definition` and
`check_answer`: these accept nothing that the JSON Schema refuses.
"""

from collections.abc import Collection, Mapping
from typing import Any

from labelling.schemas.inputs import FORMATS, KINDS

Json = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
LONGEST_NAME = 200
# Not blank: a text of spaces alone is refused.
SOME_TEXT: Json = {"type": "string", "pattern": r"\S"}


def an_object(properties: Mapping[str, Json], *, optional: Collection[str] = (), **more: Any) -> Json:
    """An object with these properties and no other; all are needed but the optional ones."""
    needed = [name for name in properties if name not in optional]
    return {
        "type": "object", "properties": dict(properties), "required": needed, "additionalProperties": False, **more,
    }  # fmt: skip


def text(title: str, description: str = "", **more: Any) -> Json:
    """A text that is not blank."""
    return {**SOME_TEXT, "title": title, **({"description": description} if description else {}), **more}


def shown(*kinds: str) -> Json:
    """What labellers are shown (`inputs.check_input`), of the kinds of input that a kind of label can use."""
    drawn = {"enum": list(FORMATS)}
    properties: dict[str, Json] = {
        "kind": {"enum": list(kinds), "title": "What labellers see"},
        "fields": {
            "type": "array", "items": {"type": "string", "minLength": 1}, "uniqueItems": True,
            "minItems": min(KINDS[kind][0] for kind in kinds), "maxItems": max(KINDS[kind][1] for kind in kinds),
            "title": "Fields of the payload", "description": "In the order in which they are shown.",
        },
        "format": {
            "title": "How they are drawn", "description": "One for all fields, or one for each; plain if left out.",
            "anyOf": [drawn, {"type": "object", "additionalProperties": drawn}],
        },
    }  # fmt: skip
    counts = [
        {
            "if": {"properties": {"kind": {"const": kind}}, "required": ["kind"]},
            "then": {"properties": {"fields": {"minItems": KINDS[kind][0], "maxItems": KINDS[kind][1]}}},
        }
        for kind in kinds
    ]
    return an_object(properties, optional=["format"], title="What labellers see", allOf=counts)


def named(title: str, *, least: int, most: int, description: str = "", **more: Json) -> Json:
    """A list of things with a name: choices, labels. `more`: further properties that each may have. A name alone
    stands for an object with that name."""
    part = {**SOME_TEXT, "maxLength": LONGEST_NAME}
    properties = {
        "name": {**part, "title": "Name", "description": "As it stands in the data."},
        "title": {**part, "title": "Title", "description": "As labellers read it; the name, if left out."},
        "key": {**part, "title": "Key", "description": "The key asked for; labellers may choose another."},
        "hint": {**part, "title": "Hint", "description": "A line below the title."},
        **more,
    }
    rows = an_object(properties, optional=[name for name in properties if name != "name"])
    return {
        "type": "array", "title": title, "minItems": least, "maxItems": most, "items": {"anyOf": [part, rows]},
        **({"description": description} if description else {}),
    }  # fmt: skip


def of_definition(properties: Mapping[str, Json], *, optional: Collection[str] = ()) -> Json:
    """The JSON Schema of a definition: its question, and the properties of its kind."""
    question = text("Question", "What labellers are asked of each item.")
    return an_object({"question": question, **properties}, optional=optional)


def document(schema: Json, *, title: str) -> Json:
    """A part as a document of its own."""
    return {"$schema": DIALECT, "title": title, **schema}
