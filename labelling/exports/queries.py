"""Reads of exports and of the log of downloads."""

import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from django.db.models import QuerySet

from labelling import canonical
from labelling.datasets.content import SPLITS
from labelling.datasets.export import state_of
from labelling.datasets.formats import FORMATS
from labelling.datasets.models import SegmentContent, Version
from labelling.errors import NotFound, QuorumError
from labelling.exports.models import Download, Export
from labelling.exports.writing import ONE_FILE

CONTENT_TYPES = {
    **{found.suffix: found.content_type for found in FORMATS.values()},
    "json": "application/json",
    "md": "text/markdown; charset=utf-8",
    "xml": "application/xml",
}


# data/train-00000-of-00001.parquet, data/train.csv, votes/train/….jsonl
PART_OF_SPLIT = {split: re.compile(rf"/{split}[-./]") for split in SPLITS}


class Gone(QuorumError):
    """The files were deleted, since content of the version was erased; what is left can be exported anew."""

    status, code = 410, "erased"


class NotReady(QuorumError):
    """The export isn't finished."""

    status, code = 409, "not_ready"


@dataclass(frozen=True)
class ExportFile:
    """One file to hand out. sha256: 64 hex digits of its bytes; filename: what to save it as."""

    export: Export
    name: str
    n_bytes: int
    sha256: str
    content_type: str
    filename: str

    @property
    def etag(self) -> str:
        return f'"{self.sha256}"'


def all_exports() -> QuerySet[Export]:
    return Export.objects.select_related("version__project", "version__schema", "version__guideline", "job")


def exports_of(version: Version) -> QuerySet[Export]:
    """A version's exports that can be used, or will be."""
    return all_exports().filter(version=version, gone_at=None)


def downloads_of(version: Version) -> QuerySet[Download]:
    """Who fetched which files of a version."""
    return Download.objects.filter(version=version).select_related("export", "user", "token")


def erasures_of(version: Version) -> int:
    """How often content of a version's segments was erased: with it, what an export holds changes."""
    return SegmentContent.objects.filter(segment__uses__version=version, gone_at__isnull=False).count()


def key_of(*, version: Version, file_format: str, options: dict[str, object], code: int) -> str:
    """The digest of all that decides the bytes of an export, 64 hex digits. code: the version of the writers."""
    decides = {
        "version_id": version.version_id, "format": file_format, "options": options, "code": code,
        "erased": erasures_of(version), "state": state_of(version),
    }  # fmt: skip
    return canonical.digest(canonical.dumps(decides))


def file_of(export: Export, name: str) -> ExportFile:
    """The file of that name. Raises NotFound, Gone, NotReady."""
    if export.gone_at is None and export.finished_at is None:
        raise NotReady(f"This export is {export.state}; ask for its files when it is finished.")
    for file in export.files:
        if file["name"] == name:
            break
    else:
        names = ", ".join(file["name"] for file in export.files)
        raise NotFound(f"This export has no file {name!r}; it has {names}.")
    if export.gone_at is not None:
        raise Gone(
            f"This file is gone since {export.gone_at:%Y-%m-%d %H:%M} UTC: {export.error}. Ask for a new export of "
            f"version {export.version.number}, and delete your copies."
        )
    return listed_file(export, file)


def splits_in(export: Export, name: str) -> tuple[str, ...]:
    """The splits whose rows that file holds; none of a file that holds no rows, such as the card."""
    if export.options.get(ONE_FILE):
        return export.splits
    return tuple(split for split in export.splits if PART_OF_SPLIT[split].search(name))


def listed_file(export: Export, file: dict[str, Any]) -> ExportFile:
    """An entry of `export.files`, whether or not it can still be had."""
    path = PurePosixPath(file["name"])
    kind = CONTENT_TYPES.get(path.suffix.removeprefix("."), "text/plain; charset=utf-8")
    filename = f"{export.version.project.slug}-{export.version.number}-{path.name}"
    return ExportFile(export, file["name"], file["bytes"], file["sha256"], kind, filename)
