"""Rows one at a time, read from their JSON text: for formats that put every row into words of their own."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from labelling import canonical
from labelling.datasets.content import FIELDS, SCALE
from labelling.datasets.formats.base import Json, Vote


@dataclass(frozen=True)
class Record:
    """A row with its objects read. confidence, probabilities: 0 to 1, None where there are none."""

    key: str
    split: str
    label: str
    answer: Json
    authority: str
    confidence: float | None
    probabilities: dict[str, float] | None
    payload: Json
    slice_name: str
    group: str
    source: str
    votes: Sequence[Vote] = ()

    @property
    def facts(self) -> Json:
        """What is said of a row beside its payload and answer; what is empty is left out."""
        named = {"key": self.key, "split": self.split, "authority": self.authority, "slice": self.slice_name,
                 "group": self.group, "source": self.source}  # fmt: skip
        return {name: value for name, value in named.items() if value}


def records(batch: Any, votes: Sequence[Sequence[Vote]] | None) -> Iterator[Record]:
    """The rows of a batch of layout.arrow_schema(), with their votes where there are some."""
    columns = (batch.column(FIELDS.index(name)).to_pylist() for name in FIELDS)
    for number, values in enumerate(zip(*columns, strict=True)):
        cells = dict(zip(FIELDS, values, strict=True))
        confidence, posterior = cells["confidence"], cells["posterior"]
        shares = canonical.loads(posterior) if posterior else None
        yield Record(
            key=cells["key"],
            split=cells["split"],
            label=cells["label"],
            answer=canonical.loads(cells["answer"]),
            authority=cells["authority"],
            confidence=None if confidence is None else confidence / SCALE,
            probabilities=shares and {name: share / SCALE for name, share in shares.items()},
            payload=canonical.loads(cells["payload"]),
            slice_name=cells["slice"],
            group=cells["group"],
            source=cells["source"],
            votes=votes[number] if votes else (),
        )
