"""Parquet, JSONL and CSV: the same rows as were given, by everything that people read them with."""

import csv
import json

import pandas
import polars
import pyarrow
import pyarrow.parquet
import pytest

from labelling import canonical
from labelling.datasets import content, layout
from labelling.datasets.formats import Vote, format_of
from labelling.datasets.formats.csv import read as read_csv
from tests.datasets.formats.made import batch_of, rows_of, written

FORMATS = ("parquet", "jsonl", "csv")


def of_split(rows, split):
    return [row for row in rows if row["split"] == split]


def file_of(folder, split="train", part="data"):
    [path] = (folder / part).glob(f"{split}-00000-of-00001.*")
    return path


def test_lines_of_jsonl_are_what_is_hashed(tmp_path):
    folder = written(tmp_path / "out", "jsonl")
    lines = file_of(folder).read_bytes().split(b"\n")
    assert lines == [content.text_of(row).encode() for row in of_split(rows_of(), "train")] + [b""]


def test_csv_keeps_every_cell_and_tells_nothing_from_an_empty_text(tmp_path):
    folder = written(tmp_path / "out", "csv")
    found = pyarrow.Table.from_batches(read_csv(file_of(folder, "test")), layout.arrow_schema())
    assert found.equals(pyarrow.Table.from_batches([batch_of(of_split(rows_of(), "test"))]))
    assert found["posterior"].null_count == 2
    with file_of(folder).open(newline="", encoding="utf-8") as file:
        by_standard_library = list(csv.DictReader(file, strict=True))
    assert [row["slice"] for row in by_standard_library] == [row["slice"] for row in of_split(rows_of(), "train")]
    assert file_of(folder).read_bytes().count(b"\r\n") >= 5


def test_a_row_larger_than_a_block_of_a_csv_reader_is_read_back(tmp_path):
    rows = rows_of(n=2)
    rows[0]["payload"] = json.dumps({"text": 'x"' * 1_500_000})
    folder = written(tmp_path / "out", "csv", rows=rows)
    found = pyarrow.Table.from_batches(read_csv(file_of(folder)), layout.arrow_schema())
    assert found["payload"].to_pylist() == [row["payload"] for row in rows]


@pytest.mark.parametrize("file_format", FORMATS)
def test_only_splits_with_rows_have_a_file(tmp_path, file_format):
    folder = written(tmp_path / "out", file_format, rows=[row for row in rows_of() if row["split"] != "validation"])
    assert sorted(path.name.partition("-")[0] for path in (folder / "data").iterdir()) == ["test", "train"]


@pytest.mark.parametrize("file_format", FORMATS)
def test_datasets_loads_the_folder_with_the_same_rows(tmp_path, monkeypatch, file_format):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_DATASETS_OFFLINE", "1")
    from datasets import Features, Value, load_dataset  # noqa: PLC0415 - slow to import

    folder = written(tmp_path / "out", file_format)
    # By itself `datasets` lets pandas guess the types of CSV, which takes a key of digits for a number.
    types = {name: Value(kind) for name, kind in format_of("csv").features.items()}
    told = {"features": Features(types)} if file_format == "csv" else {}
    found = load_dataset(str(folder), cache_dir=str(tmp_path / "cache"), **told)
    assert set(found) == set(content.SPLITS)
    for split in content.SPLITS:
        expected = of_split(rows_of(), split)
        if file_format != "jsonl":
            expected = [layout.to_cells(row) for row in expected]
        assert [dict(row) for row in found[split]] == expected


def test_mlcroissant_reads_the_same_rows(tmp_path):
    from mlcroissant import Dataset  # noqa: PLC0415 - slow to import

    folder = written(tmp_path / "out", "parquet")
    dataset = Dataset(jsonld=str(folder / "croissant.json"))
    assert not dataset.metadata.ctx.issues.errors
    for split in content.SPLITS:
        found = [
            {name.partition("/")[2]: value.decode() if isinstance(value, bytes) else value
             for name, value in record.items()}
            for record in dataset.records(split)
        ]  # fmt: skip
        expected = [layout.to_cells(row) for row in of_split(rows_of(), split)]
        assert [_without_nothing(row) for row in found] == [_without_nothing(row) for row in expected]


def _without_nothing(row):
    return {name: value for name, value in row.items() if not pandas.isna(value)}


@pytest.mark.parametrize("file_format", ["jsonl", "csv"])
def test_croissant_of_text_formats_is_valid_and_names_every_file(tmp_path, file_format):
    from mlcroissant import Dataset  # noqa: PLC0415 - slow to import

    folder = written(tmp_path / "out", file_format)
    dataset = Dataset(jsonld=str(folder / "croissant.json"))
    assert not dataset.metadata.ctx.issues.errors
    rows = [record["test/label"].decode() for record in dataset.records("test")]
    assert rows == [row["label"] for row in of_split(rows_of(), "test")]
    listed = dict(line.split("  ")[::-1] for line in (folder / layout.SUMS).read_text().splitlines())
    for one in json.loads((folder / "croissant.json").read_text())["distribution"]:
        assert one["sha256"] == listed[one["contentUrl"]]
        assert one["contentSize"] == f"{(folder / one['contentUrl']).stat().st_size} B"


def test_pandas_and_polars_read_the_files(tmp_path):
    expected = [layout.to_cells(row) for row in of_split(rows_of(), "train")]
    keys, slices = [row["key"] for row in expected], [row["slice"] for row in expected]
    parquet = file_of(written(tmp_path / "parquet", "parquet"))
    assert polars.read_parquet(parquet).to_dicts() == expected
    assert pandas.read_parquet(parquet)["slice"].tolist() == slices
    lines = file_of(written(tmp_path / "jsonl", "jsonl"))
    assert polars.read_ndjson(lines)["slice"].to_list() == slices
    assert pandas.read_json(lines, lines=True, dtype={"key": str})["key"].tolist() == keys
    table = file_of(written(tmp_path / "csv", "csv"))
    assert pandas.read_csv(table, dtype=str, keep_default_na=False)["slice"].tolist() == slices
    assert polars.read_csv(table, infer_schema=False)["key"].to_list() == keys


@pytest.mark.parametrize("file_format", FORMATS)
def test_votes_stand_in_a_file_of_their_own(tmp_path, file_format):
    given = [Vote("q1", "", canonical.dumps({"choice": "yes"}), "", "2026-11-22T10:00:00+00:00", 2.5),
             Vote("q2", "", None, "unclear", "2026-11-22T10:01:00+00:00")]  # fmt: skip
    folder = written(tmp_path / "out", file_format, votes=[given] * 8)
    plain = written(tmp_path / "plain", file_format)
    assert file_of(folder).read_bytes() == file_of(plain).read_bytes()
    path = file_of(folder, "train", "votes")
    if file_format == "parquet":
        rows = pyarrow.parquet.read_table(path).to_pylist()
    elif file_format == "jsonl":
        rows = [json.loads(line) for line in path.read_bytes().splitlines()]
    else:
        rows = pandas.read_csv(path, dtype=str, keep_default_na=False).to_dict("records")
    assert [(row["key"], row["labeller"], row["abstention"]) for row in rows[:2]] == [
        ("0000", "q1", ""), ("0000", "q2", "unclear"),
    ]  # fmt: skip
    assert len(rows) == 8
