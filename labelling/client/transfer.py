"""Bytes of one address, gone on with where a connection was cut, and checked against their digest."""

import base64
import hashlib
import http.client
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from labelling.client.connection import Patience, Quorum, seconds_of
from labelling.client.errors import Damaged, Temporary

PIECE_BYTES = 1 << 18
PART = re.compile(r"bytes (\d+)-\d+/(\d+)")
DIGEST = re.compile(r"sha-256=:([A-Za-z0-9+/=]+):")
MOST_DIGITS = 19
LONGEST_MAKING = 6 * 3600.0

Note = Callable[[int], object]


class StartAgain(Exception):
    """The server has other bytes now than those that came before."""


class Stream:
    """The bytes of an address from `at` on. Iterate: pieces come in order, each once, across cut connections.

    etag: of what the caller has already; size, sha256: known once the first piece came. Raises ClientError; StartAgain
    when what the server has is not what the bytes before `at` were of.
    """

    def __init__(
        self, quorum: Quorum, path: str, *, query: dict[str, str] | None = None, at: int = 0, etag: str = "",
        size: int | None = None,
    ) -> None:  # fmt: skip
        self.quorum, self.path, self.query, self.at, self.etag, self.size = quorum, path, query, at, etag, size
        self.sha256 = ""

    def __iter__(self) -> Iterator[bytes]:
        patience = Patience(self.quorum)
        while self.size is None or self.at < self.size:
            try:
                with self._reply() as reply:
                    while piece := _piece(reply):
                        self.at += len(piece)
                        if self.size is not None and self.at > self.size:
                            raise Damaged(f"the server sends more than the {self.size:,} bytes that it named")
                        patience.start_anew()
                        yield piece
                if self.size is not None and self.at < self.size:
                    raise Temporary(f"the connection was cut after {self.at:,} of {self.size:,} bytes")
            except Temporary as error:
                patience.wait(error)

    def _reply(self) -> http.client.HTTPResponse:
        headers = {"Range": f"bytes={self.at}-", "If-Range": self.etag} if self.at else {}
        waited = 0.0
        while True:
            reply = self.quorum.send("GET", self.path, query=self.query, headers=headers)
            if reply.status != 202:
                break
            pause = seconds_of(reply.headers.get("Retry-After")) or 1.0
            reply.close()
            if (waited := waited + pause) > LONGEST_MAKING:
                raise Damaged("the server makes this file for hours already; look at the log of its worker")
            self.quorum.sleep(pause)
        self._learn(reply)
        return reply

    def _learn(self, reply: http.client.HTTPResponse) -> None:
        self.etag = reply.headers.get("ETag", "")
        digest = DIGEST.search(reply.headers.get("Repr-Digest", ""))
        try:
            self.sha256 = base64.b64decode(digest[1]).hex() if digest else ""
        except ValueError:
            raise Damaged("the server named a digest that is none") from None
        if reply.status == 206:
            part = PART.fullmatch(reply.headers.get("Content-Range", ""))
            if not part or int(part[1]) != self.at:
                reply.close()
                raise StartAgain
            self.size = int(part[2])
            return
        if self.at:
            reply.close()
            raise StartAgain
        length = reply.headers.get("Content-Length", "")
        self.size = int(length) if length.isascii() and length.isdigit() and len(length) < MOST_DIGITS else None
        if self.size is None:
            raise Damaged("the server did not say how long the file is")


def _piece(reply: http.client.HTTPResponse) -> bytes:
    try:
        return reply.read1(PIECE_BYTES)
    except (OSError, http.client.HTTPException) as error:
        raise Temporary(f"the connection was cut: {error}") from None


def read_all(quorum: Quorum, path: str, query: dict[str, str]) -> bytes:
    """All bytes of an address. Raises Damaged when they aren't those of the digest that the server named."""
    stream = Stream(quorum, path, query=query)
    data = b"".join(stream)
    if stream.sha256 and hashlib.sha256(data).hexdigest() != stream.sha256:
        raise Damaged(f"{path}: what came is not what the server says it sent; read it again")
    return data


def fetch(quorum: Quorum, path: str, to: Path, *, size: int, sha256: str, note: Note) -> None:
    """Bring a file of these bytes to `to`; what lies there already is gone on with. note: called with each number of
    bytes that came.

    Raises ClientError, and leaves what came for the next time; Damaged, and leaves nothing.
    """
    to.parent.mkdir(parents=True, exist_ok=True)
    digest, have = _digest_so_far(to, size)
    note(have)
    stream = Stream(quorum, path, at=have, etag=f'"{sha256}"', size=size)
    try:
        with to.open("ab") as file:
            for piece in stream:
                file.write(piece)
                digest.update(piece)
                note(len(piece))
    except Damaged:
        to.unlink()
        raise
    except StartAgain:
        to.unlink()
        raise Damaged(f"{to.name}: the server has other bytes of it now; download the version again") from None
    if digest.hexdigest() != sha256 or to.stat().st_size != size:
        to.unlink()
        raise Damaged(f"{to.name}: its bytes changed; what came has another SHA-256 than what was published")


def _digest_so_far(to: Path, size: int) -> tuple["hashlib._Hash", int]:
    """The running digest of what an earlier download left, and how many bytes that is; too many are none."""
    digest, have = hashlib.sha256(), 0
    if to.exists() and to.stat().st_size > size:
        to.unlink()
    if to.exists():
        with to.open("rb") as file:
            while piece := file.read(PIECE_BYTES):
                digest.update(piece)
                have += len(piece)
    return digest, have
