"""Texts that were damaged on their way: characters lost, bytes read in another encoding, what only machines should see.

Found are the replacement character, control characters, halves of characters, UTF-8 that was read as Latin-1 or
Windows-1252 ("MÃ¼ller", "donâ€™t"), words turned into question marks, and, of fields that are drawn as plain
text, HTML entities ("&amp;"). Nothing is guessed from words: what is written wrongly but in order is not found.
"""

import re

import numpy as np

from labelling.datasets.checks.sketch import Array

# What continues a character in UTF-8, as Latin-1 and Windows-1252 show it.
_CONTINUED = (
    "\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013\u2014\u2018-\u201a"
    "\u201c-\u201e\u2020-\u2022\u2026\u2030\u2039\u203a\u20ac\u2122"
)
_FOREIGN = re.compile(
    "[\u0080-\u0084\u0086-\u009f\ufffd-\uffff\ud800-\udfff]"
    # Capitals with a tilde or circumflex may stand before a closing quotation mark or a space.
    f"|Ã(?![\u00a0\u00ab\u00bb\u2018-\u201f\u2013\u2014\u2026\u2039\u203a])[{_CONTINUED}]"
    "|Â[\u00a0-\u00ba\u00bc-\u00bf]|â€|ï»¿"
    f"|(?:[ÐÑ][{_CONTINUED}]){{2}}|(?:[ÙØ][{_CONTINUED}]){{2}}"
)  # fmt: skip
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f]")
_LOST = re.compile(r"\?{3,} \?{2,}")
_ENTITY = re.compile(r"&(?:amp|nbsp|quot|apos|lt|gt|#x?[0-9A-Fa-f]{2,6});")
_CONTROLS = np.zeros(256, dtype=bool)
_CONTROLS[[*range(9), *range(14, 32), 127]] = True


def damaged(texts: list[str], *, plain: bool) -> Array:
    """Which texts are damaged, int (m,). plain: they are drawn as plain text, so that HTML entities are seen as such.

    Texts are looked at together first, since most are sound: about ten nanoseconds a character.
    """
    joined = "\n".join(texts)
    data = np.frombuffer(joined.encode("utf-8", "surrogatepass"), dtype=np.uint8)
    tests = [_FOREIGN] if not joined.isascii() else []
    if _CONTROLS[data].any():
        tests.append(_CONTROL)
    if _LOST.search(joined):
        tests.append(_LOST)
    if plain and "&" in joined and _ENTITY.search(joined):
        tests.append(_ENTITY)
    if not tests:
        return np.empty(0, dtype=np.int64)
    return np.array([row for row, text in enumerate(texts) if _is_damaged(text, tests)], dtype=np.int64)


def _is_damaged(text: str, tests: list[re.Pattern[str]]) -> bool:
    ascii_only = text.isascii()
    return any(test.search(text) for test in tests if not (ascii_only and test is _FOREIGN))
