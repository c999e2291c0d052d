"""A version as a folder of files: brought, gone on with after an interruption, verified, and only then there."""

import contextlib
import json
import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING, Any

from labelling.client.bar import Progress, chosen
from labelling.client.connection import seconds_of
from labelling.client.errors import ClientError, Damaged, Gone
from labelling.client.rows import splits_of
from labelling.client.shapes import EXPORT, shaped
from labelling.client.transfer import LONGEST_MAKING, fetch
from labelling.datasets import layout
from labelling.datasets.verify import Verification, verify_directory

if TYPE_CHECKING:
    from labelling.client.version import RemoteVersion

NOTES = "files.json"
LONGEST_NAME = 200


def download(
    version: "RemoteVersion", to: Path, *, splits: Sequence[str], file_format: str, verify: bool,
    progress: Progress | bool | None, options: dict[str, Any],
) -> Verification:  # fmt: skip
    """See RemoteVersion.download."""
    to = to.absolute()
    for split in splits:
        splits_of(split)
    if to.exists() and (not to.is_dir() or any(to.iterdir())):
        raise ClientError(f"{to} is not an empty folder; download to a new one")
    to.parent.mkdir(parents=True, exist_ok=True)
    asked = {"format": file_format, "splits": list(splits), **options}
    export = _export(version, asked)
    partial = to.parent / f".{to.name}.partial"
    files = partial / "files"
    with _alone(partial):
        try:
            _begin(partial, export)
            _fetch_all(version, export, files, chosen(progress, f"{version.project.reference}@{version.number}"))
            found = checked(version, files, splits, verify and file_format in layout.FORMATS)
            os.rename(files, to)
        except (Damaged, Gone):
            shutil.rmtree(partial)
            raise
        shutil.rmtree(partial)
    return found


@contextlib.contextmanager
def _alone(partial: Path) -> Iterator[None]:
    """One download to a place at a time: two would write into each other's files."""
    partial.mkdir(exist_ok=True)
    with (partial / "lock").open("w") as lock:
        if not _locked(lock):
            raise ClientError(f"another download to {partial.parent / partial.name[1:-8]} is under way")
        yield


def _locked(lock: IO[str]) -> bool:
    try:
        import fcntl  # noqa: PLC0415 - Windows has none, and must do without
    except ImportError:
        return True
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _export(version: "RemoteVersion", asked: dict[str, Any]) -> dict[str, Any]:
    """Ask for the files, and wait until they are made."""
    quorum = version.quorum
    body = json.dumps(asked).encode()
    export = shaped(quorum.post(f"{version.path}/exports", body), EXPORT, what="an export")
    address, waited = f"exports/{export['id']}", 0.0
    while export["state"] in {"waiting", "running"}:
        with quorum.attempt(lambda: quorum.send("GET", address)) as reply:
            pause = seconds_of(reply.headers.get("Retry-After")) or 1.0
            export = shaped(quorum.decoded(reply), EXPORT, what="an export")
        if export["state"] in {"waiting", "running"}:
            if (waited := waited + pause) > LONGEST_MAKING:
                raise ClientError("the server makes this export for hours already; look at the log of its worker")
            quorum.sleep(pause)
    if export["state"] != "finished":
        raise ClientError(f"the export is {export['state']}: {export.get('error', '')}")
    _check_shape(export)
    return export


def _check_shape(export: Any) -> None:
    """Raises ClientError for what no server of ours says of a finished export."""
    files = export.get("files")
    for file in files if isinstance(files, list) else [None]:
        told = [file.get(name) for name in ("name", "sha256", "address", "bytes")] if isinstance(file, dict) else []
        texts = told[:3]
        if not texts or not all(isinstance(text, str) for text in texts) or type(told[3]) is not int:
            raise ClientError("the server lists files without name, size, digest and address; is this a Quorum?")


def _begin(partial: Path, export: dict[str, Any]) -> None:
    """The folder of an interrupted download of the same files is gone on with; any other begins anew."""
    wanted = [[file["name"], file["bytes"], file["sha256"]] for file in export["files"]]
    for name, _, _ in wanted:
        if name.startswith("/") or ".." in PurePosixPath(name).parts or set(name) & {"\\", ":", "\0"}:
            raise ClientError(f"the server names a file {name!r}, which would lie outside the folder")
        if name != PurePosixPath(name).as_posix() or name == "." or len(name) > LONGEST_NAME or not name.isascii():
            raise ClientError(f"the server names a file {name!r:.100}, which is no name of one")
    notes = json.dumps(wanted)
    if (partial / NOTES).is_file() and (partial / NOTES).read_text(encoding="utf-8") == notes:
        return
    shutil.rmtree(partial / "files", ignore_errors=True)
    (partial / "files").mkdir()
    (partial / NOTES).write_text(notes, encoding="utf-8")


def _fetch_all(version: "RemoteVersion", export: dict[str, Any], folder: Path, show: Progress) -> None:
    total = sum(file["bytes"] for file in export["files"])
    done = 0

    def note(n_bytes: int) -> None:
        nonlocal done
        done += n_bytes
        show(done, total)

    for file in export["files"]:
        to = folder / file["name"]
        fetch(version.quorum, file["address"], to, size=file["bytes"], sha256=file["sha256"], note=note)


def checked(version: "RemoteVersion", folder: Path, splits: Sequence[str], every_row: bool) -> Verification:
    """Every file's SHA-256 was compared when it came; here every row's hash is, up to the version's id."""
    if not every_row:
        return Verification(version_id=version.version_id, data_id=version.data_id, number=version.number)
    found = verify_directory(folder, splits=splits, version_id=version.version_id)
    if not found.good:
        raise Damaged("what was downloaded is not what was published: " + "; ".join(found.problems[:5]))
    if found.erased > version.n_erased:
        # More were erased since this version was looked up, or somebody took rows out and says so.
        reply = version.quorum.json(version.path)
        erased = shaped(reply, {}, what="a version", n_erased=int).get("n_erased", 0)
        if found.erased > erased:
            raise Damaged(f"{found.erased} rows have no content, but only {erased} were erased: rows were taken out")
    return found
