"""What people see of a payload, as one text in one spelling: what is compared to find duplicates."""

import hashlib
import unicodedata
from collections.abc import Iterable
from typing import Any

from labelling import canonical

BETWEEN = "\x1f"


def normal(text: str) -> str:
    """Without case, width and runs of white space: NFKC, case folded, single blanks."""
    if text.isascii():
        return " ".join(text.lower().split())
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def shown_of(payload: Any, fields: list[str]) -> Any:
    """The values that people see, in their order; the whole payload where one of these fields is missing."""
    if isinstance(payload, dict) and fields and all(name in payload for name in fields):
        return [payload[name] for name in fields]
    return payload


def texts_in(value: Any) -> Iterable[str]:
    """Every text, number and truth value inside a payload, in the order of its keys. No recursion: a payload may be
    nested as deep as it likes."""
    waiting = [value]
    while waiting:
        found = waiting.pop()
        if isinstance(found, dict):
            waiting.extend(found[key] for key in sorted(found, reverse=True))
        elif isinstance(found, list):
            waiting.extend(reversed(found))
        else:
            yield found if isinstance(found, str) else _spelled(found)


def _spelled(value: Any) -> str:
    return repr(value) if isinstance(value, int) and abs(value) >= 2**63 else canonical.payload_text(value)


def text_of(payload: Any, fields: list[str]) -> str:
    """The normalised texts that people see, with BETWEEN between them."""
    return BETWEEN.join(map(normal, texts_in(shown_of(payload, fields))))


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
    return any(
        map(is_empty, [payload.get(name) for name in fields] if isinstance(payload, dict) and fields else [payload])
    )
