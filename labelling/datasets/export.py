"""Writing a version as files, in any of the `formats`; see `layout` for the folder. It appears whole or not at all."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pyarrow.parquet

from labelling import canonical
from labelling.datasets import layout, reading
from labelling.datasets.about import about_of, recalled
from labelling.datasets.content import SPLITS
from labelling.datasets.formats import Format, NotHeld, Options, UnknownFormat, check_held, format_of
from labelling.datasets.formats.folder import Batches, sums_of, write_files
from labelling.datasets.models import Version
from labelling.datasets.votes import voted_batches
from labelling.errors import Conflict, Invalid, NotFound

__all__ = ["NotHeld", "Options", "TargetNotEmpty", "UnknownFormat", "export_version", "state_of", "write_one_file"]

Progress = Callable[[int], None]


class TargetNotEmpty(Conflict):
    """The folder to export to holds something already."""


def export_version(
    *, version: Version, file_format: str, to: Path, options: Options | None = None, progress: Progress | None = None
) -> Path:
    """Write a version's files to the folder `to`, which must be empty or absent; returns it.

    options: all splits, and the consensus alone, unless they say otherwise. progress is told, after each batch, how
    many rows are written. The folder appears whole or not at all. Raises UnknownFormat, NotHeld, TargetNotEmpty.
    """
    found, options = format_of(file_format), options or Options()
    check_held(found, kind=version.schema.kind)
    with _appearing(Path(to).absolute()) as folder:
        write_files(
            folder, found=found, about=about_of(version), options=options,
            batches=_watched(_batches(version, options), progress),
        )  # fmt: skip
        _write_leaves(folder / layout.LEAVES, version, options.splits)
        (folder / layout.MANIFEST).write_bytes(manifest_document(version, found, options))
        (folder / layout.SUMS).write_text(sums_of(folder), encoding="utf-8")
    return Path(to).absolute()


def write_one_file(
    *, version: Version, file_format: str, splits: Sequence[str], to: Path, progress: Progress | None = None
) -> None:
    """The rows of several splits in one new file, in the order of their keys. Raises UnknownFormat, and NotHeld for a
    format that doesn't take rows as they are."""
    found, options = format_of(file_format), Options(splits=tuple(splits))
    if found.sink is None:
        raise NotHeld(f"{found.name} has no file of rows alone; export it as a folder")
    sink = found.sink(to, layout.arrow_schema())
    for batch, _ in _watched(_batches(version, options), progress):
        sink.write(batch)
    sink.close()


def check_format(file_format: str) -> str:
    return format_of(file_format).name


def check_split(split: str) -> str:
    if split not in SPLITS:
        raise NotFound(f"there is no split {split!r}; the splits are {', '.join(SPLITS)}")
    return split


def state_of(version: Version) -> str:
    """What else than the version decides the bytes of an export: the card names standing recalls. For cache keys."""
    return canonical.digest(canonical.dumps(recalled(version)))[:16]


def manifest_document(version: Version, found: Format, options: Options) -> bytes:
    """manifest.json: what version_id is the hash of, and beside it what it is not."""
    document = {
        "version_id": version.version_id,
        "project": version.project.slug,
        "number": version.number,
        "format": found.name,
        "splits": list(options.splits),
        "options": {name: value for name, value in options.as_json().items() if name != "splits"},
        "verifies": found.verifies,
        "message": version.message,
        "created_at": version.created_at.isoformat(),
        "manifest": canonical.loads(version.manifest),
    }
    return canonical.dumps(document).encode() + b"\n"


def _batches(version: Version, options: Options) -> Batches:
    if options.votes:
        return voted_batches(version, splits=options.splits, names=options.names)
    return ((batch, None) for batch in reading.batches(version, splits=options.splits))


def _watched(batches: Batches, progress: Progress | None) -> Batches:
    n = 0
    for batch, votes in batches:
        yield batch, votes
        n += len(batch)
        if progress:
            progress(n)


def _write_leaves(path: Path, version: Version, splits: Sequence[str]) -> None:
    with pyarrow.parquet.ParquetWriter(path, layout.leaves_schema(), compression="zstd") as file:
        for batch in reading.leaves(version, splits):
            file.write_batch(batch)


@contextmanager
def _appearing(to: Path) -> Iterator[Path]:
    """A folder beside `to` that takes its place when all is written, and goes when something fails."""
    if to.exists() and (not to.is_dir() or any(to.iterdir())):
        raise TargetNotEmpty(f"{to} is not an empty folder; export to a new one")
    try:
        to.parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=f".{to.name}-", dir=to.parent))
    except OSError as error:
        raise Invalid(f"can't write to {to.parent}: {error.strerror or error}") from None
    try:
        yield folder
        folder.chmod(0o755)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    try:
        # Another export to the same place that was faster is not overwritten: its folder is not empty.
        os.rename(folder, to)
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise TargetNotEmpty(f"can't put the export at {to}: {error.strerror or error}") from None
