"""What changed between two versions of a project, row by row, and why."""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from labelling.datasets.compare import KINDS, Comparison, RowAt
from labelling.datasets.content import FIELDS, SPLITS
from labelling.datasets.models import Version
from labelling.datasets.reading import rows_of
from labelling.datasets.reasons import Reasons, by_part
from labelling.errors import Invalid

CHUNK = 400
SHOWN = ("label", "authority", "confidence")
HELD = tuple(name for name in FIELDS if name not in ("key", "split"))
TEST = "test"


@dataclass
class Change:
    """One row that differs. before, after: {"label", "split", "authority", "confidence"} or None where there is no
    row (or it was erased: then only the split). A row that was relabelled and re-split counts as relabelled;
    `changed` is the same answer in the same split with another confidence, authority or payload. differs: the fields
    that do, in the order of FIELDS; empty where one side has no row or was erased."""

    key: str
    kind: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    why: str
    differs: list[str]


@dataclass
class Diff:
    """counts: {kind: rows}, complete where no split was asked for; changes: the first ones in the order of the keys;
    `more`: there are others.

    Rows that are in test on one side are counted, but come only to who names test: `n_test` says how many of them
    differ, whatever was asked for.
    """

    before: Version
    after: Version
    counts: dict[str, int]
    changes: list[Change]
    more: bool
    n_test: int


def diff(
    *, before: Version, after: Version, kind: str = "", split: str = "", after_key: str = "", limit: int = 100
) -> Diff:
    """Compare two versions of one project.

    kind: list only changes of that kind; split: only rows that are in this split on one side, else all but those of
    test; after_key: go on after this key; limit: most changes listed. Reads only the rows that differ, and reasons
    only for those it lists.
    """
    found = _compared(before, after, kind, split)
    shown = _shown_in(found, split)
    wanted = shown & (found.kind == KINDS.index(kind)) if kind else shown
    if after_key:
        wanted &= found.key > after_key.encode("utf-8", "surrogatepass")
    numbers = np.flatnonzero(wanted)
    changes = _explained(found, numbers[:limit], before, after)
    n_test = int(found.touching(TEST).sum())
    counted = found.counts(shown) if split else found.counts()
    return Diff(before, after, counted, changes, more=len(numbers) > limit, n_test=n_test)


def counts(*, before: Version, after: Version) -> dict[str, int]:
    """{kind: rows} of all that differs, rows of test too."""
    return _compared(before, after, "", "").counts()


def _compared(before: Version, after: Version, kind: str, split: str) -> Comparison:
    if before.project_id != after.project_id:
        raise Invalid("the two versions belong to different projects; compare versions of one")
    if kind and kind not in KINDS:
        raise Invalid(f"there is no kind of change {kind!r}; the kinds are {', '.join(KINDS)}")
    if split and split not in SPLITS:
        raise Invalid(f"there is no split {split!r}; the splits are {', '.join(SPLITS)}")
    return Comparison(rows_of(before), rows_of(after))


def _shown_in(found: Comparison, split: str) -> np.ndarray:
    """bool (n,): what somebody may see who asked for this split, or for none."""
    if split == TEST:
        return found.touching(TEST)
    return ~found.touching(TEST) & (found.touching(split) if split else True)


def changes(*, before: Version, after: Version, kind: str = "", split: str = "") -> Iterator[Change]:
    """Every change that `diff` would list, in the order of the keys: for a CSV; reads reasons and content a few
    hundred rows at a time."""
    found = _compared(before, after, kind, split)
    shown = _shown_in(found, split)
    numbers = np.flatnonzero(shown & (found.kind == KINDS.index(kind)) if kind else shown)

    def read() -> Iterator[Change]:
        for at in range(0, len(numbers), CHUNK):
            yield from _explained(found, numbers[at : at + CHUNK], before, after)

    return read()


def csv_lines(found: Iterable[Change]) -> Iterator[str]:
    """Changes as CSV by RFC 4180, a line with the names first."""
    cells = [(side, name) for side in ("before", "after") for name in ("split", *SHOWN)]
    yield _csv_line(["key", "kind", *[f"{side}_{name}" for side, name in cells], "why", "differs"])
    for change in found:
        values = [(getattr(change, side) or {}).get(name, "") for side, name in cells]
        shown = ["" if value is None else value for value in values]
        yield _csv_line([change.key, change.kind, *shown, change.why, " ".join(change.differs)])


def _csv_line(values: list[Any]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerow(values)
    return buffer.getvalue()


def _explained(found: Comparison, numbers: np.ndarray, before: Version, after: Version) -> list[Change]:
    listed = [found.at(int(number)) for number in numbers]
    rows = [row for _, old, new in listed for row in (old, new) if row]
    held = _held(rows)
    shown = {row: {"split": row.split, **{name: cells[name] for name in SHOWN if cells}} for row, cells in held.items()}
    reasons = Reasons(rows, until=after.created_at, schemas=(before.schema.number, after.schema.number))
    return [
        Change(
            key=(new or old).key,  # type: ignore[union-attr]  # one of the two is there
            kind=kind,
            before=shown[old] if old else None,
            after=shown[new] if new else None,
            why=reasons.why(kind, old, new),
            differs=_differing({"split": old.split, **held[old]}, {"split": new.split, **held[new]})
            if old and new and held[old] and held[new]
            else [],
        )
        for kind, old, new in listed
    ]


def _differing(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    return [name for name in FIELDS if name in before and before[name] != after[name]]


def _held(rows: list[RowAt]) -> dict[RowAt, dict[str, Any]]:
    """{row: its fields but key and split}; of an erased one, nothing."""
    found = {}
    for part, of_part in by_part(rows):
        held = part.opened.content(np.array([row.row for row in of_part]), HELD).to_pylist()
        found.update(
            {row: cells if cells["label"] is not None else {} for row, cells in zip(of_part, held, strict=True)}
        )
    return found
