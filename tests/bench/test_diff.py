"""`make bench ARGS="-k diff"`: what differs between two versions of BENCH_ROWS rows (1,000,000 if not said)."""

import json
import os
import time

import numpy as np
import pyarrow as pa
import pytest

from labelling.datasets import segments
from labelling.datasets.compare import Comparison
from labelling.datasets.rows import Part, Rows, packed, unpacked
from labelling.datasets.segments import CONTENT, GROUP_ROWS, HELD, INDEX, SEGMENT_ROWS, Opened, Writer
from tests.bench.tables import show

pytestmark = pytest.mark.bench

ROWS = int(os.environ.get("BENCH_ROWS", "1000000"))
SHARES = (0.001, 0.01, 0.1)
LISTED = 100
MOST_SECONDS = 0.1
LINEAGE = json.dumps({"item": "a" * 16, "labels": [{"id": "b" * 16, "labeller": "c" * 16}] * 3})


def hashes(rng, n):
    return segments.of_width(rng.integers(0, 256, (n, 32), np.uint8))


def written(folder, numbers, rng, label):
    """A segment with the rows of these numbers."""
    writer = Writer(folder)
    for at in range(0, len(numbers), GROUP_ROWS):
        some = numbers[at : at + GROUP_ROWS]
        n = len(some)
        ids = pa.array(some, pa.int64())
        index = [pa.array([f"item-{number:08d}" for number in some]), pa.array(np.zeros(n, np.uint8)),
                 hashes(rng, n), hashes(rng, n), hashes(rng, n), ids, ids]  # fmt: skip
        cells = {name: pa.array([label] * n) for name in HELD} | {"confidence": pa.array([9000] * n, pa.int32())}
        salts = pa.array([bytes(16)] * n, CONTENT.field("salt").type)
        writer.add(
            pa.RecordBatch.from_arrays(index, schema=INDEX), pa.array([LINEAGE] * n),
            pa.RecordBatch.from_arrays([salts, *[cells[name] for name in HELD]], schema=CONTENT),
        )  # fmt: skip
    return writer.close()


def vectors(n_files, dead):
    """The deletion vector of each segment, for a version without the rows numbered in `dead`."""
    found = []
    for first in range(0, n_files * SEGMENT_ROWS, SEGMENT_ROWS):
        live = np.ones(min(SEGMENT_ROWS, ROWS - first), bool)
        live[dead[(dead >= first) & (dead < first + len(live))] - first] = False
        found.append(packed(live))
    return found


def opened(files, deleted):
    """A version as it is read from its tables and blobs."""
    parts = []
    for number, (one, vector) in enumerate(zip(files, deleted, strict=True), 1):
        segment = Opened(one)
        parts.append(Part(segment, unpacked(vector, segment.n_rows), number))
    return Rows(parts)


def listed(found):
    """What a page reads of the first changes: content and lineage of both sides."""
    numbers = range(min(LISTED, len(found.key)))
    sides = [row for number in numbers for row in found.at(number)[1:] if row]
    for part in {row.part for row in sides}:
        rows = np.array(sorted({row.row for row in sides if row.part is part}))
        part.opened.content(rows, ("label", "authority", "confidence")).to_pylist()
        part.opened.lineage(rows).to_pylist()


def test_diff(tmp_path):
    rng = np.random.default_rng(1)
    files = [
        written(tmp_path / f"{first}", np.arange(first, min(first + SEGMENT_ROWS, ROWS)), rng, "match")
        for first in range(0, ROWS, SEGMENT_ROWS)
    ]
    whole = vectors(len(files), np.empty(0, int))
    rows = [["changed", "rows", "CPU s, best of 3", "worst"]]
    for share in SHARES:
        changed = np.arange(0, ROWS, round(1 / share))
        after = [written(tmp_path / f"new-{share}-{at}", changed[at : at + SEGMENT_ROWS], rng, "no match")
                 for at in range(0, len(changed), SEGMENT_ROWS)]  # fmt: skip
        assert len(after) == 1
        deleted = [*vectors(len(files), changed), b""]
        seconds = []
        for _ in range(3):
            start = time.process_time()
            found = Comparison(opened(files, whole), opened([*files, after[0]], deleted))
            counts = found.counts()
            listed(found)
            seconds.append(time.process_time() - start)
        assert counts["relabelled"] == len(changed) == sum(counts.values())
        rows.append([f"{share:.1%}", f"{len(changed):,}", f"{min(seconds):.3f}", f"{max(seconds):.3f}"])
        if share == 0.01:
            assert min(seconds) <= MOST_SECONDS
    show(f"diff of two versions of {ROWS:,} rows: counts and the first {LISTED} changes", rows)
