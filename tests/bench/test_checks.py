"""`make bench ARGS="-k checks"`: the checks of BENCH_ROWS rows (1,000,000 if not said), first all, then a change."""

import os
import time

import numpy as np
import pyarrow as pa
import pytest

from labelling.datasets import layout
from labelling.datasets.checks import kept, sketching
from labelling.datasets.checks.examine import examine
from labelling.datasets.checks.live import Part
from labelling.datasets.checks.sketch import Sketch
from labelling.datasets.segments import SEGMENT_ROWS
from tests.bench.tables import show
from tests.factories import definition

pytestmark = pytest.mark.bench

ROWS = int(os.environ.get("BENCH_ROWS", "1000000"))
SCHEMA = {"kind": "single_choice", "definition": definition()}
COPIES = ROWS // 100
CHANGED = ROWS // 100
SPLITS = ("train", "train", "train", "validation", "test")
MOST_SECONDS = 8


def batch(numbers: np.ndarray, copied: dict[int, int]) -> pa.RecordBatch:
    """Rows by number; copied: {number: the row whose text it has, in other case}; copies are in test."""
    listed = numbers.tolist()
    sources = [copied.get(number, number) for number in listed]
    texts = [f"Request {source * 7919} for something nice in the house, number {source}" for source in sources]
    shown = [text.upper() if number in copied else text for number, text in zip(listed, texts, strict=True)]
    columns = {
        "key": [f"row-{number:08d}" for number in listed],
        "split": ["test" if number in copied else SPLITS[number % 5] for number in listed],
        "label": [("match", "no match")[source % 2] for source in sources],
        "answer": [('{"choice":"match"}', '{"choice":"no match"}')[source % 2] for source in sources],
        "authority": ["crowd"] * len(listed), "confidence": [9000] * len(listed), "posterior": [None] * len(listed),
        "slice": [f"city-{number % 7}" for number in listed], "group": [f"group-{number}" for number in listed],
        "source": ["production"] * len(listed),
        "payload": [
            f'{{"offer":"Offer {source}","price":{number % 100},"request":"{text}"}}'
            for number, source, text in zip(listed, sources, shown, strict=True)
        ],
    }  # fmt: skip
    return pa.RecordBatch.from_pydict(columns, schema=layout.arrow_schema())


def part_of(sketch: Sketch, numbers: np.ndarray, live: np.ndarray, *, fresh: bool) -> Part:
    keys = pa.array([f"row-{number:08d}" for number in numbers.tolist()])
    return Part(sketch, live, np.full(len(live), fresh), lambda at: keys.take(pa.array(at)), list)


def test_checks_find_every_copy_and_leak(tmp_path):
    rng = np.random.default_rng(5)
    numbers = np.arange(ROWS)
    train = numbers[: ROWS - COPIES][numbers[: ROWS - COPIES] % 5 < 3]
    copied = dict(zip(range(ROWS - COPIES, ROWS), rng.choice(train, COPIES, replace=False).tolist(), strict=True))
    parts, sketching_seconds, n_bytes = [], 0.0, 0
    for start in range(0, ROWS, SEGMENT_ROWS):
        here = numbers[start : start + SEGMENT_ROWS]
        rows = batch(here, copied)
        before = time.process_time()
        sketch = sketching.of(rows_of(rows), **SCHEMA)
        place = tmp_path / str(start)
        kept.save(sketch, place)
        sketching_seconds += time.process_time() - before
        n_bytes += place.stat().st_size
        parts.append(part_of(kept.load(place), here, np.ones(len(here), dtype=bool), fresh=True))
    before = time.process_time()
    report = examine(parts, **SCHEMA)
    examining = time.process_time() - before
    found = {check["name"]: check for check in report["checks"]}
    assert found["duplicates"]["n"] == found["split_leaks"]["n"] == COPIES
    change, said = changed(parts, report, rng)
    assert said["n_rows"] == ROWS
    show(f"checks of {ROWS:,} rows, {COPIES:,} copies of train planted in test", [
        ("step", "CPU s", "found"),
        ("sketch every row, and keep it", f"{sketching_seconds:.2f}", f"{n_bytes / ROWS:.0f} bytes a row"),
        ("all checks, from the sketches", f"{examining:.2f}", f"{found['split_leaks']['n']:,} leaks: recall 1.0"),
        ("a change of 1%: sketch it, all checks", f"{change:.2f}", f"{said['n_rows']:,} rows"),
    ])  # fmt: skip
    assert sketching_seconds + examining <= MOST_SECONDS


def changed(parts: list[Part], report: dict, rng: np.random.Generator) -> tuple[float, dict]:
    """CPU seconds of checking the version after it, of which 1% of the rows are others; and what was said."""
    gone = rng.choice(ROWS, CHANGED, replace=False)
    rows, now, start = batch(np.arange(ROWS, ROWS + CHANGED), {}), [], 0
    for part in parts:
        live = ~np.isin(np.arange(start, start + len(part.live)), gone)
        now.append(Part(part.sketch, live, np.zeros(len(live), dtype=bool), part.keys, part.read))
        start += len(live)
    before = time.process_time()
    sketch = sketching.of(rows_of(rows), **SCHEMA)
    numbers = np.arange(ROWS, ROWS + CHANGED)
    now.append(part_of(sketch, numbers, np.ones(CHANGED, dtype=bool), fresh=True))
    said = examine(now, before=report, **SCHEMA)
    return time.process_time() - before, said


def rows_of(whole: pa.RecordBatch) -> list[pa.RecordBatch]:
    return [whole.slice(at, 8_192) for at in range(0, len(whole), 8_192)]
