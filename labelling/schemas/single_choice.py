"""Exactly one of a few named classes: {"choice": "match"}.

Definition: {"question": text, "input": what is shown (see `inputs`), "choices": [{"name", "title"?, "key"?, "hint"?},
...]}.
"""

from typing import Any

from labelling.schemas import outside, published
from labelling.schemas.base import Answer, Classes, Definition, Kind, Payload, SchemaError
from labelling.schemas.definitions import MAX_CHOICES, check_choices, check_question, names_of
from labelling.schemas.inputs import check_input


def check_definition(definition: Any) -> Definition:
    if not isinstance(definition, dict):
        raise SchemaError("definition: must be an object")
    return {
        "question": check_question(definition),
        "input": check_input(definition.get("input")),
        "choices": check_choices(definition.get("choices")),
    }


def check_answer(definition: Definition, answer: Any, payload: Payload | None = None) -> Answer:
    if not isinstance(answer, dict) or set(answer) != {"choice"}:
        raise SchemaError('answer: must be an object with the one field "choice"')
    names = names_of(definition)
    if answer["choice"] not in names:
        raise SchemaError(f"answer.choice: {answer['choice']!r:.80} is not one of {', '.join(names)}")
    return {"choice": answer["choice"]}


def to_class(definition: Definition, answer: Answer) -> int:
    return names_of(definition).index(answer["choice"])


def from_class(definition: Definition, index: int) -> Answer:
    return {"choice": names_of(definition)[index]}


def describe(definition: Definition, answer: Answer) -> str:
    return str(answer["choice"])


EXAMPLE: Definition = {
    "question": "Is the review friendly?",
    "input": {"kind": "text", "fields": ["text"]},
    "choices": [{"name": "yes", "title": "Yes"}, {"name": "no", "title": "No"}],
}
KIND = Kind(
    name="single_choice", title="One of several answers", check_definition=check_definition, check_answer=check_answer,
    describe=describe, exported=describe, labels=names_of, example=EXAMPLE,
    answers=Classes(names_of, to_class, from_class), outside={
        "hugging-face": outside.tasks_by_input("text-classification", "image-classification"),
        "label-studio": outside.LabelStudio(
            outside.named_tags("Choices", "Choice", "choices", choice="single", showInLine="true"),
            lambda definition, answer, payload: [{"choices": [answer["choice"]]}],
        ),
        "doccano": outside.Doccano(
            outside.by_input("DocumentClassification", "ImageClassification"),
            lambda definition, answer: [answer["choice"]],
        ),
    },
    definition_schema=published.of_definition({
        "input": published.shown("text", "text_pair", "image"),
        "choices": published.named("Answers", least=2, most=MAX_CHOICES),
    }),
    answer_schema=published.an_object({"choice": published.text("Answer", "The name of one of the choices.")}),
)  # fmt: skip
