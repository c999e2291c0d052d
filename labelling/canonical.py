"""One spelling for one value: what is hashed, compared or stored as JSON text.

Keys are sorted, no spaces, UTF-8. Floats are refused, because programs print them differently; probabilities are
stored as integers out of a million.
"""

import hashlib
from typing import Any

import msgspec

_encoder = msgspec.json.Encoder(order="deterministic")

MILLION = 1_000_000


class NotCanonical(ValueError):
    """The value holds something without exactly one spelling (a float, a key that is not text)."""


def dumps(value: Any) -> str:
    """Canonical JSON text of a value made of dicts, lists, text, integers, booleans and None.

    Raises NotCanonical and names the place for a float or a key that is not text.
    """
    _refuse_floats(value, "value")
    return _encoder.encode(value).decode()


def loads(text: str) -> Any:
    return msgspec.json.decode(text)


def digest(text: str) -> str:
    """SHA-256 of the text's UTF-8 bytes, as 64 hex digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def payload_text(payload: Any) -> str:
    """Deterministic JSON text of a payload as it was sent: here floats are allowed, printed once and kept as text."""
    return _encoder.encode(payload).decode()


def _refuse_floats(value: Any, where: str) -> None:
    if isinstance(value, float):
        raise NotCanonical(f"{where} is a float; use an integer or text")
    if isinstance(value, dict):
        for key, inner in value.items():
            if not isinstance(key, str):
                raise NotCanonical(f"{where} has a key that is not text: {key!r}")
            _refuse_floats(inner, f"{where}.{key}")
    elif isinstance(value, list | tuple):
        for number, inner in enumerate(value):
            _refuse_floats(inner, f"{where}[{number}]")
