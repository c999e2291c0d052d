"""Rows as dicts, one after another, into a report: for a draft that holds its rows so."""

from typing import Any

import pyarrow as pa

from labelling.datasets import layout
from labelling.datasets.checks.examine import examine_rows
from labelling.datasets.content import Row

BATCH = 16_384


class Checks:
    """Takes the rows of a version to be, one by one, then reports."""

    def __init__(self, *, kind: str, definition: dict[str, Any]) -> None:
        self.kind, self.definition = kind, definition
        self.waiting: list[dict[str, Any]] = []
        self.batches: list[pa.RecordBatch] = []

    def add(self, row: Row) -> None:
        self.waiting.append(layout.to_cells(row))
        if len(self.waiting) == BATCH:
            self._pack()

    def _pack(self) -> None:
        self.batches.append(pa.RecordBatch.from_pylist(self.waiting, schema=layout.arrow_schema()))
        self.waiting = []

    def report(self, *, before: dict[str, Any] | None, **more: Any) -> dict[str, Any]:
        self._pack()
        return examine_rows(self.batches, kind=self.kind, definition=self.definition, before=before, **more)
