"""CSV by RFC 4180, written by pyarrow: text stands in quotes, so that an empty cell (null) is not an empty text ("").

Cells are never altered against spreadsheets that run what begins with =, +, - or @: they must verify.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.csv

from labelling.datasets import layout
from labelling.datasets.formats.base import Format
from labelling.datasets.formats.tables import opener

WRITING = pyarrow.csv.WriteOptions(eol="\r\n", quoting_style="needed", batch_size=4096)
# A row must fit into a block; a payload may have 10 MB, and its quotes are doubled here.
BLOCK_BYTES = 64 << 20


class Csv:
    def __init__(self, path: Path, schema: Any) -> None:
        self.file: Any = pyarrow.csv.CSVWriter(path, schema, write_options=WRITING)

    def write(self, batch: Any) -> None:
        self.file.write_batch(batch)

    def close(self) -> None:
        self.file.close()


def read(path: Path, schema: Any = None) -> Iterator[Any]:
    """Arrow batches of a file that was written here, cell for cell the same."""
    schema = schema or layout.arrow_schema()
    with pyarrow.csv.open_csv(
        path,
        read_options=pyarrow.csv.ReadOptions(block_size=BLOCK_BYTES, use_threads=False),
        parse_options=pyarrow.csv.ParseOptions(newlines_in_values=True),
        convert_options=pyarrow.csv.ConvertOptions(
            column_types=schema, strings_can_be_null=True, quoted_strings_can_be_null=False, null_values=[""]
        ),
    ) as reader:
        yield from reader


# pandas, by which `datasets` reads CSV, takes an empty cell and an empty text for the same, and "NA" for nothing.
FORMAT = Format(
    name="csv", title="CSV", place=2, suffix="csv", content_type=layout.CONTENT_TYPES["csv"],
    open=opener("csv", Csv), verifies="rows", sink=Csv, croissant="text/csv",
    features={field.name: str(field.type) for field in layout.arrow_schema()} | {"confidence": "float64"},
    reading={"keep_default_na": False, "na_values": {"confidence": [""], "posterior": [""]}},
)  # fmt: skip
