import io
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelling.ingest.parsing import MAX_LINE, Expected, LineFault, lines_of, parse
from labelling.ingest.queries import unpack
from labelling.schemas import preference

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(["match", "no match"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text() | st.just("match"), inner, max_size=4),
    max_leaves=12,
)
FIELDS = ("id", "payload", "model", "pipeline", "probabilities", "passes", "slice", "group", "source", "metadata", "x")
EXPECTED = Expected(("match", "no match"), {"kind": "text_pair", "fields": ["request", "offer"]})
THREE = Expected(("a", "b", "c"), {})
PAYLOAD = {"request": "a cat sitter", "offer": "I sit pets"}


def line(**changes):
    record = {"id": "one", "payload": PAYLOAD, **changes}
    return json.dumps({key: value for key, value in record.items() if value is not ...}).encode()


def nested(depth):
    return {"a": nested(depth - 1)} if depth else 1


def probabilities(**changes):
    return unpack(parse(line(**changes), EXPECTED).probabilities, 2)[0]


def passes(expected=EXPECTED, **changes):
    return unpack(parse(line(**changes), expected).passes, len(expected.classes))


def test_a_full_line_is_read_whole():
    row = parse(
        line(model="m@1", pipeline="p@2", slice="easy", group="g", source="gathered", metadata={"a": 1}), EXPECTED
    )
    assert (row.external_id, row.model, row.pipeline, row.slice, row.group) == ("one", "m@1", "p@2", "easy", "g")
    assert (row.source, row.metadata) == ("gathered", {"a": 1})
    assert json.loads(row.payload) == PAYLOAD


def test_a_line_without_a_model_is_an_example_alone():
    row = parse(line(), EXPECTED)
    assert (row.model, row.probabilities, row.passes, row.source) == (None, None, None, "production")


def test_probabilities_without_a_model_belong_to_an_unnamed_one():
    assert parse(line(probabilities=[0.5, 0.5]), EXPECTED).model == "unnamed"


def test_keys_in_another_order_are_the_same_payload():
    swapped = dict(reversed(PAYLOAD.items()))
    assert parse(line(payload=swapped), EXPECTED).payload == parse(line(), EXPECTED).payload


def test_keys_that_are_not_known_are_kept_as_metadata():
    assert parse(line(region="north", metadata={"a": 1}), EXPECTED).metadata == {"a": 1, "region": "north"}


def test_probabilities_follow_the_order_of_the_schema():
    assert probabilities(probabilities={"no match": 0.7, "match": 0.3}) == pytest.approx([0.3, 0.7])
    assert probabilities(probabilities=[0.3, 0.7]) == pytest.approx([0.3, 0.7])


def test_a_class_left_out_has_no_probability():
    assert probabilities(probabilities={"no match": 1}) == pytest.approx([0, 1])


def test_rounded_probabilities_are_made_to_sum_to_one():
    assert probabilities(probabilities=[0.3335, 0.6660]).sum() == pytest.approx(1, abs=1e-7)


def test_one_number_a_pass_is_the_first_class_of_the_probabilities():
    named = {"no match": 0.6, "match": 0.4}
    assert passes(probabilities=named, passes=[0.9, 0.8])[:, 1] == pytest.approx([0.9, 0.8])
    assert passes(probabilities=[0.4, 0.6], passes=[0.9])[0] == pytest.approx([0.9, 0.1])
    assert passes(passes=[0.9])[0] == pytest.approx([0.9, 0.1])


def test_passes_are_vectors_for_more_classes():
    rows = passes(THREE, passes=[[0.2, 0.3, 0.5], {"c": 1}])
    assert rows == pytest.approx(np.array([[0.2, 0.3, 0.5], [0, 0, 1]]))


def test_probabilities_left_out_are_the_mean_of_the_passes():
    assert probabilities(passes=[0.2, 0.4]) == pytest.approx([0.3, 0.7])


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"id": ...}, "id", "is missing"),
        ({"id": " "}, "id", "is empty"),
        ({"id": 7}, "id", "must be text"),
        ({"id": "x" * 201}, "id", "longer than 200"),
        ({"id": "a\x00b"}, "id", "NUL"),
        ({"payload": None}, "payload", "is empty"),
        ({"payload": {}}, "payload", "is empty"),
        ({"payload": ""}, "payload", "is empty"),
        ({"payload": "text"}, "payload", "must be an object with request, offer"),
        ({"payload": {"offer": "x"}}, "payload.request", "is missing"),
        ({"payload": {"offer": "x", "request": None}}, "payload.request", "is empty"),
        ({"payload": {"offer": "x", "request": 5}}, "payload.request", "must be text"),
        ({"payload": {"offer": " ", "request": ""}}, "payload", "is empty"),
        ({"payload": PAYLOAD | {"deep": [{"x": "a\x00"}]}}, "payload.deep[0].x", "NUL"),
        ({"metadata": {"a\x00": 1}}, "metadata", "NUL"),
        ({"metadata": [1]}, "metadata", "must be an object"),
        ({"metadata": {"region": 1}, "region": 2}, "region", "keep one"),
        ({"source": "dreamt"}, "source", "production, generated, gathered, imported"),
        ({"slice": 3}, "slice", "must be text"),
        ({"model": "x" * 201}, "model", "longer"),
        ({"probabilities": {"match": 0.5, "mtach": 0.5}}, "probabilities.mtach", "the classes are match, no match"),
        ({"probabilities": [0.2, 0.3, 0.5]}, "probabilities", "2 numbers"),
        ({"probabilities": [0.2, 0.3]}, "probabilities", "sum to 0.5"),
        ({"probabilities": {}}, "probabilities", "sum to 0"),
        ({"probabilities": [1.2, -0.2]}, "probabilities[0]", "between 0 and 1"),
        ({"probabilities": [True, False]}, "probabilities[0]", "must be a number"),
        ({"probabilities": {"match": "0.5"}}, "probabilities.match", "must be a number"),
        ({"probabilities": {"match": float("nan")}}, "probabilities.match", "nan"),
        ({"passes": [float("inf")]}, "passes[0]", "inf"),
        ({"probabilities": "0.5"}, "probabilities", "must be an object"),
        ({"passes": []}, "passes", "1 to 10,000"),
        ({"passes": [0.5, [0.5, 0.6]]}, "passes[1]", "sum to 1.1"),
        ({"probabilities": [10**400, 0]}, "probabilities[0]", "between 0 and 1"),
        ({"metadata": nested(200)}, "line", "nested too deeply"),
        ({"passes": [0.5, None]}, "passes[1]", "must be a number"),
    ],
)
def test_a_fault_is_told_by_its_field(changes, field, message):
    with pytest.raises(LineFault) as fault:
        parse(line(**changes), EXPECTED)
    assert fault.value.field == field
    assert message in fault.value.message


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b'{"id": "one"', "not valid JSON"),
        (b"[1, 2]", "must be a JSON object"),
        (b'"text"', "must be a JSON object"),
        (b'{"id": "\xff"}', "not valid JSON"),
        (b'{"id": "a\x00b"}', "NUL"),
        (b'{"id": "\\ud800"}', "not valid JSON"),
        (b'{"a": 1e999}', "not valid JSON"),
        (b'{"a": ' + b"[" * 200_000, "nested too deeply"),
        (b'{"id": "' + b"x" * MAX_LINE + b'"}\n', "larger than 10 MB"),
    ],
)
def test_a_line_that_is_no_record_is_told_as_a_whole(raw, message):
    with pytest.raises(LineFault) as fault:
        parse(raw, EXPECTED)
    assert fault.value.field == "line"
    assert message in fault.value.message


@pytest.mark.parametrize("name", ["start", "end", "weight"])
def test_a_number_of_hundreds_of_digits_explains_nothing(name):
    part = {"start": 0, "end": 3, "weight": 1} | {name: 10**400}
    with pytest.raises(LineFault) as fault:
        parse(line(explanation={"tokens": [part]}), EXPECTED)
    assert fault.value.field == f"explanation.tokens[0].{name}"


def test_one_number_a_pass_is_not_enough_for_three_classes():
    with pytest.raises(LineFault, match="3 probabilities"):
        parse(line(passes=[0.5]), THREE)


def test_a_line_that_is_too_long_is_cut_and_the_next_one_is_whole():
    lines = list(lines_of(io.BytesIO(b"a\n" + b"x" * (3 * MAX_LINE) + b"\nb\n")))
    assert [len(one) for one in lines] == [2, MAX_LINE + 2, 2]
    assert lines[2] == b"b\n"


@settings(max_examples=300, deadline=None)
@given(changes=st.dictionaries(st.sampled_from(FIELDS), ANYTHING, max_size=4))
def test_whatever_a_line_says_it_is_read_or_refused_by_field(changes):
    try:
        row = parse(line(**changes), EXPECTED)
    except LineFault as fault:
        assert fault.field
        assert fault.message
    else:
        assert row.external_id.strip()
        assert "\x00" not in row.payload + row.slice + row.group + (row.model or "") + json.dumps(row.metadata)
        if row.probabilities:
            assert unpack(row.probabilities, 2).sum() == pytest.approx(1, abs=1e-6)


def test_candidates_that_can_not_be_compared_are_refused_by_their_field():
    compares = Expected(
        tuple(preference.classes(preference.EXAMPLE)), preference.EXAMPLE["input"], "preference", preference.EXAMPLE
    )
    line = {"id": "a", "payload": {"prompt": "Why?", "answers": ["So.", "No."], "models": ["m", "n"]}}
    assert parse(json.dumps(line).encode(), compares).external_id == "a"
    line["payload"]["answers"].append("Perhaps.")
    with pytest.raises(LineFault, match=r"payload\.answers: must hold 2 candidates"):
        parse(json.dumps(line).encode(), compares)
