"""A program that talks to the live server over HTTP, with a token."""

import json
import time
from collections.abc import Callable
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Page

from labelling.projects.actions import issue_token
from labelling.projects.models import Project, User
from tests.browser.conftest import PATIENCE
from tests.factories import NOW


class Program:
    """Calls /api/v1/ as that user, with those scopes in that project."""

    def __init__(self, url: str, user: User, project: Project, *scopes: str) -> None:
        self.host = urlsplit(url).netloc
        _, self.secret = issue_token(
            user=user, project=project, name="program", scopes=list(scopes), expires_at=None, by=user, now=NOW
        )

    def get(self, address: str) -> Any:
        return self._send("GET", address)

    def post(self, address: str, body: Any = None, *, content_type: str = "application/json") -> Any:
        data = body if isinstance(body, bytes) else json.dumps(body or {}).encode()
        return self._send("POST", address, data, {"Content-Type": content_type})

    def _send(self, method: str, address: str, data: bytes = b"", headers: dict[str, str] | None = None) -> Any:
        connection = HTTPConnection(self.host, timeout=PATIENCE)
        connection.request(
            method, f"/api/v1/{address}", data, {"Authorization": f"Bearer {self.secret}", **(headers or {})}
        )
        reply = connection.getresponse()
        text = reply.read()
        connection.close()
        assert reply.status < 300, f"{method} {address} answered {reply.status}: {text.decode()}"
        return json.loads(text) if text else None


def wait_until(true: Callable[[], object], *, page: Page | None = None, what: str = "") -> None:
    """Asks again until it is true, as long as anything may take.

    page: the one whose requests and dialogs a handler of the test takes: none is told of any while the test sleeps.
    """
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, f"not within {PATIENCE} s: {what}"
        if page:
            page.wait_for_timeout(100)
        else:
            time.sleep(0.1)
