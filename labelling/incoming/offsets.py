"""Places in a text: we count Unicode code points, JavaScript counts UTF-16 code units, of which an emoji takes two.

Both tools wrote the one or the other, depending on their version: where a place comes with the text that it covers, the
text decides; elsewhere what the caller says.
"""

from bisect import bisect_left
from collections.abc import Sequence

CODE_POINTS, UTF_16 = "code-points", "utf-16"


def is_plain(text: str) -> bool:
    """Whether both ways of counting are the same: no character takes two units."""
    return text.isascii() or max(text) < "\U00010000"


def units(text: str) -> list[int]:
    """Where each code point begins, in UTF-16 code units, and where the text ends: (len(text) + 1,), rising."""
    at, places = 0, [0]
    for character in text:
        at += 2 if character >= "\U00010000" else 1
        places.append(at)
    return places


def from_units(places: Sequence[int], unit: int) -> int | None:
    """The code point that begins at a code unit; None where none does, within a pair or beyond the end."""
    at = bisect_left(places, unit)
    return at if at < len(places) and places[at] == unit else None


def place(text: str, start: int, end: int, counted: str) -> tuple[int, int] | None:
    """A span in code points; None where it isn't within the text. counted: how the given one is."""
    if counted == UTF_16 and not is_plain(text):
        places = units(text)
        found = from_units(places, start), from_units(places, end)
        if found[0] is None or found[1] is None:
            return None
        start, end = found[0], found[1]
    return (start, end) if 0 <= start < end <= len(text) else None


def place_by_text(text: str, start: int, end: int, covered: str, usual: str) -> tuple[int, int] | None:
    """A span in code points, counted in whichever way covers the text that is said to be there, `usual` first; None for
    neither."""
    for counted in (usual, UTF_16, CODE_POINTS):
        found = place(text, start, end, counted)
        if found is not None and text[found[0] : found[1]] == covered:
            return found
    return None
