"""Where rows of items are: in which segments, and so in which versions; and what led to them.

Looks through the numbers of all rows of a project's segments, 8 bytes each, and reads nothing else of other rows.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from labelling import canonical
from labelling.consensus.models import Authority
from labelling.datasets.content import SPLITS
from labelling.datasets.models import Segment, Version, VersionSegment
from labelling.datasets.reading import open_segments
from labelling.datasets.rows import unpacked
from labelling.datasets.segments import Opened
from labelling.sampling.models import Item


@dataclass(frozen=True)
class Found:
    """Rows of a segment: their numbers, ascending, and the item of each (ids)."""

    segment: Segment
    opened: Opened
    rows: np.ndarray
    items: np.ndarray

    def versions(self) -> Iterator[tuple[int, np.ndarray]]:
        """(version's id, bool a row: it is in that version)."""
        uses = VersionSegment.objects.filter(segment=self.segment).order_by("version__number")
        for version_id, deleted in uses.values_list("version_id", "deleted"):
            yield version_id, unpacked(bytes(deleted), self.segment.n_rows)[self.rows]


def rows_of_items(project_id: int, items: Collection[int]) -> Iterator[Found]:
    """Each segment of the project that has rows of these items (ids)."""
    wanted = np.fromiter(items, np.int64, len(items))
    segments = list(Segment.objects.filter(project=project_id).order_by("number")) if len(wanted) else []
    for segment, opened in zip(segments, open_segments(segments), strict=True):
        numbers = opened.numbers("item")
        rows = np.flatnonzero(np.isin(numbers, wanted))
        if len(rows):
            yield Found(segment, opened, rows, numbers[rows])


def rows_using(project_id: int, labels: Mapping[int, Collection[str]]) -> Iterator[tuple[int, str]]:
    """(version's id, key) of each row whose crowd's answer used one of these labels. labels: {item: public ids}."""
    for found in rows_of_items(project_id, list(labels)):
        texts = found.opened.lineage(found.rows).to_pylist()
        using = np.array([uses(text, labels[int(item)]) for item, text in zip(found.items, texts, strict=True)])
        if not using.any():
            continue
        keys = found.opened.index["key"].take(found.rows).to_pylist()
        for version_id, held in found.versions():
            yield from ((version_id, keys[at]) for at in np.flatnonzero(held & using))


def uses(text: str, labels: Collection[str]) -> bool:
    """Whether a lineage is that of a crowd's answer and names one of the labels."""
    lineage = canonical.loads(text)
    crowd = lineage["resolution"]["authority"] == Authority.CROWD.name.lower()
    return crowd and any(label["id"] in labels for label in lineage["labels"])


def versions_with(item: Item) -> list[tuple[Version, str]]:
    """The versions that hold a row of this item, with the row's split; the oldest first."""
    splits: dict[int, str] = {}
    for found in rows_of_items(item.project_id, [item.pk]):
        for version_id, held in found.versions():
            if held.any():
                splits[version_id] = SPLITS[found.opened.index["split"][int(found.rows[held][0])].as_py()]
    versions = Version.objects.filter(pk__in=splits).order_by("number")
    return [(version, splits[version.pk]) for version in versions]
