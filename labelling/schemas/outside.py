"""What a kind of label offers to the formats of other tools: `Kind.outside`, by the name of the format.

A format that a kind has no entry for can't hold it and says so. How a whole file is written is for
`labelling.datasets.formats`; here is only what depends on the kind.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element, SubElement

from labelling.schemas.base import Answer, Definition, Payload
from labelling.schemas.inputs import fields_of, format_of

Json = dict[str, Any]
# A label, then whole numbers out of 10,000 of the image's sides: x, y, width, height.
Box = tuple[str, int, int, int, int]


@dataclass(frozen=True)
class LabelStudio:
    """control(definition) -> the tag that takes the answer, without name and toName; its name in small letters is the
    type of a result. values(definition, answer, payload) -> the `value` of each result; [] for an empty answer.
    apart: whether things to compare are objects of their own; listed: whether they are one list."""

    control: Callable[[Definition], Element]
    values: Callable[[Definition, Answer, Payload], list[Json]]
    apart: bool = False
    listed: bool = False


@dataclass(frozen=True)
class Doccano:
    """task(definition) -> the project type in doccano, by its name there. label(definition, answer) -> `label` of a
    line, a list; for boxes, which doccano counts in pixels, `boxes` says where they are instead."""

    task: Callable[[Definition], str]
    label: Callable[[Definition, Answer], list[Any]] | None = None
    boxes: Callable[[Definition, Answer], list[Box]] | None = None


@dataclass(frozen=True)
class Coco:
    """boxes(definition, answer) -> what is an annotation each."""

    boxes: Callable[[Definition, Answer], list[Box]]


@dataclass(frozen=True)
class HuggingFace:
    """tasks(definition) -> the task categories that a dataset of this kind is for."""

    tasks: Callable[[Definition], list[str]]


def is_image(definition: Definition) -> bool:
    """Whether an image is shown."""
    shown = definition["input"]
    return any(format_of(shown, field) == "image" for field in fields_of(shown))


def by_input(of_text: str, of_image: str) -> Callable[[Definition], str]:
    """One of two words, by what is shown."""
    return lambda definition: of_image if is_image(definition) else of_text


def tasks_by_input(of_text: str, of_image: str) -> HuggingFace:
    name = by_input(of_text, of_image)
    return HuggingFace(lambda definition: [name(definition)])


def named_tags(control: str, part: str, field: str, **more: str) -> Callable[[Definition], Element]:
    """A tag with a part for each choice or label: the title is what people read, the alias what a result holds."""

    def build(definition: Definition) -> Element:
        tag = Element(control, more)
        for choice in definition[field]:
            found = {"value": choice.get("title", choice["name"]), "alias": choice["name"]}
            found |= {"hotkey": choice["key"]} if "key" in choice else {}
            found |= {"hint": choice["hint"]} if "hint" in choice else {}
            SubElement(tag, part, found)
        return tag

    return build


def choices_tag(names: list[str], titles: list[str] | None = None) -> Element:
    """A choice of one of some names."""
    tag = Element("Choices", {"choice": "single", "showInLine": "true"})
    for name, title in zip(names, titles or names, strict=True):
        SubElement(tag, "Choice", {"value": title, "alias": name})
    return tag


def image_url(value: Any) -> Any:
    """The address of an image as a payload holds it; anything else as it is."""
    return value["url"] if isinstance(value, dict) and "url" in value else value


def image_of(definition: Definition, payload: Payload) -> Any:
    """The first image that is shown, as the payload holds it; None where there is none."""
    shown = definition["input"]
    return next((payload.get(field) for field in fields_of(shown) if format_of(shown, field) == "image"), None)
