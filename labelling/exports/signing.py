"""Addresses of files that need no token: signed by this server, bound to a file and its bytes, and soon too old.

An address names who asked for it. It works as long as that person, and the token they used, could still read the file:
revoking the token ends all addresses that it made.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.crypto import constant_time_compare, salted_hmac

from labelling import canonical
from labelling.errors import Forbidden
from labelling.exports.queries import ExportFile
from labelling.projects.models import ApiToken, User

LONGEST = timedelta(days=7)
SALT = "labelling.exports.signing"
OF_USER, OF_TOKEN = "user", "token"


class WrongSignature(Forbidden):
    """The address was changed, or not made by this server."""

    code = "wrong_signature"


class LinkOver(Forbidden):
    """The address is too old, or who asked for it may no longer read the file."""

    code = "link_over"


@dataclass(frozen=True)
class Holder:
    """Who asked for an address: a user, or a token of theirs."""

    user: User
    token: ApiToken | None

    @property
    def reference(self) -> str:
        if self.token:
            return f"{OF_TOKEN}-{self.token.public_id}"
        return f"{OF_USER}-{self.user.public_id}"


def sign(*, file: ExportFile, until: int, holder: str) -> str:
    """The signature, 64 hex digits. until: seconds since 1970, UTC."""
    said = canonical.dumps([file.export.public_id, file.name, file.sha256, until, holder])
    return salted_hmac(SALT, said, algorithm="sha256").hexdigest()


def check(*, file: ExportFile, until: int, holder: str, signature: str, now: datetime) -> Holder:
    """Who asked for this address. Raises WrongSignature, LinkOver."""
    if not constant_time_compare(sign(file=file, until=until, holder=holder), signature):
        raise WrongSignature("This address was not made by this server, or was changed. Ask for a new one.")
    if until <= now.timestamp():
        raise LinkOver(f"This address was good until {datetime.fromtimestamp(until, now.tzinfo):%Y-%m-%d %H:%M} UTC. "
                       "Ask for a new one.")  # fmt: skip
    found = _holder(holder, now=now)
    if found is None:
        raise LinkOver("The token or the person that asked for this address may be used no more. Ask for a new one.")
    return found


def _holder(reference: str, *, now: datetime) -> Holder | None:
    kind, _, public_id = reference.partition("-")
    if kind == OF_USER:
        user = User.objects.filter(public_id=public_id, is_active=True).first()
        return Holder(user, None) if user else None
    token = ApiToken.objects.select_related("user").filter(public_id=public_id, revoked_at=None).first()
    if token is None or not token.user.is_active or (token.expires_at and token.expires_at <= now):
        return None
    return Holder(token.user, token)
