"""The files of a segment: up to 131,072 rows in the order of their keys. No Django.

    index    Arrow IPC, not compressed, read where it lies: what is frozen and looked up
    lineage  Parquet: the lineage of each row, frozen too, and seldom read
    content  Parquet: salt and what the row says, the half that an erasure empties

Row i is the same row in all three. An erased row keeps its place; its content is null.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from labelling.datasets import layout
from labelling.datasets.content import FIELDS, SALT_BYTES, SPLITS
from labelling.datasets.texts import bytes_of

SEGMENT_ROWS = 131_072
GROUP_ROWS = 8_192
# What is read together for the sake of one row.
CONTENT_GROUP_ROWS = 4_096
LINEAGE_GROUP_ROWS = 1_024
HASH = pa.binary(32)
INDEX = pa.schema([
    ("key", pa.string()), ("split", pa.uint8()), ("leaf", HASH), ("answer_hash", HASH), ("lineage_hash", HASH),
    ("item", pa.int64()), ("example", pa.int64()),
])  # fmt: skip
HELD = tuple(name for name in FIELDS if name not in ("key", "split"))
CONTENT = pa.schema([("salt", pa.binary(SALT_BYTES)), *[layout.arrow_schema().field(name) for name in HELD]])
LINEAGE = pa.schema([("lineage", pa.string())])
# Columns whose values hardly repeat: a dictionary of them would only cost.
UNIQUE = {"salt", "payload"}


@dataclass(frozen=True)
class Files:
    """Where the three files of a segment lie."""

    index: Path
    lineage: Path
    content: Path


class Writer:
    """Writes the files of one segment; rows come in the order of their keys."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.files = Files(folder / "index.arrow", folder / "lineage.parquet", folder / "content.parquet")
        self.n_rows = 0
        self._index = pa.ipc.new_file(self.files.index, INDEX)
        self._lineage = pq.ParquetWriter(self.files.lineage, LINEAGE, compression="zstd", use_dictionary=False,
                                         write_statistics=False)  # fmt: skip
        self._content = content_writer(self.files.content)

    def add(self, index: pa.RecordBatch, lineage: pa.Array, content: pa.RecordBatch) -> None:
        self.n_rows += len(index)
        self._index.write_batch(index)
        table = pa.Table.from_arrays([lineage], schema=LINEAGE)
        self._lineage.write_table(table, row_group_size=LINEAGE_GROUP_ROWS)
        self._content.write_table(pa.Table.from_batches([content]), row_group_size=CONTENT_GROUP_ROWS)

    def close(self) -> Files:
        for writer in (self._index, self._lineage, self._content):
            writer.close()
        return self.files


def content_writer(path: Path) -> Any:
    coded = [name for name in CONTENT.names if name not in UNIQUE]
    return pq.ParquetWriter(path, CONTENT, compression="zstd", compression_level=1, use_dictionary=coded,
                            write_statistics=False)  # fmt: skip


class Opened:
    """The files of a segment, read as they are asked for."""

    def __init__(self, files: Files) -> None:
        self.files = files

    @cached_property
    def index(self) -> pa.Table:
        """Of INDEX; its pages are read when they are touched."""
        return pa.ipc.open_file(pa.memory_map(str(self.files.index))).read_all()

    @cached_property
    def n_rows(self) -> int:
        return len(self.index)

    def hashes(self, name: str, rows: np.ndarray | None = None) -> np.ndarray:
        """A column of hashes, of all rows or of these, uint8 (n, 32)."""
        column = self.index[name]
        return fixed(column if rows is None else column.take(pa.array(rows)), 32)

    def numbers(self, name: str) -> np.ndarray:
        """A column of numbers: item, example (int64), or split (uint8), (n,)."""
        return self.index[name].to_numpy()

    def keys(self) -> np.ndarray:
        """UTF-8 bytes of the keys, object (n,)."""
        return self.index["key"].cast(pa.binary()).to_numpy()

    def key(self, row: int) -> bytes:
        """UTF-8 bytes of one key."""
        found: bytes = self.index["key"][row].as_py().encode()
        return found

    def content(self, rows: np.ndarray, columns: Sequence[str] = CONTENT.names) -> pa.Table:
        """What these rows (ascending) hold."""
        return read_rows(self.files.content, rows, columns)

    def lineage(self, rows: np.ndarray) -> pa.ChunkedArray:
        """The lineage of these rows (ascending)."""
        return read_rows(self.files.lineage, rows, LINEAGE.names)["lineage"]

    def groups(self, columns: Sequence[str] = CONTENT.names) -> Iterator[pa.RecordBatch]:
        """All content, a few thousand rows at a time, in the order of the rows."""
        with pq.ParquetFile(self.files.content) as file:
            yield from file.iter_batches(GROUP_ROWS, columns=list(columns), use_threads=False)


def fixed(column: pa.ChunkedArray, width: int) -> np.ndarray:
    """The bytes of a column of fixed width without nulls, uint8 (n, width)."""
    parts = [bytes_of(chunk) for chunk in column.chunks] or [np.empty((0, width), np.uint8)]
    return np.concatenate(parts) if len(parts) > 1 else parts[0]


def read_rows(path: Path, rows: np.ndarray, columns: Sequence[str]) -> pa.Table:
    """Rows of a Parquet file by number, ascending, reading only the row groups they are in."""
    with pq.ParquetFile(path) as file:
        sizes = [file.metadata.row_group(number).num_rows for number in range(file.metadata.num_row_groups)]
        starts = np.concatenate([[0], np.cumsum(sizes)])
        within = np.searchsorted(starts, rows, side="right") - 1
        wanted = np.unique(within)
        tables = []
        for group in wanted:
            here = rows[within == group] - starts[group]
            tables.append(file.read_row_group(int(group), columns=list(columns), use_threads=False).take(here))
        return pa.concat_tables(tables) if tables else file.schema_arrow.empty_table().select(list(columns))


def index_batch(
    *, rows: pa.RecordBatch, leaves: np.ndarray, answers: np.ndarray, lineages: np.ndarray, items: pa.Array,
    examples: pa.Array,
) -> pa.RecordBatch:  # fmt: skip
    """The index of rows of layout.arrow_schema() with their hashes, each uint8 (n, 32)."""
    codes = {name: code for code, name in enumerate(SPLITS)}
    split = pa.array([codes[name] for name in rows.column("split").to_pylist()], pa.uint8())
    return pa.RecordBatch.from_arrays(
        [rows.column("key"), split, of_width(leaves), of_width(answers), of_width(lineages), items, examples],
        schema=INDEX,
    )


def of_width(values: np.ndarray) -> pa.Array:
    """uint8 (n, width) as a column of fixed width."""
    width = values.shape[1]
    return pa.Array.from_buffers(pa.binary(width), len(values), [None, pa.py_buffer(np.ascontiguousarray(values))])


def content_batch(*, rows: pa.RecordBatch, salts: pa.Array) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays([salts, *[rows.column(name) for name in HELD]], schema=CONTENT)


def row_batch(index: pa.Table, held: pa.RecordBatch) -> pa.RecordBatch:
    """Rows of layout.arrow_schema() from their index and content; null but for key and split where they are erased."""
    split = pa.array(SPLITS).take(index["split"].combine_chunks())
    columns = {"key": index["key"].combine_chunks(), "split": split, **{name: held.column(name) for name in HELD}}
    return pa.RecordBatch.from_arrays([columns[name] for name in FIELDS], schema=layout.arrow_schema())
