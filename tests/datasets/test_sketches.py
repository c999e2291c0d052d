"""Sketches and summaries: sums that add up, files that come back, payloads that may be anything."""

import json

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelling import canonical
from labelling.datasets import layout
from labelling.datasets.checks import across, kept, sketching, summary
from labelling.datasets.checks.examine import examine, examine_rows
from labelling.datasets.checks.live import Part
from labelling.datasets.checks.rows import Checks
from tests.datasets.rows import report, row
from tests.factories import definition

SCHEMA = {"kind": "single_choice", "definition": definition()}
TEXTS = st.sampled_from(["", " ", "a", "A", "Привет", "日本の", "مرحبا", "🙂", "a longer text than that"])
VALUES = st.one_of(TEXTS, st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False),
                   st.lists(TEXTS, max_size=2), st.dictionaries(TEXTS, TEXTS, max_size=2))  # fmt: skip
PAYLOADS = st.one_of(
    st.fixed_dictionaries({"request": VALUES, "offer": VALUES}, optional={"price": VALUES, "city": VALUES}), VALUES
)
ROWS = st.lists(
    st.builds(
        dict, payload=PAYLOADS, choice=st.sampled_from(["match", "no match", "perhaps"]),
        split=st.sampled_from(["train", "validation", "test"]), slice_name=st.sampled_from(["", "a", "b"]),
        group=st.sampled_from(["", "g", "h"]), confidence=st.sampled_from([None, 0.2, 0.95, 1.0]),
    ),
    max_size=12,
)  # fmt: skip


def batch(rows):
    return pa.RecordBatch.from_pylist([layout.to_cells(one) for one in rows], schema=layout.arrow_schema())


def lineages(rows):
    return [canonical.dumps({"labels": [{"labeller": "abc"[n % 3], "answer": "x"}]}) for n, _ in enumerate(rows)]


def sketched(rows):
    return sketching.of([batch(rows)] if rows else [], lineages=lineages(rows), **SCHEMA)


def counted(rows, live=None):
    everything = np.ones(len(rows), dtype=bool)
    return summary.of(sketched(rows), everything if live is None else live)


@settings(max_examples=60, deadline=None)
@given(parent=ROWS, added=ROWS, data=st.data())
def test_the_summary_of_a_version_is_that_of_its_parent_less_what_went_and_with_what_came(parent, added, data):
    old = [row(number, **fields) for number, fields in enumerate(parent)]
    new = [row(100 + number, **fields) for number, fields in enumerate(added)]
    gone = np.array(data.draw(st.lists(st.booleans(), min_size=len(old), max_size=len(old))), dtype=bool)
    given_by = [*lineages(old), *lineages(new)]
    stays = [*np.flatnonzero(~gone), *range(len(old), len(old) + len(new))]
    rows = [[*old, *new][place] for place in stays]
    sketch = sketching.of([batch(rows)], lineages=[given_by[place] for place in stays], **SCHEMA)
    whole = summary.of(sketch, np.ones(len(rows), dtype=bool))
    assert counted(old) - counted(old, gone) + counted(new) == whole


@settings(max_examples=60, deadline=None)
@given(rows=ROWS, cut=st.integers(0, 12))
def test_how_rows_lie_in_segments_makes_no_difference(rows, cut):
    made = [row(number, **fields) for number, fields in enumerate(rows)]
    parts = [part(piece) for piece in (made[:cut], made[cut:])]
    apart = examine(parts, **SCHEMA)
    assert apart == report(made, lineages=[*lineages(made[:cut]), *lineages(made[cut:])])
    assert canonical.loads(canonical.dumps(apart)) == apart


def part(rows, live=None):
    keys = pa.array([one["key"] for one in rows], type=pa.string())
    everything = np.ones(len(rows), dtype=bool)
    return Part(
        sketched(rows), everything if live is None else live, everything, lambda at: keys.take(pa.array(at)), list
    )


def test_deleted_rows_are_looked_at_by_no_check():
    rows = [row(0, "Same"), row(1, "Same", split="test"), row(2, payload=None)]
    told = examine([part(rows, np.array([True, False, False]))], **SCHEMA)
    faulty = {found["name"] for found in told["checks"] if found["n"]}
    assert (told["n_rows"], faulty) == (1, set())


def test_an_erased_row_counts_and_is_at_fault_nowhere():
    rows = [layout.to_cells(row(0)), dict.fromkeys(layout.arrow_schema().names) | {"key": "item-0001"}]
    told = examine_rows([pa.RecordBatch.from_pylist(rows, schema=layout.arrow_schema())], **SCHEMA)
    assert told["n_rows"] == 2
    assert {found["name"]: found["n"] for found in told["checks"] if found["n"]} == {}


@pytest.mark.parametrize("payload", [
    "null", "[]", "{}", "7", "true", '"text"', "[[[1, 2], {}], null]", "1" + "0" * 4000, "1e999", "-1e308",
    '"\\u0000"', '{"request": "\\u0000", "offer": "\\ud800"}', '{"request": "🙂🙃", "offer": "שלום עולם"}',
    '{"a": {"b": {"c": [1, {"d": null}]}}}', '{"": ""}', '{"request": 123456789012345678901234567890}',
    json.dumps({"request": "long " * 200_000, "offer": "x"}), "[" * 3000 + "]" * 3000,
    json.dumps({f"field {n}": n for n in range(5000)}), "not JSON at all",
])  # fmt: skip
def test_a_payload_may_be_anything(payload):
    cells = [layout.to_cells(row(number)) | {"payload": payload} for number in range(2)]
    batches = [pa.RecordBatch.from_pylist(cells, schema=layout.arrow_schema())]
    told = examine_rows(batches, **SCHEMA)
    again = examine_rows(batches, before=told, **SCHEMA)
    assert canonical.loads(canonical.dumps(again)) == again
    assert told["n_rows"] == 2


def test_a_sketch_comes_back_from_its_file_and_is_made_again_without_it(tmp_path, settings):
    settings.DATA_DIR = tmp_path
    rows = [row(number, "Привет" if number == 3 else "", slice_name="a") for number in range(5)]
    reads = []

    def held():
        def read():
            reads.append(1)
            return [batch(rows)]

        return kept.kept("abcdef", read, lambda: lineages(rows), **SCHEMA)

    first, second = held(), held()
    everything = np.ones(5, dtype=bool)
    assert summary.of(first, everything) == summary.of(second, everything)
    assert (first["text"] == second["text"]).all()
    assert len(reads) == 1
    [file] = tmp_path.glob("cache/sketches/ab/*")
    file.write_bytes(file.read_bytes()[:-100])
    assert summary.of(held(), everything) == summary.of(first, everything)
    kept.forget("abcdef")
    assert len(reads) == 2
    assert not list(tmp_path.glob("cache/sketches/ab/*"))


def test_every_pair_of_two_halves_is_compared_whole():
    high, low = np.array([5, 5, 5, 5, 9], dtype=np.uint64), np.array([1, 2, 1, 3, 9], dtype=np.uint64)
    groups = across.alike(high, low, np.ones(5, dtype=bool))
    assert (groups.rows.tolist(), groups.first.tolist()) == ([0, 2], [True, False])


def test_every_planted_duplicate_and_leak_is_found():
    checks, rng = Checks(**SCHEMA), np.random.default_rng(7)
    copies = rng.choice(20_000, 500, replace=False)
    wanted = {f"item-{20_000 + n:04d}" for n in range(500)}
    for number in range(20_000):
        checks.add(row(number))
    for n, place in enumerate(copies):
        checks.add(row(20_000 + n, payload={"request": f"REQUEST  {place}", "offer": f"offer {place} "}, split="test"))
    told = {found["name"]: found for found in checks.report(before=None)["checks"]}
    assert (told["duplicates"]["n"], told["split_leaks"]["n"], told["same_payload"]["n"]) == (500, 500, 0)
    assert set(told["split_leaks"]["rows"]) <= wanted
