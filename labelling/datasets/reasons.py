"""Why a row of one version differs from another's: from the two lineages, and what became of the item since."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

import numpy as np

from labelling import canonical
from labelling.assignment.models import RejectedLabel, Rejection
from labelling.consensus.models import Authority, Resolution
from labelling.datasets.compare import RowAt
from labelling.datasets.rows import Part
from labelling.sampling.models import Item, State

CHUNK = 400
Lineage = dict[str, Any]
OF_ITEM = ("state", "held_at", "example__erased_at")
OF_RESOLUTION = (
    "item", "public_id", "authority", "reason", "discard_reason", "closed_at", "closed_because",
)  # fmt: skip
WHO = {
    "crowd": "the crowd's answer",
    "engineer": "an engineer's correction",
    "expert": "an expert's decision",
    "gold": "the known answer of gold",
}


class Reasons:
    """Loads what the reasons for these rows need, in a constant number of statements a chunk.

    until: what happened later can't be the reason. schemas: numbers of the label schemas before and after.
    """

    def __init__(self, rows: Iterable[RowAt], *, until: datetime, schemas: tuple[int, int]) -> None:
        self.until, self.schemas = until, schemas
        rows = list(rows)
        self.lineages: dict[RowAt, Lineage] = {}
        self.items: dict[int, Item] = {}
        self.resolutions: dict[int, Resolution] = {}
        self.rejected: dict[int, list[tuple[str, Rejection]]] = {}
        for part, of_part in by_part(rows):
            texts = part.opened.lineage(np.array([row.row for row in of_part])).to_pylist()
            self.lineages.update((row, canonical.loads(text)) for row, text in zip(of_part, texts, strict=True))
        sides = Counter(row.item for row in rows)
        for start in range(0, len(rows), CHUNK):
            items = {row.item for row in rows[start : start + CHUNK]}
            self._load(items)
            # Why a row went, only its item knows.
            alone = Item.objects.filter(pk__in=[item for item in items if sides[item] == 1])
            self.items.update((item.pk, item) for item in alone.select_related("example").only(*OF_ITEM))

    def _load(self, item_ids: set[int]) -> None:
        found = Resolution.objects.filter(item__in=item_ids, at__lte=self.until).order_by("id").only(*OF_RESOLUTION)
        self.resolutions.update((resolution.item_id, resolution) for resolution in found)
        covered = RejectedLabel.objects.filter(label__item__in=item_ids, rejection__at__lte=self.until)
        for row in covered.select_related("rejection", "label").order_by("id"):
            found_for = self.rejected.setdefault(row.label.item_id, [])
            if (row.label.public_id, row.rejection) not in found_for:
                found_for.append((row.label.public_id, row.rejection))

    def why(self, kind: str, old: RowAt | None, new: RowAt | None) -> str:
        if new is None:
            return self._why_removed(old) if old else ""
        lineage = self.lineages[new]
        if old is None:
            return f"approved since, by {self._answer(new, lineage)}"
        before = self.lineages[old]
        parts = [*self._rejections(old, before), *self._labels(before, lineage)]
        if before["resolution"]["id"] != lineage["resolution"]["id"]:
            parts.append(f"resolved again, by {self._answer(new, lineage)}")
        if kind == "resplit" or old.split != new.split:
            parts.append(f"moved from {old.split} to {new.split}")
        if not parts and kind == "relabelled" and self.schemas[0] != self.schemas[1]:
            parts.append(f"the same answer in the words of label schema {max(self.schemas)}")
        return "; ".join(parts) or "its payload, slice, group or source changed"

    def _answer(self, row: RowAt, lineage: Lineage) -> str:
        resolution = self.resolutions.get(row.item)
        who = WHO[lineage["resolution"]["authority"]]
        if resolution and resolution.public_id == lineage["resolution"]["id"] and resolution.reason:
            return f"{who}: {resolution.reason}"
        return who

    def _rejections(self, old: RowAt, before: Lineage) -> list[str]:
        """The rejections that cover labels which the old row's answer used."""
        used = {label["id"] for label in before["labels"]}
        reasons: dict[str, int] = {}
        for label, rejection in self.rejected.get(old.item, []):
            if label in used and (rejection.lifted_at is None or rejection.lifted_at > self.until):
                reasons[rejection.reason] = reasons.get(rejection.reason, 0) + 1
        return [f"{count_of(n, 'label')} rejected ({reason})" for reason, n in reasons.items()]

    @staticmethod
    def _labels(before: Lineage, after: Lineage) -> list[str]:
        old, new = ({label["id"]: label for label in lineage["labels"]} for lineage in (before, after))
        parts = []
        added = [label for public_id, label in new.items() if public_id not in old]
        if added:
            parts.append(f"{count_of(len(added), 'new label')}")
            newest = max(label["guideline"] for label in added)
            if newest > max((label["guideline"] for label in old.values()), default=newest):
                parts.append(f"under guideline {newest}")
        return parts

    def _why_removed(self, old: RowAt) -> str:
        item = self.items[old.item]
        parts = self._rejections(old, self.lineages[old])
        newest = self.resolutions.get(old.item)
        if item.example.erased_at:
            parts.append("its content was erased")
        elif newest and newest.closed_at is None and newest.discard_reason:
            parts.append(f"discarded by {WHO[Authority(newest.authority).name.lower()]}: {newest.discard_reason}")
        elif item.held_at:
            parts.append("held back by an owner")
        elif item.state == State.CONTESTED:
            parts.append("the crowd can't settle it any more: it waits for an expert")
        elif newest and newest.closed_at:
            parts.append(f"its answer was withdrawn ({newest.closed_because})" if newest.closed_because else "reopened")
        return "; ".join(parts) or f"its item is {State(item.state).label} now"


def by_part(rows: Iterable[RowAt]) -> Iterator[tuple[Part, list[RowAt]]]:
    """The rows of each part, ascending, each once."""
    groups: dict[Part, set[RowAt]] = {}
    for row in rows:
        groups.setdefault(row.part, set()).add(row)
    for part, found in groups.items():
        yield part, sorted(found, key=lambda row: row.row)


def count_of(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"
