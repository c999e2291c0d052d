"""What an erasure touches, before it is done; and who holds a file of what was erased, after."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any

from django.db.models import Max, QuerySet

from labelling.assignment.models import Label, Lease, LeaseState
from labelling.datasets import layout
from labelling.datasets.content import SPLITS
from labelling.datasets.erasing import segments_with
from labelling.datasets.models import ErasedRow, Erasure, Version, VersionSegment
from labelling.datasets.reading import open_segments
from labelling.datasets.rows import unpacked
from labelling.exports.models import Download, Export
from labelling.ingest.models import Example
from labelling.projects.models import Project, User
from labelling.sampling.models import Item

# Files of an export that hold neither rows nor salts.
WITHOUT_ROWS = {layout.MANIFEST, layout.SUMS, "README.md", "croissant.json", "label_config.xml"}


@dataclass(frozen=True)
class Touched:
    """What erasing some examples would touch. versions: (version, rows of it); n_exports: files made of these;
    holders: who downloaded one of them; already: keys of those that are erased."""

    examples: Sequence[Example]
    items: Sequence[Item]
    n_labels: int
    n_leases: int
    versions: list[tuple[Version, int]]
    n_exports: int
    holders: list["Holder"]
    already: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Holder:
    """Somebody who downloaded files of a version that held what was erased, before it was."""

    user: User
    token: str
    version: Version
    export: Export
    files: list[str]
    last_at: datetime


def touched(*, project: Project, examples: Sequence[Example]) -> Touched:
    """Reads 8 bytes a row of the project's segments."""
    live = [example for example in examples if example.erased_at is None]
    items = list(Item.objects.filter(example__in=live).order_by("pk"))
    splits: dict[int, list[str]] = {}
    for segment, rows, _ in segments_with(project.pk, [example.pk for example in live]):
        [opened] = open_segments([segment])
        codes = opened.numbers("split")[rows]
        for version_id, deleted in VersionSegment.objects.filter(segment=segment).values_list("version_id", "deleted"):
            held = unpacked(bytes(deleted), segment.n_rows)[rows]
            splits.setdefault(version_id, []).extend(SPLITS[code] for code in codes[held])
    splits = {version_id: named for version_id, named in splits.items() if named}
    versions = Version.objects.filter(pk__in=splits).select_related("project").order_by("number")
    return Touched(
        examples=live, items=items, n_labels=Label.objects.filter(item__in=items).count(),
        n_leases=Lease.objects.filter(item__in=items, state=LeaseState.LIVE).count(),
        versions=[(version, len(splits[version.pk])) for version in versions],
        n_exports=Export.objects.filter(version__in=splits, gone_at=None).count(),
        holders=_holders({version_id: set(named) for version_id, named in splits.items()}, before=None),
        already=sorted(example.external_id for example in examples if example.erased_at is not None),
    )  # fmt: skip


def erasures_of(project: Project) -> QuerySet[Erasure]:
    """The record of a project's erasures, the newest first."""
    return Erasure.objects.filter(project=project).select_related("example", "item", "by").order_by("-pk")


def holders_of(erasures: Collection[Erasure]) -> list[Holder]:
    """Who downloaded a file that held a row of these before it was erased, the latest download first."""
    found: dict[tuple[int, int], Holder] = {}
    for erasure in erasures:
        splits: dict[int, set[str]] = {}
        for version_id, split in ErasedRow.objects.filter(erasure=erasure).values_list("version_id", "split"):
            splits.setdefault(version_id, set()).add(split)
        for holder in _holders(splits, before=erasure.at):
            found.setdefault((holder.user.pk, holder.export.pk), holder)
    return sorted(found.values(), key=lambda holder: holder.last_at, reverse=True)


def _holders(splits: dict[int, set[str]], before: datetime | None) -> list[Holder]:
    """splits: {version's id: splits that held a row}."""
    downloads = Download.objects.filter(version__in=splits).select_related("user", "token", "export__version__project")
    if before is not None:
        downloads = downloads.filter(at__lte=before)
    found: dict[tuple[int, int | None, int], Holder] = {}
    for one in downloads.order_by("-at", "-pk"):
        if not any(held_by(one, split) for split in splits[one.version_id]):
            continue
        holder = found.setdefault(
            (one.user_id, one.token_id, one.export_id),
            Holder(one.user, one.token.name if one.token else "", one.export.version, one.export, [], one.at),
        )
        if one.name not in holder.files:
            holder.files.append(one.name)
    return list(found.values())


def held_by(download: Download, split: str) -> bool:
    """Whether what was downloaded holds rows of a split, or their salts."""
    path = PurePosixPath(download.name)
    if split not in download.export.splits or path.name in WITHOUT_ROWS:
        return False
    of_split = next((one for one in SPLITS if path.name.startswith(f"{one}-") or one in path.parts), split)
    return of_split == split


def erased_of(version: Version) -> QuerySet[ErasedRow]:
    """The rows of a version whose content was erased, the newest erasure first."""
    rows = ErasedRow.objects.filter(version=version).select_related("erasure__example")
    return rows.order_by("-erasure__at", "-pk")


def newest_erasures(version: Version) -> dict[str, datetime]:
    """{split: when content of its rows was last erased}."""
    rows = ErasedRow.objects.filter(version=version).order_by().values_list("split")
    return dict(rows.annotate(Max("erasure__at")))


def holds_erased(download: Download, erased: dict[str, datetime]) -> bool:
    """Whether what was downloaded holds content that was erased since. erased: of `newest_erasures`."""
    return any(download.at <= at and held_by(download, split) for split, at in erased.items())


def since_download(*, version: Version, user: User) -> list[dict[str, Any]]:
    """What was erased of the files of a version that somebody downloaded: [{"erasure", "key", "split", "at"}]."""
    mine = Download.objects.filter(version=version, user=user).select_related("export")
    had = [(split, one.at) for one in mine for split in SPLITS if held_by(one, split)]
    return [
        {"erasure": row.erasure.public_id, "key": row.erasure.example.external_id, "split": row.split,
         "at": row.erasure.at}
        for row in erased_of(version) if any(split == row.split and at <= row.erasure.at for split, at in had)
    ] if had else []  # fmt: skip


def to_tell(*, project: Project, user: User) -> list[tuple[Version, int]]:
    """The versions of which somebody holds files that hold what was erased since, with how many rows."""
    mine = Download.objects.filter(user=user, version__project=project).values("version")
    erased = ErasedRow.objects.filter(version__in=mine).values("version")
    versions = Version.objects.filter(pk__in=erased).select_related("project").order_by("-number")
    counted = [(version, len(since_download(version=version, user=user))) for version in versions]
    return [(version, n) for version, n in counted if n]
