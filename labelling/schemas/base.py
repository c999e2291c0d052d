"""What every kind of label offers. Functions take and return plain data: definitions, payloads and answers as dicts."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Definition = dict[str, Any]
Payload = dict[str, Any]
Answer = dict[str, Any]
Level = Literal["nominal", "ordinal", "interval", "ratio"]

# What the crowd is asked of an answer that has parts: is the one that its labels add up to right?
OUTCOMES = ("right", "wrong")


class SchemaError(ValueError):
    """A label schema or an answer that isn't valid; the message names the field."""


@dataclass(frozen=True)
class Classes:
    """Answers are classes: the crowd's say is a probability of each.

    names(definition) -> the class names in order. to_class(definition, answer) -> class index.
    from_class(definition, index) -> answer. level: how far apart two classes are, for Krippendorff's alpha.
    """

    names: Callable[[Definition], list[str]]
    to_class: Callable[[Definition, Answer], int]
    from_class: Callable[[Definition, int], Answer]
    level: Level = "nominal"


@dataclass(frozen=True)
class Merging:
    """Answers have parts: the crowd's say is one answer put together from all, and how sure it is that this is right.

    merge(definition, answers, weights) -> the answer that the given ones add up to; weights: at least 0, how much each
    counts (log-odds of being right). The same in whatever order the answers come.
    likeness(definition, one, other) -> 0 to 1; symmetric, 1 for the same answer.
    alike: from this likeness on, two answers say the same.
    """

    merge: Callable[[Definition, Sequence[Answer], Sequence[float]], Answer]
    likeness: Callable[[Definition, Answer, Answer], float]
    alike: float


def input_fields(definition: Definition) -> list[str]:
    """The fields of a payload that a definition's `input` names."""
    return list((definition.get("input") or {}).get("fields") or [])


# Under these keys an answer holds names of its definition.
NAMED = frozenset(("choice", "choices", "label"))


def _renamed(value: Any, names: Mapping[str, str], *, named: bool = False) -> Any:
    if isinstance(value, dict):
        return {key: _renamed(inner, names, named=key in NAMED) for key, inner in value.items()}
    if isinstance(value, list):
        renamed = [_renamed(inner, names, named=named) for inner in value]
        return list(dict.fromkeys(renamed)) if named else renamed
    return names.get(value, value) if named else value


@dataclass(frozen=True)
class Kind:
    """One kind of label.

    check_definition(definition) -> definition, cleaned; raises SchemaError naming the field.
    check_answer(definition, answer, payload) -> answer, cleaned, ready for canonical JSON; raises SchemaError.
    payload: what was shown, or None where it isn't at hand: then what depends on it is not checked. reads_payload:
    whether anything does.
    describe(definition, answer) -> the answer in a few words, for lists. exported(definition, answer) -> the value of
    the `label` column of an export. labels(definition) -> the names within answers that a new schema may rename.
    check_payload(definition, payload) -> raises SchemaError for what can't be labelled, beside what `inputs` refuses.
    example: a definition to start from. fields(definition) -> the fields of a payload that labellers are shown; no
    other field is sent to them. without_content: what stands in the place of an answer once the content that it quotes
    is erased; None where answers name classes and places only, and quote nothing. definition_schema, answer_schema:
    JSON Schema (draft 2020-12) of both, put together from the parts in `published`; the owner's form is drawn from the
    first. outside: what other tools' formats need to hold answers, by the format's name (see `outside`); without an
    entry, a format can't.
    """

    name: str
    title: str
    check_definition: Callable[[Any], Definition]
    check_answer: Callable[[Definition, Any, Payload | None], Answer]
    describe: Callable[[Definition, Answer], str]
    exported: Callable[[Definition, Answer], str]
    labels: Callable[[Definition], list[str]]
    example: Definition
    answers: Classes | Merging
    reads_payload: bool = False
    check_payload: Callable[[Definition, Payload], None] | None = None
    fields: Callable[[Definition], list[str]] = input_fields
    without_content: Answer | None = None
    definition_schema: dict[str, Any] = field(default_factory=dict)
    answer_schema: dict[str, Any] = field(default_factory=dict)
    outside: Mapping[str, Any] = field(default_factory=dict)

    @property
    def merging(self) -> Merging | None:
        """How answers are put together, where they have parts."""
        return self.answers if isinstance(self.answers, Merging) else None

    def classes(self, definition: Definition) -> list[str]:
        """What the crowd's say is a probability of: the classes; of answers with parts, whether the whole is right."""
        return self.answers.names(definition) if isinstance(self.answers, Classes) else list(OUTCOMES)

    def to_class(self, definition: Definition, answer: Answer) -> int:
        return self._classes().to_class(definition, answer)

    def from_class(self, definition: Definition, index: int) -> Answer:
        return self._classes().from_class(definition, index)

    def same(self, definition: Definition, one: Answer, other: Answer) -> bool:
        """Whether two answers say the same: of answers with parts, whether they are alike enough."""
        if one == other or isinstance(self.answers, Classes):
            return one == other
        return self.answers.likeness(definition, one, other) >= self.answers.alike

    def renamed(self, answer: Answer, names: Mapping[str, str]) -> Answer:
        """The answer with other names for its classes or labels: {name before: name after}; what is not in it stays."""
        found: Answer = _renamed(answer, names)
        return found

    def says_the_same(self, definition: Definition, one: str, other: str) -> bool:
        """The same of two answers as canonical JSON."""
        return one == other or (
            self.merging is not None and self.same(definition, json.loads(one), json.loads(other))
        )  # fmt: skip

    def _classes(self) -> Classes:
        if isinstance(self.answers, Merging):
            raise SchemaError(f"kind: an answer of the kind {self.name} has parts, it isn't one of a few classes")
        return self.answers
