"""Rows of a version that are nearly the same as others: texts by MinHash, verified by their exact similarity; or what
sampling found."""

from typing import Any

import numpy as np

from labelling.datasets.checks.live import Live
from labelling.datasets.checks.payloads import Shown, decoded
from labelling.datasets.checks.sketch import Array
from labelling.projects.models import Project
from labelling.sampling.models import NearLink
from labelling.schemas import kind_of
from labelling.stats.near.pairs import near_duplicates

# Of so many rows the pairs are looked for while a version is published; of more, in the background alone.
MOST_AT_ONCE = 20_000
ALIKE = 0.8


def pairs_of(live: Live, *, project: Project, kind: str, definition: dict[str, Any], thorough: bool) -> Array | None:
    """int (m, 2): places of rows that people see nearly the same of, but not the same. None where nobody looked.

    Texts with at least the policy's share (else ALIKE) of their 5-grams in common are looked for among up to
    MOST_AT_ONCE rows, or all of them if it is to be thorough; of more rows, and of pictures, what was found when their
    items were sampled is taken.
    """
    shown, policy = Shown(kind_of(kind), definition), project.policy_in_force
    if shown.worded and (len(live) <= MOST_AT_ONCE or thorough):
        return unlike(live, near_duplicates(texts_of(live, shown), policy.near_threshold or ALIKE).pairs)
    return unlike(live, linked(live, project)) if policy.near_threshold is not None else None


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
