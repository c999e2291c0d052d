"""Which script a text is written in, by the Unicode blocks of its letters.

A script is not a language: Latin is English, French and Vietnamese alike, Cyrillic Russian and Bulgarian. What a
change of scripts shows is a source that began to send another writing; what it can't show is French among English.
"""

from functools import cache

import numpy as np
import numpy.typing as npt

NONE, MIXED = "no letters", "mixed"
# Of the letters of a text, the script that has this share of them names it.
MOSTLY = 0.7
# Characters of a text that are looked at.
FIRST = 200

# Blocks of letters (first, last code point) by script. Source: Unicode 15.1, Blocks.txt and Scripts.txt.
BLOCKS: dict[str, tuple[tuple[int, int], ...]] = {
    "Latin": ((0x41, 0x5A), (0x61, 0x7A), (0xAA, 0xAA), (0xBA, 0xBA), (0xC0, 0xD6), (0xD8, 0xF6), (0xF8, 0x2AF),
              (0x1D00, 0x1D25), (0x1E00, 0x1EFF), (0x2C60, 0x2C7F), (0xA722, 0xA7FF), (0xAB30, 0xAB64),
              (0xFF21, 0xFF3A), (0xFF41, 0xFF5A)),
    "Greek": ((0x370, 0x373), (0x376, 0x37D), (0x386, 0x3FF), (0x1F00, 0x1FFF)),
    "Cyrillic": ((0x400, 0x481), (0x48A, 0x52F), (0x1C80, 0x1C8F), (0x2DE0, 0x2DFF), (0xA640, 0xA69F)),
    "Armenian": ((0x531, 0x556), (0x560, 0x588)),
    "Hebrew": ((0x5D0, 0x5F2), (0xFB1D, 0xFB4F)),
    "Arabic": ((0x620, 0x64A), (0x66E, 0x6D3), (0x6D5, 0x6D5), (0x6FA, 0x6FF), (0x750, 0x77F), (0x870, 0x8C9),
               (0xFB50, 0xFDFF), (0xFE70, 0xFEFC)),
    "Syriac": ((0x710, 0x74F),),
    "Thaana": ((0x780, 0x7B1),),
    "N'Ko": ((0x7CA, 0x7EA),),
    "Devanagari": ((0x900, 0x963), (0x971, 0x97F), (0xA8E0, 0xA8FF)),
    "Bengali": ((0x980, 0x9E3), (0x9F0, 0x9F1)),
    "Gurmukhi": ((0xA00, 0xA5F), (0xA70, 0xA76)),
    "Gujarati": ((0xA80, 0xAE3), (0xAF9, 0xAFF)),
    "Oriya": ((0xB00, 0xB63), (0xB71, 0xB71)),
    "Tamil": ((0xB80, 0xBD7),),
    "Telugu": ((0xC00, 0xC63),),
    "Kannada": ((0xC80, 0xCE3),),
    "Malayalam": ((0xD00, 0xD63), (0xD7A, 0xD7F)),
    "Sinhala": ((0xD80, 0xDDF),),
    "Thai": ((0xE01, 0xE3A), (0xE40, 0xE4E)),
    "Lao": ((0xE80, 0xECD), (0xEDC, 0xEDF)),
    "Tibetan": ((0xF00, 0xF00), (0xF40, 0xFBC)),
    "Myanmar": ((0x1000, 0x103F), (0x1050, 0x108F), (0xA9E0, 0xA9FF), (0xAA60, 0xAA7F)),
    "Georgian": ((0x10A0, 0x10FF), (0x1C90, 0x1CBF), (0x2D00, 0x2D2D)),
    "Hangul": ((0x1100, 0x11FF), (0x3131, 0x318E), (0xA960, 0xA97C), (0xAC00, 0xD7FB)),
    "Ethiopic": ((0x1200, 0x135A), (0x1380, 0x138F), (0x2D80, 0x2DDE), (0xAB01, 0xAB2E)),
    "Cherokee": ((0x13A0, 0x13FD), (0xAB70, 0xABBF)),
    "Khmer": ((0x1780, 0x17D3),),
    "Mongolian": ((0x1820, 0x18AA),),
    "Japanese": ((0x3041, 0x3096), (0x309D, 0x309F), (0x30A1, 0x30FA), (0x30FC, 0x30FF), (0x31F0, 0x31FF),
                 (0xFF66, 0xFF9D)),
    "Han": ((0x2E80, 0x2FD5), (0x3005, 0x3007), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF),
            (0x20000, 0x323AF)),
    "Bopomofo": ((0x3105, 0x312F),),
}  # fmt: skip
# Letters of the mathematical and other extended planes, and scripts that are not named above.
OTHER = "other"
NAMES = (NONE, *BLOCKS, OTHER, MIXED)
LATIN, JAPANESE, HAN = NAMES.index("Latin"), NAMES.index("Japanese"), NAMES.index("Han")
_LAST = 0x110000


@cache
def _table() -> npt.NDArray[np.uint8]:
    """The script of each code point; 0: no letter."""
    table = np.zeros(_LAST, dtype=np.uint8)
    for low, high in ((0x1400, 0x167F), (0x16A0, 0x16EA), (0x1700, 0x1773), (0x1900, 0x1AAD), (0x1B05, 0x1C7D),
                      (0xA000, 0xA4FD), (0xA500, 0xA62B), (0xA840, 0xA873), (0xA880, 0xA8B3), (0xA900, 0xA946),
                      (0xA984, 0xA9B2), (0xAA00, 0xAA42), (0xAA80, 0xAADD), (0xABC0, 0xABE2), (0x10000, 0x1CFFF),
                      (0x1E100, 0x1E94B)):  # fmt: skip
        table[low : high + 1] = NAMES.index(OTHER)
    for name, blocks in BLOCKS.items():
        for low, high in blocks:
            table[low : high + 1] = NAMES.index(name)
    return table


def scripts_of(texts: list[str]) -> npt.NDArray[np.uint8]:
    """The script of each text, as its place in NAMES: that of MOSTLY of its first letters, else "mixed". Han between
    kana is Japanese."""
    heads = [text[:FIRST] for text in texts]
    lengths = np.fromiter(map(len, heads), dtype=np.int64, count=len(heads))
    points = np.frombuffer("".join(heads).encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    width = len(NAMES)
    of_text = np.repeat(np.arange(len(heads)), lengths)
    counts = np.bincount(of_text * width + _table()[points], minlength=len(heads) * width).reshape(len(heads), width)
    return named(counts)


def named(counts: npt.NDArray[np.int64]) -> npt.NDArray[np.uint8]:
    """The script of each row of counts (n, len(NAMES)) of characters."""
    letters = counts.copy()
    letters[:, 0] = 0
    kana = letters[:, JAPANESE] > 0
    letters[kana, JAPANESE] += letters[kana, HAN]
    letters[kana, HAN] = 0
    total, best = letters.sum(axis=1), letters.argmax(axis=1)
    most = letters.max(axis=1, initial=0)
    script = np.where(most >= MOSTLY * total, best, NAMES.index(MIXED))
    return np.where(total == 0, 0, script).astype(np.uint8)
