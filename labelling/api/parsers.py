"""JSON in: strict UTF-8, bounded in size and depth, no NUL (PostgreSQL stores none)."""

from typing import IO, Any

import orjson
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

from labelling.api.problems import TooLarge

MAX_BYTES = 4 * 1024 * 1024
MAX_DEPTH = 64


class StrictJsonParser(BaseParser):
    media_type = "application/json"

    def parse(self, stream: IO[bytes], media_type: str | None = None, parser_context: Any = None) -> Any:
        body = body_of(stream)
        try:
            data = orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise ParseError(f"The body is not valid JSON: {error}") from None
        _check(data, "body", 0)
        return data


def body_of(stream: IO[bytes]) -> bytes:
    """The whole body. Raises TooLarge."""
    body = stream.read(MAX_BYTES + 1)
    if len(body) > MAX_BYTES:
        raise TooLarge(f"The body is longer than {MAX_BYTES} bytes. Send it in smaller parts.")
    return body


def _check(value: Any, where: str, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise ParseError(f"The body is nested deeper than {MAX_DEPTH} levels.")
    if isinstance(value, str):
        if "\x00" in value:
            raise ParseError(f"{where} holds the character NUL, which can't be stored. Remove it.")
    elif isinstance(value, dict):
        for key, inner in value.items():
            _check(key, f"a key of {where}", depth)
            _check(inner, f"{where}.{key}", depth + 1)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            _check(inner, f"{where}[{number}]", depth + 1)
