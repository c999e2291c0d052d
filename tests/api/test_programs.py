"""Requests with a key are served without what pages need; requests without one are served as pages are."""

import pytest
from django.db import connection

from labelling.projects.actions import issue_token
from tests.factories import NOW, make_labeller, make_project
from tests.web import Connection, WebServer
from tests.worker import address_of


@pytest.fixture
def web(transactional_db):
    server = WebServer(database_url=address_of(connection.settings_dict), workers=1)
    server.start()
    yield server
    server.stop()


def call(web, path: str, *, secret: str = "", **headers: str):
    caller = Connection(port=web.port, secret=secret)
    caller.http.request("POST", path, "{}", caller.headers | headers)
    reply = caller.http.getresponse()
    body = reply.read()
    caller.close()
    return reply.status, dict(reply.headers), body


def test_a_key_opens_the_api_and_nothing_else(web):
    project = make_project()
    lara = make_labeller(project)
    _, secret = issue_token(user=lara.user, project=project, name="test", scopes=["label"], expires_at=None, by=None,
                            now=NOW)  # fmt: skip
    status, headers, body = call(web, "/api/v1/projects/matching/leases", secret=secret)
    assert status == 200, body
    assert headers["Content-Length"] == str(len(body))
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "Set-Cookie" not in headers
    assert call(web, "/p/matching/label/", secret=secret)[0] == 403, "a page wants a session, and a form its token"
    assert call(web, "/api/v1/projects/matching/leases", secret="wrong")[0] == 401
    assert call(web, "/api/v1/nothing/here", secret=secret)[0] == 404


def test_a_session_without_the_token_against_forgery_changes_nothing(web, client):
    lara = make_labeller(make_project())
    client.force_login(lara.user)
    cookie = f"sessionid={client.cookies['sessionid'].value}"
    status, _, body = call(web, "/api/v1/projects/matching/leases", Cookie=cookie)
    assert (status, b"CSRF" in body) == (403, True), body
    # A header that names another scheme is no way round it.
    status, _, body = call(web, "/api/v1/projects/matching/leases", Cookie=cookie, Authorization="Basic eDp5")
    assert (status, b"CSRF" in body) == (403, True), body
