"""Which split each new item gets: that of the oldest item it is like, or else what chance says.

Items that exist never move. So where something new is like two that stand in different splits already, the older one
decides, and the other is written down beside it.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from labelling.ingest.models import Example
from labelling.projects.models import PolicyVersion, Project, SchemaVersion
from labelling.sampling import chance
from labelling.sampling.models import Item, NearLink, Split
from labelling.sampling.near_index import READ_AT_ONCE, Hits, NearIndex
from labelling.sampling.queries import Candidate
from labelling.sampling.seen import BANDS, ROWS, Seen, Shown, keys_of, seen_of, shown_by
from labelling.stats.near.clusters import clusters
from labelling.stats.near.image_hash import MOST_BITS, neighbours
from labelling.stats.near.jaccard import jaccard
from labelling.stats.near.pairs import pairs as near_pairs
from labelling.stats.near.shingles import Uint32s

TEN_THOUSAND = 10_000
PICTURE_BITS = 64


class Like(NamedTuple):
    """Something that is there, and how like it is, out of 10,000; None: it is of the same group."""

    item: int
    similarity: int | None


class Place(NamedTuple):
    """A new item's split. of: the new row or the item that it takes it from."""

    split: Split
    of_row: int | None = None
    of_item: int | None = None
    similarity: int | None = None


class Standing(NamedTuple):
    split: Split
    seen: Seen


class Round:
    """The new examples of one round, in canonical order, and what is like them. Call it under the project's lock."""

    def __init__(self, project: Project, policy: PolicyVersion, examples: Sequence[Candidate]) -> None:
        self.project, self.policy, self.examples = project, policy, examples
        self.shown: Shown = shown_by(SchemaVersion.objects.filter(project=project).latest("number"))
        self.index = NearIndex(project, self.shown)
        self.seen = self._read()
        self.keys, signatures = keys_of(self.seen)
        threshold = policy.near_threshold
        self.among = {} if threshold is None else _among(self.seen, signatures, threshold)
        own, groups = self.index.look_up(self.keys)
        self._look_at(own, groups)

    def splits(self) -> list[Place]:
        """In the order of the examples."""
        by_group = self._by_group()
        return _Placed(self, by_group).places

    def keep(self, items: Sequence[Item], places: Sequence[Place]) -> None:
        """Write down what took whose split, and the keys for the rounds to come. items: with their ids."""
        links = []
        for row, (item, place) in enumerate(zip(items, places, strict=True)):
            of = items[place.of_row].pk if place.of_row is not None else place.of_item
            if of is not None:
                links.append(NearLink(item=item, of_id=of, similarity=place.similarity, inherits=True))
            links += [
                NearLink(item=item, of_id=like.item, similarity=like.similarity, inherits=False)
                for like in self.near[row]
                if like.item != of and self.standing[like.item].split != place.split
            ]
        NearLink.objects.bulk_create(links, READ_AT_ONCE)
        self.index.append([item.pk for item in items], self.keys)

    def chance(self, row: int) -> Split:
        example = self.examples[row]
        return chance.split_of(self.policy, self.project.seed, example.external_id, example.group)

    def _read(self) -> list[Seen]:
        found: dict[int, Seen] = {}
        ids = [example.pk for example in self.examples]
        for start in range(0, len(ids), READ_AT_ONCE):
            rows = Example.objects.filter(pk__in=ids[start : start + READ_AT_ONCE])
            for pk, payload, group in rows.values_list("pk", "payload", "group").iterator(READ_AT_ONCE):
                found[pk] = seen_of(payload, group, self.shown)
        return [found[pk] for pk in ids]

    def _look_at(self, own: Hits, groups: Hits) -> None:
        """Compare with the items that were met: `near` and `of_group` hold what is like each row, the oldest first."""
        near = [] if self.policy.near_threshold is None else _pairs(own)
        same = _pairs(groups)
        self.standing = _standing({item for _, item in [*near, *same]}, self.shown)
        self.near: dict[int, list[Like]] = defaultdict(list)
        for (row, item), value in zip(near, self._similarity(near), strict=True):
            if value is not None:
                self.near[row].append(Like(item, value))
        for likes in self.near.values():
            likes.sort()
        self.of_group: dict[int, int] = {}
        for row, item in same:
            if self.standing[item].seen.group == self.seen[row].group:
                self.of_group[row] = min(item, self.of_group.get(row, item))

    def _similarity(self, pairs: Sequence[tuple[int, int]]) -> list[int | None]:
        items = {item: at for at, item in enumerate(self.standing, start=len(self.seen))}
        everything = [*self.seen, *(one.seen for one in self.standing.values())]
        return _similarities(everything, [(row, items[item]) for row, item in pairs], self.policy.near_threshold or 1.0)

    def _by_group(self) -> dict[int, Place]:
        """Rows whose group has items: they go where those are. It is only said where chance alone would not."""
        found = {}
        for row, item in self.of_group.items():
            split = self.standing[item].split
            found[row] = Place(split) if split == self.chance(row) else Place(split, of_item=item)
        return found


class _Placed:
    """Decides: rows whose group has items first; then each set of rows that are like each other, or of one group, as
    one: by the oldest item that any of them is like, by a row decided before, or by chance for its first row."""

    def __init__(self, drawn: Round, decided: dict[int, Place]) -> None:
        self.drawn = drawn
        self.done: dict[int, Place] = dict(decided)
        self.beside = self._beside()
        for members in self._sets(drawn, decided):
            self._decide(members)
        self.places = [self.done[row] for row in range(len(drawn.examples))]

    def _beside(self) -> dict[int, dict[int, int | None]]:
        """{row: {another new row: similarity, None for the same group}}."""
        beside: dict[int, dict[int, int | None]] = defaultdict(dict)
        firsts: dict[str, int] = {}
        for row, seen in enumerate(self.drawn.seen):
            if seen.group and firsts.setdefault(seen.group, row) != row:
                beside[row][firsts[seen.group]] = beside[firsts[seen.group]][row] = None
        for row, others in self.drawn.among.items():
            beside[row].update(others)
        return beside

    def _sets(self, drawn: Round, decided: dict[int, Place]) -> list[list[int]]:
        edges = [
            (row, other) for row, others in self.beside.items() for other in others
            if row not in decided and other not in decided
        ]  # fmt: skip
        sets: dict[int, list[int]] = defaultdict(list)
        for row, first in enumerate(clusters(len(drawn.examples), edges).tolist()):
            if row not in decided:
                sets[first].append(row)
        return list(sets.values())

    def _decide(self, members: list[int]) -> None:
        near = self.drawn.near
        begin: list[int] = []
        oldest = min((like.item for row in members for like in near.get(row, ())), default=None)
        beside = [(other, row) for row in members for other in self.beside.get(row, {}) if other in self.done]
        if oldest is not None:
            split = self.drawn.standing[oldest].split
            for row in members:
                found = [like for like in near.get(row, ()) if self.drawn.standing[like.item].split == split]
                if found:
                    self.done[row] = Place(split, of_item=found[0].item, similarity=found[0].similarity)
                    begin.append(row)
        elif beside:
            other, row = min(beside)
            self.done[row] = Place(self.done[other].split, of_row=other, similarity=self.beside[row][other])
            begin.append(row)
        else:
            self.done[members[0]] = Place(self.drawn.chance(members[0]))
            begin.append(members[0])
        self._spread(begin, set(members))

    def _spread(self, begin: list[int], members: set[int]) -> None:
        """From rows that are decided to those beside them, nearest first."""
        while begin:
            following = []
            for row in begin:
                for other, similarity in sorted(self.beside.get(row, {}).items(), key=lambda pair: pair[0]):
                    if other in members and other not in self.done:
                        self.done[other] = Place(self.done[row].split, of_row=row, similarity=similarity)
                        following.append(other)
            begin = following


def _among(seen: Sequence[Seen], signatures: Uint32s, threshold: float) -> dict[int, dict[int, int]]:
    """{row: {another row: similarity}} of new examples that are like each other."""
    found = near_pairs(signatures, [one.text for one in seen], threshold, BANDS, ROWS)
    edges = list(zip(found.pairs.tolist(), np.floor(found.similarity * TEN_THOUSAND).astype(int).tolist(), strict=True))
    drawn = [row for row, one in enumerate(seen) if one.picture is not None]
    if drawn:
        alike = neighbours(np.array([seen[row].picture for row in drawn], np.uint64))
        edges += [
            ([drawn[one], drawn[other]], _of_bits(distance))
            for (one, other), distance in zip(alike.pairs.tolist(), alike.distance.tolist(), strict=True)
        ]
    near: dict[int, dict[int, int]] = defaultdict(dict)
    for (one, other), similarity in edges:
        near[one][other] = near[other][one] = similarity
    return near


def _similarities(seen: Sequence[Seen], pairs: Sequence[tuple[int, int]], threshold: float) -> list[int | None]:
    """Of each pair, out of 10,000; None if it isn't near enough. Pictures are compared with pictures."""
    found = jaccard([one.text for one in seen], np.array(pairs, np.int64).reshape(-1, 2))
    near: list[int | None] = []
    for (one, other), value in zip(pairs, found.tolist(), strict=True):
        left, right = seen[one].picture, seen[other].picture
        if left is not None and right is not None:
            distance = (left ^ right).bit_count()
            near.append(_of_bits(distance) if distance <= MOST_BITS else None)
        else:
            near.append(int(value * TEN_THOUSAND) if value >= threshold else None)
    return near


def _pairs(hits: Hits) -> list[tuple[int, int]]:
    return list(zip(hits.rows.tolist(), hits.items.tolist(), strict=True))


def _of_bits(distance: int) -> int:
    return (PICTURE_BITS - distance) * TEN_THOUSAND // PICTURE_BITS


def _standing(items: Iterable[int], shown: Shown) -> dict[int, Standing]:
    found = {}
    ids = sorted(items)
    for start in range(0, len(ids), READ_AT_ONCE):
        rows = Item.objects.filter(pk__in=ids[start : start + READ_AT_ONCE])
        for pk, split, payload, group in rows.values_list("pk", "split", "example__payload", "example__group"):
            found[pk] = Standing(Split(split), seen_of(payload, group, shown))
    return found
