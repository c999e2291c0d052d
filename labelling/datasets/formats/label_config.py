"""The label config of a project in Label Studio: what is shown, and the control that takes the answer."""

from collections.abc import Sequence
from typing import Any
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from labelling.datasets.formats.base import Json
from labelling.schemas import candidates
from labelling.schemas.base import Definition, Payload
from labelling.schemas.inputs import fields_of, format_of
from labelling.schemas.outside import LabelStudio, image_url

CONTROL = "answer"
TAGS = {"plain": "Text", "markdown": "Text", "html": "HyperText", "image": "Image"}


def config_of(definition: Definition, outside: LabelStudio) -> bytes:
    """The document, as Label Studio's settings page takes it."""
    view = Element("View")
    SubElement(view, "Header", {"value": definition["question"]})
    for name, tag, key in _objects(definition, outside):
        SubElement(view, tag, {"name": name, "value": f"${key}"})
    control = outside.control(definition)
    control.set("name", CONTROL)
    control.set("toName", to_name(definition, outside))
    view.append(control)
    indent(view)
    return tostring(view, encoding="utf-8") + b"\n"


def to_name(definition: Definition, outside: LabelStudio) -> str:
    """What the answer is about: the two of a pair, the list to be put in order, or else what is shown first."""
    objects = _objects(definition, outside)
    if outside.control(definition).tag == "Pairwise":
        return ",".join(name for name, _, _ in objects[-2:])
    return objects[-1][0] if outside.listed else objects[0][0]


def _objects(definition: Definition, outside: LabelStudio) -> list[tuple[str, str, str]]:
    """(name, tag, key of the data) of each thing that is shown; what is compared comes last."""
    shown = definition["input"]
    compared = _compared(definition) if outside.apart or outside.listed else []
    found = [(TAGS[format_of(shown, field)], field) for field in fields_of(shown) if field not in compared]
    if outside.listed:
        found.append(("List", list_key(definition)))
    elif outside.apart:
        keys = pair_keys(definition)
        found += [(TAGS[format_of(shown, field)], key) for key, field in zip(keys, _fields(definition), strict=True)]
    return [(f"shown_{number}", tag, key) for number, (tag, key) in enumerate(found, 1)]


def _compared(definition: Definition) -> Sequence[str]:
    given = definition["candidates"]
    return [given] if isinstance(given, str) else given


def _fields(definition: Definition) -> list[str]:
    """The field that each of the two candidates of a pair is in."""
    given = definition["candidates"]
    return [given, given] if isinstance(given, str) else list(given)


def pair_keys(definition: Definition) -> list[str]:
    """The keys of the data under which the two candidates of a pair stand."""
    given = definition["candidates"]
    return [f"{given}_1", f"{given}_2"] if isinstance(given, str) else list(given)


def list_key(definition: Definition) -> str:
    """The key of the data under which the list of candidates stands."""
    given = definition["candidates"]
    return f"{given if isinstance(given, str) else 'candidates'}_list"


def data_of(definition: Definition, outside: LabelStudio, payload: Payload) -> Json:
    """`data` of a task: the payload as it is, images as addresses; what is compared also as the config names it."""
    shown = definition["input"]
    drawn = {field for field in fields_of(shown) if format_of(shown, field) == "image"}
    data = {key: image_url(value) if key in drawn else value for key, value in payload.items()}
    if not (outside.apart or outside.listed):
        return data
    found = candidates.candidates_of(definition, payload) or []
    if outside.listed:
        data[list_key(definition)] = [_entry(number, one) for number, one in enumerate(found)]
    elif isinstance(definition["candidates"], str):
        data |= {key: image_url(one) for key, one in zip(pair_keys(definition), found, strict=False)}
    return data


def _entry(number: int, candidate: Any) -> Json:
    return {"id": str(number), "title": candidates.number_of(number), "body": image_url(candidate)}
