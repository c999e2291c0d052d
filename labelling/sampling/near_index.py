"""Where the keys of a project's items lie, so that what is like a new example is found without reading the others.

Parts in the database, appended in the transaction that makes the items, and merged as they grow (a log-structured
merge: O'Neil et al. 1996): a row is rewritten as often as the logarithm of a part's size. What was rolled back never
was, and every machine sees the same parts. Whatever is missing is read from the items again.
"""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

import numpy as np

from labelling.projects.models import Project
from labelling.sampling.models import Item, NearPart
from labelling.sampling.seen import BANDS, KEYS, Shown, keys_of, seen_of
from labelling.stats.near.bands import looked_up
from labelling.stats.near.shingles import Ints, Uint32s

PART_ROWS = 131_072
READ_AT_ONCE = 5_000
LOOKED_UP_AT_ONCE = 4_096
MOST_LOOKED_AT = 16


class Hits(NamedTuple):
    """Rows of what was looked up and the items they met; how many keys met. int (m,) each, one element a pair."""

    rows: Ints
    items: Ints
    met: Ints


class NearIndex:
    """One project's parts. Make it under the project's lock: that brings it up to date, with the items that no part
    knows (those of before there was an index), or with all of them if another schema shows something else."""

    def __init__(self, project: Project, shown: Shown) -> None:
        self.project, self.shown = project, shown
        known = NearPart.objects.filter(project=project).order_by("last_item")
        self.parts: list[tuple[int, int, int]] = []
        others = []
        for pk, key, n_items, last_item in known.values_list("pk", "shown", "n_items", "last_item"):
            if key == shown.key:
                self.parts.append((pk, n_items, last_item))
            else:
                others.append(pk)
        if others:
            NearPart.objects.filter(pk__in=others).delete()
        self._take_in_the_unknown()

    def append(self, items: Sequence[int], keys: Uint32s) -> None:
        """items: ascending, all above those that are known. keys: uint32 (n, KEYS)."""
        for start in range(0, len(items), PART_ROWS):
            self._append(np.array(items[start : start + PART_ROWS], "<i8"), keys[start : start + PART_ROWS])

    def look_up(self, keys: Uint32s) -> tuple[Hits, Hits]:
        """What each new row meets under its own keys, and under its group. keys: uint32 (n, KEYS).

        Of more than MOST_LOOKED_AT items those with the most keys in common, the oldest first. Reads one part at a
        time, 108 bytes an item.
        """
        own = groups = Hits(*np.zeros((3, 0), np.int64))
        for part in _parts([pk for pk, _, _ in self.parts]):
            items, stored = read(part)
            blocks = range(0, len(keys), LOOKED_UP_AT_ONCE)
            met = [_met(keys[at : at + LOOKED_UP_AT_ONCE], stored, items, at) for at in blocks]
            own = _best([own, *(one for one, _ in met)])
            groups = _best([groups, *(one for _, one in met)])
        return own, groups

    def _take_in_the_unknown(self) -> None:
        last = self.parts[-1][2] if self.parts else 0
        rows = (
            Item.objects.filter(project=self.project, pk__gt=last)
            .order_by("pk")
            .values_list("pk", "example__payload", "example__group")
            .iterator(READ_AT_ONCE)
        )
        while chunk := list(islice(rows, READ_AT_ONCE)):
            seen = [seen_of(payload, group, self.shown) for _, payload, group in chunk]
            self.append([pk for pk, _, _ in chunk], keys_of(seen)[0])

    def _append(self, items: Ints, keys: Uint32s) -> None:
        """Parts that are not much larger than what follows them are written anew together with it."""
        merged, n = [], len(items)
        while self.parts and self.parts[-1][1] <= 2 * n and self.parts[-1][1] + n <= PART_ROWS:
            pk, size, _ = self.parts.pop()
            merged.append(pk)
            n += size
        if merged:
            parts = [read(part) for part in _parts(merged)]
            items = np.concatenate([*(one for one, _ in parts), items])
            keys = np.concatenate([*(one.T for _, one in parts), keys])
            NearPart.objects.filter(pk__in=merged).delete()
        made = NearPart.objects.create(
            project=self.project, shown=self.shown.key, n_items=len(items), last_item=int(items[-1]),
            items=items.astype("<i8").tobytes(), keys=np.ascontiguousarray(keys.T, "<u4").tobytes(),
        )  # fmt: skip
        self.parts.append((made.pk, made.n_items, made.last_item))


def _parts(pks: Sequence[int]) -> Iterator[NearPart]:
    """The oldest first, one in memory at a time."""
    if pks:
        yield from NearPart.objects.filter(pk__in=pks).order_by("last_item").iterator(1)


def read(part: NearPart) -> tuple[Ints, Uint32s]:
    """int (n,) items and uint32 (KEYS, n)."""
    items = np.frombuffer(bytes(part.items), "<i8")
    return items, np.frombuffer(bytes(part.keys), "<u4").reshape(KEYS, len(items))


def _met(keys: Uint32s, stored: Uint32s, items: Ints, start: int) -> tuple[Hits, Hits]:
    met = [looked_up(keys[:, column], old) for column, old in enumerate(stored)]
    found = []
    for pairs in (np.concatenate(met[:BANDS]), met[BANDS]):
        codes, counts = np.unique(pairs[:, 0] * len(items) + pairs[:, 1], return_counts=True)
        found.append(_best([Hits(codes // len(items) + start, items[codes % len(items)], counts)]))
    return found[0], found[1]


def _best(parts: list[Hits]) -> Hits:
    """Of each row the items with the most keys in common, the oldest first, and no more than are looked at."""
    rows, items, met = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.lexsort((items, -met, rows))
    rows, items, met = rows[order], items[order], met[order]
    kept = np.arange(len(rows)) - np.searchsorted(rows, rows, "left") < MOST_LOOKED_AT
    return Hits(rows[kept], items[kept], met[kept])


def forget(items: Sequence[int]) -> None:
    """Take what the keys say of erased items out of the index; call it in the transaction that erases them.

    The keys are hashes of the content: nobody can read it from them, but who guesses it could confirm the guess. The
    group stays, as it does on the example. Waits for rounds that are being drawn.
    """
    if not items:
        return
    gone = np.array(sorted(items), np.int64)
    projects = list(
        Project.objects.select_for_update(no_key=True)
        .filter(pk__in=Item.objects.filter(pk__in=list(items)).values("project"))
        .order_by("pk")
    )
    for part in NearPart.objects.filter(project__in=projects, last_item__gte=int(gone[0])).iterator(1):
        held, keys = read(part)
        at = np.isin(held, gone)
        if at.any():
            kept = keys.copy()
            kept[:BANDS, at] = 0
            NearPart.objects.filter(pk=part.pk).update(keys=kept.tobytes())
