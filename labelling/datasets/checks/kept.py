"""Sketches kept as files under DATA_DIR/cache/sketches, by what they were made of. Made again where one is missing.

A sketch holds digests of what rows say, without salt: whoever erases content calls `forget`.
"""

import os
import tempfile
from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
from django.conf import settings

from labelling import canonical
from labelling.datasets.checks import sketching
from labelling.datasets.checks.sketch import COLUMNS, LISTS, Sketch

# Raised when what a sketch holds changes: older files are not read any more.
FORMAT = 2
MAGIC = b"quorum-sketch\n"
ALIGNED = 64
Read = Callable[[], Iterable[pa.RecordBatch]]


def kept(
    name: str, read: Read, lineages: Callable[[], Iterable[str]], *, kind: str, definition: dict[str, Any]
) -> Sketch:
    """The sketch of the rows that `read` gives, from its file if there is one.

    name: a digest that names the content of the segment and its lineage, hexadecimal; read: batches of its rows in
    their order, an erased one with a null payload; lineages: the lineage of each.
    """
    place = place_of(name, kind, definition)
    try:
        return load(place)
    except (OSError, ValueError):
        sketch = sketching.of(read(), kind=kind, definition=definition, lineages=lineages())
        save(sketch, place)
        return sketch


def forget(name: str) -> None:
    """Delete every sketch of this content: when some of it is erased."""
    for file in _folder(name).glob(f"{name}-*"):
        file.unlink(missing_ok=True)


def forget_all_but(names: Collection[str]) -> None:
    """Delete the sketches of all other content, as of drafts that never became a version."""
    for file in _root().glob("??/*"):
        if file.name.partition("-")[0] not in names:
            file.unlink(missing_ok=True)


def _root() -> Path:
    return Path(settings.DATA_DIR) / "cache" / "sketches"


def _folder(name: str) -> Path:
    return _root() / name[:2]


def place_of(name: str, kind: str, definition: dict[str, Any], what: str = "") -> Path:
    """Where it is kept what was drawn of this content by this schema. what: else than the sketch."""
    schema = canonical.digest(canonical.payload_text([FORMAT, kind, definition]))
    return _folder(name) / f"{name}-{schema[:16]}{what and f'-{what}'}"


def save(sketch: Sketch, place: Path) -> None:
    at, columns = 0, {}
    for column, values in sketch.columns.items():
        columns[column] = (at, len(values))
        at += -(-values.nbytes // ALIGNED) * ALIGNED
    head = msgspec.json.encode({"columns": columns, "bytes": at, **{name: getattr(sketch, name) for name in LISTS}})
    start = MAGIC + len(head).to_bytes(8, "little") + head
    columns_of = sketch.columns.values()
    rest = (piece for values in columns_of
            for piece in (np.ascontiguousarray(values).data, bytes(-values.nbytes % ALIGNED)))  # fmt: skip
    write(place, start, bytes(-len(start) % ALIGNED), *rest)


def write(place: Path, *pieces: bytes | memoryview) -> None:
    """A file whole or not at all, also for two at once."""
    place.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(prefix=".", dir=place.parent)
    with os.fdopen(descriptor, "wb") as file:
        for piece in pieces:
            file.write(piece)
    os.replace(temporary, place)


def load(place: Path) -> Sketch:
    """The sketch of a file; its columns are read when they are used. Raises OSError; ValueError for another file."""
    with place.open("rb") as file:
        start = file.read(len(MAGIC) + 8)
        if not start.startswith(MAGIC):
            raise ValueError(f"{place} is not a sketch")
        try:
            head = msgspec.json.decode(file.read(int.from_bytes(start[-8:], "little")))
        except msgspec.DecodeError as error:
            raise ValueError(f"{place} can't be read: {error}") from None
        base = -(-file.tell() // ALIGNED) * ALIGNED
    if place.stat().st_size < base + head["bytes"]:
        raise ValueError(f"{place} is cut short")
    columns = {
        name: np.memmap(place, dtype=kind, mode="r", offset=base + head["columns"][name][0],
                        shape=(head["columns"][name][1],)) if head["columns"][name][1] else np.empty(0, dtype=kind)
        for name, kind in COLUMNS.items()
    }  # fmt: skip
    shapes = [tuple((name, word) for name, word in shape) for shape in head["shapes"]]
    return Sketch(columns, **{name: head[name] for name in LISTS if name != "shapes"}, shapes=shapes)
