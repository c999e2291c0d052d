"""What labellers are shown, the same for every kind of label: which fields of the payload, and how each is drawn.

    {"kind": "text", "fields": ["review"]}
    {"kind": "text_pair", "fields": ["request", "offer"], "format": "markdown"}
    {"kind": "image", "fields": ["photo"]}
    {"kind": "text_pair", "fields": ["photo", "caption"], "format": {"photo": "image"}}
    {"kind": "texts", "fields": ["prompt", "answers"], "format": {"answers": "markdown"}}

The kind says how many fields there are and how they lie; the format says how the value of a field is drawn, plain text
if it is left out. The value of a field of `texts` may be a list of such values. An image is an address or an object:

    "https://example.org/a.png"        "/static/a.png"        "data:image/png;base64,…"
    {"url": "https://example.org/a.png", "width": 800, "height": 600, "alt": "A street at night"}
"""

import re
from collections.abc import Collection, Iterator
from typing import Any
from urllib.parse import urlsplit

from labelling.schemas.base import SchemaError

Input = dict[str, Any]

# Kind: least and most fields.
KINDS = {"text": (1, 1), "text_pair": (2, 2), "texts": (1, 20), "image": (1, 1)}
FORMATS = ("plain", "markdown", "html", "image")
MAX_PARTS = 50
MAX_ALT = 2000
MAX_SIDE = 100_000  # pixels
IMAGE_KEYS = frozenset(("url", "width", "height", "alt"))
# What an <img> draws without running anything, and nothing else.
_DATA = re.compile(r"data:image/(png|jpeg|gif|webp|avif|svg\+xml)[;,]", re.ASCII)
# Browsers drop some of these from an address and read others as something else: "/\\host" is a host.
_ODD = re.compile(r"[\x00-\x20\x7f\\]")
_HOW = "an https address, a path on this server that begins with /, or a data: URL of a picture"


# --- definitions -----------------------------------------------------------------------------------------------------


def check_input(shown: Any, allowed: Collection[str] = ("text", "text_pair", "image")) -> Input:
    """The input, cleaned: what is the same has one form. `allowed`: the kinds of input that a kind of label can use.
    Raises SchemaError naming the field."""
    kind = shown.get("kind") if isinstance(shown, dict) else None
    if not isinstance(kind, str) or kind not in allowed:
        raise SchemaError(f"input.kind: must be one of {', '.join(allowed)}")
    unknown = set(shown) - {"kind", "fields", "format"}
    if unknown:
        raise SchemaError(f"input.{sorted(map(str, unknown))[0]}: is not known; use kind, fields, format")
    fields = _check_fields(kind, shown.get("fields"))
    formats = _check_formats(kind, fields, shown.get("format"))
    return {"kind": kind, "fields": fields, **_shortest(fields, formats)}


def _check_fields(kind: str, fields: Any) -> list[str]:
    least, most = KINDS[kind]
    expected = str(least) if least == most else f"{least} to {most}"
    named = isinstance(fields, list) and all(isinstance(field, str) and field for field in fields)
    if not named or not least <= len(fields) <= most:
        raise SchemaError(f"input.fields: must name {expected} field(s) of the payload for {kind}")
    if len(set(fields)) < len(fields):
        raise SchemaError("input.fields: names a field twice")
    return list(fields)


def _check_formats(kind: str, fields: list[str], given: Any) -> dict[str, str]:
    """The format of each field that has one other than plain; `image` has none to choose."""
    if kind == "image":
        if given is not None and given != "image":
            raise SchemaError("input.format: an image has no format; leave it out")
        return {}
    if given is None:
        return {}
    if isinstance(given, str) and given in FORMATS:
        given = dict.fromkeys(fields, given)
    if not isinstance(given, dict):
        raise SchemaError(f"input.format: must be one of {', '.join(FORMATS)}, or an object with one for each field")
    for field, drawn in given.items():
        if field not in fields:
            raise SchemaError(f"input.format.{field}: is not one of the fields that are shown")
        if not isinstance(drawn, str) or drawn not in FORMATS:
            raise SchemaError(f"input.format.{field}: must be one of {', '.join(FORMATS)}")
    return {field: drawn for field, drawn in given.items() if drawn != "plain"}


def _shortest(fields: list[str], formats: dict[str, str]) -> dict[str, Any]:
    """One word where all fields are drawn alike, nothing where all are plain."""
    if not formats:
        return {}
    alike = len(formats) == len(fields) and len(set(formats.values())) == 1
    return {"format": formats[fields[0]] if alike else {field: formats[field] for field in fields if field in formats}}


def fields_of(shown: Input) -> list[str]:
    """The fields of a payload that are shown, in their order."""
    return list(shown.get("fields") or [])


def format_of(shown: Input, field: str) -> str:
    """How a field is drawn: plain, markdown, html or image."""
    if shown.get("kind") == "image":
        return "image"
    given = shown.get("format", "plain")
    return str(given if isinstance(given, str) else given.get(field, "plain"))


# --- payloads --------------------------------------------------------------------------------------------------------


def check_payload(shown: Input, payload: dict[str, Any]) -> None:
    """Raises SchemaError where something that is shown is missing, is of another type, or where nothing is shown."""
    fields = fields_of(shown)
    for field in fields:
        value = payload.get(field)
        if value is None:
            raise SchemaError(f"payload.{field}: is {'empty' if field in payload else 'missing'}")
        for where, part in _parts(shown, field, value):
            _check_value(format_of(shown, field), where, part)
    if fields and not any(has_content(payload[field]) for field in fields):
        raise SchemaError(f"payload: is empty: there is no text in {', '.join(fields)}")


def _parts(shown: Input, field: str, value: Any) -> Iterator[tuple[str, Any]]:
    where = f"payload.{field}"
    if shown["kind"] != "texts" or not isinstance(value, list):
        yield where, value
        return
    if not 1 <= len(value) <= MAX_PARTS:
        raise SchemaError(f"{where}: must hold 1 to {MAX_PARTS} texts")
    for number, part in enumerate(value):
        yield f"{where}[{number}]", part


def _check_value(drawn: str, where: str, value: Any) -> None:
    if drawn == "image":
        check_image(value, where)
    elif not isinstance(value, str):
        raise SchemaError(f"{where}: must be text")


def has_content(value: Any) -> bool:
    """Whether anything is to be seen of a value: not an empty list, nor blanks alone."""
    if isinstance(value, list):
        return any(map(has_content, value))
    return bool(value.strip() if isinstance(value, str) else value)


def check_image(value: Any, where: str = "image") -> dict[str, Any]:
    """{"url", "width"?, "height"?, "alt"?} of an image as it was sent; pixels. Raises SchemaError naming the field."""
    if isinstance(value, str):
        return {"url": _check_url(value, where)}
    if not isinstance(value, dict):
        raise SchemaError(f"{where}: must be {_HOW}, or an object with such a url")
    unknown = set(value) - IMAGE_KEYS
    if unknown:
        raise SchemaError(f"{where}.{sorted(unknown)[0]}: is not known; use url, width, height, alt")
    if ("width" in value) != ("height" in value):
        raise SchemaError(f"{where}.{'height' if 'width' in value else 'width'}: is missing; give both or none")
    for side in value.keys() & {"width", "height"}:
        if type(value[side]) is not int or not 1 <= value[side] <= MAX_SIDE:
            raise SchemaError(f"{where}.{side}: must be a number of pixels from 1 to {MAX_SIDE}")
    alt = value.get("alt", "")
    if not isinstance(alt, str) or len(alt) > MAX_ALT:
        raise SchemaError(f"{where}.alt: must be text of at most {MAX_ALT} characters")
    return {**value, "url": _check_url(value.get("url"), f"{where}.url")}


def _check_url(url: Any, where: str) -> str:
    if not isinstance(url, str) or not url:
        raise SchemaError(f"{where}: must be {_HOW}")
    if _ODD.search(url):
        raise SchemaError(f"{where}: holds a blank, a line break or a backslash; write it percent-encoded")
    if _DATA.match(url) or (url[0] == "/" and not url.startswith("//")):
        return url
    try:
        found = urlsplit(url)
        host = found.hostname if found.scheme == "https" else None
    except ValueError:
        host = None
    if not host:
        raise SchemaError(f"{where}: {url[:60]!r} can't be shown; use {_HOW}")
    return url
