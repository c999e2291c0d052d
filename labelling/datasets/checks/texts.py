"""Digests of texts, and what is empty."""

import hashlib
from typing import Any


def encoded(text: str) -> bytes:
    """UTF-8, also of the lone surrogates that JSON can spell."""
    return text.encode() if text.isascii() else text.encode("utf-8", "surrogatepass")


def digest(data: bytes) -> bytes:
    """16 bytes of SHA-256."""
    return hashlib.sha256(data).digest()[:16]


def is_empty(value: Any) -> bool:
    return value is None or value in ({}, []) or (isinstance(value, str) and not value.strip())


def has_empty_field(payload: Any, fields: list[str]) -> bool:
    """Whether a field that people are shown is missing, null, empty or blank."""
    shown = [payload.get(name) for name in fields] if isinstance(payload, dict) and fields else [payload]
    return any(map(is_empty, shown))
