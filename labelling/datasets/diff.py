"""What changed between two versions of a project, row by row, and why."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from labelling import canonical
from labelling.datasets.models import RowContent, Version, VersionRow
from labelling.datasets.reasons import Reasons
from labelling.errors import Invalid

ADDED, REMOVED, RELABELLED, RESPLIT, CHANGED = "added", "removed", "relabelled", "resplit", "changed"
KINDS = (ADDED, REMOVED, RELABELLED, RESPLIT, CHANGED)
CHUNK = 400


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
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(KINDS, 0))
    changes: list[Change] = field(default_factory=list)
    more: bool = False


def diff(*, before: Version, after: Version, kind: str = "", after_key: str = "", limit: int = 100) -> Diff:
    """Compare two versions of one project.

    kind: list only changes of that kind; after_key: go on after this key; limit: most changes listed. Reads only the
    rows that differ, and reasons only for those it lists.
    """
    if before.project_id != after.project_id:
        raise Invalid("the two versions belong to different projects; compare versions of one")
    if kind and kind not in KINDS:
        raise Invalid(f"there is no kind of change {kind!r}; the kinds are {', '.join(KINDS)}")
    result = Diff(before, after)
    listed: list[tuple[str, VersionRow | None, VersionRow | None]] = []
    for old, new in _pairs(before, after):
        found = kind_of_change(old, new)
        result.counts[found] += 1
        key = (new or old).key  # type: ignore[union-attr]  # one of the two is there
        if (kind and found != kind) or (after_key and key.encode() <= after_key.encode()):
            continue
        if len(listed) < limit:
            listed.append((found, old, new))
        else:
            result.more = True
    result.changes = _explain(listed, after)
    return result


def changes(*, before: Version, after: Version) -> Iterator[Change]:
    """Every change, in the order of the keys: for a CSV; bounded memory."""
    waiting: list[tuple[str, VersionRow | None, VersionRow | None]] = []
    for old, new in _pairs(before, after):
        waiting.append((kind_of_change(old, new), old, new))
        if len(waiting) == CHUNK:
            yield from _explain(waiting, after)
            waiting = []
    yield from _explain(waiting, after)


def kind_of_change(old: VersionRow | None, new: VersionRow | None) -> str:
    if old is None:
        return ADDED
    if new is None:
        return REMOVED
    if old.answer_hash != new.answer_hash:
        return RELABELLED
    return RESPLIT if old.split != new.split else CHANGED


def _pairs(before: Version, after: Version) -> Iterator[tuple[VersionRow | None, VersionRow | None]]:
    """The rows that differ, merged by key; a row on one side only has None on the other."""
    olds, news = _only_in(before, after), _only_in(after, before)
    old, new = next(olds, None), next(news, None)
    while old or new:
        old_first = new is None or (old is not None and old.key.encode() <= new.key.encode())
        new_first = old is None or (new is not None and new.key.encode() <= old.key.encode())
        yield (old if old_first else None), (new if new_first else None)
        old = next(olds, None) if old_first else old
        new = next(news, None) if new_first else new


def _only_in(version: Version, other: Version) -> Iterator[VersionRow]:
    same = VersionRow.objects.filter(version=other, key=OuterRef("key"), leaf=OuterRef("leaf"))
    rows: QuerySet[VersionRow] = VersionRow.objects.filter(~Exists(same), version=version).order_by("position")
    return rows.defer("lineage").iterator(chunk_size=CHUNK)


def _explain(listed: list[tuple[str, VersionRow | None, VersionRow | None]], after: Version) -> list[Change]:
    if not listed:
        return []
    rows = [row for _, old, new in listed for row in (old, new) if row]
    shown = _shown(rows)
    reasons = Reasons(rows, until=after.created_at)
    return [
        Change(
            key=(new or old).key,  # type: ignore[union-attr]  # one of the two is there
            kind=found,
            before=shown[old.pk] if old else None,
            after=shown[new.pk] if new else None,
            why=reasons.why(found, old, new),
        )
        for found, old, new in listed
    ]


def _shown(rows: list[VersionRow]) -> dict[int, dict[str, Any]]:
    """What people see of each row, by the row's id."""
    contents: dict[str, str | None] = {}
    leaves = sorted({row.leaf for row in rows})
    for start in range(0, len(leaves), CHUNK):
        found = RowContent.objects.filter(leaf__in=leaves[start : start + CHUNK])
        contents.update(found.values_list("leaf", "content"))
    shown = {}
    for row in rows:
        text = contents.get(row.leaf)
        held = canonical.loads(text) if text else {}
        names = ("label", "authority", "confidence")
        shown[row.pk] = {"split": row.split, **{name: held[name] for name in names if name in held}}
    return shown
