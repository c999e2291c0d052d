"""What a row is hashed of, without a database."""

import subprocess
import sys

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelling import canonical
from labelling.datasets import content, layout
from labelling.datasets.merkle import root_of
from labelling.datasets.texts import leaves_of, texts_of

text = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=30)
rows = st.builds(
    content.make_row,
    key=text.filter(bool),
    payload=st.dictionaries(text, text | st.floats(allow_nan=False, allow_infinity=False) | st.none()).map(
        canonical.payload_text
    ),
    answer=st.fixed_dictionaries({"choice": text}),
    label=text,
    authority=st.sampled_from(["crowd", "expert"]),
    confidence=st.none() | st.floats(0, 1),
    posterior=st.none() | st.dictionaries(text, st.integers(0, 1_000_000), min_size=1),
    split=st.sampled_from(content.SPLITS),
    slice_name=text,
    group=text,
    source=st.just("production"),
)
SALT = bytes(16)


def identity(row_list):
    root = root_of(b"".join(content.leaf_of(SALT, content.text_of(row)) for row in row_list))
    return content.identify(
        content.data_of(kind="single_choice", schema={}, split_rule={}, rows=len(row_list), root=root)
    )


@given(st.lists(rows, min_size=1, max_size=5), st.data())
def test_any_change_of_one_cell_changes_data_id(row_list, data):
    number = data.draw(st.integers(0, len(row_list) - 1))
    field = data.draw(st.sampled_from(content.FIELDS))
    other = data.draw(rows)[field]
    changed = [{**row, field: other} if place == number else row for place, row in enumerate(row_list)]
    assert (identity(changed) == identity(row_list)) == (other == row_list[number][field])


@given(st.lists(rows, min_size=1, max_size=5))
def test_rows_taken_column_by_column_have_the_same_text_and_leaf(row_list):
    batch = pa.RecordBatch.from_pylist([layout.to_cells(row) for row in row_list], schema=layout.arrow_schema())
    texts = texts_of(batch)
    assert texts.to_pylist() == [content.text_of(row) for row in row_list]
    salts = pa.array([SALT] * len(row_list), pa.binary(content.SALT_BYTES))
    leaves = b"".join(content.leaf_of(SALT, content.text_of(row)) for row in row_list)
    assert leaves_of(salts, texts).tobytes() == leaves


@given(rows)
def test_cells_give_the_row_back_exactly(row):
    assert content.text_of(layout.from_cells(layout.to_cells(row))) == content.text_of(row)


def test_a_row_holds_no_float():
    row = content.make_row(
        key="a", payload='{"x":0.1}', answer={"choice": "match"}, label="match", authority="crowd", confidence=0.97654,
        posterior={"match": 976_540, "no match": 23_460}, split="train", slice_name="", group="", source="production",
    )  # fmt: skip
    assert row["confidence"] == 9765
    assert row["posterior"] == {"match": 9765, "no match": 235}
    with pytest.raises(canonical.NotCanonical):
        content.text_of({**row, "confidence": 0.97654})


@pytest.mark.parametrize("module", ["labelling.client", "labelling.datasets.verify"])
def test_no_django_is_imported_offline(module):
    code = f"import sys, {module}; sys.exit(any(name.split('.')[0] in ('django', 'celery') for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
