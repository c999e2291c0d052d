"""What an answer may be: the tables here are read by the front end's tests as well, so that the browser and the server
take and refuse the same."""

import json
from pathlib import Path

import pytest

from labelling import canonical
from labelling.schemas import SchemaError, kind_of

FILES = sorted((Path(__file__).parent / "answers").glob("*.json"))
# Tables of answers that are valid whatever else was said; kinds with tables of another shape have tests of their own.
TABLES = {path.stem: table for path in FILES if "valid" in (table := json.loads(path.read_text()))}


def known(name):
    kind = kind_of(name)
    return kind, kind.check_definition(TABLES[name]["definition"]), TABLES[name]["payload"]


@pytest.mark.parametrize("name", TABLES)
def test_valid_answers_are_taken_and_stay_as_they_are(name):
    kind, definition, payload = known(name)
    for answer in TABLES[name]["valid"]:
        assert kind.check_answer(definition, answer, payload) == answer
        assert kind.check_answer(definition, answer, None) == answer
        assert canonical.loads(canonical.dumps(answer)) == answer
        assert isinstance(kind.describe(definition, answer), str)
        assert isinstance(kind.exported(definition, answer), str)


@pytest.mark.parametrize("name", TABLES)
def test_invalid_answers_are_refused_by_the_name_of_the_field(name):
    kind, definition, payload = known(name)
    for answer in TABLES[name]["invalid"]:
        with pytest.raises(SchemaError, match=r"^answer(\.\w+(\[\d+\])?)*: "):
            kind.check_answer(definition, answer, payload)


@pytest.mark.parametrize("name", [name for name in TABLES if kind_of(name).merging is None])
def test_every_class_is_an_answer_and_every_answer_a_class(name):
    kind, definition, _ = known(name)
    found = [kind.from_class(definition, index) for index in range(len(kind.classes(definition)))]
    assert found == TABLES[name]["valid"]
    assert [kind.to_class(definition, answer) for answer in found] == list(range(len(found)))


@pytest.mark.parametrize(("kind", "given"), [("single_choice", "x" * 10**5), ("multiple_choice", ["x" * 10**5])])
def test_a_refusal_does_not_say_a_long_answer_again(kind, given):
    field = {"single_choice": "choice", "multiple_choice": "choices"}[kind]
    found = kind_of(kind)
    with pytest.raises(SchemaError) as refused:
        found.check_answer(found.check_definition(found.example), {field: given}, None)
    assert len(str(refused.value)) < 500
