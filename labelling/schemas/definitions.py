"""What the definitions of several kinds have in common: the question, named choices, whole numbers. All raise
SchemaError naming the field."""

from collections.abc import Collection
from typing import Any

from labelling.schemas.base import Definition, SchemaError

MAX_CHOICES = 200
MAX_NAME = 200


def check_fields(definition: Any, known: Collection[str]) -> Definition:
    """The definition, if it is an object with known fields alone; `kind`, which a page adds, is taken off."""
    if not isinstance(definition, dict):
        raise SchemaError("definition: must be an object")
    for name in definition:
        if name not in known and name != "kind":
            raise SchemaError(f"{name}: is not known; use {', '.join(known)}")
    return {name: value for name, value in definition.items() if name != "kind"}


def check_question(definition: Definition) -> str:
    question = definition.get("question")
    if not isinstance(question, str) or not question.strip():
        raise SchemaError("question: must be text that asks the labeller something")
    return question.strip()


def check_text(value: Any, where: str, most: int = MAX_NAME) -> str:
    if not isinstance(value, str) or not value.strip() or len(value) > most or "\x00" in value:
        raise SchemaError(f"{where}: must be text of 1 to {most} characters")
    return value


def check_whole(value: Any, where: str, least: int, most: int) -> int:
    if type(value) is not int or not least <= value <= most:
        raise SchemaError(f"{where}: must be a whole number from {least} to {most}")
    return value


def check_switch(definition: Definition, field: str, *, default: bool) -> bool:
    value = definition.get(field, default)
    if not isinstance(value, bool):
        raise SchemaError(f"{field}: must be true or false")
    return value


def check_choices(
    choices: Any, field: str = "choices", *, least: int = 2, most: int = MAX_CHOICES
) -> list[dict[str, str]]:
    """[{"name", "title"?, "key"?, "hint"?}], no name or key twice; a text is a name."""
    if not isinstance(choices, list) or not least <= len(choices) <= most:
        raise SchemaError(f"{field}: must be a list of {least} to {most} {field}")
    cleaned = [_check_choice(choice, f"{field}[{number}]") for number, choice in enumerate(choices)]
    for part in ("name", "key"):
        values = [choice[part] for choice in cleaned if part in choice]
        twice = {value for value in values if values.count(value) > 1}
        if twice:
            raise SchemaError(f"{field}: the {part} {sorted(twice)[0]!r} is used twice")
    return cleaned


def _check_choice(choice: Any, where: str) -> dict[str, str]:
    if isinstance(choice, str):
        choice = {"name": choice}
    if not isinstance(choice, dict):
        raise SchemaError(f"{where}: must be text or an object with a name")
    unknown = set(choice) - {"name", "title", "key", "hint"}
    if unknown:
        raise SchemaError(f"{where}.{sorted(map(str, unknown))[0]}: is not known; use name, title, key, hint")
    for part, value in choice.items():
        check_text(value, f"{where}.{part}")
    if "name" not in choice:
        raise SchemaError(f"{where}.name: is missing")
    return dict(choice)


def names_of(definition: Definition, field: str = "choices") -> list[str]:
    """The names of a definition's choices, in order."""
    return [choice["name"] for choice in definition[field]]
