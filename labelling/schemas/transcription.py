"""What a text or an image says, written down or corrected: {"text": "as it is"}.

Definition: {"question": text, "input": a text or an image, "source": the field with the text to begin with (optional),
"max_length": in Unicode code points (2000), "multiline": may it have several lines (true), "may_be_empty": (false),
"spellcheck": does the browser mark what it takes for mistakes (false)}.

An answer has one spelling: Unicode's NFC, "\\n" between lines, no space at the ends of lines and no empty lines at both
ends; where there is one line only, line breaks with the space around them are one space.
"""

import re
import unicodedata
from collections.abc import Sequence
from math import fsum
from typing import Any
from xml.etree.ElementTree import Element

from labelling.schemas import outside, published
from labelling.schemas.base import Answer, Definition, Kind, Merging, Payload, SchemaError, input_fields
from labelling.schemas.definitions import check_fields, check_question, check_switch, check_text, check_whole
from labelling.schemas.inputs import check_input
from labelling.schemas.wordings import likeness, vote

MAX_LENGTH = 10_000
# Before it has its one spelling: blanks at the ends of lines and signs in several parts, but no more than a text has.
MOST_GIVEN = 4 * MAX_LENGTH
DEFAULT_LENGTH = 2000
LONGEST_DESCRIPTION = 80
FIELDS = ("question", "input", "source", "max_length", "multiline", "may_be_empty", "spellcheck")

# Unicode's White_Space; languages differ in what they call a space.
_LINE = "\n\v\f\r\x85\u2028\u2029"
_BLANK = "\t \xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
_BREAK = re.compile(f"\r\n|[{_LINE}]")
_ODD = re.compile("[\x00-\x08\x0e-\x1f\x7f\ud800-\udfff]")


def check_definition(definition: Any) -> Definition:
    definition = check_fields(definition, FIELDS)
    source = definition.get("source")
    return {
        "question": check_question(definition),
        "input": check_input(definition.get("input"), allowed=("text", "image")),
        **({} if source is None else {"source": check_text(source, "source")}),
        "max_length": check_whole(definition.get("max_length", DEFAULT_LENGTH), "max_length", 1, MAX_LENGTH),
        "multiline": check_switch(definition, "multiline", default=True),
        "may_be_empty": check_switch(definition, "may_be_empty", default=False),
        "spellcheck": check_switch(definition, "spellcheck", default=False),
    }


def fields(definition: Definition) -> list[str]:
    """What is shown, and what the text begins with."""
    source = definition.get("source")
    return list(dict.fromkeys([*input_fields(definition), *([source] if source else [])]))


def check_answer(definition: Definition, answer: Any, payload: Payload | None = None) -> Answer:
    if not isinstance(answer, dict) or set(answer) != {"text"}:
        raise SchemaError('answer: must be an object with the one field "text"')
    if not isinstance(answer["text"], str):
        raise SchemaError("answer.text: must be text")
    if len(answer["text"]) > MOST_GIVEN:
        raise SchemaError(f"answer.text: has {len(answer['text'])} characters; at most {MOST_GIVEN} are read")
    if _ODD.search(answer["text"]):
        raise SchemaError("answer.text: holds a character that can't be written, such as NUL; take it out")
    text, most = cleaned(definition, answer["text"]), definition["max_length"]
    if not text and not definition["may_be_empty"]:
        raise SchemaError("answer.text: is empty")
    if len(text) > most:
        raise SchemaError(f"answer.text: has {len(text)} characters; at most {most} are allowed")
    return {"text": text}


def cleaned(definition: Definition, text: str) -> str:
    """The one spelling of a text."""
    lines = _BREAK.sub("\n", unicodedata.normalize("NFC", text)).split("\n")
    # Stripped, not searched: a pattern that ends in "up to a line break" takes minutes for a million blanks.
    if definition["multiline"]:
        return "\n".join(line.rstrip(_BLANK) for line in lines).strip(_BLANK + "\n")
    return " ".join(bare for line in lines if (bare := line.strip(_BLANK)))


def merge(definition: Definition, answers: Sequence[Answer], weights: Sequence[float]) -> Answer:
    """The text that more than half gave, or else the words that most gave (`wordings.vote`)."""
    shares = list(weights) if any(weights) else [1.0] * len(answers)
    given: dict[str, list[float]] = {}
    for answer, share in zip(answers, shares, strict=True):
        given.setdefault(answer["text"], []).append(share)
    weighed = {text: fsum(each) for text, each in sorted(given.items())}
    heaviest = max(weighed, key=lambda text: weighed[text])
    if 2 * weighed[heaviest] > fsum(shares):
        return {"text": heaviest}
    voted = cleaned(definition, vote(list(weighed), list(weighed.values())))
    fits = len(voted) <= definition["max_length"] and (voted or definition["may_be_empty"])
    return {"text": voted if fits else heaviest}


def alikeness(definition: Definition, one: Answer, other: Answer) -> float:
    return likeness(one["text"], other["text"])


def describe(definition: Definition, answer: Answer) -> str:
    """Its beginning."""
    text = " ".join(answer["text"].split())
    return text if len(text) <= LONGEST_DESCRIPTION else f"{text[: LONGEST_DESCRIPTION - 1]}…"


def exported(definition: Definition, answer: Answer) -> str:
    return str(answer["text"])


def labels(definition: Definition) -> list[str]:
    return []


EXAMPLE: Definition = {
    "question": "What does the text say? Correct what was read wrong.",
    "input": {"kind": "text", "fields": ["text"]},
    "source": "text",
    "max_length": DEFAULT_LENGTH,
    "multiline": True,
    "may_be_empty": False,
    "spellcheck": False,
}
KIND = Kind(
    name="transcription", title="A text written down or corrected", check_definition=check_definition,
    check_answer=check_answer, describe=describe, exported=exported, labels=labels, example=EXAMPLE, fields=fields,
    without_content={"text": ""},
    # A character in fifty may differ.
    answers=Merging(merge, alikeness, alike=0.98), outside={
        "hugging-face": outside.tasks_by_input("text-generation", "image-to-text"),
        "label-studio": outside.LabelStudio(
            lambda definition: Element("TextArea", {"editable": "true", "maxSubmissions": "1"}),
            lambda definition, answer, payload: [{"text": [answer["text"]]}],
        ),
        "doccano": outside.Doccano(
            outside.by_input("Seq2seq", "ImageCaptioning"), lambda definition, answer: [answer["text"]]
        ),
    },
    definition_schema=published.of_definition(
        {
            "input": published.shown("text", "image"),
            "source": published.text(
                "Field to begin with", "The field of the payload with a text to correct.", maxLength=200
            ),
            "max_length": {"type": "integer", "minimum": 1, "maximum": MAX_LENGTH, "default": DEFAULT_LENGTH,
                           "title": "Most characters"},
            "multiline": {"type": "boolean", "title": "Several lines", "default": True},
            "may_be_empty": {"type": "boolean", "title": "An answer may be empty", "default": False},
            "spellcheck": {"type": "boolean", "title": "The browser checks the spelling", "default": False},
        },
        optional=["source", "max_length", "multiline", "may_be_empty", "spellcheck"],
    ),
    answer_schema=published.an_object({"text": {"type": "string", "title": "Text"}}),
)  # fmt: skip
