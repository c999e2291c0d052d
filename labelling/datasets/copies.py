"""What this machine keeps of content for speed: copies of blobs that lie in a bucket, and sketches.

Whoever erases content deletes it on the machine where that is done. The others learn it from the table of contents when
they next read any segment, and the workers within an hour: DATA_DIR/cache/erased says up to when they know.
"""

import os
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db.models import Q

from labelling import blobs
from labelling.datasets.checks import kept as sketches
from labelling.datasets.models import SegmentContent

# An erasure is seen once its transaction ends, with the time at which that began.
OVERLAP = timedelta(hours=1)
EVERY = timedelta(hours=1)


def unknown() -> Q:
    """The contents that were erased since this machine looked."""
    since = _known_until()
    return Q(gone_at__gt=since - OVERLAP) if since else Q(gone_at__isnull=False)


def forget(gone: Iterable[tuple[str, datetime]]) -> None:
    """Delete what is kept of these contents: their digests, and when they were erased."""
    newest = before = _known_until()
    for digest, gone_at in gone:
        blobs.drop_copy(digest)
        sketches.forget(digest)
        newest = max(newest or gone_at, gone_at)
    if newest is not None and newest != before:
        _note(newest, _looked_at())


def forget_erased(*, now: datetime) -> None:
    """Once an hour on each machine."""
    looked_at = _looked_at()
    if looked_at is not None and looked_at > now - EVERY:
        return
    gone = SegmentContent.objects.filter(unknown()).values_list("digest", "gone_at")
    forget((digest, gone_at) for digest, gone_at in gone if gone_at is not None)
    _note(_known_until() or datetime.fromtimestamp(0, UTC), now)


def _place() -> Path:
    return Path(settings.DATA_DIR) / "cache" / "erased"


def _known_until() -> datetime | None:
    try:
        return datetime.fromisoformat(_place().read_text())
    except (OSError, ValueError):
        return None


def _looked_at() -> datetime | None:
    try:
        return datetime.fromtimestamp(_place().stat().st_mtime, UTC)
    except OSError:
        return None


def _note(until: datetime, looked_at: datetime | None) -> None:
    place = _place()
    place.parent.mkdir(parents=True, exist_ok=True)
    temporary = place.with_name(f".erased-{os.getpid()}")
    temporary.write_text(until.isoformat())
    at = looked_at.timestamp() if looked_at else 0
    os.utime(temporary, (at, at))
    os.replace(temporary, place)
