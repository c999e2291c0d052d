"""Asking for exports, making them in the background, logging who fetched them, and forgetting what was erased."""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from labelling import blobs
from labelling.datasets.models import Version
from labelling.errors import QuorumError
from labelling.exports import making, writing
from labelling.exports.models import Download, Export
from labelling.exports.queries import ExportFile, all_exports, exports_of, key_of
from labelling.jobs import actions as jobs
from labelling.projects.models import ApiToken, User

KIND = "export"
# As many rows take about a second: whoever asks gets them at once.
SMALL_ROWS = 20_000
ERASED = "content of this version was erased"


def ask(
    *, version: Version, file_format: str, splits: list[str], by: User | None, now: datetime,
    options: dict[str, Any] | None = None,
) -> Export:  # fmt: skip
    """The export of a version with these options; it is made in the background unless it is there already.

    splits: test only if it is named. Raises UnknownFormat, NotHeld, Invalid.
    """
    told = writing.canonical_options(
        file_format=file_format, kind=version.schema.kind, splits=splits, options=options or {}
    )
    key = key_of(version=version, file_format=file_format, options=told, code=writing.CODE)
    found = exports_of(version).filter(key=key).first()
    if found is None:
        found = _create(version, file_format, told, key, by=by, now=now)
    if found.state == "failed":
        _try_again(found, now=now)
    return found


def make_small(export: Export, *, now: datetime) -> Export:
    """Make a small export at once if nobody has begun; the export as it is then."""
    if export.state == "waiting" and export.version.n_rows <= SMALL_ROWS and export.job:
        jobs.run(export.job.pk, handlers={KIND: export_job}, now=now)
        return all_exports().get(pk=export.pk)
    return export


def export_job(*, export_id: int, now: datetime) -> dict[str, Any]:
    """Make the files of an export. Safe to repeat: who finishes first wins, and the bytes are the same."""
    export = all_exports().get(pk=export_id)
    if export.finished_at or export.gone_at:
        return {}
    try:
        files = making.make_files(export)
    except QuorumError as error:
        # The same would be refused again, so it is not tried again.
        Export.objects.filter(pk=export.pk, finished_at=None, gone_at=None).update(failed_at=now, error=str(error))
        return {"error": str(error)}
    return _finish(export, files, now=now)


def forget(*, version: Version, now: datetime, why: str = ERASED) -> int:
    """Take all exports of a version out of use and delete their files: what an erasure calls, once the version's
    own content is gone. Returns how many exports there were; their files answer 410 from then on."""
    with transaction.atomic():
        Version.objects.select_for_update(no_key=True).get(pk=version.pk)
        standing = list(exports_of(version))
        Export.objects.filter(pk__in=[export.pk for export in standing]).update(gone_at=now, error=why)
    _remove([file["sha256"] for export in standing for file in export.files])
    return len(standing)


def lost(export: Export, *, now: datetime) -> None:
    """Note that a file of an export isn't in storage any more, so that asking again makes it anew."""
    Export.objects.filter(pk=export.pk, gone_at=None).update(gone_at=now, error="a file was lost from the storage")


def log(
    *, file: ExportFile, by: User, token: ApiToken | None, signed: bool, address: str | None, first_byte: int,
    n_bytes: int, status: int, now: datetime,
) -> None:  # fmt: skip
    """Note that bytes of a file were handed out."""
    Download.objects.create(
        version=file.export.version, export=file.export, name=file.name, user=by, token=token, signed=signed,
        address=address, at=now, first_byte=first_byte, n_bytes=n_bytes, status=status,
    )  # fmt: skip


def _create(
    version: Version, file_format: str, options: dict[str, Any], key: str, *, by: User | None, now: datetime
) -> Export:
    try:
        with transaction.atomic():
            export = Export.objects.create(
                version=version, format=file_format, options=options, key=key, created_at=now, created_by=by
            )
            _send(export, now=now)
    except IntegrityError:
        return exports_of(version).get(key=key)  # somebody asked for the same at the same time
    return export


def _try_again(export: Export, *, now: datetime) -> None:
    with transaction.atomic():
        Export.objects.filter(pk=export.pk).update(failed_at=None, error="")
        export.failed_at, export.error = None, ""
        _send(export, now=now)


def _send(export: Export, *, now: datetime) -> None:
    project_id = export.version.project_id
    job = jobs.enqueue(KIND, key=f"export {export.pk}", project_id=project_id, now=now, export_id=export.pk)
    if job is not None:
        job.total = sum(export.version.checks.get("splits", {}).get(split, 0) for split in export.splits)
        job.save(update_fields=["total"])
        export.job = job
        export.save(update_fields=["job"])


def _finish(export: Export, files: list[dict[str, Any]], *, now: datetime) -> dict[str, Any]:
    """The lock makes an erasure come before or after: then these files are not kept, or it finds them."""
    with transaction.atomic():
        version = Version.objects.select_for_update(no_key=True).get(pk=export.version_id)
        told = {"version": version, "file_format": export.format, "options": export.options, "code": writing.CODE}
        if key_of(**told) != export.key:
            Export.objects.filter(pk=export.pk, gone_at=None).update(gone_at=now, error=ERASED)
        won = Export.objects.filter(pk=export.pk, finished_at=None, gone_at=None)
        finished = won.update(finished_at=now, files=files, failed_at=None, error="")
    if not finished:
        _remove([file["sha256"] for file in files])
    return {"files": len(files)}


def _remove(digests: list[str]) -> None:
    """Delete blobs that no export in use lists."""
    kept: set[str] = set()
    for files in Export.objects.filter(gone_at=None).values_list("files", flat=True).iterator():
        kept.update(file["sha256"] for file in files)
    for digest in sorted(set(digests) - kept):
        blobs.remove(digest)
