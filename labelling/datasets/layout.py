"""How an exported version lies in a folder, and how a row becomes a cell of CSV or Parquet and back. No Django.

    data/train.FORMAT  data/validation.FORMAT  data/test.FORMAT   rows in the order of their keys' UTF-8 bytes
    leaves.parquet     key, split, salt, leaf, lineage_hash of every row of the version, see leaves_schema
    manifest.json      {"version_id", "manifest": what version_id is the hash of, "project", "number", ...}
    SHA256SUMS         of every file above, as `sha256sum -c` reads it

A line of JSONL is exactly what is hashed. In CSV and Parquet `answer`, `posterior` and `payload` are JSON text.
Cells are never altered against spreadsheets that run what begins with =, +, - or @: the bytes must verify.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from labelling import canonical
from labelling.datasets.content import FIELDS, SALT_BYTES, Row

FORMATS = ("jsonl", "csv", "parquet")
CONTENT_TYPES = {
    "jsonl": "application/x-ndjson",
    "csv": "text/csv; charset=utf-8",
    "parquet": "application/x-parquet",
}
MANIFEST, LEAVES, SUMS = "manifest.json", "leaves.parquet", "SHA256SUMS"
AS_JSON = ("answer", "posterior")
READ_ROWS = 16_384
READ_BYTES = 8 << 20
LONGEST_BLOCK = 64 << 20


def data_name(split: str, file_format: str) -> str:
    return f"data/{split}-00000-of-00001.{file_format}"


def data_files(names: Iterable[str], split: str) -> list[str]:
    """Those of the names that are data files of a split."""
    return [name for name in names if name.startswith((f"data/{split}-", f"data/{split}."))]


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


def arrow_schema() -> Any:
    import pyarrow  # noqa: PLC0415 - only Parquet needs it

    types = {field: pyarrow.string() for field in FIELDS} | {"confidence": pyarrow.int32()}
    return pyarrow.schema([(field, types[field]) for field in FIELDS])


def leaves_schema() -> Any:
    """Of leaves.parquet. No salt: the row is erased, or of a split that the export leaves out."""
    import pyarrow  # noqa: PLC0415 - slow to import

    digest = pyarrow.binary(32)
    return pyarrow.schema([
        ("key", pyarrow.string()), ("split", pyarrow.string()), ("salt", pyarrow.binary(SALT_BYTES)),
        ("leaf", digest), ("lineage_hash", digest),
    ])  # fmt: skip


@dataclass(frozen=True)
class Texts:
    """Some rows of a data file: their keys, their splits and their canonical texts, a string array each."""

    keys: Any
    splits: Any
    texts: Any


class _Placed(msgspec.Struct):
    key: str
    split: str


def read_texts(path: Path, file_format: str) -> Iterator[Texts]:
    """The rows of a data file in the order they have there, a few thousand at a time; ValueError says what is wrong."""
    yield from READERS[file_format](path)


def _read_lines(path: Path) -> Iterator[Texts]:
    import pyarrow  # noqa: PLC0415 - slow to import

    decode, done = msgspec.json.Decoder(_Placed).decode, 0
    with path.open("rb") as file:
        while lines := file.readlines(READ_BYTES):
            texts = [line.removesuffix(b"\n") for line in lines]
            placed = []
            for number, text in enumerate(texts, done + 1):
                try:
                    placed.append(decode(text))
                except msgspec.MsgspecError as error:
                    raise ValueError(f"row {number}: is not a row ({error})") from None
            done += len(texts)
            keys, splits = ([getattr(row, name) for row in placed] for name in ("key", "split"))
            yield Texts(pyarrow.array(keys), pyarrow.array(splits), pyarrow.array(texts, pyarrow.binary()))


def _read_csv(path: Path) -> Iterator[Texts]:
    import pyarrow.csv  # noqa: PLC0415 - slow to import

    convert = pyarrow.csv.ConvertOptions(
        column_types=arrow_schema(), null_values=[""], strings_can_be_null=True, quoted_strings_can_be_null=False,
        include_columns=list(FIELDS),
    )  # fmt: skip
    parse = pyarrow.csv.ParseOptions(newlines_in_values=True)
    size = max(READ_BYTES, min(path.stat().st_size + 1, LONGEST_BLOCK))
    try:
        with pyarrow.csv.open_csv(
            path, read_options=pyarrow.csv.ReadOptions(block_size=size, use_threads=False), parse_options=parse,
            convert_options=convert,
        ) as reader:  # fmt: skip
            for batch in reader:
                yield _texts_in(batch)
    except (pyarrow.ArrowException, KeyError) as error:
        raise ValueError(f"can't be read as CSV: {error}") from None


def _read_parquet(path: Path) -> Iterator[Texts]:
    import pyarrow.parquet  # noqa: PLC0415 - slow to import

    try:
        with pyarrow.parquet.ParquetFile(path) as file:
            missing = [name for name in FIELDS if name not in file.schema_arrow.names]
            if missing:
                raise ValueError(f"has no column {missing[0]!r}")
            for batch in file.iter_batches(READ_ROWS, columns=list(FIELDS), use_threads=False):
                yield _texts_in(batch.cast(arrow_schema()))
    except (pyarrow.ArrowException, OSError) as error:
        raise ValueError(f"can't be read as Parquet: {error}") from None


def _texts_in(batch: Any) -> Texts:
    from labelling.datasets.texts import texts_of  # noqa: PLC0415 - it needs pyarrow

    # Parquet may hold anything as text; the other columns are hashed as bytes and never read as words.
    for name in ("key", "split"):
        batch.column(name).validate(full=True)
    return Texts(batch.column("key"), batch.column("split"), texts_of(batch))


READERS: dict[str, Callable[[Path], Iterator[Texts]]] = {
    "jsonl": _read_lines, "csv": _read_csv, "parquet": _read_parquet,
}  # fmt: skip
