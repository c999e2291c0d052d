"""How large pictures are, of which a file says only where on them something is, in pixels."""

import io
import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from PIL import Image, UnidentifiedImageError

from labelling.incoming.found import refused
from labelling.incoming.opening import DAMAGED

Sizes = dict[str, tuple[int, int]]

# What opening a file that is no picture, or a damaged one, may raise.
NO_PICTURE = (
    UnidentifiedImageError, OSError, ValueError, SyntaxError, RuntimeError, struct.error, Image.DecompressionBombError,
)  # fmt: skip
# What browsers show; readers of rare formats fail in ways of their own.
FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "AVIF", "BMP", "TIFF")
HEAD = 300_000
MOST_BYTES = 2_000_000_000
# A request waits for them: that many take a few seconds.
MOST_PICTURES = 20_000


def sizes_in_folder(folder: Path) -> Sizes:
    """{name: (width, height)} of the pictures below a folder; files that are no pictures are passed over."""
    sizes: Sizes = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and (size := _size_of_file(path)):
            sizes[path.name] = size
    return sizes


def sizes_in_archive(name: str, content: bytes) -> Sizes:
    """The same of a zip archive, of which no more than the pictures' heads is unpacked. Raises Refused."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            sizes = dict(_sizes(name, archive))
    except DAMAGED as error:
        raise refused(name, f"is no zip archive of pictures: {error}; pack them as zip, without a password") from error
    if not sizes:
        raise refused(name, "holds no picture; pack the pictures that the files name as zip")
    return sizes


def _sizes(name: str, archive: zipfile.ZipFile) -> Iterator[tuple[str, tuple[int, int]]]:
    room = MOST_BYTES
    if len(archive.infolist()) > MOST_PICTURES:
        raise refused(name, f"holds more than {MOST_PICTURES:,} files; use --image-files on the server")
    for info in sorted(archive.infolist(), key=lambda one: one.filename):
        if info.is_dir():
            continue
        with archive.open(info) as stream:
            head = stream.read(HEAD)
        room -= len(head)
        if room < 0:
            raise refused(name, f"holds more than {MOST_BYTES:,} bytes; use --image-files on the server")
        if size := _size(io.BytesIO(head)):
            yield info.filename.rpartition("/")[2], size


def _size_of_file(path: Path) -> tuple[int, int] | None:
    with path.open("rb") as stream:
        return _size(stream)


def _size(stream: IO[bytes]) -> tuple[int, int] | None:
    try:
        with Image.open(stream, formats=FORMATS) as picture:
            return picture.size
    except NO_PICTURE:
        return None
