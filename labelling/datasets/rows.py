"""The rows of a version, published or to be: which rows of which segments, and their order. No Django."""

import os
import tempfile
import zlib
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from labelling.datasets import layout
from labelling.datasets.content import SPLITS
from labelling.datasets.merkle import root_of
from labelling.datasets.segments import CONTENT, HELD, Opened

BATCH_ROWS = 16_384
FEW = 256
WORTH_KEEPING = 20_000


@dataclass(eq=False)
class Part:
    """The rows of one segment that a version holds. live: bool (n_rows,); segment: its id, None before it is stored."""

    opened: Opened
    live: np.ndarray
    segment: int | None = None

    @cached_property
    def n_live(self) -> int:
        return int(self.live.sum())

    @cached_property
    def rows(self) -> np.ndarray:
        """The numbers of the rows that are held, ascending."""
        return np.flatnonzero(self.live)

    def hashes(self, name: str) -> np.ndarray:
        """A column of hashes of the rows that are held, uint8 (n_live, 32)."""
        whole = self.opened.hashes(name)
        return whole if self.n_live == len(whole) else whole[self.rows]

    def without(self, rows: np.ndarray) -> "Part":
        """The same with these rows deleted too."""
        live = self.live.copy()
        live[rows] = False
        return Part(self.opened, live, self.segment)


@dataclass(frozen=True)
class StoredRow:
    """One row with all that is kept of it. item: its id; lineage: canonical JSON; cells: None once it is erased."""

    split: str
    leaf: str
    lineage_hash: str
    item: int
    lineage: str
    cells: dict[str, Any] | None


def packed(live: np.ndarray) -> bytes:
    """The deletion vector of a segment: empty where nothing is deleted."""
    return b"" if live.all() else zlib.compress(np.packbits(~live).tobytes(), 6)


def unpacked(vector: bytes, n_rows: int) -> np.ndarray:
    """bool (n_rows,): which rows are held."""
    if not vector:
        return np.ones(n_rows, bool)
    return ~np.unpackbits(np.frombuffer(zlib.decompress(vector), np.uint8), count=n_rows).astype(bool)


class Rows:
    """The rows of some parts, in the order of their keys' UTF-8 bytes. kept: a file that remembers the order."""

    def __init__(self, parts: Sequence[Part], kept: Path | None = None) -> None:
        self.parts = [part for part in parts if part.n_live]
        self.n_rows = sum(part.n_live for part in self.parts)
        self.kept = kept if self.n_rows >= WORTH_KEEPING else None

    @cached_property
    def permutation(self) -> np.ndarray:
        """Where the rows in order are among the rows of the parts one after the other, int32 (n_rows,)."""
        if self.kept and self.kept.is_file():
            found: np.ndarray = np.load(self.kept, mmap_mode="r")
            return found
        # Each part is in order, so that merging them takes few comparisons.
        keys = np.concatenate([*(part.opened.keys()[part.rows] for part in self.parts), np.empty(0, object)])
        found = np.argsort(keys, kind="stable").astype(np.int32)
        if self.kept:
            self.keep_order(self.kept, found)
        return found

    @cached_property
    def order(self) -> tuple[np.ndarray, np.ndarray]:
        """(part, row) of each row in the order of the keys, int32 (n_rows,) each."""
        sizes = [part.n_live for part in self.parts]
        part = np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)
        row = np.concatenate([*(part.rows.astype(np.int32) for part in self.parts), np.empty(0, np.int32)])
        return part[self.permutation], row[self.permutation]

    @staticmethod
    def keep_order(to: Path, permutation: np.ndarray) -> None:
        """Whole or not at all, also for two at once."""
        to.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=to.parent, delete=False) as file:
            np.save(file, permutation)
        os.replace(file.name, to)

    def hashes(self, name: str) -> np.ndarray:
        """A column of hashes of the index, uint8 (n_rows, 32), in order."""
        none = np.empty((0, 32), np.uint8)
        return np.concatenate([*(part.hashes(name) for part in self.parts), none]).take(self.permutation, axis=0)

    def root(self) -> bytes:
        return root_of(self.hashes("leaf"))

    def lineage_root(self) -> bytes:
        return root_of(self.hashes("lineage_hash"))

    def find(self, key: str) -> tuple[Part, int] | None:
        """The part and the number of the row with that key: by bisection, the rows of a segment are in order."""
        wanted = key.encode("utf-8", "surrogatepass")
        for part in self.parts:
            at = bisect_left(range(part.opened.n_rows), wanted, key=part.opened.key)
            if at < part.opened.n_rows and part.live[at] and part.opened.key(at) == wanted:
                return part, at
        return None

    def position(self, part: Part, row: int) -> int:
        """The number of a row in the order of the keys."""
        parts, rows = self.order
        return int(np.flatnonzero((parts == self.parts.index(part)) & (rows == row))[0])

    def row(self, part: Part, row: int) -> "StoredRow":
        at, index = np.array([row]), part.opened.index.slice(row, 1).to_pylist()[0]
        cells = part.opened.content(at).to_pylist()[0]
        split = SPLITS[index["split"]]
        erased = cells.pop("salt") is None
        return StoredRow(
            split=split, leaf=index["leaf"].hex(), lineage_hash=index["lineage_hash"].hex(), item=index["item"],
            lineage=part.opened.lineage(at)[0].as_py(),
            cells=None if erased else {"key": index["key"], "split": split, **cells},
        )  # fmt: skip

    def placed(
        self, *, splits: Collection[str] = SPLITS, start: int = 0
    ) -> Iterator[tuple[int, str, str, dict[str, Any] | None]]:
        """(position, key, split, cells of layout.to_cells) of each row of these splits; no cells: it is erased."""
        readers = [_Reader(part.opened) for part in self.parts]
        wanted = [code for code, name in enumerate(SPLITS) if name in splits]
        for at in range(start, self.n_rows, FEW):
            part, row = (values[at : at + FEW] for values in self.order)
            keep = self._split_in(part, row, wanted)
            table = self._interleaved(part[keep], row[keep], lambda number, rows: readers[number].take(rows))
            for position, cells in zip(np.flatnonzero(keep) + at, table.to_pylist(), strict=True):
                there = cells.pop("salt") is not None
                yield int(position), cells["key"], cells["split"], cells if there else None

    def of_items(self, items: Collection[int]) -> list[np.ndarray]:
        """For each part, the numbers of its rows of these items, ascending."""
        wanted = np.fromiter(items, np.int64, len(items))
        return [np.flatnonzero(np.isin(part.opened.numbers("item"), wanted) & part.live) for part in self.parts]

    def batches(
        self, *, splits: Collection[str] = SPLITS, size: int = BATCH_ROWS, start: int = 0
    ) -> Iterator[pa.RecordBatch]:
        """The rows of these splits from position `start` on, as batches of layout.arrow_schema() in order; erased rows
        are left out. Bounded memory."""
        for batch, _ in self.salted(splits=splits, size=size, start=start):
            yield batch

    def salted(
        self, *, splits: Collection[str] = SPLITS, size: int = BATCH_ROWS, start: int = 0
    ) -> Iterator[tuple[pa.RecordBatch, pa.Array]]:
        """As `batches`, with the salt of each row."""
        wanted = [code for code, name in enumerate(SPLITS) if name in splits]
        readers = [_Reader(part.opened) for part in self.parts]
        for part, row in self._slices(size, start):
            keep = self._split_in(part, row, wanted)
            table = self._interleaved(part[keep], row[keep], lambda number, rows: readers[number].take(rows))
            if len(table):
                table = table.filter(pc.is_valid(table["salt"]))
            for batch in table.select(layout.arrow_schema().names).combine_chunks().to_batches():
                yield batch, table["salt"].combine_chunks()

    def leaves(self, splits: Collection[str] = SPLITS) -> Iterator[pa.RecordBatch]:
        """Key, split, salt, leaf and lineage hash of every row, as layout.leaves_schema(). No salt: the row is erased,
        or of a split that is not among `splits`, whose rows could be guessed with it."""
        shown = np.isin(SPLITS, list(splits))
        readers = [_Reader(part.opened, ("salt",)) for part in self.parts]
        for part, row in self._slices(BATCH_ROWS, 0):
            table = self._interleaved(part, row, lambda number, rows: readers[number].take(rows))
            codes = pc.index_in(table["split"], pa.array(SPLITS)).to_numpy()
            salt = pc.if_else(pa.array(shown[codes]), table["salt"].combine_chunks(), None)
            table = table.set_column(table.schema.get_field_index("salt"), "salt", salt)
            yield from table.select(layout.leaves_schema().names).combine_chunks().to_batches()

    def _slices(self, size: int, start: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        part, row = self.order
        for at in range(start, self.n_rows, size):
            yield part[at : at + size], row[at : at + size]

    def _split_in(self, part: np.ndarray, row: np.ndarray, wanted: list[int]) -> np.ndarray:
        if len(wanted) == len(SPLITS):
            return np.ones(len(part), bool)
        codes = np.empty(len(part), np.uint8)
        for number in np.unique(part):
            here = part == number
            codes[here] = self.parts[number].opened.numbers("split")[row[here]]
        return np.isin(codes, wanted)

    @staticmethod
    def _interleaved(part: np.ndarray, row: np.ndarray, read: Callable[[int, np.ndarray], pa.Table]) -> pa.Table:
        """The rows that `read` gives for each part, in the order asked for."""
        tables, places = [], []
        for number in np.unique(part):
            here = np.flatnonzero(part == number)
            tables.append(read(int(number), row[here]))
            places.append(here)
        if not tables:
            return pa.schema([*layout.arrow_schema(), ("salt", CONTENT.field("salt").type)]).empty_table()
        whole = pa.concat_tables(tables).combine_chunks()
        if len(tables) == 1:
            return whole
        back = np.empty(len(part), np.int64)
        back[np.concatenate(places)] = np.arange(len(part))
        return whole.take(back)


class _Reader:
    """Reads rows of a segment in ascending order, call after call; keeps the row group it is in."""

    def __init__(self, opened: Opened, columns: Sequence[str] = ("salt", *HELD)) -> None:
        self.opened, self.columns = opened, list(columns)
        self.file: Any = None
        self.next, self.first = 0, 0  # the next row group; the first row of the one that is held
        self.held: pa.Table | None = None

    def take(self, rows: np.ndarray) -> pa.Table:
        """These rows, with the index's columns besides: key, split (its name), leaf, lineage_hash."""
        if self.file is None:
            self.file = pq.ParquetFile(self.opened.files.content)
        pieces, done = [], 0
        while done < len(rows):
            while self.held is None or rows[done] >= self.first + len(self.held):
                self.first += 0 if self.held is None else len(self.held)
                self.held = self.file.read_row_group(self.next, columns=self.columns, use_threads=False)
                self.next += 1
            until = int(np.searchsorted(rows, self.first + len(self.held)))
            pieces.append(self.held.take(rows[done:until] - self.first))
            done = until
        content = pa.concat_tables(pieces)
        index = self.opened.index.select(["key", "split", "leaf", "lineage_hash"]).take(rows)
        names = pa.array(SPLITS).take(index["split"].combine_chunks())
        table = content.append_column("key", index["key"]).append_column("split", names)
        return table.append_column("leaf", index["leaf"]).append_column("lineage_hash", index["lineage_hash"])
