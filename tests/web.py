"""A real gunicorn on a port of its own, and a caller that keeps its connection open as a browser does."""

import http.client
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.processes import ServerProcess
from tests.servers import free_port

ROOT = Path(__file__).resolve().parent.parent


class WebServer:
    """Serves a WSGI application as `make run` does. Killed, it starts again on the same port."""

    def __init__(
        self,
        *,
        database_url: str,
        application: str = "labelling.wsgi",
        workers: int = 2,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.port = free_port()
        self.environment = {**os.environ, "DATABASE_URL": database_url, **(environment or {})}
        self.command = [sys.executable, "-m", "gunicorn", application, "--bind", f"127.0.0.1:{self.port}"]
        self.command += ["--workers", str(workers), "--threads", "4", "--no-control-socket", "--keep-alive", "30"]
        self.server: ServerProcess | None = None

    @property
    def log(self) -> str:
        return self.server.log.read_text(errors="replace") if self.server else ""

    def start(self) -> None:
        """Start it and wait until it answers requests."""
        folder = Path(tempfile.mkdtemp(prefix="quorum-web-"))
        self.server = ServerProcess(command=self.command, folder=folder, run_in=ROOT, environment=self.environment)
        self.server.wait_until(self.answers)

    def answers(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request("GET", "/api/v1/projects")
            connection.getresponse().read()
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()
        return True

    def kill(self) -> None:
        """End it at once, requests in flight included."""
        if self.server:
            self.server.kill()
            shutil.rmtree(self.server.folder, ignore_errors=True)

    def stop(self) -> None:
        if self.server:
            self.server.stop()


class Connection:
    """Calls over one connection that stays open. Raises OSError or HTTPException when no reply came."""

    def __init__(self, *, port: int, secret: str = "", timeout: float = 120) -> None:
        self.http = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
        self.headers = {"Content-Type": "application/json"}
        if secret:
            self.headers["Authorization"] = f"Bearer {secret}"

    def post(self, path: str, body: Any = None) -> tuple[int, Any]:
        """The status and the decoded body of the reply."""
        try:
            self.http.request("POST", path, json.dumps(body or {}), self.headers)
            reply = self.http.getresponse()
            content = reply.read()
        except (OSError, http.client.HTTPException):
            self.http.close()
            raise
        return reply.status, json.loads(content) if content else None

    def close(self) -> None:
        self.http.close()
