"""What versions hold, read as anybody may; and ways to tamper with it that nobody has."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.parquet as pq
from django.db import connection

from labelling import blobs, freeze
from labelling.datasets.integrity import check_segment, check_version
from labelling.datasets.layout import from_cells
from labelling.datasets.models import Segment, SegmentContent, Version
from labelling.datasets.reading import rows_of
from labelling.datasets.rows import StoredRow
from labelling.datasets.segments import CONTENT, INDEX, LINEAGE

SCHEMAS = {"index": INDEX, "lineage": LINEAGE, "content": CONTENT}


def rows_in(version):
    """Its rows, {field: value}, in the order of the keys; erased ones are left out."""
    return [from_cells(cells) for batch in rows_of(version).batches() for cells in batch.to_pylist()]


def labels_in(version):
    return {row["label"] for row in rows_in(version)}


def keys(version):
    """The keys of all rows, erased ones too."""
    return [key for _, key, _, _ in rows_of(version).placed()]


def stored(version, key) -> StoredRow:
    rows = rows_of(version)
    return rows.row(*rows.find(key))


def newest():
    return Version.objects.order_by("-pk").first()


def segment_of(version, key) -> Segment:
    return Segment.objects.get(pk=rows_of(version).find(key)[0].segment)


def digest_of(segment, half):
    if half == "content":
        return segment.contents.get(gone_at=None).digest
    return getattr(segment, half)


def empty(version, key):
    """What an erasure does to the content of a row."""
    freeze.remove(connection)
    set_cells(version, key, "content", **dict.fromkeys(CONTENT.names))
    freeze.install(connection)


def rewrite(segment, half, change):
    """Let `change` alter the list of a half's rows, and name the blob of what comes out instead of the one before.

    The triggers must be gone. What was stored stays where it is.
    """
    path, schema = blobs.path_of(digest_of(segment, half)), SCHEMAS[half]
    table = pa.ipc.open_file(path).read_all() if half == "index" else pq.read_table(path)
    rows = table.to_pylist()
    change(rows)
    with TemporaryDirectory() as folder:
        file = Path(folder) / half
        write(file, pa.Table.from_pylist(rows, schema=schema), half)
        digest = blobs.put(file).digest
    if half == "content":
        SegmentContent.objects.filter(segment=segment, gone_at=None).update(digest=digest)
    else:
        Segment.objects.filter(pk=segment.pk).update(**{half: digest})


def write(file, table, half):
    if half != "index":
        pq.write_table(table, file)
        return
    with pa.ipc.new_file(file, table.schema) as writer:
        writer.write_table(table)


def row_of(segment, key):
    """The number of a key's row."""
    [opened] = [rows.opened for rows in rows_of(segment.uses.first().version).parts if rows.segment == segment.pk]
    return opened.index["key"].to_pylist().index(key)


def set_cells(version, of, half, **cells):
    """Change cells of the row with the key `of` where it is stored."""
    segment = segment_of(version, of)
    number = row_of(segment, of)
    rewrite(segment, half, lambda rows: rows[number].update(cells))


def faults_of(version):
    """What `doctor` says of a version and its segments."""
    segments = Segment.objects.filter(uses__version=version).order_by("number")
    return [fault for segment in segments for fault in check_segment(segment)] + check_version(version)
