"""The published JSON Schema of every kind says what the kind's own checks say."""

import pytest
from jsonschema import Draft202012Validator

from labelling.schemas import KINDS, SchemaError, kind_of
from labelling.schemas.published import DIALECT
from tests.api.calls import Caller, is_problem
from tests.factories import make_user

BROKEN = [[], "a question", {}, {"question": "Is it?"}, {"question": "  "}]


@pytest.mark.parametrize("name", KINDS)
def test_the_example_of_a_kind_is_valid_under_its_json_schema_also_once_it_is_cleaned(name):
    kind = kind_of(name)
    accepts = Draft202012Validator(kind.definition_schema)
    for definition in (kind.example, kind.check_definition(kind.example)):
        assert [fault.message for fault in accepts.iter_errors(definition)] == []


@pytest.mark.parametrize("name", KINDS)
def test_what_the_json_schema_refuses_of_a_definition_the_kind_refuses_too(name):
    kind = kind_of(name)
    accepts = Draft202012Validator(kind.definition_schema)
    odd = [*BROKEN, {**kind.example, "question": " "}, {**kind.example, "input": {"kind": "smell", "fields": ["text"]}}]
    needed = [{key: value for key, value in kind.example.items() if key != gone} for gone in accepts.schema["required"]]
    for definition in odd + needed:
        assert not accepts.is_valid(definition), definition
        with pytest.raises(SchemaError):
            kind.check_definition(definition)


@pytest.mark.parametrize("name", KINDS)
def test_answers_that_a_kind_gives_are_valid_under_its_json_schema_and_others_are_not(name):
    kind = kind_of(name)
    Draft202012Validator.check_schema(kind.answer_schema)
    accepts, definition = Draft202012Validator(kind.answer_schema), kind.check_definition(kind.example)
    if kind.merging is None:
        for index in range(len(kind.classes(definition))):
            assert accepts.is_valid(kind.from_class(definition, index))
    for odd in ([], "yes", {"no such field": 1}, None):
        assert not accepts.is_valid(odd)
        with pytest.raises(SchemaError):
            kind.check_answer(definition, odd, None)


def test_anybody_who_is_signed_in_reads_the_json_schemas_over_the_api(db):
    caller = Caller(make_user("lara"))
    listed = caller.get("label-kinds").json()["kinds"]
    assert [kind["name"] for kind in listed] == sorted(KINDS)
    for kind in listed:
        assert caller.get(f"label-kinds/{kind['name']}").json() == kind
        for part in ("definition_schema", "answer_schema"):
            assert kind[part]["$schema"] == DIALECT
            Draft202012Validator.check_schema(kind[part])
    is_problem(caller.get("label-kinds/smell"), 404)
    is_problem(Caller().get("label-kinds"), 401)
