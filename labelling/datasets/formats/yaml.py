"""Writing the little YAML that a dataset card begins with: mappings, lists, and scalars as JSON writes them."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

# JSON escapes them as YAML does not, or leaves as they are what YAML may not hold.
_ODD = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


def written(value: Mapping[str, Any]) -> str:
    """The mapping in block style, a line each; keys are plain words."""
    return "".join(f"{line}\n" for line in _lines(value))


def _lines(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if isinstance(inner, Mapping | list) and inner:
                yield f"{key}:"
                yield from (f"  {line}" for line in _lines(inner))
            else:
                yield f"{key}: {scalar(inner)}"
        return
    for inner in value:
        first, *rest = _lines(inner) if isinstance(inner, Mapping | list) and inner else [scalar(inner)]
        yield f"- {first}"
        yield from (f"  {line}" for line in rest)


def scalar(value: Any) -> str:
    """A word as it is; anything else as JSON, which YAML reads."""
    if isinstance(value, str) and re.fullmatch(r"[A-Za-z][A-Za-z0-9_/*.-]*", value) and value.lower() not in WORDS:
        return value
    text = json.dumps(value, ensure_ascii=False)
    return _ODD.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


# What YAML takes for a truth value or for nothing.
WORDS = frozenset(("true", "false", "yes", "no", "on", "off", "null", "y", "n"))
