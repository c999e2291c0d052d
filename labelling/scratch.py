"""Folders for files that are being made, under DATA_DIR/making. What a killed process leaves there may hold content:
it goes after a day."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings

KEPT = timedelta(days=1)


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """A folder of our own, gone when the block ends."""
    root = _root()
    root.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=root) as name:
        yield Path(name)


def sweep_scratch(*, now: datetime) -> None:
    """Remove what was left behind more than a day ago."""
    root = _root()
    for left in root.iterdir() if root.is_dir() else ():
        if now.timestamp() - left.stat().st_mtime > KEPT.total_seconds():
            shutil.rmtree(left, ignore_errors=True)


def _root() -> Path:
    return Path(settings.DATA_DIR) / "making"
