"""The segments of a draft as the checks see them, their sketches kept by the digest of their content."""

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from labelling import blobs
from labelling.datasets.checks import kept
from labelling.datasets.checks.live import Part
from labelling.datasets.checks.sketch import Sketch
from labelling.datasets.draft import Draft
from labelling.datasets.rows import Part as Drafted
from labelling.datasets.rows import Rows
from labelling.datasets.segments import Opened, row_batch

BATCH_ROWS = 16_384


def parts_of(draft: Draft, *, kind: str, definition: dict[str, Any]) -> list[Part]:
    """The parts of a draft in its order. A segment's sketch is made once, whatever versions hold of it."""
    fresh = {id(part) for part in draft.added.parts}
    return [_part(part, id(part) in fresh, kind, definition) for part in draft.rows.parts]


def parts_of_version(rows: Rows, *, kind: str, definition: dict[str, Any]) -> list[Part]:
    """The parts of a version that is frozen."""
    return [_part(part, False, kind, definition) for part in rows.parts]


def sketch_new(parts: Iterable[Drafted], *, kind: str, definition: dict[str, Any]) -> None:
    """Make the sketches of parts that are not stored yet, so that `parts_of` finds them."""
    for part in parts:
        if part.segment is None:
            _sketch(part, kind, definition)


def _sketch(part: Drafted, kind: str, definition: dict[str, Any]) -> tuple[str, Sketch]:
    """What names the content of a part, and its sketch."""
    opened = part.opened
    name = opened.files.content.name if part.segment is not None else blobs.digest_of(opened.files.content)
    read, lineages = partial(batches_of, opened), partial(lineages_of, opened)
    return name, kept.kept(name, read, lineages, kind=kind, definition=definition)


def _part(part: Drafted, is_fresh: bool, kind: str, definition: dict[str, Any]) -> Part:
    opened, (name, sketch) = part.opened, _sketch(part, kind, definition)
    return Part(
        sketch, part.live, np.full(len(part.live), is_fresh),
        lambda at: opened.index["key"].take(pa.array(at)).combine_chunks(),
        lambda: batches_of(opened), lambda: opened.numbers("item"), name,
    )  # fmt: skip


def batches_of(opened: Opened) -> Iterator[pa.RecordBatch]:
    """All rows of a segment in its order, erased ones null but for key and split."""
    at = 0
    for held in opened.groups():
        yield row_batch(opened.index.slice(at, len(held)), held)
        at += len(held)


def lineages_of(opened: Opened) -> Iterator[str]:
    with pq.ParquetFile(opened.files.lineage) as file:
        for batch in file.iter_batches(BATCH_ROWS, use_threads=False):
            yield from batch.column(0).to_pylist()
