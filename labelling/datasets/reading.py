"""The rows of published versions, from the blobs they lie in."""

from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

import pyarrow as pa
from django.conf import settings
from django.db.models import Q

from labelling import blobs
from labelling.datasets import copies
from labelling.datasets.content import SPLITS
from labelling.datasets.models import Segment, SegmentContent, Version
from labelling.datasets.rows import BATCH_ROWS, Part, Rows, unpacked
from labelling.datasets.segments import Files, Opened


def rows_of(version: Version) -> Rows:
    """Two statements; nothing of a blob is read yet but what S3 has to send. Raises blobs.MissingBlob."""
    used = list(version.parts.select_related("segment").order_by("segment__number"))
    opened = open_segments([part.segment for part in used])
    parts = [
        Part(segment, unpacked(bytes(part.deleted), part.segment.n_rows), part.segment_id)
        for part, segment in zip(used, opened, strict=True)
    ]
    return Rows(parts, Path(settings.DATA_DIR) / "cache" / "order" / f"{version.version_id}.npy")


def open_segments(segments: Iterable[Segment]) -> list[Opened]:
    """Ready to be read, in the order given; one statement."""
    segments = list(segments)
    contents: dict[int, str] = {}
    # Whoever erased others, of these segments or of any, may have done so on another machine.
    asked = Q(segment__in=[segment.pk for segment in segments], gone_at=None) | copies.unknown()
    gone = []
    for segment_id, digest, gone_at in SegmentContent.objects.filter(asked).values_list("segment", "digest", "gone_at"):
        if gone_at is None:
            contents[segment_id] = digest
        else:
            gone.append((digest, gone_at))
    copies.forget(gone)
    return [
        Opened(Files(*(blobs.path_of(digest) for digest in (segment.index, segment.lineage, contents[segment.pk]))))
        for segment in segments
    ]


def batches(
    version: Version, *, splits: Collection[str] = SPLITS, rows: int = BATCH_ROWS, start: int = 0
) -> Iterator[pa.RecordBatch]:
    """The rows of these splits as batches of layout.arrow_schema(), in the order of their keys' UTF-8 bytes, from
    position `start` on; erased rows are left out."""
    return rows_of(version).batches(splits=splits, size=rows, start=start)


def leaves(version: Version, splits: Collection[str] = SPLITS) -> Iterator[pa.RecordBatch]:
    """What verifying needs of every row, as batches of layout.leaves_schema(); see Rows.leaves."""
    return rows_of(version).leaves(splits)
