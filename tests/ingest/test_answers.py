"""What a model answers, how sure it is of it, and why: lines for kinds whose answers have parts."""

import json
import struct

import pytest

from labelling.ingest.faults import LineFault
from labelling.ingest.parsing import Expected, parse
from tests.factories import payload, tags

TAGS = Expected(("right", "wrong"), tags()["input"], "multiple_choice", tags() | {"maximum": 4})
CHOICE = Expected(("match", "no match"), tags()["input"])
TOKENS = {"field": "request", "tokens": [{"start": 0, "end": 4, "weight": -0.5}]}
REGIONS = {"regions": [{"x": 0.1, "y": 0, "width": 0.5, "height": 1, "weight": 2}]}


def line(**fields):
    return json.dumps({"id": "one", "payload": payload(1), **fields}).encode()


def test_an_answer_is_kept_as_a_labeller_would_give_it_with_the_odds_that_it_is_right():
    row = parse(line(answer={"choices": ["c", "a"]}, confidence=0.75, explanation=TOKENS), TAGS)
    assert row.answer == '{"choices":["a","c"]}'
    assert row.probabilities is not None
    assert struct.unpack("<2f", row.probabilities) == (0.75, 0.25)
    assert (row.explanation, row.model, row.metadata) == (TOKENS, "unnamed", {})


def test_an_image_is_explained_by_its_regions():
    assert parse(line(explanation=REGIONS), CHOICE).explanation == REGIONS


def test_where_answers_are_classes_an_answer_is_something_else_and_kept_beside_the_payload():
    row = parse(line(answer="spam", confidence="high"), CHOICE)
    assert (row.answer, row.metadata) == (None, {"answer": "spam", "confidence": "high"})


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"answer": {"choices": ["e"]}}, "answer"),
        ({"answer": "a"}, "answer"),
        ({"confidence": 0.5}, "confidence"),
        ({"answer": {"choices": ["a"]}, "confidence": 1.5}, "confidence"),
        ({"answer": {"choices": ["a"]}, "confidence": True}, "confidence"),
        ({"answer": {"choices": ["a"]}, "confidence": 0.5, "probabilities": [0.5, 0.5]}, "confidence"),
        ({"explanation": []}, "explanation"),
        ({"explanation": {"tokens": [], "regions": []}}, "explanation"),
        ({"explanation": {"tokens": {}}}, "explanation.tokens"),
        ({"explanation": {"tokens": [], "field": 1}}, "explanation.field"),
        ({"explanation": {"tokens": [{"start": 1, "end": 1, "weight": 1}]}}, "explanation.tokens[0].end"),
        ({"explanation": {"tokens": [{"start": 1.5, "end": 2, "weight": 1}]}}, "explanation.tokens[0].start"),
        ({"explanation": {"tokens": [{"start": 1, "end": 2}]}}, "explanation.tokens[0]"),
        ({"explanation": {"regions": [{"x": 0.6, "y": 0, "width": 0.5, "height": 1, "weight": 2}]}},
         "explanation.regions[0]"),
        ({"explanation": {"regions": [{"x": -0.1, "y": 0, "width": 0.5, "height": 1, "weight": 2}]}},
         "explanation.regions[0].x"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_by_its_field(fields, field):
    with pytest.raises(LineFault) as fault:
        parse(line(**fields), TAGS)
    assert fault.value.field == field
