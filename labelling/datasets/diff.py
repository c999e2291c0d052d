"""What changed between two versions of a project, row by row, and why."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from labelling.datasets.compare import KINDS, Comparison, RowAt
from labelling.datasets.models import Version
from labelling.datasets.reading import rows_of
from labelling.datasets.reasons import Reasons, by_part
from labelling.errors import Invalid

CHUNK = 400
SHOWN = ("label", "authority", "confidence")


@dataclass
class Change:
    """One row that differs. before, after: {"label", "split", "authority", "confidence"} or None where there is no
    row (or it was erased: then only the split). A row that was relabelled and re-split counts as relabelled;
    `changed` is the same answer in the same split with another confidence, authority or payload."""

    key: str
    kind: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    why: str


@dataclass
class Diff:
    """counts: {kind: rows}, complete; changes: the first ones in the order of the keys; `more`: there are others."""

    before: Version
    after: Version
    counts: dict[str, int]
    changes: list[Change]
    more: bool


def diff(*, before: Version, after: Version, kind: str = "", after_key: str = "", limit: int = 100) -> Diff:
    """Compare two versions of one project.

    kind: list only changes of that kind; after_key: go on after this key; limit: most changes listed. Reads only the
    rows that differ, and reasons only for those it lists.
    """
    if before.project_id != after.project_id:
        raise Invalid("the two versions belong to different projects; compare versions of one")
    if kind and kind not in KINDS:
        raise Invalid(f"there is no kind of change {kind!r}; the kinds are {', '.join(KINDS)}")
    found = Comparison(rows_of(before), rows_of(after))
    wanted = np.ones(len(found.key), bool) if not kind else found.kind == KINDS.index(kind)
    if after_key:
        wanted &= found.key > after_key.encode()
    numbers = np.flatnonzero(wanted)
    changes = _explained(found, numbers[:limit], after)
    return Diff(before, after, found.counts(), changes, more=len(numbers) > limit)


def changes(*, before: Version, after: Version) -> Iterator[Change]:
    """Every change, in the order of the keys: for a CSV; reads reasons and content a few hundred rows at a time."""
    found = Comparison(rows_of(before), rows_of(after))
    for at in range(0, len(found.key), CHUNK):
        yield from _explained(found, np.arange(at, min(at + CHUNK, len(found.key))), after)


def _explained(found: Comparison, numbers: np.ndarray, after: Version) -> list[Change]:
    listed = [found.at(int(number)) for number in numbers]
    rows = [row for _, old, new in listed for row in (old, new) if row]
    shown = _shown(rows)
    reasons = Reasons(rows, until=after.created_at)
    return [
        Change(
            key=(new or old).key,  # type: ignore[union-attr]  # one of the two is there
            kind=kind,
            before=shown[old] if old else None,
            after=shown[new] if new else None,
            why=reasons.why(kind, old, new),
        )
        for kind, old, new in listed
    ]


def _shown(rows: list[RowAt]) -> dict[RowAt, dict[str, Any]]:
    """What people see of each row; of an erased one, its split."""
    shown = {}
    for part, of_part in by_part(rows):
        held = part.opened.content(np.array([row.row for row in of_part]), SHOWN).to_pylist()
        for row, cells in zip(of_part, held, strict=True):
            there = cells if cells["label"] is not None else {}
            shown[row] = {"split": row.split, **there}
    return shown
