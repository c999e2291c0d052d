"""A real Celery worker, in a process of its own, on the database and the Redis of the test."""

import os
import shutil
import sys
import tempfile
from pathlib import Path
from urllib.parse import quote

from tests.processes import ServerProcess

ROOT = Path(__file__).resolve().parent.parent


def address_of(settings: dict) -> str:
    """The DATABASE_URL of one of Django's open databases, as a process started from here needs it."""
    if settings["ENGINE"].endswith("sqlite3"):
        return f"sqlite:///{settings['NAME']}"
    user, password = quote(settings["USER"], safe=""), quote(settings["PASSWORD"], safe="")
    return f"postgres://{user}:{password}@{settings['HOST']}:{settings['PORT']}/{settings['NAME']}"


class CeleryWorker:
    """A worker that can be killed and started again: a test of what survives needs both.

    `beat`: it also starts what is due every few seconds, as in `make run`.
    """

    def __init__(self, *, database_url: str, beat: bool = False) -> None:
        allowed = {"WEBHOOK_ALLOWED_NETWORKS": "127.0.0.0/8"}  # where the receivers of the tests are
        self.environment = {**os.environ, **allowed, "DATABASE_URL": database_url}
        self.options = ["--beat"] if beat else []
        self.server: ServerProcess | None = None

    @property
    def running(self) -> bool:
        return self.server is not None and self.server.process.poll() is None

    @property
    def log(self) -> str:
        return self.server.log.read_text(errors="replace") if self.server else ""

    def start(self) -> None:
        """Start it unless it runs, and wait until it takes tasks."""
        if self.running:
            return
        command = [sys.executable, "-m", "celery", "-A", "labelling", "worker", "--loglevel=INFO", "--concurrency=1"]
        command += ["--without-mingle", "--without-gossip", *self.options]
        folder = Path(tempfile.mkdtemp(prefix="quorum-worker-"))
        self.server = ServerProcess(command=command, folder=folder, run_in=ROOT, environment=self.environment)
        self.server.wait_until(lambda: " ready." in self.log)

    def kill(self) -> None:
        """End it at once, tasks in flight included."""
        if self.server:
            self.server.kill()
            shutil.rmtree(self.server.folder, ignore_errors=True)

    def stop(self) -> None:
        if self.server:
            self.server.stop()
