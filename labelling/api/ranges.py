"""Ranges of bytes and digests of files in HTTP (RFC 9110, RFC 9530)."""

import base64
import re

RANGE = re.compile(r"bytes=[ \t]*(\d{0,18})[ \t]*-[ \t]*(\d{0,18})[ \t]*", re.ASCII)


class Unsatisfiable(Exception):
    """The range lies outside the file."""


def range_of(header: str | None, n_bytes: int) -> tuple[int, int] | None:
    """(first byte, byte after the last) that a Range header asks for; None when the whole file is to be sent.

    What isn't understood, several ranges among it, asks for the whole file, as RFC 9110 has it. Raises Unsatisfiable.
    """
    match = RANGE.fullmatch(header.strip()) if header else None
    if not match or not any(match.groups()):
        return None
    first, last = match.groups()
    if not first:
        if not int(last):
            raise Unsatisfiable
        start, end = max(0, n_bytes - int(last)), n_bytes
    else:
        start, end = int(first), min(int(last) + 1, n_bytes) if last else n_bytes
        if last and int(last) < start:
            return None
    if start >= n_bytes:
        raise Unsatisfiable
    return start, end


def still_same(if_range: str | None, etag: str) -> bool:
    """Whether a range may be added to what the caller has: only a strong ETag proves that (a date doesn't)."""
    return if_range is None or if_range.strip() == etag


def digest_field(sha256: str) -> str:
    """The value of Repr-Digest and Content-Digest for 64 hex digits."""
    return f"sha-256=:{base64.b64encode(bytes.fromhex(sha256)).decode()}:"
