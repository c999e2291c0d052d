"""A published version, a real web server, and a client of it."""

from labelling.client import Quorum
from labelling.projects.actions import issue_token
from tests.factories import NOW, make_user


def token(*scopes):
    owner = make_user("olga")
    named = scopes or ("datasets:read",)
    _, secret = issue_token(user=owner, project=None, name="t", scopes=named, expires_at=None, by=owner, now=NOW)
    return secret


class Pauses(list):
    """Stands in for sleep: remembers how long, and goes on at once."""

    def __call__(self, seconds):
        self.append(seconds)


def client(port, *scopes, **options):
    return Quorum(f"http://127.0.0.1:{port}", token(*scopes), **{"sleep": Pauses(), **options})
