"""What every kind of label offers. Functions take and return plain data: a definition and answers as dicts."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Definition = dict[str, Any]
Answer = dict[str, Any]


class SchemaError(ValueError):
    """A label schema or an answer that isn't valid; the message names the field."""


@dataclass(frozen=True)
class Kind:
    """One kind of label.

    check_definition(definition) -> definition, cleaned; raises SchemaError naming the field.
    check_answer(definition, answer) -> answer, cleaned, ready for canonical JSON; raises SchemaError.
    classes(definition) -> the class names in order, for kinds whose consensus is over classes.
    to_class(definition, answer) -> class index; from_class(definition, index) -> answer.
    exported(definition, answer) -> the value of the `label` column of an export.
    """

    name: str
    check_definition: Callable[[Any], Definition]
    check_answer: Callable[[Definition, Any], Answer]
    classes: Callable[[Definition], list[str]]
    to_class: Callable[[Definition, Answer], int]
    from_class: Callable[[Definition, int], Answer]
    exported: Callable[[Definition, Answer], str]
