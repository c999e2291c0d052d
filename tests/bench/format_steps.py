"""From the rows of a Parquet export to other formats, each in a process of its own: `python -m … STEP PARQUET`.

Prints {"rows", "cpu", "peak" (MB), "bytes"} as JSON; `rows` is how many there were.
"""

import csv
import json
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import polars
import pyarrow
import pyarrow.parquet

from labelling.datasets import content, layout
from labelling.datasets.formats import About, Options, format_of
from labelling.datasets.formats.csv import Csv
from labelling.datasets.formats.jsonl import JsonLines
from labelling.datasets.texts import texts_of
from labelling.schemas import kind_of

BATCH_ROWS = 16_384
ENOUGH = 5  # CPU seconds
WORDS = ("walk", "dog", 'a "quoted" house', "Zürich, near", "evening", "sitter", "line\nbreak", "Berlin", "sofa")
SPLITS = ("train", "train", "train", "validation", "test")


def made(n: int) -> Iterator[Any]:
    """n rows of pairs of short texts, 190 bytes of payload each, with a posterior; the same every time."""
    rng, schema = np.random.default_rng(7), layout.arrow_schema()
    for at in range(0, n, BATCH_ROWS):
        numbers = range(at, min(at + BATCH_ROWS, n))
        drawn = rng.integers(0, len(WORDS), (len(numbers), 20))
        rows = [
            content.make_row(
                key=f"row-{number:07d}", payload=json.dumps({
                    "offer": " ".join(WORDS[word] for word in words), "request": "A sitter for a cat, from May on",
                }), answer={"choice": "match"}, label="match", authority="crowd", confidence=0.93,
                posterior={"match": 930_000, "no match": 70_000}, split=SPLITS[number % 5],
                slice_name=f"city-{number % 7}", group=f"g{number % 1000}", source="production",
            )
            for number, words in zip(numbers, drawn, strict=True)
        ]  # fmt: skip
        yield pyarrow.RecordBatch.from_pylist([layout.to_cells(row) for row in rows], schema=schema)


def make(n: int, path: Path) -> None:
    with pyarrow.parquet.ParquetWriter(path, layout.arrow_schema(), compression="zstd") as file:
        for batch in made(n):
            file.write_batch(batch)


def batches(path: Path) -> Iterator[Any]:
    with pyarrow.parquet.ParquetFile(path) as file:
        yield from file.iter_batches(BATCH_ROWS)


def into(sink: Callable[[Path, Any], Any]) -> Callable[[Path, Path], None]:
    """As an export writes them."""

    def write(rows: Path, to: Path) -> None:
        file = sink(to, layout.arrow_schema())
        for batch in batches(rows):
            file.write(batch)
        file.close()

    return write


def as_tool(name: str) -> Callable[[Path, Path], None]:
    """As an export writes a format of another tool."""

    def write(rows: Path, to: Path) -> None:
        kind = kind_of("single_choice")
        shown = {"kind": "text_pair", "fields": ["request", "offer"]}
        definition = kind.check_definition({**kind.example, "input": shown, "choices": ["match", "no match"]})
        about = About("pairs", "Pairs", 1, kind.name, definition, 1, 1, "", "0" * 64, "0" * 64, 0, "", "2026-11-22")
        (to.parent / "data").mkdir()
        writer = format_of(name).open(to.parent, "train", about, Options())
        for batch in batches(rows):
            writer.write(batch, None)
        writer.close()
        next((to.parent / "data").iterdir()).rename(to)

    return write


def only_read(rows: Path, to: Path) -> None:
    for _ in batches(rows):
        to.touch()


def lines_by_row(rows: Path, to: Path) -> None:
    with to.open("wb") as file:
        for batch in batches(rows):
            for cells in batch.to_pylist():
                file.write(content.text_of(layout.from_cells(cells)).encode() + b"\n")


def lines_by_text(rows: Path, to: Path) -> None:
    with to.open("wb") as file:
        for batch in batches(rows):
            file.writelines(text.encode() + b"\n" for text in texts_of(batch).to_pylist())


class _Row(msgspec.Struct):
    answer: msgspec.Raw
    authority: str
    confidence: int | None
    group: str
    key: str
    label: str
    payload: str
    posterior: msgspec.Raw
    slice: str
    source: str
    split: str


def lines_by_struct(rows: Path, to: Path) -> None:
    encode = msgspec.json.Encoder().encode_lines
    with to.open("wb") as file:
        for batch in batches(rows):
            columns = [batch.column(content.FIELDS.index(name)).to_pylist() for name in sorted(content.FIELDS)]
            for at in (0, 7):
                columns[at] = [msgspec.Raw((text or "null").encode()) for text in columns[at]]
            file.write(encode([_Row(*values) for values in zip(*columns, strict=True)]))


def cells_by_row(rows: Path, to: Path) -> None:
    with to.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        for batch in batches(rows):
            writer.writerows(zip(*(column.to_pylist() for column in batch.columns), strict=True))


def cells_by_polars(rows: Path, to: Path) -> None:
    with to.open("wb") as file:
        for batch in batches(rows):
            polars.from_arrow(batch).write_csv(file, include_header=False, line_terminator="\r\n")


def cells_joined(rows: Path, to: Path) -> None:
    """Quoted and joined by Arrow's string functions."""
    compute = pyarrow.compute
    with to.open("wb") as file:
        for batch in batches(rows):
            cells = []
            for column in batch.columns:
                doubled = compute.replace_substring(column.cast(pyarrow.string()), '"', '""')
                quoted = compute.binary_join_element_wise('"', doubled, '"', "")
                cells.append(compute.fill_null(quoted, ""))
            lines = compute.binary_join_element_wise(compute.binary_join_element_wise(*cells, ","), "\r\n", "")
            file.writelines(text.encode() for text in lines.to_pylist())


STEPS: dict[str, Callable[[Path, Path], None]] = {
    "Parquet read": only_read,
    "JSONL": into(JsonLines),
    "JSONL, one text at a time": lines_by_text,
    "JSONL, msgspec structs": lines_by_struct,
    "JSONL, a dict a row": lines_by_row,
    "CSV": into(Csv),
    "CSV, polars": cells_by_polars,
    "CSV, joined by Arrow": cells_joined,
    "CSV, Python's csv": cells_by_row,
    "Label Studio": as_tool("label-studio"),
    "doccano": as_tool("doccano"),
}


def peak_mb() -> float:
    """The most memory that this process ever held, from /proc; unlike ru_maxrss without its parent's."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert found is not None
    return int(found[1]) / 1024


def main(step: str, rows: Path) -> None:
    """The least CPU time of several runs, as many as ENOUGH seconds allow: other programs only ever add to it."""
    spent: list[float] = []
    with tempfile.TemporaryDirectory(dir=rows.parent) as folder:
        while sum(spent) < ENOUGH:
            to, before = Path(folder) / f"{len(spent)}" / "out", time.process_time()
            to.parent.mkdir()
            STEPS[step](rows, to)
            spent.append(time.process_time() - before)
            size = to.stat().st_size
            to.unlink()
    n = pyarrow.parquet.read_metadata(rows).num_rows
    sys.stdout.write(json.dumps({"rows": n, "cpu": min(spent), "peak": peak_mb(), "bytes": size}) + "\n")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
