"""Calling the API as a browser or as a program does."""

from typing import Any

from django.test import Client

from labelling.api.scopes import SCOPES
from labelling.projects import actions
from labelling.projects.models import Project, User
from tests.factories import NOW

API = "/api/v1"


class Caller:
    """A signed-in person, or with `token` a program."""

    def __init__(self, user: User | None = None, token: str = "") -> None:
        self.client = Client()
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}
        if user is not None:
            self.client.force_login(user)

    def get(self, address: str, **query: Any) -> Any:
        return self.client.get(f"{API}/{address}", query, headers=self.headers)

    def head(self, address: str, **query: Any) -> Any:
        return self.client.head(f"{API}/{address}", query, headers=self.headers)

    def delete(self, address: str) -> Any:
        return self.client.delete(f"{API}/{address}", headers=self.headers)

    def put(self, address: str, body: Any) -> Any:
        return self.client.put(f"{API}/{address}", body, content_type="application/json", headers=self.headers)

    def patch(self, address: str, body: Any) -> Any:
        return self.client.patch(f"{API}/{address}", body, content_type="application/json", headers=self.headers)

    def post(self, address: str, body: Any = None, *, content_type: str = "application/json", **extra: Any) -> Any:
        return self.client.post(f"{API}/{address}", body, content_type=content_type, headers=self.headers, **extra)


def program(user: User, *scopes: str, project: Project | None = None) -> Caller:
    """A caller with a token of that user; with all scopes unless some are named."""
    _, secret = actions.issue_token(
        user=user, project=project, name="test", scopes=scopes or list(SCOPES), expires_at=None, by=user, now=NOW
    )
    return Caller(token=secret)


def is_problem(response: Any, status: int, code: str = "") -> dict[str, Any]:
    """The problem document of a refusal, checked to be one."""
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    body = response.json()
    assert body["status"] == status
    assert body["detail"] and body["title"] and body["type"] == f"/problems/{body['code']}"
    assert isinstance(body["errors"], list)
    assert not code or body["code"] == code, body
    return body
