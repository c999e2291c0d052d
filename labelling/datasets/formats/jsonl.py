"""JSONL: a line is exactly the canonical text that is hashed; `answer` and `posterior` are objects."""

from pathlib import Path
from typing import Any

import msgspec
import pyarrow.compute

from labelling.datasets import layout
from labelling.datasets.content import FIELDS
from labelling.datasets.formats.base import Format
from labelling.datasets.formats.tables import opener
from labelling.datasets.texts import texts_of

_encoder = msgspec.json.Encoder()


class JsonLines:
    """Rows of a version: a batch's lines are made as one Arrow buffer, and that is what is written."""

    def __init__(self, path: Path, schema: Any) -> None:
        self.file = path.open("wb")

    def write(self, batch: Any) -> None:
        self.file.write(buffer_of(pyarrow.compute.binary_join_element_wise(texts_of(batch), "\n", "")))

    def close(self) -> None:
        self.file.close()


class Objects(JsonLines):
    """Rows of any schema, as objects; for votes."""

    def write(self, batch: Any) -> None:
        rows = batch.to_pylist()
        for row in rows:
            row["answer"] = msgspec.Raw(row["answer"].encode()) if row["answer"] is not None else None
        self.file.write(_encoder.encode_lines(rows))


def buffer_of(texts: Any) -> memoryview:
    """The bytes of an Arrow array of strings without nulls, one after the other."""
    _, offsets, data = texts.buffers()
    ends = memoryview(offsets).cast("i" if pyarrow.types.is_string(texts.type) else "q")
    first, last = ends[texts.offset], ends[texts.offset + len(texts)]
    return memoryview(data)[first:last] if data is not None else memoryview(b"")


FORMAT = Format(
    name="jsonl", title="JSONL", place=1, suffix="jsonl", content_type=layout.CONTENT_TYPES["jsonl"],
    open=opener("jsonl", JsonLines, Objects), verifies="rows", sink=JsonLines, croissant="application/jsonlines",
    features=dict.fromkeys(FIELDS, "string") | {"confidence": "int32", "answer": "json", "posterior": "json"},
)  # fmt: skip
