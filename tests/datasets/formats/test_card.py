"""The dataset card: its front matter is YAML whatever the names are, its body says what is known and nothing else."""

from dataclasses import replace

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from labelling.datasets.formats import FORMATS, format_of
from labelling.datasets.formats.yaml import written as as_yaml
from labelling.schemas import KINDS
from tests.datasets.formats.made import about, rows_of, written

values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**6), 10**6) | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.from_regex(r"[a-z_]{1,8}x", fullmatch=True), inner,
                                                                max_size=3),
    max_leaves=8,
)  # fmt: skip


@given(value=st.dictionaries(st.from_regex(r"[a-z_]{1,8}x", fullmatch=True), values, max_size=4))
def test_what_is_written_is_read_back_by_yaml(value):
    assert (yaml.safe_load(as_yaml(value)) or {}) == value


def front_and_body(folder):
    _, front, body = (folder / "README.md").read_text().split("---\n", 2)
    return yaml.safe_load(front), body


@pytest.mark.parametrize("kind", KINDS)
def test_the_front_matter_names_files_columns_and_what_the_data_are_for(tmp_path, kind):
    front, _ = front_and_body(written(tmp_path / "out", "parquet", kind=kind))
    assert front["pretty_name"] == 'Matching: "all" 犬'
    assert (front["license"], front["size_categories"]) == ("unknown", ["n<1K"])
    assert len(front["task_categories"]) == 1
    [config] = front["configs"]
    assert config["data_files"][0] == {"split": "train", "path": "data/train-*.parquet"}
    [info] = front["dataset_info"]
    assert {"name": "confidence", "dtype": "int32"} in info["features"]
    assert [(one["name"], one["num_examples"]) for one in info["splits"]] == [
        ("train", 4), ("validation", 2), ("test", 2),
    ]  # fmt: skip


def test_the_body_says_how_labels_were_made_checked_and_are_to_be_verified(tmp_path):
    known = about(
        agreement={"alpha": 0.71, "low": 0.64, "high": 0.78, "n_items": 120, "n_labels": 600},
        recalls=[{"at": "2026-11-22T10:00:00+00:00", "reason": "one\nlabeller", "n_rows": 1234}],
        license="cc-by-4.0", languages=["en"],
    )  # fmt: skip
    front, body = front_and_body(written(tmp_path / "out", "jsonl", described=known, votes=[[]] * 8))
    assert (front["license"], front["language"]) == ("cc-by-4.0", ["en"])
    assert [config["config_name"] for config in front["configs"]] == ["default", "votes"]
    for said in (
        "0.710 (95% interval 0.640 to 0.780), on 120 items", "| 2026-11-22 | 1,234 | one labeller |", "After the audit",
        "| expert | 2 |", "| yes |", "mean confidence of 0.875", "Say *yes* when in doubt.", "under pseudonyms",
        r"| nulls | warn | 2 rows \| empty |", f"`{known.data_id}`", "`manage.py verify DIR`", "hashes every row again",
    ):  # fmt: skip
        assert said in body, said
    _, plain = front_and_body(written(tmp_path / "plain", "jsonl"))
    assert "alpha" not in plain and "Recalled" not in plain


@pytest.mark.parametrize("name", [name for name in FORMATS if format_of(name).features is None])
def test_formats_of_other_tools_have_a_card_without_columns(tmp_path, name):
    front, body = front_and_body(written(tmp_path / "out", name, kind="boxes"))
    assert "configs" not in front
    assert "hashes every row again" not in body


def test_a_version_without_rows_still_has_a_card(tmp_path):
    front, body = front_and_body(written(tmp_path / "out", "parquet", rows=[], described=replace(about(), n_rows=0)))
    assert front["configs"][0]["data_files"] == []
    assert "0 of the 0 rows" in body


def test_an_export_is_the_same_bytes_every_time(tmp_path):
    for name in FORMATS:
        one, two = (written(tmp_path / part / name, name, kind="boxes") for part in ("one", "two"))
        assert (one / "SHA256SUMS").read_bytes() == (two / "SHA256SUMS").read_bytes()
        assert len(rows_of("boxes")) == 8
