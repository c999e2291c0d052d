"""Making the files of an export: written to a folder of this machine, then kept as blobs."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from labelling import blobs
from labelling.exports import writing
from labelling.exports.models import Export
from labelling.jobs.models import Job
from labelling.scratch import scratch_folder

Progress = Callable[[int], None]

SECONDS_BETWEEN = 1.0


def make_files(export: Export) -> list[dict[str, Any]]:
    """Write the files of an export and keep them: [{name, bytes, sha256}] in the order of their names."""
    with scratch_folder() as folder:
        writing.write(export, folder / "files", _progress(export.job))
        paths = sorted(path for path in (folder / "files").rglob("*") if path.is_file())
        return [_keep(path, path.relative_to(folder / "files").as_posix()) for path in paths]


def _keep(path: Path, name: str) -> dict[str, Any]:
    blob = blobs.put(path)
    return {"name": name, "bytes": blob.n_bytes, "sha256": blob.digest}


def _progress(job: Job | None) -> Progress:
    """Notes how many rows are done, at most once a second."""
    last = time.monotonic()

    def note(done: int) -> None:
        nonlocal last
        if job and time.monotonic() - last >= SECONDS_BETWEEN:
            last = time.monotonic()
            Job.objects.filter(pk=job.pk).update(done=done)

    return note
