"""Who a program's key belongs to: every request of one begins here."""

import json
from datetime import datetime

from labelling.projects.models import ApiToken, User
from labelling.projects.queries import secret_hash
from labelling.statements import columns, fetch

TOKEN = columns(ApiToken, "id", "public_id", "user_id", "project_id", "name")
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
