"""What is counted of the rows while they are written, for the card."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import pyarrow.compute

from labelling.datasets.content import FIELDS, SCALE, SPLITS


@dataclass
class Tally:
    """Rows by split, authority and, of kinds whose answers are classes, label; the sum of the confidences."""

    splits: Counter[str] = field(default_factory=Counter)
    authorities: Counter[str] = field(default_factory=Counter)
    labels: Counter[str] = field(default_factory=Counter)
    confidence: int = 0
    n_confident: int = 0
    votes: Counter[str] = field(default_factory=Counter)

    def add(self, split: str, batch: Any, *, labels: bool) -> None:
        """The rows of a batch, all of one split."""
        self.splits[split] += len(batch)
        self.authorities.update(_counted(batch, "authority"))
        if labels:
            self.labels.update(_counted(batch, "label"))
        column = batch.column(FIELDS.index("confidence"))
        self.confidence += pyarrow.compute.sum(column).as_py() or 0
        self.n_confident += len(column) - column.null_count

    @property
    def n_rows(self) -> int:
        return self.splits.total()

    @property
    def held(self) -> list[str]:
        """The splits that have rows, in their order."""
        return [split for split in SPLITS if self.splits[split]]

    @property
    def mean_confidence(self) -> float | None:
        return self.confidence / SCALE / self.n_confident if self.n_confident else None


def _counted(batch: Any, name: str) -> dict[str, int]:
    found = pyarrow.compute.value_counts(batch.column(FIELDS.index(name)))
    return dict(zip(*(found.field(part).to_pylist() for part in ("values", "counts")), strict=True))
