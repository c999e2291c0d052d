"""What the tests of pages share: somebody signed in, and the text of an answer."""

from django.http import HttpResponse
from django.test import Client

from tests.factories import make_user


def client_of(username: str) -> Client:
    client = Client()
    client.force_login(make_user(username), backend="django.contrib.auth.backends.ModelBackend")
    return client


def text_of(response: HttpResponse) -> str:
    """The page with every run of white space as one blank."""
    return " ".join(response.content.decode().split())
