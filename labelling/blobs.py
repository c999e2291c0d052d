"""Files that never change, kept by the SHA-256 of their bytes: parts of versions, exports, uploads.

On this machine's disk under DATA_DIR/blobs, or in the bucket that BLOBS_URL names
(s3://bucket/prefix?endpoint=https://…; keys from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY). A blob is whole or not
there. What a bucket holds is read through a copy under DATA_DIR/cache/blobs.
"""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import parse_qs, urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

CHUNK_BYTES = 1 << 20
# A blob in a bucket that is older than this is sent again when it is stored again: see loop/leftovers.py.
YOUNG = timedelta(hours=12)


class MissingBlob(Exception):
    """There is no blob of this digest: never stored, or erased."""


@dataclass(frozen=True)
class Blob:
    """digest: SHA-256 of the bytes, 64 hex digits; n_bytes: how many."""

    digest: str
    n_bytes: int


class Store(Protocol):
    def put(self, source: Path, digest: str) -> None: ...
    def path(self, digest: str) -> Path: ...
    def read(self, digest: str, start: int, end: int) -> Iterator[bytes]: ...
    def remove(self, digest: str) -> None: ...
    def drop_copy(self, digest: str) -> None: ...
    def dated(self) -> Iterator[tuple[str, datetime]]: ...


def put(source: Path) -> Blob:
    """Keep a copy of a file; `source` stays. Doing it again changes nothing."""
    blob = Blob(digest_of(source), source.stat().st_size)
    store().put(source, blob.digest)
    return blob


def path_of(digest: str) -> Path:
    """Where the blob's bytes can be read on this machine. Raises MissingBlob."""
    return store().path(digest)


def read(digest: str, start: int, end: int) -> Iterator[bytes]:
    """The bytes from `start` up to but not including `end`, in pieces. Raises MissingBlob before the first."""
    return store().read(digest, start, end)


def remove(digest: str) -> None:
    """Delete a blob and every copy on this machine; that it is not there is no error."""
    store().remove(digest)


def drop_copy(digest: str) -> None:
    """Delete this machine's copy of what another machine removed; nothing where blobs lie on this disk."""
    store().drop_copy(digest)


def digests() -> Iterator[str]:
    """Every blob that is kept."""
    return (digest for digest, _ in dated())


def dated() -> Iterator[tuple[str, datetime]]:
    """Every blob that is kept: its digest, and when it was last stored."""
    return store().dated()


def digest_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def store() -> Store:
    return _store(settings.BLOBS_URL, str(settings.DATA_DIR))


@cache
def _store(url: str, data_dir: str) -> Store:
    if not url:
        return Folder(Path(data_dir) / "blobs")
    parts = urlsplit(url)
    if parts.scheme != "s3" or not parts.netloc:
        raise ImproperlyConfigured(f"BLOBS_URL must look like s3://bucket/prefix?endpoint=https://…, not {url!r}")
    return Bucket(parts.netloc, parts.path.strip("/"), parse_qs(parts.query), Path(data_dir) / "cache" / "blobs")


class Folder:
    """Blobs in a folder of this machine's disk."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def _place(self, digest: str) -> Path:
        return self.root / digest[:2] / digest

    def put(self, source: Path, digest: str) -> None:
        place = self._place(digest)
        if place.exists():
            os.utime(place)
            return
        with _whole_file(place) as temporary:
            shutil.copyfile(source, temporary)

    def path(self, digest: str) -> Path:
        place = self._place(digest)
        if not place.is_file():
            raise MissingBlob(digest)
        return place

    def read(self, digest: str, start: int, end: int) -> Iterator[bytes]:
        return _pieces(self.path(digest), start, end)

    def remove(self, digest: str) -> None:
        self._place(digest).unlink(missing_ok=True)

    def drop_copy(self, digest: str) -> None:
        """There are none besides the blobs themselves."""

    def dated(self) -> Iterator[tuple[str, datetime]]:
        for file in self.root.glob("??/*"):
            if not file.name.startswith("."):
                yield file.name, datetime.fromtimestamp(file.stat().st_mtime, UTC)


class Bucket:
    """Blobs in S3 or what speaks its protocol. A copy of each blob that was read lies in `cached`."""

    def __init__(self, bucket: str, prefix: str, options: dict[str, list[str]], cached: Path) -> None:
        from obstore.store import S3Store  # noqa: PLC0415 - who keeps blobs on disk needn't load it

        told = {name: values[-1] for name, values in options.items()}
        endpoint = told.pop("endpoint", "")
        config: dict[str, Any] = {"region": told.pop("region", os.environ.get("AWS_REGION", "us-east-1"))}
        if endpoint:
            config |= {"endpoint": endpoint, "virtual_hosted_style_request": False}
        if told:
            raise ImproperlyConfigured(f"BLOBS_URL has no option {', '.join(sorted(told))}; it has endpoint and region")
        client: Any = {"allow_http": True} if endpoint.startswith("http://") else None
        self.store = S3Store(bucket, prefix=prefix or None, client_options=client, **config)
        self.copies = Folder(cached)

    @staticmethod
    def _key(digest: str) -> str:
        return f"blobs/{digest[:2]}/{digest}"

    def put(self, source: Path, digest: str) -> None:
        stored_at = self._stored_at(digest)
        if stored_at is None or stored_at < datetime.now(UTC) - YOUNG:
            self.store.put(self._key(digest), source)

    def _stored_at(self, digest: str) -> datetime | None:
        try:
            return self.store.head(self._key(digest))["last_modified"]
        except FileNotFoundError:
            return None

    def _is_there(self, digest: str) -> bool:
        return self._stored_at(digest) is not None

    def path(self, digest: str) -> Path:
        try:
            return self.copies.path(digest)
        except MissingBlob:
            pass
        place = self.copies._place(digest)
        with _whole_file(place) as temporary, temporary.open("wb") as file:
            for piece in self._stream(digest):
                file.write(piece)
        return place

    def _stream(self, digest: str) -> Iterator[bytes]:
        try:
            reply = self.store.get(self._key(digest))
        except FileNotFoundError:
            raise MissingBlob(digest) from None
        for piece in reply.stream(min_chunk_size=CHUNK_BYTES):
            yield bytes(piece)

    def read(self, digest: str, start: int, end: int) -> Iterator[bytes]:
        if not self._is_there(digest):
            raise MissingBlob(digest)
        return self._ranges(digest, start, end)

    def _ranges(self, digest: str, start: int, end: int) -> Iterator[bytes]:
        for at in range(start, end, 8 * CHUNK_BYTES):
            yield bytes(self.store.get_range(self._key(digest), start=at, end=min(end, at + 8 * CHUNK_BYTES)))

    def remove(self, digest: str) -> None:
        self.copies.remove(digest)
        if self._is_there(digest):
            self.store.delete(self._key(digest))

    def drop_copy(self, digest: str) -> None:
        self.copies.remove(digest)

    def dated(self) -> Iterator[tuple[str, datetime]]:
        for entries in self.store.list("blobs/"):
            yield from ((entry["path"].rpartition("/")[2], entry["last_modified"]) for entry in entries)


@contextmanager
def _whole_file(place: Path) -> Iterator[Path]:
    """A temporary file that takes its place when the block ends well: whole, and on the disk."""
    place.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=".", dir=place.parent)
    os.close(descriptor)
    temporary = Path(name)
    try:
        yield temporary
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        temporary.chmod(0o644)
        os.replace(temporary, place)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _pieces(path: Path, start: int, end: int) -> Iterator[bytes]:
    file = path.open("rb")

    def pieces() -> Iterator[bytes]:
        with file:
            file.seek(start)
            left = end - start
            while left > 0 and (piece := file.read(min(left, CHUNK_BYTES))):
                left -= len(piece)
                yield piece

    return pieces()
