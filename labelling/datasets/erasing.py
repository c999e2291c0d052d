"""Taking erased rows out of the segments of published versions: their content is written anew without them.

What is frozen of a row (key, split, hashes, lineage) stays where it is, so that every id still verifies.
"""

from collections import Counter
from collections.abc import Collection, Iterator
from datetime import datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from django.db import transaction

from labelling import blobs
from labelling.datasets.checks import kept as sketches
from labelling.datasets.content import SPLITS
from labelling.datasets.models import ErasedRow, Erasure, Segment, SegmentContent, Version, VersionSegment
from labelling.datasets.reading import open_segments
from labelling.datasets.rows import unpacked
from labelling.datasets.segments import Opened, content_writer
from labelling.projects.models import Project
from labelling.scratch import scratch_folder


def segments_with(project_id: int, examples: Collection[int]) -> Iterator[tuple[Segment, np.ndarray, np.ndarray]]:
    """Each segment of a project with rows of these examples (ids): their numbers, ascending, and the example of each.

    Reads 8 bytes a row of the project's segments.
    """
    wanted = np.fromiter(examples, np.int64, len(examples))
    segments = list(Segment.objects.filter(project=project_id).order_by("number")) if len(wanted) else []
    for segment, opened in zip(segments, open_segments(segments), strict=True):
        numbers = opened.numbers("example")
        rows = np.flatnonzero(np.isin(numbers, wanted))
        if len(rows):
            yield segment, rows, numbers[rows]


def empty_segments(*, project_id: int, erasures: Collection[Erasure], now: datetime) -> Counter[int]:
    """Take the content of these examples out of every segment; returns how many rows of each example there are.

    A segment at a time, each in a transaction that holds the project's row: no version is being written meanwhile, so
    that none takes over what is about to go. Cut off, it is done by doing it again.
    """
    by_example = {erasure.example_id: erasure for erasure in erasures}
    counted: Counter[int] = Counter()
    for segment, rows, examples in list(segments_with(project_id, by_example)):
        counted.update(examples.tolist())
        with transaction.atomic():
            Project.objects.select_for_update(no_key=True).get(pk=project_id)
            _note(segment, rows, [by_example[example] for example in examples.tolist()])
            _empty(segment, rows, now)
        _remove_closed(segment)
    return counted


def _note(segment: Segment, rows: np.ndarray, erasures: list[Erasure]) -> None:
    """Write which versions held the rows, in which split."""
    [opened] = open_segments([segment])
    splits = opened.numbers("split")[rows]
    found = []
    for version_id, deleted in VersionSegment.objects.filter(segment=segment).values_list("version_id", "deleted"):
        held = unpacked(bytes(deleted), segment.n_rows)[rows]
        found += [ErasedRow(erasure=erasures[at], version_id=version_id, split=SPLITS[splits[at]])
                  for at in np.flatnonzero(held)]  # fmt: skip
    ErasedRow.objects.bulk_create(found, ignore_conflicts=True)


def _empty(segment: Segment, rows: np.ndarray, now: datetime) -> None:
    [opened] = open_segments([segment])
    if not opened.content(rows, ["salt"])["salt"].is_valid().to_numpy().any():
        return
    with scratch_folder() as folder:
        to = folder / "content.parquet"
        write_without(opened, rows, to)
        blob = blobs.put(to)
    SegmentContent.objects.filter(segment=segment, gone_at=None).update(gone_at=now)
    SegmentContent.objects.create(segment=segment, digest=blob.digest, n_bytes=blob.n_bytes, at=now)


def write_without(opened: Opened, rows: np.ndarray, to: Path) -> None:
    """Write the content of a segment without that of these rows (ascending), which stay in their places, null."""
    at = 0
    with pq.ParquetFile(opened.files.content) as file, content_writer(to) as writer:
        for number in range(file.metadata.num_row_groups):
            group = file.read_row_group(number, use_threads=False).combine_chunks()
            here = rows[(rows >= at) & (rows < at + len(group))] - at
            writer.write_table(_without(group, here) if len(here) else group)
            at += len(group)


def _without(group: pa.Table, rows: np.ndarray) -> pa.Table:
    gone = np.zeros(len(group), bool)
    gone[rows] = True
    mask = pa.array(gone)
    columns = [pc.if_else(mask, pa.scalar(None, field.type), group[field.name]) for field in group.schema]
    return pa.Table.from_arrays(columns, schema=group.schema)


def _remove_closed(segment: Segment) -> None:
    """Delete the blobs of contents that were replaced, also those that an earlier attempt had left, and what was
    sketched of them."""
    closed = set(SegmentContent.objects.filter(segment=segment, gone_at__isnull=False).values_list("digest", flat=True))
    standing = SegmentContent.objects.filter(digest__in=closed, gone_at=None).values_list("digest", flat=True)
    for digest in sorted(closed - set(standing)):
        sketches.forget(digest)
        blobs.remove(digest)


def versions_emptied(erasures: Collection[Erasure]) -> list[Version]:
    """The versions that held rows of these."""
    rows = ErasedRow.objects.filter(erasure__in=erasures).values("version")
    return list(Version.objects.filter(pk__in=rows).select_related("project").order_by("number"))
