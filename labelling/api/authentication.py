"""Bearer tokens for programs: looked up by the SHA-256 of the secret, in one query."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from labelling.projects import keys
from labelling.projects.models import ApiToken, User


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer <secret>`. `request.auth` is then the ApiToken.

    remember: it may come from memory, on the path of a label, whose statements ask whether the key still stands.
    """

    def __init__(self, *, remember: bool = False) -> None:
        self.look_up = keys.remembered if remember else keys.token_of

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        scheme, _, secret = request.META.get("HTTP_AUTHORIZATION", "").strip().partition(" ")
        if scheme.lower() != "bearer":
            return None
        token = self.look_up(secret=secret.strip(), now=timezone.now())
        if token is None:
            raise AuthenticationFailed(gettext("This token is unknown, revoked or too old. Ask for another one."))
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="quorum"'


class TokenScheme(OpenApiAuthenticationExtension):
    target_class = TokenAuthentication
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "A token of a project or of a person"}
