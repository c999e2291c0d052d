"""Things that are compared with one another, as answers of models to a prompt: where a payload holds them, and who
wrote them.

    {"candidates": "answers", "authors": "models"}               lists in one field each
    {"candidates": ["left", "right"], "authors": ["a", "b"]}     a field each

Candidates are among what is shown, under `input.fields`; the others there are shown beside them, as the prompt. Authors
never are: who compares must not know them.
"""

from typing import Any

from labelling.schemas import published
from labelling.schemas.base import Definition, Payload, SchemaError
from labelling.schemas.inputs import Input, check_input, fields_of, has_content
from labelling.schemas.shuffle import shuffled

MAX_AUTHOR = 200
Fields = str | list[str]


def check_shown(definition: Definition, most: int) -> Definition:
    """The cleaned `input`, `candidates` and, if there are, `authors` of a definition; most: candidates. Of a pair of
    texts both are candidates."""
    shown = check_input(definition.get("input"), ("texts", "text_pair"))
    given = definition.get("candidates")
    if given is None and shown["kind"] == "text_pair":
        given = fields_of(shown)
    candidates = _check_candidates(given, shown, most)
    cleaned = {"input": shown, "candidates": candidates}
    if definition.get("authors") is not None:
        cleaned["authors"] = _check_authors(definition["authors"], candidates, shown)
    return cleaned


def published_fields(most: int) -> dict[str, Any]:
    """The JSON Schema of `input`, `candidates` and `authors`."""
    name = {"type": "string", "minLength": 1}
    several = {"type": "array", "items": name, "minItems": 2, "maxItems": most, "uniqueItems": True}
    return {
        "input": published.shown("texts", "text_pair"),
        "candidates": {
            "anyOf": [name, several],
            "title": "What is compared",
            "description": "The shown field that holds a list of them, or a shown field for each.",
        },
        "authors": {
            "anyOf": [name, several],
            "title": "Who wrote them",
            "description": "Fields of the same shape that say which model wrote each. Never shown to labellers.",
        },
    }


def _check_candidates(given: Any, shown: Input, most: int) -> Fields:
    fields = fields_of(shown)
    if isinstance(given, str) and given in fields and shown["kind"] == "texts":
        return given
    if _is_several(given) and set(given) <= set(fields) and 2 <= len(given) <= most:
        return list(given)
    several = "2" if most == 2 else f"2 to {most}"
    raise SchemaError(
        f"candidates: must be one of the fields that are shown, which holds a list, or a list of {several} of them; "
        f"shown are {', '.join(fields)}"
    )


def _check_authors(given: Any, candidates: Fields, shown: Input) -> Fields:
    if isinstance(candidates, str):
        if not isinstance(given, str) or not given:
            raise SchemaError("authors: must be the field that holds the list of who wrote the candidates")
    elif not _is_several(given) or len(given) != len(candidates):
        raise SchemaError(f"authors: must be a list of {len(candidates)} fields, one a candidate")
    seen = {given} if isinstance(given, str) else set(given)
    if seen & set(fields_of(shown)):
        raise SchemaError("authors: must not be among the fields that are shown: labellers compare blind")
    return given if isinstance(given, str) else list(given)


def _is_several(given: Any) -> bool:
    named = isinstance(given, list) and all(isinstance(field, str) and field for field in given)
    return named and len(set(given)) == len(given)


def _held(fields: Fields, payload: Payload) -> list[Any] | None:
    if isinstance(fields, str):
        value = payload.get(fields)
        return value if isinstance(value, list) else None
    return [payload.get(field) for field in fields]


def candidates_of(definition: Definition, payload: Payload) -> list[Any] | None:
    """The candidates in the order of the payload; None where it holds no list of them."""
    return _held(definition["candidates"], payload)


def authors_of(definition: Definition, payload: Payload) -> list[str] | None:
    """Who wrote each candidate, in the same order; None where that isn't known of every one."""
    if "authors" not in definition:
        return None
    authors, candidates = _held(definition["authors"], payload), candidates_of(definition, payload)
    if authors is None or candidates is None or len(authors) != len(candidates):
        return None
    named = all(isinstance(author, str) and 0 < len(author) <= MAX_AUTHOR for author in authors)
    return authors if named else None


def number_of(place: int) -> str:
    """What a candidate is called by its place in the payload: #1 is the first."""
    return f"#{place + 1}"


def shown_order(definition: Definition, payload: Payload, token: str) -> list[int] | None:
    """The places in the payload of the candidates, in the order in which they were shown under a lease's token; None,
    if nothing is compared."""
    found = candidates_of(definition, payload) if "candidates" in definition else None
    return shuffled(len(found), token) if found else None


def check_candidates(definition: Definition, payload: Payload, most: int) -> None:
    """Raises SchemaError where a payload holds too few or too many candidates, or an empty one."""
    fields, found = definition["candidates"], candidates_of(definition, payload)
    where = f"payload.{fields}" if isinstance(fields, str) else "payload"
    if found is None or not 2 <= len(found) <= most:
        raise SchemaError(f"{where}: must hold {'2' if most == 2 else f'2 to {most}'} candidates")
    for number, one in enumerate(found):
        at = f"{where}[{number}]" if isinstance(fields, str) else f"payload.{fields[number]}"
        if isinstance(one, list):
            raise SchemaError(f"{at}: must be one candidate, not a list")
        if not has_content(one):
            raise SchemaError(f"{at}: is empty, so it can't be compared")
