"""Rows of a version that are nearly the same as others: texts by MinHash, verified by their exact similarity, pictures
by their difference hashes; or what sampling found."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from labelling.datasets.checks import pictures
from labelling.datasets.checks.live import Live
from labelling.datasets.checks.payloads import Shown, decoded
from labelling.datasets.checks.sketch import Array
from labelling.projects.models import Project
from labelling.sampling.models import NearLink
from labelling.schemas import kind_of
from labelling.stats.near.image_hash import neighbours
from labelling.stats.near.pairs import near_duplicates

# Of so many rows the pairs are looked for while a version is published; of more, in the background alone.
MOST_AT_ONCE = 20_000
ALIKE = 0.8
# A row with the text of an earlier one is put beside so many of the rows that this one is like.
MOST_OF_TWIN = 8
SAMPLED = (
    "Only what sampling found was looked at, of each new item beside those of before; all rows are searched in the "
    "background after publishing, and when somebody checks now."
)
HASHED = "Pictures at an address are never fetched: {n:,} of {of:,} were looked at."


@dataclass(frozen=True)
class Near:
    """pairs: int (m, 2), places of rows that people see nearly the same of, but not the same. but: what was left out of
    the search, in words; is_whole: whether it was among all rows; later: whether the rest is searched in the
    background."""

    pairs: Array
    but: str = ""
    is_whole: bool = True
    later: bool = False


def pairs_of(live: Live, *, project: Project, kind: str, definition: dict[str, Any], thorough: bool) -> Near | None:
    """Rows that are nearly alike; None where nobody looked.

    Texts with at least the policy's share (else ALIKE) of their 5-grams in common, and pictures that differ in at most
    four bits of 64, are looked for among all rows: of texts among up to MOST_AT_ONCE, of pictures where few are to be
    decoded, or whatever it takes if it is to be thorough. Else what was found when items were sampled is taken.
    """
    shown, policy = Shown(kind_of(kind), definition), project.policy_in_force
    if shown.worded and (len(live) <= MOST_AT_ONCE or thorough):
        return Near(unlike(live, _of_texts(live, shown, policy.near_threshold or ALIKE)))
    if len(shown.fields) == 1 and shown.pictures:
        hashes = pictures.hashes_of(live, shown, kind=kind, definition=definition, every=thorough)
        if hashes is not None:
            return _of_pictures(live, hashes)
    if policy.near_threshold is None:
        return None
    return Near(unlike(live, linked(live, project)), SAMPLED, is_whole=False, later=not thorough)


def _of_texts(live: Live, shown: Shown, threshold: float) -> Array:
    """int (m, 2): the first row of each text stands for all while texts are compared; the others are like what it is
    like."""
    leader = leaders(live)
    first = leader == np.arange(len(live))
    found = np.flatnonzero(first)[near_duplicates(texts_of(live, shown, wanted=first), threshold).pairs]
    return np.concatenate([found, _of_twins(np.flatnonzero((leader >= 0) & ~first), leader, found)])


def leaders(live: Live) -> Array:
    """int (n,): the first row that has the text of a row; -1 for rows without one."""
    order = np.lexsort((live["text_low"], live["text"]))
    high, low = live["text"][order], live["text_low"][order]
    begins = np.ones(len(order), dtype=bool)
    begins[1:] = (high[1:] != high[:-1]) | (low[1:] != low[:-1])
    # The sort is stable: of a text the first row comes first.
    found = np.empty(len(order), dtype=np.int64)
    found[order] = order[begins][np.cumsum(begins) - 1] if len(order) else order
    found[~live.worded] = -1
    return found


def _of_twins(twins: Array, leader: Array, pairs: Array) -> Array:
    """int (m, 2): each twin and the first MOST_OF_TWIN rows that the first of its text is like."""
    both = np.concatenate([pairs, pairs[:, ::-1]])
    both = both[np.lexsort((both[:, 1], both[:, 0]))]
    begin, end = (np.searchsorted(both[:, 0], leader[twins], side) for side in ("left", "right"))
    counts = np.minimum(end - begin, MOST_OF_TWIN)
    step = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    found = np.column_stack([np.repeat(twins, counts), both[np.repeat(begin, counts) + step, 1]])
    return np.sort(found, axis=1)


def _of_pictures(live: Live, hashes: Array) -> Near:
    seen = np.flatnonzero((hashes != 0) & live.worded)
    pairs = seen[neighbours(hashes[seen]).pairs]
    n, of = len(seen), int(live.worded.sum())
    return Near(unlike(live, pairs), HASHED.format(n=n, of=of) if n < of else "", is_whole=n == of)


def unlike(live: Live, pairs: Array) -> Array:
    """The pairs whose texts differ in more than case, width and white space."""
    high, low, worded = live["text"], live["text_low"], live.worded
    one, other = pairs[:, 0], pairs[:, 1]
    same = (high[one] == high[other]) & (low[one] == low[other])
    return pairs[~same & worded[one] & worded[other]]


def linked(live: Live, project: Project) -> Array:
    """int (m, 2): places of rows whose items were found alike when one of them was sampled."""
    links = NearLink.objects.filter(item__project=project, similarity__isnull=False).values_list("item", "of")
    pairs = np.array(list(links.iterator(chunk_size=10_000)), dtype=np.int64).reshape(-1, 2)
    held = [part.items()[at] for part, at in zip(live.parts, live.positions, strict=True) if part.items]
    items = np.concatenate(held) if held else np.empty(0, dtype=np.int64)
    if not len(items) or not len(pairs):
        return np.empty((0, 2), dtype=np.int64)
    order = np.argsort(items)
    at = np.minimum(np.searchsorted(items, pairs, sorter=order), len(items) - 1)
    places = order[at]
    return places[(items[places] == pairs).all(axis=1)]


def texts_of(live: Live, shown: Shown, wanted: Array | None = None) -> list[str]:
    """The words that people see of each live row; empty for an erased one. wanted: bool (n,), of these rows alone."""
    texts: list[str] = []
    for part, start in zip(live.parts, live.starts.tolist(), strict=False):
        asked = part.live
        if wanted is not None:
            asked = part.live.copy()
            asked[asked] = wanted[start : start + int(part.live.sum())]
        at = 0
        for batch in part.read():
            rows = np.flatnonzero(asked[at : at + len(batch)])
            payloads = batch.column("payload").take(rows).to_pylist()
            texts += ["" if text is None else shown.words_of(decoded(text)) for text in payloads]
            at += len(batch)
    return texts
