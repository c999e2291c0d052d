"""Writing a version as files. JSONL and CSV come out byte for byte the same every time; see `layout` for the folder."""

import os
import shutil
import tempfile
from pathlib import Path
from typing import IO, Any, Protocol

from labelling import canonical
from labelling.datasets import layout
from labelling.datasets.content import FIELDS, SPLITS
from labelling.datasets.models import Version
from labelling.datasets.stored import stored_rows
from labelling.datasets.verify import file_digest
from labelling.errors import Conflict, Invalid, NotFound

PARQUET_ROWS = 10_000


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
    names = {split: layout.data_name(split, file_format) for split in SPLITS}
    writers = {split: WRITERS[file_format](folder / name) for split, name in names.items()}
    with (folder / layout.LEAVES).open("wb") as leaves:
        for row, stored in stored_rows(version):
            salt = bytes(stored.salt).hex() if stored and stored.salt is not None else None
            entry = {"key": row.key, "split": row.split, "salt": salt, "leaf": row.leaf,
                     "lineage_hash": row.lineage_hash}  # fmt: skip
            leaves.write(canonical.dumps(entry).encode() + b"\n")
            if stored and stored.content is not None:
                writers[row.split].write(stored.content)
    for writer in writers.values():
        writer.close()
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


class Writer(Protocol):
    """Writes the rows of one split."""

    def write(self, text: str) -> None: ...

    def close(self) -> None: ...


class JsonLines:
    def __init__(self, path: Path) -> None:
        self.file: IO[bytes] = path.open("wb")

    def write(self, text: str) -> None:
        self.file.write(text.encode() + b"\n")

    def close(self) -> None:
        self.file.close()


class Csv(JsonLines):
    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.file.write(layout.csv_text(list(FIELDS)))

    def write(self, text: str) -> None:
        self.file.write(layout.csv_line(canonical.loads(text)))


class Parquet:
    def __init__(self, path: Path) -> None:
        import pyarrow.parquet  # noqa: PLC0415 - slow to import, and only this format needs it

        self.arrow, self.schema = pyarrow, layout.arrow_schema()
        self.file: Any = pyarrow.parquet.ParquetWriter(path, self.schema, compression="zstd")
        self.waiting: list[dict[str, Any]] = []

    def write(self, text: str) -> None:
        self.waiting.append(layout.to_cells(canonical.loads(text)))
        if len(self.waiting) == PARQUET_ROWS:
            self.flush()

    def flush(self) -> None:
        self.file.write_table(self.arrow.Table.from_pylist(self.waiting, schema=self.schema))
        self.waiting = []

    def close(self) -> None:
        if self.waiting:
            self.flush()
        self.file.close()


WRITERS: dict[str, type[JsonLines] | type[Parquet]] = {"jsonl": JsonLines, "csv": Csv, "parquet": Parquet}
