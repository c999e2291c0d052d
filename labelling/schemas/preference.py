"""Which of two candidates is better: {"preferred": "first"}, "second", or how they are equal.

Definition: {"question": text, "input": what is shown, "candidates", "authors"? (see `candidates`), "ties"?: some of
"tie", "both_good", "both_bad", "reasons"?: {"tags"?: [text, …], "words"?: true}}.

The answer names the candidate by its place in the payload, never by the side on which it was shown: that follows from
the token of its lease, which stays with the label (see `shuffle`). Reasons are no part of the answer: they are the
label's note, and count nothing.
"""

from typing import Any
from xml.etree.ElementTree import Element

from labelling.schemas import candidates, outside, published
from labelling.schemas.base import Answer, Classes, Definition, Kind, Payload, SchemaError
from labelling.schemas.definitions import check_fields, check_question, check_text

N_CANDIDATES = 2
SIDES = ("first", "second")
TIES = ("tie", "both_good", "both_bad")
SAID = {
    "first": "First is better", "second": "Second is better", "tie": "Equally good", "both_good": "Both are good",
    "both_bad": "Both are bad",
}  # fmt: skip
MAX_TAGS, MAX_TAG = 12, 60


def check_definition(definition: Any) -> Definition:
    given = check_fields(definition, ("question", "input", "candidates", "authors", "ties", "reasons"))
    cleaned = {"question": check_question(given), **candidates.check_shown(given, N_CANDIDATES)}
    cleaned["ties"] = _check_ties(given.get("ties", []))
    if given.get("reasons") is not None:
        cleaned["reasons"] = _check_reasons(given["reasons"])
    return cleaned


def _check_ties(ties: Any) -> list[str]:
    known = isinstance(ties, list) and all(isinstance(tie, str) and tie in TIES for tie in ties)
    if not known or len(set(ties)) < len(ties):
        raise SchemaError(f"ties: must be a list of some of {', '.join(TIES)}; empty, if there are none")
    return [tie for tie in TIES if tie in ties]


def _check_reasons(reasons: Any) -> dict[str, Any]:
    if not isinstance(reasons, dict) or not set(reasons) <= {"tags", "words"}:
        raise SchemaError("reasons: must be an object with tags and words")
    tags, words = reasons.get("tags", []), reasons.get("words", False)
    if not isinstance(tags, list) or len(tags) > MAX_TAGS:
        raise SchemaError(f"reasons.tags: must be a list of at most {MAX_TAGS} short texts")
    for number, tag in enumerate(tags):
        check_text(tag, f"reasons.tags[{number}]", MAX_TAG)
    if len(set(tags)) < len(tags):
        raise SchemaError("reasons.tags: names one twice")
    if not isinstance(words, bool):
        raise SchemaError("reasons.words: must be true or false")
    return {"tags": list(tags), "words": words}


def check_payload(definition: Definition, payload: Payload) -> None:
    candidates.check_candidates(definition, payload, N_CANDIDATES)


def classes(definition: Definition) -> list[str]:
    return [*SIDES, *definition["ties"]]


def check_answer(definition: Definition, answer: Any, payload: Payload | None = None) -> Answer:
    if not isinstance(answer, dict) or set(answer) != {"preferred"}:
        raise SchemaError('answer: must be an object with the one field "preferred"')
    if answer["preferred"] not in classes(definition):
        raise SchemaError(f"answer.preferred: must be one of {', '.join(classes(definition))}")
    return {"preferred": answer["preferred"]}


def to_class(definition: Definition, answer: Answer) -> int:
    return classes(definition).index(answer["preferred"])


def from_class(definition: Definition, index: int) -> Answer:
    return {"preferred": classes(definition)[index]}


def describe(definition: Definition, answer: Answer) -> str:
    return SAID.get(answer["preferred"], str(answer["preferred"]))


def exported(definition: Definition, answer: Answer) -> str:
    return str(answer["preferred"])


def _control(definition: Definition) -> Element:
    """Label Studio's pairs can't be equal; where they may be, what can be said are choices."""
    if definition["ties"]:
        names = classes(definition)
        return outside.choices_tag(names, [SAID[name] for name in names])
    return Element("Pairwise")


def _value(definition: Definition, answer: Answer, payload: Payload) -> list[dict[str, Any]]:
    preferred = answer["preferred"]
    if definition["ties"]:
        return [{"choices": [preferred]}]
    return [{"selected": "left" if preferred == "first" else "right"}]


EXAMPLE: Definition = {
    "question": "Which answer is better?",
    "input": {"kind": "texts", "fields": ["prompt", "answers"]},
    "candidates": "answers",
    "authors": "models",
    "ties": ["tie", "both_bad"],
    "reasons": {"tags": ["More accurate", "Clearer", "Safer"], "words": True},
}
KIND = Kind(
    name="preference", title="Which of two is better", check_definition=check_definition, check_answer=check_answer,
    describe=describe, exported=exported, labels=lambda definition: [], example=EXAMPLE,
    answers=Classes(classes, to_class, from_class), check_payload=check_payload, outside={
        "hugging-face": outside.HuggingFace(lambda definition: ["text-ranking"]),
        "label-studio": outside.LabelStudio(_control, _value, apart=True),
    },
    definition_schema=published.of_definition({
        **candidates.published_fields(N_CANDIDATES),
        "ties": {
            "type": "array", "items": {"enum": list(TIES)}, "uniqueItems": True, "title": "Ways to be equal",
            "description": "What a labeller may say beside which one is better.",
        },
        "reasons": published.an_object({
            "tags": {
                "type": "array", "maxItems": MAX_TAGS, "uniqueItems": True, "title": "Reasons to choose from",
                "items": {**published.SOME_TEXT, "maxLength": MAX_TAG},
            },
            "words": {"type": "boolean", "title": "In their own words, too"},
        }, optional=["tags", "words"], title="Reasons", description="Never needed: one key answers."),
    }, optional=["candidates", "authors", "ties", "reasons"]),
    answer_schema=published.an_object({"preferred": {"enum": [*SIDES, *TIES], "title": "Which is better"}}),
)  # fmt: skip
