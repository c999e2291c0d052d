"""Exactly one of a few named classes: {"choice": "match"}.

Definition: {"question": text, "input": what is shown (see `inputs`), "choices": [{"name", "title"?, "key"?, "hint"?},
...]}.
"""

from typing import Any

from labelling.schemas import published
from labelling.schemas.base import Answer, Classes, Definition, Kind, Payload, SchemaError
from labelling.schemas.inputs import check_input

MAX_CHOICES = 200
MAX_NAME = 200


def check_definition(definition: Any) -> Definition:
    if not isinstance(definition, dict):
        raise SchemaError("definition: must be an object")
    question = definition.get("question")
    if not isinstance(question, str) or not question.strip():
        raise SchemaError("question: must be text that asks the labeller something")
    return {
        "question": question.strip(),
        "input": check_input(definition.get("input")),
        "choices": _check_choices(definition.get("choices")),
    }


def _check_choices(choices: Any) -> list[dict[str, str]]:
    if not isinstance(choices, list) or not 2 <= len(choices) <= MAX_CHOICES:
        raise SchemaError(f"choices: must be a list of 2 to {MAX_CHOICES} choices")
    cleaned = [_check_choice(choice, number) for number, choice in enumerate(choices)]
    for field in ("name", "key"):
        values = [choice[field] for choice in cleaned if field in choice]
        twice = {value for value in values if values.count(value) > 1}
        if twice:
            raise SchemaError(f"choices: the {field} {sorted(twice)[0]!r} is used twice")
    return cleaned


def _check_choice(choice: Any, number: int) -> dict[str, str]:
    if isinstance(choice, str):
        choice = {"name": choice}
    if not isinstance(choice, dict):
        raise SchemaError(f"choices[{number}]: must be text or an object with a name")
    unknown = set(choice) - {"name", "title", "key", "hint"}
    if unknown:
        raise SchemaError(f"choices[{number}].{sorted(unknown)[0]}: is not known; use name, title, key, hint")
    for field, value in choice.items():
        if not isinstance(value, str) or not value.strip() or len(value) > MAX_NAME or "\x00" in value:
            raise SchemaError(f"choices[{number}].{field}: must be text of 1 to {MAX_NAME} characters")
    if "name" not in choice:
        raise SchemaError(f"choices[{number}].name: is missing")
    return dict(choice)


def classes(definition: Definition) -> list[str]:
    return [choice["name"] for choice in definition["choices"]]


def check_answer(definition: Definition, answer: Any, payload: Payload | None = None) -> Answer:
    if not isinstance(answer, dict) or set(answer) != {"choice"}:
        raise SchemaError('answer: must be an object with the one field "choice"')
    names = classes(definition)
    if answer["choice"] not in names:
        raise SchemaError(f"answer.choice: {answer['choice']!r} is not one of {', '.join(names)}")
    return {"choice": answer["choice"]}


def to_class(definition: Definition, answer: Answer) -> int:
    return classes(definition).index(answer["choice"])


def from_class(definition: Definition, index: int) -> Answer:
    return {"choice": classes(definition)[index]}


def describe(definition: Definition, answer: Answer) -> str:
    return str(answer["choice"])


EXAMPLE: Definition = {
    "question": "Is the review friendly?",
    "input": {"kind": "text", "fields": ["text"]},
    "choices": [{"name": "yes", "title": "Yes"}, {"name": "no", "title": "No"}],
}
KIND = Kind(
    name="single_choice", title="One of several answers", check_definition=check_definition, check_answer=check_answer,
    describe=describe, exported=describe, labels=classes, example=EXAMPLE,
    answers=Classes(classes, to_class, from_class),
    definition_schema=published.of_definition({
        "input": published.shown("text", "text_pair", "image"),
        "choices": published.named("Answers", least=2, most=MAX_CHOICES),
    }),
    answer_schema=published.an_object({"choice": published.text("Answer", "The name of one of the choices.")}),
)  # fmt: skip
