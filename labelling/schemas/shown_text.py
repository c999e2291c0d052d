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
    """The encoder takes no larger whole numbers than these."""
    return repr(value) if isinstance(value, int) and abs(value) >= 2**63 else canonical.payload_text(value)
