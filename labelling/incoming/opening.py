"""Opening what was exported: files and archives of them, decoded a record at a time, never larger than allowed."""

import csv
import io
import lzma
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from labelling.incoming.found import Json, refused

MAX_BYTES = 2_000_000_000
MAX_FILES = 1_000
MAX_FIELD = 10_000_000
ENDINGS = (".json", ".jsonl", ".ndjson", ".csv", ".tsv", ".txt")
# What reading an archive with bytes that somebody altered may raise.
DAMAGED = (
    zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError, IndexError, OverflowError,
    zlib.error, lzma.LZMAError,
)  # fmt: skip
BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Export:
    """One file as it was exported; name: without folders."""

    name: str
    content: bytes

    @property
    def stem(self) -> str:
        return self.name.rpartition(".")[0] or self.name

    @property
    def ending(self) -> str:
        return Path(self.name).suffix.lower()


def open_exports(paths: Sequence[Path]) -> list[Export]:
    """The files, those of zip archives taken out. Raises Refused."""
    exports: list[Export] = []
    for path in paths:
        try:
            content = path.read_bytes() if path.stat().st_size <= MAX_BYTES else None
        except OSError as error:
            raise refused(str(path), f"can't be read: {error.strerror or error}") from error
        if content is None:
            raise refused(str(path), f"is larger than {MAX_BYTES // 1_000_000_000} GB; export it in parts")
        exports += unpacked(path.name, content)
    return exports


def unpacked(name: str, content: bytes, room: int = MAX_BYTES) -> list[Export]:
    """The file itself, or the files of an archive, of `room` bytes at most together. Raises Refused."""
    if not content.startswith(b"PK\x03\x04"):
        return [Export(name, content)]
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return _members(name, archive, room)
    except DAMAGED as error:
        raise refused(
            name, f"is an archive that can't be read: {error}; pack it again as zip, without a password"
        ) from error


def _members(name: str, archive: zipfile.ZipFile, most: int) -> list[Export]:
    found: list[Export] = []
    room = most
    for info in archive.infolist():
        base = info.filename.rpartition("/")[2]
        if info.is_dir() or base.startswith((".", "__")) or "__MACOSX" in info.filename or not base.endswith(ENDINGS):
            continue
        with archive.open(info) as stream:
            content = stream.read(room + 1)
        room -= len(content)
        if room < 0 or len(found) >= MAX_FILES:
            message = f"holds more than is taken at once; {most:,} bytes and {MAX_FILES:,} files are the most"
            raise refused(name, message)
        found.append(Export(base, content))
    if not found:
        raise refused(name, f"holds no file that ends in {', '.join(ENDINGS)}")
    return found


def records(export: Export) -> Iterator[tuple[str, Json]]:
    """(place, object) of a list, of lines, or of a table; decoded one by one. Raises Refused."""
    content = export.content.removeprefix(BOM)
    if export.ending in (".csv", ".tsv"):
        yield from _table(export, content)
        return
    kind = content.lstrip()[:1]
    if not kind:
        raise refused(export.name, "is empty")
    if kind == b"[":
        yield from _list(export, content)
    elif kind == b"{":
        yield from _lines(export, content)
    elif export.ending == ".txt":
        for number, line in enumerate(_text(export, content).splitlines(), start=1):
            if line.strip():
                yield f"{export.name}, line {number}", {"text": line}
    else:
        raise refused(
            export.name, "begins neither with [ nor with {; send JSON, JSON Lines, CSV or TSV as it was exported"
        )


def _list(export: Export, content: bytes) -> Iterator[tuple[str, Json]]:
    try:
        parts = msgspec.json.decode(content, type=list[msgspec.Raw])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise refused(export.name, f"is not JSON: {error}. Export it again; it may have been cut off") from error
    for number, part in enumerate(parts, start=1):
        yield _object(f"{export.name}, item {number}", bytes(part))


def _lines(export: Export, content: bytes) -> Iterator[tuple[str, Json]]:
    """Lines of one object each; or one object over several lines."""
    first = content.lstrip().partition(b"\n")[0]
    if not _is_json(first):
        yield _object(f"{export.name}, item 1", content)
        return
    start, number = 0, 0
    while start < len(content):
        end = content.find(b"\n", start)
        end = len(content) if end < 0 else end
        number += 1
        if (line := content[start:end]).strip():
            yield _object(f"{export.name}, line {number}", line)
        start = end + 1


def _is_json(text: bytes) -> bool:
    try:
        msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return True


def _object(place: str, text: bytes) -> tuple[str, Json]:
    try:
        value: Any = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise refused(place, f"is not JSON: {error}. Export it again; it may have been cut off") from error
    if not isinstance(value, dict):
        raise refused(place, "must be an object, as the tool exports it")
    return place, value


def _text(export: Export, content: bytes) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise refused(export.name, f"is not UTF-8, at byte {error.start:,}; save it as UTF-8") from error


def _table(export: Export, content: bytes) -> Iterator[tuple[str, Json]]:
    csv.field_size_limit(MAX_FIELD)
    reader = csv.DictReader(
        io.StringIO(_text(export, content), newline=""), delimiter="\t" if export.ending == ".tsv" else ","
    )
    try:
        if not reader.fieldnames:
            raise refused(export.name, "is empty")
        for row in reader:
            place = f"{export.name}, line {reader.line_num}"
            if None in row or None in row.values():
                raise refused(place, f"has not {len(reader.fieldnames)} columns, as its first line has")
            yield place, dict(row)
    except csv.Error as error:
        raise refused(
            f"{export.name}, line {reader.line_num}", f"is no {export.ending[1:].upper()}: {error}"
        ) from error
