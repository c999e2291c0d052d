"""Writing the files of an export: data, card, Croissant. What verifying needs beside them is the caller's."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow.compute

from labelling.datasets import layout
from labelling.datasets.content import FIELDS, SPLITS
from labelling.datasets.formats import card, croissant
from labelling.datasets.formats.base import About, Format, Options, Vote, Writer
from labelling.datasets.formats.tally import Tally
from labelling.schemas.base import Classes

READ_BYTES = 1 << 20
VotesOf = Callable[[Any], Sequence[Sequence[Vote]]]
Batches = Iterable[tuple[Any, Sequence[Sequence[Vote]] | None]]


def write_files(folder: Path, *, found: Format, about: About, options: Options, batches: Batches) -> Tally:
    """Write the data files of the splits that have rows, and what describes them. batches: rows of
    layout.arrow_schema() in the order of their keys, with their votes or None. Raises NotHeld."""
    (folder / "data").mkdir()
    tally = _write_data(folder, found, about, options, batches)
    for name, content in found.beside(about, options).items():
        (folder / name).write_bytes(content)
    files = {split: _described(folder, split, found) for split in tally.held}
    (folder / card.NAME).write_bytes(card.card(about, found, options, files, tally))
    if found.croissant:
        said = croissant.croissant(about, found, files, citation=card.citation(about))
        (folder / croissant.NAME).write_bytes(said)
    return tally


def _write_data(folder: Path, found: Format, about: About, options: Options, batches: Batches) -> Tally:
    tally, writers = Tally(), dict[str, Writer]()
    labels = isinstance(about.kind.answers, Classes)
    for batch, votes in batches:
        for split, part, given in _by_split(batch, votes):
            if split not in writers:
                writers[split] = found.open(folder, split, about, options)
            writers[split].write(part, given)
            tally.add(split, part, labels=labels)
    for writer in writers.values():
        writer.close()
    return tally


def _by_split(
    batch: Any, votes: Sequence[Sequence[Vote]] | None
) -> Iterator[tuple[str, Any, Sequence[Sequence[Vote]] | None]]:
    """The rows of a batch apart by their split, in the same order."""
    column = batch.column(FIELDS.index("split"))
    for split in SPLITS:
        mask = pyarrow.compute.equal(column, split)
        n = pyarrow.compute.sum(mask).as_py()
        if n == len(batch) and n:
            yield split, batch, votes
        elif n:
            given = votes and [one for one, here in zip(votes, mask.to_pylist(), strict=True) if here]
            yield split, batch.filter(mask), given


def _described(folder: Path, split: str, found: Format) -> croissant.DataFile:
    name = layout.data_name(split, found.suffix)
    path = folder / name
    return croissant.DataFile(name=name, split=split, n_bytes=path.stat().st_size, sha256=digest_of(path))


def digest_of(path: Path) -> str:
    """SHA-256 of a file, 64 hex digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sums_of(folder: Path) -> str:
    """SHA256SUMS: every file of the folder, as `sha256sum -c` reads it."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != layout.SUMS)
    return "".join(f"{digest_of(path)}  {path.relative_to(folder).as_posix()}\n" for path in paths)
