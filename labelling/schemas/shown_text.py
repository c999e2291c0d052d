"""The text of a payload that people see: what duplicates and near-duplicates are found by."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from labelling import canonical
from labelling.stats.duplicates import normal_text

PARTED_BY = "\x1f"


def shown_text(payload: Any, fields: Sequence[str]) -> str:
    """The shown fields' texts, normalised, in their order; everything in the payload if it lacks one of the fields."""
    if isinstance(payload, dict) and fields and all(name in payload for name in fields):
        shown = [payload[name] for name in fields]
        if all(isinstance(value, str) for value in shown):
            return PARTED_BY.join(map(normal_text, shown))
        return PARTED_BY.join(map(normal_text, texts_in(shown)))
    return PARTED_BY.join(map(normal_text, texts_in(payload)))


def shown_texts(payloads: Iterable[str], fields: Sequence[str]) -> list[str]:
    """`shown_text` of payloads that are JSON text."""
    return [shown_text(canonical.loads(payload), fields) for payload in payloads]


def texts_in(value: Any) -> Iterator[str]:
    """Every text, number and truth value inside a payload, in the order of its keys."""
    if isinstance(value, dict):
        for key in sorted(value):
            yield from texts_in(value[key])
    elif isinstance(value, list):
        for inner in value:
            yield from texts_in(inner)
    else:
        yield value if isinstance(value, str) else canonical.payload_text(value)
