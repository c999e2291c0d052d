"""Rows of a version that are nearly the same as others: texts by MinHash, verified by their exact similarity."""

from typing import Any

import numpy as np

from labelling.datasets.checks.live import Live
from labelling.datasets.checks.payloads import Shown, decoded
from labelling.datasets.checks.sketch import Array
from labelling.schemas import kind_of
from labelling.stats.near.pairs import near_duplicates

# Of so many rows the pairs are found while a version is published; of more, in the background alone.
MOST_AT_ONCE = 20_000
ALIKE = 0.8


def pairs_of(
    live: Live, *, kind: str, definition: dict[str, Any], thorough: bool, alike: float | None = None
) -> Array | None:
    """int (m, 2): places of rows whose shown texts have at least `alike` (else ALIKE) of their 5-grams in common, but
    aren't the same. None where nobody looked: there are too many rows to do it at once, or people see pictures."""
    shown = Shown(kind_of(kind), definition)
    if not shown.worded or (len(live) > MOST_AT_ONCE and not thorough):
        return None
    found = near_duplicates(texts_of(live, shown), alike or ALIKE).pairs
    high, low, worded = live["text"], live["text_low"], live.worded
    one, other = found[:, 0], found[:, 1]
    same = (high[one] == high[other]) & (low[one] == low[other])
    return found[~same & worded[one] & worded[other]]


def texts_of(live: Live, shown: Shown) -> list[str]:
    """The words that people see of each live row; empty for an erased one."""
    texts: list[str] = []
    for part in live.parts:
        at = 0
        for batch in part.read():
            rows = np.flatnonzero(part.live[at : at + len(batch)])
            payloads = batch.column("payload").take(rows).to_pylist()
            texts += ["" if text is None else shown.words_of(decoded(text)) for text in payloads]
            at += len(batch)
    return texts
