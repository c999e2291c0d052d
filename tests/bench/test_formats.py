"""`make bench ARGS="-k formats"`: from Parquet to other formats, BENCH_ROWS rows (1,000,000 if not said)."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bench.format_steps import STEPS, make
from tests.bench.tables import show

pytestmark = pytest.mark.bench

ROWS = int(os.environ.get("BENCH_ROWS", "1000000"))
SOURCES = Path(__file__).parents[2]


def test_formats_from_parquet(tmp_path):
    rows = tmp_path / "rows.parquet"
    make(ROWS, rows)
    table = [("from Parquet to", "CPU s", "rows a CPU s", "peak MB", "MB")]
    found = {}
    for step in STEPS:
        done = subprocess.run(
            [sys.executable, "-m", "tests.bench.format_steps", step, str(rows)], cwd=SOURCES, check=True,
            capture_output=True, text=True,
        )  # fmt: skip
        found[step] = told = json.loads(done.stdout)
        table.append((step, f"{told['cpu']:.2f}", f"{told['rows'] / told['cpu']:,.0f}", f"{told['peak']:.0f}",
                      f"{told['bytes'] / 1e6:.1f}"))  # fmt: skip
    show(f"{ROWS:,} rows, {rows.stat().st_size / 1e6:.1f} MB of Parquet", table)
    assert found["JSONL"]["bytes"] == found["JSONL, a dict a row"]["bytes"] == found["JSONL, msgspec structs"]["bytes"]
