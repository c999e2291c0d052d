"""Rows that a version has and the one before it lacks, or has otherwise: hashed, and written to segments."""

from pathlib import Path

import numpy as np
import pyarrow as pa

from labelling.datasets import approved, texts
from labelling.datasets.lineages import Histories, Names
from labelling.datasets.rows import Part, Rows
from labelling.datasets.segments import GROUP_ROWS, SEGMENT_ROWS, Opened, Writer, content_batch, index_batch
from labelling.projects.models import Project, SchemaVersion


class Fresh:
    """Takes approved items as they are read; writes those that the version before lacks, or has otherwise.

    items: the ids of those that are read again, None for all.
    """

    def __init__(self, project: Project, folder: Path, before: Rows, items: list[int] | None) -> None:
        self.project, self.folder, self.before = project, folder, before
        self.names = Names(project)
        self.parts: list[Part] = []
        self.waiting: list[pa.RecordBatch] = []
        self.n_waiting = 0
        rows = [part.rows for part in before.parts] if items is None else before.of_items(items)
        opened = [part.opened for part in before.parts]
        self._part = np.concatenate([np.full(len(of), n) for n, of in enumerate(rows)] or [np.empty(0, int)])
        self._row = np.concatenate([*rows, np.empty(0, int)]).astype(np.int64)
        self._hashes = np.concatenate(
            [np.hstack([one.hashes("leaf")[of], one.hashes("lineage_hash")[of]])
             for one, of in zip(opened, rows, strict=True)] or [np.empty((0, 64), np.uint8)]
        )  # fmt: skip
        item = np.concatenate([one.numbers("item")[of] for one, of in zip(opened, rows, strict=True)]
                              or [np.empty(0, np.int64)])  # fmt: skip
        self._by_item = np.argsort(item, kind="stable")
        self._item = item[self._by_item]
        self._same = np.zeros(len(item), bool)

    def add(self, raw: pa.RecordBatch) -> None:
        self.waiting.append(raw)
        self.n_waiting += len(raw)
        if self.n_waiting >= SEGMENT_ROWS:
            whole = pa.Table.from_batches(self.waiting)
            self._write(whole.slice(0, SEGMENT_ROWS))
            self.waiting = whole.slice(SEGMENT_ROWS).to_batches()
            self.n_waiting = sum(map(len, self.waiting))

    def finish(self) -> None:
        if self.n_waiting:
            self._write(pa.Table.from_batches(self.waiting))
            self.waiting = []

    def replaced(self) -> list[np.ndarray]:
        """For each part of the version before, the numbers of its rows that don't stay."""
        gone = ~self._same
        return [self._row[gone & (self._part == number)] for number in range(len(self.before.parts))]

    def _write(self, raw: pa.Table) -> None:
        self.waiting = []
        histories = Histories(raw, self.names)
        raw = raw.sort_by("key").combine_chunks()
        writer: Writer | None = None
        for at in range(0, len(raw), GROUP_ROWS):
            for batch in raw.slice(at, GROUP_ROWS).to_batches():
                found = hashed(batch, self.project.schema_in_force, histories)
                new = self._new(found)
                if not new.any():
                    continue
                if writer is None:
                    writer = Writer(self.folder / f"new-{len(self.parts)}")
                writer.add(*(half.filter(pa.array(new)) for half in found))
        if writer:
            self.parts.append(Part(Opened(writer.close()), np.ones(writer.n_rows, bool)))

    def _new(self, found: "Hashed") -> np.ndarray:
        """bool (n,): which rows the version before has not; notes which of its rows are still so."""
        index = found[0]
        item = index.column("item").to_numpy()
        hashes = np.hstack([texts.bytes_of(index.column(name)) for name in ("leaf", "lineage_hash")])
        at = np.searchsorted(self._item, item)
        there = np.flatnonzero((at < len(self._item)) & (self._item[np.minimum(at, len(self._item) - 1)] == item)
                               if len(self._item) else np.zeros(len(item), bool))  # fmt: skip
        old = self._by_item[at[there]]
        same = (self._hashes[old] == hashes[there]).all(axis=1)
        self._same[old[same]] = True
        new = np.ones(len(item), bool)
        new[there[same]] = False
        return new


Hashed = tuple[pa.RecordBatch, pa.Array, pa.RecordBatch]


def hashed(raw: pa.RecordBatch, schema: SchemaVersion, histories: Histories) -> Hashed:
    """Index, lineage and content of some approved items."""
    rows = approved.rows_of(raw, schema)
    lineages, salts = histories.of(raw), raw.column("salt")
    index = index_batch(
        rows=rows,
        leaves=texts.leaves_of(salts, texts.texts_of(rows)),
        answers=texts.hashes_of(b"\x02", salts, rows.column("answer")),
        lineages=texts.digests(lineages),
        items=raw.column("item_id"),
        examples=raw.column("example_id"),
    )
    return index, lineages, content_batch(rows=rows, salts=salts)
