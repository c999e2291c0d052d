"""Any of several named classes: {"choices": ["cat", "dog"]}, in the order of the definition.

Definition: {"question": text, "input": what is shown (see `inputs`), "choices": [{"name", "title"?, "key"?, "hint"?},
...], "minimum"?: 0 or more (1), "maximum"?: at most as many as there are (all)}.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from labelling.schemas import outside, published
from labelling.schemas.base import Answer, Definition, Kind, Merging, Payload, SchemaError
from labelling.schemas.definitions import (
    MAX_CHOICES,
    check_choices,
    check_fields,
    check_question,
    check_whole,
    names_of,
)
from labelling.schemas.inputs import check_input


def check_definition(definition: Any) -> Definition:
    given = check_fields(definition, ("question", "input", "choices", "minimum", "maximum"))
    choices = check_choices(given.get("choices"))
    minimum = check_whole(given.get("minimum", 1), "minimum", 0, len(choices))
    least = max(minimum, 1)
    return {
        "question": check_question(given),
        "input": check_input(given.get("input")),
        "choices": choices,
        "minimum": minimum,
        "maximum": check_whole(given.get("maximum", len(choices)), "maximum", least, len(choices)),
    }


def check_answer(definition: Definition, answer: Any, payload: Payload | None = None) -> Answer:
    """The answer with its choices in the order of the definition."""
    if not isinstance(answer, dict) or set(answer) != {"choices"}:
        raise SchemaError('answer: must be an object with the one field "choices"')
    names, chosen = names_of(definition), answer["choices"]
    if not isinstance(chosen, list):
        raise SchemaError("answer.choices: must be a list of names")
    for name in chosen:
        if name not in names:
            raise SchemaError(f"answer.choices: {name!r:.80} is not one of {', '.join(names)}")
        if chosen.count(name) > 1:
            raise SchemaError(f"answer.choices: names {name!r} twice")
    least, most = definition["minimum"], definition["maximum"]
    if not least <= len(chosen) <= most:
        wanted = str(least) if least == most else f"{least} to {most}"
        raise SchemaError(f"answer.choices: must be {wanted} of the choices, not {len(chosen)}")
    return {"choices": [name for name in names if name in chosen]}


def merge(definition: Definition, answers: Sequence[Answer], weights: Sequence[float]) -> Answer:
    """What more than half of the weight chose; the likeliest ones, where that is fewer or more than are allowed. Of
    two that are alike, the first of the definition."""
    names = names_of(definition)
    order = sorted(range(len(answers)), key=lambda at: (answers[at]["choices"], weights[at]))
    weight = np.array([weights[at] for at in order], dtype=np.float64)
    if not weight.any():
        weight = np.ones(len(order))
    chose = np.array([[name in answers[at]["choices"] for name in names] for at in order], dtype=np.float64)
    share = (weight / weight.sum()) @ chose
    ranked = np.argsort(-np.round(share, 12), kind="stable")
    n = int(np.clip((share > 0.5 + 1e-12).sum(), definition["minimum"], definition["maximum"]))
    return {"choices": [names[at] for at in sorted(ranked[:n].tolist())]}


def likeness(definition: Definition, one: Answer, other: Answer) -> float:
    """1 less the MASI distance of the two sets (Passonneau 2006), as `stats.agreement` measures it."""
    a, b = set(one["choices"]), set(other["choices"])
    if a == b:
        return 1.0
    shared = 2 / 3 if a <= b or b <= a else 1 / 3
    return len(a & b) / len(a | b) * shared


def describe(definition: Definition, answer: Answer) -> str:
    return ", ".join(answer["choices"]) or "none"


def exported(definition: Definition, answer: Answer) -> str:
    """The names, separated by vertical bars; empty for none."""
    return "|".join(answer["choices"])


EXAMPLE: Definition = {
    "question": "What is the message about?",
    "input": {"kind": "text", "fields": ["text"]},
    "choices": [
        {"name": "delivery", "title": "Delivery"}, {"name": "price", "title": "Price"},
        {"name": "quality", "title": "Quality"},
    ],
    "minimum": 0,
    "maximum": 3,
}  # fmt: skip
# A set that lacks one of its members teaches a model something wrong: only equal ones say the same.
ALIKE = 1.0
KIND = Kind(
    name="multiple_choice", title="Any of several answers", check_definition=check_definition,
    check_answer=check_answer, describe=describe, exported=exported, labels=names_of, example=EXAMPLE,
    answers=Merging(merge, likeness, ALIKE), outside={
        "hugging-face": outside.tasks_by_input("text-classification", "image-classification"),
        "label-studio": outside.LabelStudio(
            outside.named_tags("Choices", "Choice", "choices", choice="multiple", showInLine="true"),
            lambda definition, answer, payload: [{"choices": answer["choices"]}] if answer["choices"] else [],
        ),
        "doccano": outside.Doccano(
            outside.by_input("DocumentClassification", "ImageClassification"),
            lambda definition, answer: answer["choices"],
        ),
    },
    definition_schema=published.of_definition({
        "input": published.shown("text", "text_pair", "image"),
        "choices": published.named("Answers", least=2, most=MAX_CHOICES),
        "minimum": {"type": "integer", "minimum": 0, "maximum": MAX_CHOICES, "title": "At least", "default": 1},
        "maximum": {
            "type": "integer", "minimum": 1, "maximum": MAX_CHOICES, "title": "At most",
            "description": "As many as there are, if left out.",
        },
    }, optional=["minimum", "maximum"]),
    answer_schema=published.an_object({
        "choices": {
            "type": "array", "items": published.text("Answer"), "uniqueItems": True, "title": "Answers",
            "description": "Names of choices, in the order of the definition.",
        },
    }),
)  # fmt: skip
