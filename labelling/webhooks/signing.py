"""Secrets and signatures of Standard Webhooks (standardwebhooks.com, version 1.0).

A message is signed over "id.timestamp.body" with HMAC-SHA-256; the key is what stands in base64 after `whsec_`.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable
from datetime import datetime

PREFIX = "whsec_"
SECRET_BYTES = 32


def new_secret() -> str:
    """A random secret: whsec_ and 256 bits in base64."""
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def signature(*, secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """`v1,` and the signature in base64."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = hmac.new(key, f"{message_id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(signed).decode()}"


def headers(*, secrets: Iterable[str], message_id: str, now: datetime, body: bytes) -> dict[str, str]:
    """The three headers; a signature for each secret, with a blank between."""
    timestamp = int(now.timestamp())
    signed = (signature(secret=one, message_id=message_id, timestamp=timestamp, body=body) for one in secrets)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signed),
    }
