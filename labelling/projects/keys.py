"""Who a program's key belongs to: every request of one begins here.

On the path of a label the owner of a key is remembered, and that the key still stands is asked in the statement that
locks the labeller: a revoked one is refused at once there too.
"""

import json
from datetime import datetime

from labelling.projects.models import ApiToken, User
from labelling.projects.queries import secret_hash
from labelling.statements import columns, fetch

TOKEN = columns(ApiToken, "id", "public_id", "user_id", "project_id", "name", "secret_hash")
USER = columns(User, "id", "public_id", "username", "is_active", "is_staff", "is_superuser")
LOOK_UP = f"""
SELECT CAST(t.scopes AS text), {", ".join(f"t.{column}" for column in TOKEN)},
    {", ".join(f"u.{column}" for column in USER)}
FROM labelling_apitoken t JOIN labelling_user u ON u.id = t.user_id
WHERE t.secret_hash = %(secret_hash)s AND t.revoked_at IS NULL AND u.is_active
    AND (t.expires_at IS NULL OR t.expires_at > %(now)s)
"""


def token_of(*, secret: str, now: datetime) -> ApiToken | None:
    """The live token of that secret, with its user, or None. One indexed look-up; what else there is to know of
    either is read when it is asked for."""
    rows = fetch(LOOK_UP, {"secret_hash": secret_hash(secret), "now": now})
    if not rows:
        return None
    scopes, of_token, of_user = rows[0][0], rows[0][1 : 1 + len(TOKEN)], rows[0][1 + len(TOKEN) :]
    token = ApiToken.from_db("default", TOKEN, of_token)
    token.user, token.scopes = User.from_db("default", USER, of_user), json.loads(scopes)
    return token


_remembered: dict[str, ApiToken] = {}
MOST_REMEMBERED = 10_000


def remembered(*, secret: str, now: datetime) -> ApiToken | None:
    """The same, perhaps from memory: the caller must ask for STANDS, or `stands`, before anything is given or done."""
    key = secret_hash(secret)
    token = _remembered.get(key)
    if token is None and (token := token_of(secret=secret, now=now)) is not None:
        if len(_remembered) >= MOST_REMEMBERED:
            _remembered.clear()
        _remembered[key] = token
    return token


# Of a key that stands: not revoked, not too old, of a user who may still come in.
STANDS = """EXISTS (
    SELECT 1 FROM labelling_apitoken k JOIN labelling_user u ON u.id = k.user_id
    WHERE k.id = %(key)s AND k.secret_hash = %(secret_hash)s AND k.revoked_at IS NULL AND u.is_active
        AND (k.expires_at IS NULL OR k.expires_at > %(now)s)
)"""


def stands(*, token: ApiToken, now: datetime) -> bool:
    """Whether a remembered key may still be used."""
    values = {"key": token.pk, "secret_hash": token.secret_hash, "now": now}
    return bool(fetch(f"SELECT {STANDS}", values)[0][0])
