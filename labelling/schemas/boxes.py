"""Boxes on an image, each with a label.

    {"boxes": [{"label": "car", "x": 4000, "y": 3000, "width": 2000, "height": 900}]}

Whole numbers out of 10,000 of the image's own width (x, width) and height (y, height), from its top left corner: the
same whatever the size at which an image is shown or served. x 4000 and width 2000 of a photo 1,600 pixels wide are
pixels 640 to 960.

Definition: {"question": text, "input": an image (see `inputs`), "labels": [{"name", "title"?, "key"?, "hint"?}, ...],
"may_be_empty": whether an image may have no box, "minimum_size": the least width and height}.
"""

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from labelling import canonical
from labelling.schemas import outside, published
from labelling.schemas.base import Answer, Definition, Kind, Merging, Payload, SchemaError
from labelling.schemas.definitions import (
    MAX_CHOICES,
    check_choices,
    check_fields,
    check_question,
    check_switch,
    check_whole,
    names_of,
)
from labelling.schemas.inputs import check_input
from labelling.stats import boxes as geometry

WHOLE = 10_000
MAX_BOXES = 200
FIELDS = ("label", "x", "y", "width", "height")
# Two people who mean the same things overlap by 0.8 and more; one thing missed among three falls below.
ALIKE = 0.7

Box = dict[str, Any]


# --- what is valid ---------------------------------------------------------------------------------------------------


def check_definition(definition: Any) -> Definition:
    given = check_fields(definition, ("question", "input", "labels", "may_be_empty", "minimum_size"))
    return {
        "question": check_question(given),
        "input": check_input(given.get("input"), allowed=("image",)),
        "labels": check_choices(given.get("labels"), "labels", least=1),
        "may_be_empty": check_switch(given, "may_be_empty", default=True),
        "minimum_size": check_whole(given.get("minimum_size", 1), "minimum_size", 1, WHOLE),
    }


def labels(definition: Definition) -> list[str]:
    return names_of(definition, "labels")


def check_answer(definition: Definition, answer: Any, payload: Payload | None = None) -> Answer:
    """The answer with its boxes in their one order: from the top, then from the left."""
    if not isinstance(answer, dict) or set(answer) != {"boxes"}:
        raise SchemaError('answer: must be an object with the one field "boxes"')
    given = answer["boxes"]
    if not isinstance(given, list) or len(given) > MAX_BOXES:
        raise SchemaError(f"answer.boxes: must be a list of at most {MAX_BOXES} boxes")
    if not given and not definition["may_be_empty"]:
        raise SchemaError("answer.boxes: must hold at least one box")
    boxes = [_check_box(definition, box, f"answer.boxes[{number}]") for number, box in enumerate(given)]
    for number, box in enumerate(boxes):
        if box in boxes[:number]:
            raise SchemaError(f"answer.boxes[{number}]: is there twice")
    return {"boxes": _ordered(definition, boxes)}


def _check_box(definition: Definition, box: Any, where: str) -> Box:
    if not isinstance(box, dict) or set(box) != set(FIELDS):
        raise SchemaError(f"{where}: must be an object with the fields {', '.join(FIELDS)}")
    known = labels(definition)
    if box["label"] not in known:
        raise SchemaError(f"{where}.label: must be one of {', '.join(known)}")
    for start, length in (("x", "width"), ("y", "height")):
        check_whole(box[start], f"{where}.{start}", 0, WHOLE)
        check_whole(box[length], f"{where}.{length}", definition["minimum_size"], WHOLE)
        if box[start] + box[length] > WHOLE:
            raise SchemaError(f"{where}.{length}: reaches beyond the image: {start} and {length} exceed {WHOLE}")
    return {field: box[field] for field in FIELDS}


def _ordered(definition: Definition, boxes: list[Box]) -> list[Box]:
    place = {name: number for number, name in enumerate(labels(definition))}
    return sorted(
        boxes,
        key=lambda box: (box["y"], box["x"], box["height"], box["width"], place.get(box["label"], -1), box["label"]),
    )


# --- agreement and consensus -----------------------------------------------------------------------------------------


def likeness(definition: Definition, one: Answer, other: Answer) -> float:
    """Panoptic quality of two answers: the mean overlap of the boxes that are matched, times the F1 of the matching.

    0 to 1; 1 for the same boxes, also for none on both sides. Matched are boxes of one label that overlap by half.
    Source: Kirillov et al. 2019, all labels together.
    """
    one, other = sorted((one, other), key=canonical.dumps)  # The same sum in the same order, whoever comes first.
    drawn = len(one["boxes"]) + len(other["boxes"])
    if not drawn:
        return 1.0
    found = [geometry.matched(_of(one, label), _of(other, label))[2] for label in _labels_in(one, other)]
    return 2 * math.fsum(np.concatenate([np.zeros(0), *found])) / drawn


def merge(definition: Definition, answers: Sequence[Answer], weights: Sequence[float]) -> Answer:
    """The boxes that more than half of all weight drew, each the weighted mean of theirs (see `stats.boxes.fuse`).

    Where an image may not be without boxes and none has that much, the one that most weight drew; of more boxes than
    an answer may have, those that most weight drew.
    """
    pairs = sorted(zip(answers, weights, strict=True), key=lambda pair: (canonical.dumps(pair[0]), pair[1]))
    answers, weights = [answer for answer, _ in pairs], [weight for _, weight in pairs]
    if not math.fsum(weights):
        weights = [1.0] * len(answers)
    found: list[tuple[float, Box]] = []
    for label in _labels_in(*answers):
        fused, support = geometry.fuse([_of(answer, label) for answer in answers], weights)
        rows = zip(support.tolist(), fused.tolist(), strict=True)
        found += [(weight, dict(zip(FIELDS, (label, *box), strict=True))) for weight, box in rows]
    found.sort(key=lambda pair: (-pair[0], canonical.dumps(pair[1])))
    kept = [box for weight, box in found if weight > math.fsum(weights) / 2]
    if not kept and found and not definition["may_be_empty"]:
        kept = [found[0][1]]
    different = [box for number, box in enumerate(kept) if box not in kept[:number]]
    return {"boxes": _ordered(definition, different[:MAX_BOXES])}


def _labels_in(*answers: Answer) -> list[str]:
    return sorted({box["label"] for answer in answers for box in answer["boxes"]})


def _of(answer: Answer, label: str) -> geometry.Boxes:
    rows = [[box[field] for field in FIELDS[1:]] for box in answer["boxes"] if box["label"] == label]
    return np.array(rows, dtype=np.int64).reshape(-1, 4)


# --- shown and exported ----------------------------------------------------------------------------------------------


def describe(definition: Definition, answer: Answer) -> str:
    """How many of what: "2 Car, 1 Person"."""
    counts = Counter(box["label"] for box in answer["boxes"])
    titles = {label["name"]: label.get("title", label["name"]) for label in definition["labels"]}
    return ", ".join(f"{counts[name]} {titles[name]}" for name in titles if counts[name]) or "no boxes"


def exported(definition: Definition, answer: Answer) -> str:
    return canonical.dumps(answer)


def _places(definition: Definition, answer: Answer) -> list[outside.Box]:
    return [(box["label"], box["x"], box["y"], box["width"], box["height"]) for box in answer["boxes"]]


def _in_percent(definition: Definition, answer: Answer, payload: Payload) -> list[dict[str, Any]]:
    places = [{field: box[field] * 100 / WHOLE for field in FIELDS[1:]} for box in answer["boxes"]]
    return [
        {**place, "rotation": 0, "rectanglelabels": [box["label"]]}
        for place, box in zip(places, answer["boxes"], strict=True)
    ]


EXAMPLE: Definition = {
    "question": "Where are the vehicles? Draw a box around each.",
    "input": {"kind": "image", "fields": ["photo"]},
    "labels": [{"name": "car", "title": "Car"}, {"name": "bicycle", "title": "Bicycle"}],
    "may_be_empty": True,
    "minimum_size": 50,
}
_PLACE = {"type": "integer", "minimum": 0, "maximum": WHOLE}
_LENGTH = {**_PLACE, "minimum": 1}
KIND = Kind(
    name="boxes", title="Boxes on an image", check_definition=check_definition, check_answer=check_answer,
    describe=describe, exported=exported, labels=labels, example=EXAMPLE, answers=Merging(merge, likeness, ALIKE),
    outside={
        "hugging-face": outside.HuggingFace(lambda definition: ["object-detection"]),
        "label-studio": outside.LabelStudio(outside.named_tags("RectangleLabels", "Label", "labels"), _in_percent),
        "doccano": outside.Doccano(lambda definition: "BoundingBox", boxes=_places),
        "coco": outside.Coco(_places),
    },
    definition_schema=published.of_definition({
        "input": published.shown("image"),
        "labels": published.named("Labels", least=1, most=MAX_CHOICES),
        "may_be_empty": {
            "type": "boolean", "title": "An image may have no box", "default": True,
        },
        "minimum_size": {
            **_LENGTH, "title": "Least width and height", "default": 1,
            "description": f"Out of {WHOLE:,} of the image's width and height; smaller boxes are refused.",
        },
    }, optional=["may_be_empty", "minimum_size"]),
    answer_schema=published.an_object({"boxes": {
        "type": "array", "maxItems": MAX_BOXES, "title": "Boxes", "uniqueItems": True,
        "items": published.an_object({
            "label": published.text("Label", "The name of one of the labels."),
            "x": _PLACE, "y": _PLACE, "width": _LENGTH, "height": _LENGTH,
        }),
    }}),
)  # fmt: skip
