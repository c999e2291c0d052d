"""Difference hashes of the pictures of a segment, kept beside its sketch by the digest of its content.

To decode a picture takes milliseconds: few are decoded while a version is published, all of them in the background, and
each only once. Only pictures that are part of the payload can be looked at (see `sampling.pictures`).
"""

from pathlib import Path
from typing import Any

import numpy as np

from labelling.datasets.checks import kept
from labelling.datasets.checks.live import Live, Part
from labelling.datasets.checks.payloads import Shown, decoded
from labelling.datasets.checks.sketch import ERASED, Array
from labelling.sampling.pictures import picture_hash

# So many pictures are decoded while a version is published.
MOST_AT_ONCE = 200


def hashes_of(live: Live, shown: Shown, *, kind: str, definition: dict[str, Any], every: bool) -> Array | None:
    """uint64 (n,): the hash of each row's picture, 0 where there is none to look at. None where more than MOST_AT_ONCE
    would have to be decoded and not every one is to be."""
    places = [kept.place_of(part.name, kind, definition, what="pictures") if part.name else None for part in live.parts]
    known = [_load(place, len(part.sketch)) for place, part in zip(places, live.parts, strict=True)]
    waiting = sum(int((~part.sketch.flagged(ERASED)).sum())
                  for part, found in zip(live.parts, known, strict=True) if found is None)  # fmt: skip
    if waiting > MOST_AT_ONCE and not every:
        return None
    found = []
    for part, place, hashes, at in zip(live.parts, places, known, live.positions, strict=True):
        found.append((_made(part, shown, place) if hashes is None else hashes)[at])
    return np.concatenate(found) if found else np.empty(0, dtype=np.uint64)


def _load(place: Path | None, n: int) -> Array | None:
    try:
        found = np.frombuffer(place.read_bytes(), dtype="<u8") if place is not None else None
    except (OSError, ValueError):
        return None
    return found if found is not None and len(found) == n else None


def _made(part: Part, shown: Shown, place: Path | None) -> Array:
    hashes = _hashed(part, shown)
    if place is not None:
        kept.write(place, hashes.astype("<u8").tobytes())
    return hashes


def _hashed(part: Part, shown: Shown) -> Array:
    """Of every row of the segment, whatever versions hold of it."""
    [field] = shown.fields
    found: list[int] = []
    for batch in part.read():
        for text in batch.column("payload").to_pylist():
            payload = decoded(text) if text is not None else None
            value = payload.get(field) if isinstance(payload, dict) else None
            url = value.get("url") if isinstance(value, dict) else value
            found.append((picture_hash(url) or 0) if isinstance(url, str) else 0)
    return np.array(found, dtype=np.uint64)
