"""How an exported version lies in a folder, and how a row becomes a cell of CSV or Parquet and back. No Django.

    data/train.FORMAT  data/validation.FORMAT  data/test.FORMAT   rows in the order of their keys' UTF-8 bytes
    leaves.jsonl       {"key", "split", "salt", "leaf", "lineage_hash"} a row; an erased row has no salt
    manifest.json      {"version_id", "manifest": what version_id is the hash of, "project", "number", ...}
    SHA256SUMS         of every file above, as `sha256sum -c` reads it

A line of JSONL is exactly what is hashed. In CSV and Parquet `answer`, `posterior` and `payload` are JSON text.
Cells are never altered against spreadsheets that run what begins with =, +, - or @: the bytes must verify.
"""

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from labelling import canonical
from labelling.datasets.content import FIELDS, Row

FORMATS = ("jsonl", "csv", "parquet")
CONTENT_TYPES = {
    "jsonl": "application/x-ndjson",
    "csv": "text/csv; charset=utf-8",
    "parquet": "application/x-parquet",
}
MANIFEST, LEAVES, SUMS = "manifest.json", "leaves.jsonl", "SHA256SUMS"
AS_JSON = ("answer", "posterior")
READ_ROWS = 2_000
LONGEST_CELL = 2**31 - 1


def data_name(split: str, file_format: str) -> str:
    return f"data/{split}.{file_format}"


def to_cells(row: Row) -> dict[str, Any]:
    """The row with its inner objects as JSON text: what CSV and Parquet hold."""
    cells = {field: row[field] for field in FIELDS}
    for field in AS_JSON:
        cells[field] = None if row[field] is None else canonical.dumps(row[field])
    return cells


def from_cells(cells: dict[str, Any]) -> Row:
    """The row that `to_cells` was given; ValueError names the cell that can't be one."""
    missing = [field for field in FIELDS if field not in cells]
    if missing:
        raise ValueError(f"has no column {missing[0]!r}")
    row = {field: cells[field] for field in FIELDS}
    for field in AS_JSON:
        try:
            row[field] = canonical.loads(cells[field]) if cells[field] else None
        except ValueError as error:
            raise ValueError(f"cell {field!r} isn't JSON: {error}") from None
    return row


def csv_line(row: Row) -> bytes:
    """One line of CSV by RFC 4180; an empty cell is null for confidence and posterior, else empty text."""
    return csv_text([to_cells(row)[field] for field in FIELDS])


def csv_text(values: list[Any]) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerow(values)
    return buffer.getvalue().encode()


def arrow_schema() -> Any:
    import pyarrow  # noqa: PLC0415 - only Parquet needs it

    types = {field: pyarrow.string() for field in FIELDS} | {"confidence": pyarrow.int32()}
    return pyarrow.schema([(field, types[field]) for field in FIELDS])


def read_texts(path: Path, file_format: str) -> Iterator[str | bytes]:
    """The canonical text of each row of a data file, in order; ValueError says what a row lacks."""
    if file_format == "jsonl":
        with path.open("rb") as file:
            for line in file:
                yield line.removesuffix(b"\n")
    elif file_format == "csv":
        yield from _read_csv(path)
    else:
        yield from _read_parquet(path)


def _read_csv(path: Path) -> Iterator[str]:
    csv.field_size_limit(LONGEST_CELL)
    try:
        with path.open(encoding="utf-8", newline="") as file:
            for cells in csv.DictReader(file, strict=True):
                if None in cells:
                    raise ValueError("has more cells than the header")
                confidence = cells.get("confidence")
                number = int(confidence) if confidence else None
                yield canonical.dumps(from_cells({**cells, "confidence": number}))
    except csv.Error as error:
        raise ValueError(f"can't be read as CSV: {error}") from None


def _read_parquet(path: Path) -> Iterator[str]:
    import pyarrow.parquet  # noqa: PLC0415 - only Parquet needs it

    try:
        with pyarrow.parquet.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=READ_ROWS):
                for cells in batch.to_pylist():
                    yield canonical.dumps(from_cells(cells))
    except (pyarrow.ArrowException, OSError) as error:
        raise ValueError(f"can't be read as Parquet: {error}") from None
