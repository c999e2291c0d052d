"""What Parquet, CSV and JSONL have in common: batches go to a file as they are, votes to a file of their own."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pyarrow

from labelling.datasets import layout
from labelling.datasets.content import FIELDS
from labelling.datasets.formats.base import About, Options, Sink, Vote

VOTES = "votes"
VOTES_SCHEMA = pyarrow.schema([
    *((name, pyarrow.string()) for name in ("key", "labeller", "name", "answer", "abstention", "at")),
    ("seconds", pyarrow.float64()),
])  # fmt: skip


class Tables:
    """The writer of a split: rows to data/, and votes to votes/ where they are asked for."""

    def __init__(self, folder: Path, split: str, *, suffix: str, rows: Callable[[Path, Any], Sink],
                 votes: Callable[[Path, Any], Sink] | None) -> None:  # fmt: skip
        name = layout.data_name(split, suffix)
        self.rows = rows(folder / name, layout.arrow_schema())
        self.votes: Sink | None = None
        if votes:
            path = folder / votes_name(split, suffix)
            path.parent.mkdir(exist_ok=True)
            self.votes = votes(path, VOTES_SCHEMA)

    def write(self, batch: Any, votes: Sequence[Sequence[Vote]] | None) -> None:
        self.rows.write(batch)
        if self.votes:
            self.votes.write(votes_batch(batch, votes or ()))

    def close(self) -> None:
        self.rows.close()
        if self.votes:
            self.votes.close()


def votes_name(split: str, suffix: str) -> str:
    return layout.data_name(split, suffix).replace("data/", f"{VOTES}/", 1)


def votes_batch(batch: Any, votes: Sequence[Sequence[Vote]]) -> Any:
    """A row a vote, in the order of the keys."""
    keys = batch.column(FIELDS.index("key")).to_pylist()
    pairs = [(key, vote) for key, given in zip(keys, votes, strict=True) for vote in given]
    columns = [
        [key for key, _ in pairs],
        *([getattr(vote, name) for _, vote in pairs] for name in VOTES_SCHEMA.names[1:]),
    ]
    arrays = [pyarrow.array(values, field.type) for values, field in zip(columns, VOTES_SCHEMA, strict=True)]
    return pyarrow.record_batch(arrays, schema=VOTES_SCHEMA)


def opener(
    suffix: str, rows: Callable[[Path, Any], Sink], votes: Callable[[Path, Any], Sink] | None = None
) -> Callable[[Path, str, About, Options], Tables]:
    """How a format of tables opens the writer of a split; votes: their sink, if it is another one than that of rows."""

    def open_split(folder: Path, split: str, about: About, options: Options) -> Tables:
        return Tables(folder, split, suffix=suffix, rows=rows, votes=(votes or rows) if options.votes else None)

    return open_split
