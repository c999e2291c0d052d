"""Opaque public identifiers: they tell neither order, nor time, nor what a row is."""

import base64
import secrets

ID_BYTES = 10
TOKEN_BYTES = 20


def new_id() -> str:
    """A random public id: 16 characters of lower-case base32 (80 bits)."""
    return base64.b32encode(secrets.token_bytes(ID_BYTES)).decode().lower()


def new_token() -> str:
    """A random lease token: 32 characters of lower-case base32 (160 bits)."""
    return base64.b32encode(secrets.token_bytes(TOKEN_BYTES)).decode().lower()
