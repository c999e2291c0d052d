"""Blobs that no table names: left by a publication that was cut short, or by an export that was given up."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta

from labelling import blobs
from labelling.datasets.models import Segment, SegmentContent
from labelling.exports.models import Export

# Blobs are stored before the rows that name them: no transaction takes as long.
SPARED = timedelta(days=1)
CHUNK = 2_000


def of_segments(digests: list[str]) -> Iterator[str]:
    for name in ("index", "lineage"):
        yield from Segment.objects.filter(**{f"{name}__in": digests}).values_list(name, flat=True)


def of_contents(digests: list[str]) -> Iterable[str]:
    return SegmentContent.objects.filter(digest__in=digests, gone_at=None).values_list("digest", flat=True)


def of_exports(digests: list[str]) -> Iterator[str]:
    for files in Export.objects.filter(gone_at=None).values_list("files", flat=True).iterator():
        yield from (file["sha256"] for file in files)


# Every table that names blobs: each function gives at least those of some digests which its table names. Whoever keeps
# blobs adds theirs here, or loses them after a day.
NAMED: tuple[Callable[[list[str]], Iterable[str]], ...] = (of_segments, of_contents, of_exports)


def sweep_leftovers(*, now: datetime, dry: bool = False) -> list[str]:
    """Remove the blobs that nothing names and that are a day old; returns their digests. dry: only say which.

    One that is stored anew is young again, so that a publication which finds it there keeps it.
    """
    swept: list[str] = []
    for chunk in _chunks(digest for digest, at in blobs.dated() if at < now - SPARED):
        named = {digest for find in NAMED for digest in find(chunk)}
        unnamed = [digest for digest in chunk if digest not in named]
        swept += unnamed
        for digest in unnamed if not dry else ():
            blobs.remove(digest)
    return swept


def _chunks(digests: Iterable[str]) -> Iterator[list[str]]:
    chunk: list[str] = []
    for digest in digests:
        chunk.append(digest)
        if len(chunk) == CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
