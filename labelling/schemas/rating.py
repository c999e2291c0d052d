"""A place on a scale: {"rating": 4}.

Definition: {"question": text, "input": what is shown (see `inputs`), "scale": {"low", "high": whole numbers,
"low_title"?, "high_title"?: what the ends mean, "look"?: "numbers" or "stars"}}.

The crowd's answer is the likeliest level, as for every kind whose answers are classes: what a posterior promises is how
likely the answer is to be right. How far labellers agree is measured on an ordinal scale: 4 is nearer to 5 than 1 is.
"""

from typing import Any
from xml.etree.ElementTree import Element

from labelling.schemas import outside, published
from labelling.schemas.base import Answer, Classes, Definition, Kind, Payload, SchemaError
from labelling.schemas.definitions import MAX_NAME, check_fields, check_question, check_text, check_whole
from labelling.schemas.inputs import check_input

MOST_LEVELS = 11
GREATEST = 100
LOOKS = ("numbers", "stars")


def check_definition(definition: Any) -> Definition:
    given = check_fields(definition, ("question", "input", "scale"))
    return {
        "question": check_question(given),
        "input": check_input(given.get("input")),
        "scale": _check_scale(given.get("scale")),
    }


def _check_scale(scale: Any) -> dict[str, Any]:
    known = ("low", "high", "low_title", "high_title", "look")
    if not isinstance(scale, dict) or not set(scale) <= set(known):
        raise SchemaError(f"scale: must be an object with {', '.join(known)}")
    low = check_whole(scale.get("low"), "scale.low", -GREATEST, GREATEST)
    high = check_whole(scale.get("high"), "scale.high", low + 1, low + MOST_LEVELS - 1)
    look = scale.get("look", LOOKS[0])
    if look not in LOOKS:
        raise SchemaError(f"scale.look: must be one of {', '.join(LOOKS)}")
    if look == "stars" and low != 1:
        raise SchemaError("scale.look: stars are counted from 1; use numbers, or let the scale begin with 1")
    titles = {
        name: check_text(scale[name], f"scale.{name}")
        for name in ("low_title", "high_title") if scale.get(name) is not None
    }  # fmt: skip
    return {"low": low, "high": high, **titles, "look": look}


def levels(definition: Definition) -> list[int]:
    return list(range(definition["scale"]["low"], definition["scale"]["high"] + 1))


def classes(definition: Definition) -> list[str]:
    return [str(level) for level in levels(definition)]


def check_answer(definition: Definition, answer: Any, payload: Payload | None = None) -> Answer:
    if not isinstance(answer, dict) or set(answer) != {"rating"}:
        raise SchemaError('answer: must be an object with the one field "rating"')
    scale = definition["scale"]
    return {"rating": check_whole(answer["rating"], "answer.rating", scale["low"], scale["high"])}


def to_class(definition: Definition, answer: Answer) -> int:
    return int(answer["rating"]) - int(definition["scale"]["low"])


def from_class(definition: Definition, index: int) -> Answer:
    return {"rating": levels(definition)[index]}


def describe(definition: Definition, answer: Answer) -> str:
    return f"{answer['rating']} of {definition['scale']['high']}"


def exported(definition: Definition, answer: Answer) -> str:
    return str(answer["rating"])


def _control(definition: Definition) -> Element:
    """Label Studio's ratings are counted from 1; of another scale the levels are choices."""
    if definition["scale"]["low"] != 1:
        return outside.choices_tag(classes(definition))
    return Element("Rating", {"maxRating": str(definition["scale"]["high"]), "icon": "star"})


def _value(definition: Definition, answer: Answer, payload: Payload) -> list[dict[str, Any]]:
    rating = answer["rating"]
    return [{"choices": [str(rating)]} if definition["scale"]["low"] != 1 else {"rating": rating}]


EXAMPLE: Definition = {
    "question": "How helpful is the answer?",
    "input": {"kind": "text_pair", "fields": ["request", "answer"]},
    "scale": {"low": 1, "high": 5, "low_title": "Not at all", "high_title": "Completely", "look": "numbers"},
}
KIND = Kind(
    name="rating", title="A place on a scale", check_definition=check_definition, check_answer=check_answer,
    describe=describe, exported=exported, labels=lambda definition: [], example=EXAMPLE,
    answers=Classes(classes, to_class, from_class, "ordinal"), outside={
        "hugging-face": outside.tasks_by_input("text-classification", "image-classification"),
        "label-studio": outside.LabelStudio(_control, _value),
        "doccano": outside.Doccano(
            outside.by_input("DocumentClassification", "ImageClassification"),
            lambda definition, answer: [str(answer["rating"])],
        ),
    },
    definition_schema=published.of_definition({
        "input": published.shown("text", "text_pair", "image"),
        "scale": published.an_object({
            "low": {"type": "integer", "minimum": -GREATEST, "maximum": GREATEST, "title": "From"},
            "high": {
                "type": "integer", "minimum": 1 - GREATEST, "maximum": GREATEST + MOST_LEVELS - 1, "title": "To",
                "description": f"A scale has 2 to {MOST_LEVELS} levels.",
            },
            "low_title": published.text("What the lowest means", maxLength=MAX_NAME),
            "high_title": published.text("What the highest means", maxLength=MAX_NAME),
            "look": {"enum": list(LOOKS), "title": "Look", "default": LOOKS[0]},
        }, optional=["low_title", "high_title", "look"], title="Scale"),
    }),
    answer_schema=published.an_object({"rating": {"type": "integer", "title": "Level"}}),
)  # fmt: skip
