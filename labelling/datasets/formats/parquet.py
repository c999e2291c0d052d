"""Parquet: a column a field, strings and one number; `answer`, `posterior` and `payload` are JSON text."""

from pathlib import Path
from typing import Any

import pyarrow.parquet

from labelling.datasets import layout
from labelling.datasets.formats.base import Format
from labelling.datasets.formats.tables import opener

# Zstandard's first level writes 1.4 times as fast as its third, for files a tenth larger.
LEVEL = 1


class Parquet:
    def __init__(self, path: Path, schema: Any) -> None:
        self.file: Any = pyarrow.parquet.ParquetWriter(path, schema, compression="zstd", compression_level=LEVEL)

    def write(self, batch: Any) -> None:
        self.file.write_batch(batch)

    def close(self) -> None:
        self.file.close()


FORMAT = Format(
    name="parquet", title="Parquet", place=3, suffix="parquet", content_type=layout.CONTENT_TYPES["parquet"],
    open=opener("parquet", Parquet), verifies="rows", sink=Parquet, croissant="application/x-parquet",
    features={field.name: str(field.type) for field in layout.arrow_schema()},
)  # fmt: skip
