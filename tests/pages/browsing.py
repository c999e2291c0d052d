"""What the tests of pages share: somebody signed in, and the text of an answer."""

import re

from django.http import HttpResponse
from django.test import Client

from tests.factories import make_user


def client_of(username: str) -> Client:
    client = Client()
    client.force_login(make_user(username), backend="django.contrib.auth.backends.ModelBackend")
    return client


def without_ids(page: str) -> str:
    """A page without public ids, tokens of leases and tokens of forms: any short word may be in them by chance."""
    return re.sub(r"\b(?:[a-z2-7]{16}|[a-z2-7]{32}|[A-Za-z0-9]{64})\b", "", page)


def text_of(response: HttpResponse) -> str:
    """The page with every run of white space as one blank."""
    return " ".join(response.content.decode().split())
