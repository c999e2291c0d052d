"""Spans: what is valid, how alike two answers are, and what several add up to."""

import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelling.schemas import kind_of
from labelling.schemas.base import SchemaError

SPANS = kind_of("spans")
TABLE = json.loads((Path(__file__).parent / "answers" / "spans.json").read_text())
PARTS = {"apart": TABLE, "overlapping": TABLE["overlapping"]}
DEFINITIONS = {name: SPANS.check_definition(part["definition"]) for name, part in PARTS.items()}
CLEANED = [(name, case["given"], case["becomes"]) for name, part in PARTS.items() for case in part["cleaned"]]
REFUSED = [(name, *case) for name, part in PARTS.items() for case in zip(part["invalid"], part["says"], strict=True)]
ANY, APART = DEFINITIONS["overlapping"], {**DEFINITIONS["apart"], "may_be_empty": True}
LENGTH = 12


def answer(*spans):
    return {"spans": [{"start": start, "end": end, "label": label} for start, end, label in sorted(spans)]}


def place(*ranges):
    return answer(*((start, end, "place") for start, end in ranges))


@st.composite
def answers(draw, overlap=True):
    """Up to five spans of two labels in twelve characters."""
    borders = st.tuples(st.integers(0, LENGTH), st.integers(0, LENGTH)).filter(lambda two: two[0] < two[1])
    spans = draw(st.sets(st.tuples(borders, st.sampled_from(["person", "place"])), max_size=5))
    kept, reached = [], 0
    for (start, end), label in sorted(spans):
        if overlap or start >= reached:
            kept.append((start, end, label))
            reached = end
    return answer(*kept)


weights = st.floats(0, 5, allow_nan=False)


@pytest.mark.parametrize(("of", "given_as", "becomes"), CLEANED)
def test_a_good_answer_is_taken_in_its_one_spelling(of, given_as, becomes):
    assert SPANS.check_answer(DEFINITIONS[of], given_as, TABLE["payload"]) == becomes
    assert SPANS.check_answer(DEFINITIONS[of], becomes, None) == becomes


@pytest.mark.parametrize(("of", "answer", "says"), REFUSED)
def test_a_bad_answer_is_refused_with_the_field_at_fault(of, answer, says):
    with pytest.raises(SchemaError) as refused:
        SPANS.check_answer(DEFINITIONS[of], answer, TABLE["payload"])
    assert str(refused.value).startswith(says)


def test_without_the_text_at_hand_only_its_length_goes_unchecked():
    assert SPANS.check_answer(APART, place((12, 999)), None) == place((12, 999))
    with pytest.raises(SchemaError, match="has only 0 characters"):
        SPANS.check_answer(APART, place((0, 1)), {"text": None})


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"labels": []}, "labels: must be a list of 1 to 100"),
        ({"labels": ["a", "a"]}, "labels: the name 'a' is used twice"),
        ({"labels": [{"title": "A"}]}, r"labels\[0\].name: is missing"),
        ({"overlap": "no"}, "overlap: must be true or false"),
        ({"may_be_empty": None}, "may_be_empty: must be true or false"),
        ({"input": {"kind": "text_pair", "fields": ["a", "b"]}}, "input.kind: must be one of text"),
        ({"input": {"kind": "text", "fields": ["a"], "format": "markdown"}}, "input.format: must be plain"),
        ({"relations": []}, "relations: is not known"),
    ],
)
def test_a_definition_that_is_not_valid_is_refused_with_the_field_at_fault(changes, says):
    with pytest.raises(SchemaError, match=says):
        SPANS.check_definition({**SPANS.example, **changes})


def test_an_answer_is_described_by_its_counts_and_exported_as_json():
    one = answer((0, 2, "place"), (3, 4, "person"), (5, 6, "place"))
    assert SPANS.describe(APART, one) == "1 person, 2 place"
    assert SPANS.describe(APART, answer()) == "nothing marked"
    assert json.loads(SPANS.exported(APART, one)) == one["spans"]
    assert SPANS.labels(APART) == ["person", "place"]


# --- likeness --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (place(), place(), 1),
        (place((0, 4)), place(), 0),
        (place((0, 4)), answer((0, 4, "person")), 0),
        # By hand, as seqeval counts: 1 of 2 and 1 of 2 exact, F1 1/2; characters 4 + 2 shared of 8 and 6, F1 12/14.
        (place((0, 4), (6, 10)), place((0, 4), (6, 8)), (1 / 2 + 12 / 14) / 2),
        # 1 exact of 1 and 2: F1 2/3; characters 3 of 3 and 5: F1 6/8.
        (place((0, 3)), answer((0, 3, "place"), (4, 6, "person")), (2 / 3 + 6 / 8) / 2),
    ],
)
def test_likeness_is_the_mean_of_the_f1_of_spans_and_of_characters(one, other, expected):
    assert SPANS.merging.likeness(ANY, one, other) == pytest.approx(expected)


@given(answers(), answers())
def test_likeness_equals_a_count_of_sets_is_symmetric_and_one_for_the_same_alone(one, other):
    found = SPANS.merging.likeness(ANY, one, other)
    assert found == SPANS.merging.likeness(ANY, other, one)
    assert 0 <= found <= 1 and (found == 1) == (one == other)
    spans = [{(span["start"], span["end"], span["label"]) for span in given["spans"]} for given in (one, other)]
    characters = [{(label, at) for start, end, label in given for at in range(start, end)} for given in spans]
    if one != other:
        assert found == pytest.approx((dice(*spans) + dice(*characters)) / 2)


def dice(one, other):
    return 2 * len(one & other) / (len(one) + len(other)) if one or other else 1


# --- merging ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given_by", "weighing", "merged"),
    [
        ([place((0, 8)), place((0, 8)), place((4, 8))], (1, 1, 1), place((0, 8))),
        ([place((0, 8)), place((0, 7)), place((0, 6))], (1, 1, 1), place((0, 7))),
        ([place((0, 8)), place((4, 8)), place()], (1, 1, 1), place((4, 8))),
        ([place((0, 8)), place(), place()], (3, 1, 1), place((0, 8))),
        ([place((0, 8)), place()], (1, 1), place()),
        ([place((0, 8)), place((0, 8)), place()], (0, 0, 0), place((0, 8))),
        # Two who see one long span against two and three who see a border in it.
        ([place((0, 8)), place((0, 8)), place((0, 4), (4, 8)), place((0, 4), (4, 9))], (1, 1, 1, 0.5), place((0, 8))),
        ([place((0, 8)), place((0, 4), (4, 7)), place((0, 4), (4, 9))], (1, 1, 1), place((0, 4), (4, 8))),
        # Nested under one label, in two exact copies against one of another shape.
        ([place((0, 8), (2, 4)), place((0, 8), (2, 4)), place((0, 4))], (1, 1, 1), place((0, 8), (2, 4))),
    ],
)
def test_answers_are_voted_on_span_by_span_and_then_character_by_character(given_by, weighing, merged):
    assert SPANS.merging.merge(ANY, given_by, weighing) == merged


def test_where_nothing_has_a_majority_and_something_must_be_marked_the_most_central_answer_is_taken():
    given_by = [place((0, 2)), place((4, 6)), place((4, 8)), place((7, 12))]
    merged = SPANS.merging.merge({**APART, "may_be_empty": False}, given_by, [1, 1, 1, 1])
    assert merged == place((4, 8))
    assert SPANS.merging.merge(APART, given_by, [1, 1, 1, 1]) == place()


@given(st.lists(st.tuples(answers(), weights), min_size=1, max_size=6), st.randoms())
def test_the_order_of_answers_makes_no_difference(weighed, chance):
    other = list(weighed)
    chance.shuffle(other)
    merges = [SPANS.merging.merge(ANY, *zip(*order, strict=True)) for order in (weighed, other)]
    assert merges[0] == merges[1]
    SPANS.check_answer(ANY, merges[0], {"text": "x" * LENGTH})


@given(answers(), st.lists(weights, min_size=1, max_size=5))
def test_answers_that_are_the_same_merge_into_that_answer(one, weighing):
    assert SPANS.merging.merge(ANY, [one] * len(weighing), weighing) == one


@given(st.lists(st.tuples(answers(overlap=False), weights), min_size=1, max_size=6))
def test_answers_without_overlap_merge_into_one_without_overlap_that_a_plain_vote_of_characters_agrees_with(weighed):
    given_by, weighing = zip(*weighed, strict=True)
    merged = SPANS.merging.merge(APART, given_by, weighing)
    SPANS.check_answer(APART, merged, {"text": "x" * LENGTH})
    if not any(weighing):
        weighing = [1] * len(weighing)
    for at in range(LENGTH):
        for label in ("person", "place"):
            share = sum(weight for one, weight in zip(given_by, weighing, strict=True) if has(one, at, label))
            if abs(share - sum(weighing) / 2) > 1e-9:
                assert has(merged, at, label) == (share > sum(weighing) / 2)


def has(one, at, label):
    return any(span["start"] <= at < span["end"] and span["label"] == label for span in one["spans"])


# --- of the greatest size --------------------------------------------------------------------------------------------


def test_twenty_long_answers_are_put_together_while_their_giver_waits():
    given_by = [place(*((30 * n + person, 30 * n + person + 15) for n in range(1000))) for person in range(20)]
    began = time.process_time()
    assert len(SPANS.merging.merge(ANY, given_by, [1.0] * 20)["spans"]) == 1000
    assert time.process_time() - began < 4


def test_what_adds_up_to_more_spans_than_an_answer_may_have_is_one_of_the_answers():
    """Each span is in two of three answers, and together they are half as many again."""
    thirds = [[(3 * n + part, 3 * n + part + 1) for n in range(2500)] for part in range(3)]
    given_by = [place(*thirds[one], *thirds[other]) for one, other in ((0, 1), (1, 2), (0, 2))]
    assert SPANS.merging.merge(ANY, given_by, [1.0] * 3) in given_by
