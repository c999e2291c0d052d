"""Writing a version as files. JSONL and CSV come out byte for byte the same every time; see `layout` for the folder."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from labelling import canonical
from labelling.datasets import layout
from labelling.datasets.content import SPLITS
from labelling.datasets.models import Version
from labelling.datasets.reading import rows_of
from labelling.datasets.texts import texts_of
from labelling.datasets.verify import file_digest
from labelling.errors import Conflict, Invalid, NotFound


class UnknownFormat(Invalid):
    """There is no such export format."""


class TargetNotEmpty(Conflict):
    """The folder to export to holds something already."""


def export_version(*, version: Version, file_format: str, to: Path) -> Path:
    """Write a version's files to the folder `to`, which must be empty or absent; returns it.

    It appears whole or not at all. Raises UnknownFormat, TargetNotEmpty.
    """
    check_format(file_format)
    to = Path(to).absolute()
    if to.exists() and (not to.is_dir() or any(to.iterdir())):
        raise TargetNotEmpty(f"{to} is not an empty folder; export to a new one")
    try:
        to.parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=f".{to.name}-", dir=to.parent))
    except OSError as error:
        raise Invalid(f"can't write to {to.parent}: {error.strerror or error}") from None
    try:
        _write(version, file_format, folder)
        folder.chmod(0o755)
        # Another export to the same place that was faster is not overwritten: its folder is not empty.
        os.rename(folder, to)
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise TargetNotEmpty(f"can't put the export at {to}: {error.strerror or error}") from None
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return to


def check_format(file_format: str) -> str:
    if file_format not in layout.FORMATS:
        raise UnknownFormat(f"there is no format {file_format!r}; the formats are {', '.join(layout.FORMATS)}")
    return file_format


def check_split(split: str) -> str:
    if split not in SPLITS:
        raise NotFound(f"there is no split {split!r}; the splits are {', '.join(SPLITS)}")
    return split


def _write(version: Version, file_format: str, folder: Path) -> None:
    (folder / "data").mkdir()
    rows = rows_of(version)
    names = {split: layout.data_name(split, file_format) for split in SPLITS}
    for split, name in names.items():
        WRITERS[file_format](rows.batches(splits=[split]), folder / name)
    with pq.ParquetWriter(folder / layout.LEAVES, layout.leaves_schema(), compression="zstd") as file:
        for batch in rows.leaves():
            file.write_batch(batch)
    (folder / layout.MANIFEST).write_bytes(manifest_document(version, file_format))
    written = sorted([layout.MANIFEST, layout.LEAVES, *names.values()])
    lines = [f"{file_digest(folder / name)}  {name}\n" for name in written]
    (folder / layout.SUMS).write_text("".join(lines), encoding="utf-8")


def manifest_document(version: Version, file_format: str) -> bytes:
    """manifest.json: what version_id is the hash of, and beside it what it is not."""
    document = {
        "version_id": version.version_id,
        "project": version.project.slug,
        "number": version.number,
        "format": file_format,
        "message": version.message,
        "created_at": version.created_at.isoformat(),
        "manifest": canonical.loads(version.manifest),
    }
    return canonical.dumps(document).encode() + b"\n"


def _write_lines(batches: Iterator[pa.RecordBatch], path: Path) -> None:
    with path.open("wb") as file:
        for batch in batches:
            file.writelines(text.encode() + b"\n" for text in texts_of(batch).to_pylist())


def _write_csv(batches: Iterator[pa.RecordBatch], path: Path) -> None:
    with pyarrow.csv.CSVWriter(path, layout.arrow_schema()) as file:
        for batch in batches:
            file.write_batch(batch)


def _write_parquet(batches: Iterator[pa.RecordBatch], path: Path) -> None:
    with pq.ParquetWriter(path, layout.arrow_schema(), compression="zstd") as file:
        for batch in batches:
            file.write_batch(batch)


WRITERS = {"jsonl": _write_lines, "csv": _write_csv, "parquet": _write_parquet}
