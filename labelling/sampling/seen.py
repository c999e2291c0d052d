"""What people see of an example, as near-duplicates are found by it, and the keys under which it is looked up."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from labelling import canonical
from labelling.projects.models import SchemaVersion
from labelling.sampling.pictures import picture_hash
from labelling.schemas import kind_of
from labelling.schemas.inputs import format_of
from labelling.schemas.shown_text import shown_text
from labelling.stats.near.bands import band_hashes
from labelling.stats.near.image_hash import N_TABLES, tables
from labelling.stats.near.minhash import EMPTY, signatures
from labelling.stats.near.shingles import Uint32s

# At a similarity of 0.7, 998 in 1,000 meet in one band at least; at 0.8, all but two in a million.
BANDS, ROWS = 24, 4
PLACES = BANDS * ROWS
# The last key is the example's group.
KEYS = BANDS + 1


class Seen(NamedTuple):
    """One example. text: normalised; of a picture that was decoded there is none. picture: its difference hash."""

    text: str
    picture: int | None
    group: str


class Shown(NamedTuple):
    """What a label schema shows of a payload."""

    fields: list[str]
    pictures: frozenset[str]

    @property
    def key(self) -> str:
        """32 hex digits: what is stored under another key was read in another way."""
        return canonical.digest(canonical.dumps([self.fields, sorted(self.pictures)]))[:32]


def shown_by(schema: SchemaVersion) -> Shown:
    fields = list(kind_of(schema.kind).fields(schema.definition))
    given = schema.definition.get("input") or {}
    return Shown(fields, frozenset(field for field in fields if given and format_of(given, field) == "image"))


def seen_of(payload: str | None, group: str, shown: Shown) -> Seen:
    """payload: JSON text, or None where it was erased: that is like nothing."""
    if payload is None:
        return Seen("", None, group)
    given = canonical.loads(payload)
    if not isinstance(given, dict) or not shown.pictures & given.keys():
        return Seen(shown_text(given, shown.fields), None, group)
    if len(shown.fields) == 1:
        (url,) = list(_urls(given[shown.fields[0]])) or [""]
        picture = picture_hash(url)
        return Seen("" if picture is not None else _stood_for(url), picture, group)
    drawn = {name: list(map(_stood_for, _urls(given[name]))) for name in shown.pictures & given.keys()}
    return Seen(shown_text({**given, **drawn}, shown.fields), None, group)


def _urls(value: Any) -> Iterator[str]:
    for one in value if isinstance(value, list) else [value]:
        url = one.get("url") if isinstance(one, Mapping) else one
        if isinstance(url, str) and url:
            yield url


def _stood_for(url: str) -> str:
    """A picture beside text, or one that can't be looked at, is the same or another one: 64 letters say which."""
    return hashlib.sha256(url.encode("utf-8", "surrogatepass")).hexdigest() if url else ""


def keys_of(seen: Sequence[Seen]) -> tuple[Uint32s, Uint32s]:
    """uint32 (n, KEYS), what each is looked up by, 0 for no key; and the signatures of the texts, uint32 (n, PLACES).

    The same on every machine and for ever: they are stored.
    """
    found = signatures([one.text for one in seen], PLACES)
    keys = np.zeros((len(seen), KEYS), np.uint32)
    filled = found[:, 0] != EMPTY
    keys[filled, :BANDS] = _stored(band_hashes(found[filled], BANDS, ROWS).T)
    drawn = [at for at, one in enumerate(seen) if one.picture is not None]
    if drawn:
        hashes = np.array([seen[at].picture for at in drawn], np.uint64)
        keys[drawn, :N_TABLES] = _stored(tables(hashes).T)
    keys[:, BANDS] = [_group_key(one.group) for one in seen]
    return keys, found


def _stored(hashes: np.ndarray) -> Uint32s:
    """The upper half of each; never 0."""
    return np.maximum(hashes >> np.uint64(32), 1).astype(np.uint32)


def _group_key(group: str) -> int:
    digest = hashlib.sha256(group.encode("utf-8", "surrogatepass")).digest()
    return max(1, int.from_bytes(digest[:4], "big")) if group else 0
