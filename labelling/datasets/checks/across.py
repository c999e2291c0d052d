"""Checks that compare rows with one another: duplicates, conflicts and leaks. Sorting digests finds every pair."""

from dataclasses import dataclass

import numpy as np

from labelling.datasets.checks import figures
from labelling.datasets.checks.nearby import Near
from labelling.datasets.checks.seen import Seen
from labelling.datasets.checks.sketch import Array
from labelling.datasets.checks.verdicts import Found, rows, unlooked
from labelling.datasets.content import SPLITS

TRAIN, VALIDATION, TEST = (1 << place for place in range(len(SPLITS)))


@dataclass(frozen=True)
class Groups:
    """Rows that are alike. rows: their places, group by group, the earliest first in each; first: bool, whether a row
    is the first of its group; group: numbers the groups from 0."""

    rows: Array
    first: Array

    @property
    def group(self) -> Array:
        return np.cumsum(self.first) - 1

    def leaders(self) -> Array:
        """For each row the first of its group, as an index into `rows`."""
        return np.flatnonzero(self.first)[self.group]

    def bits(self, bit: Array) -> Array:
        """For each row what the rows of its group have in bits together."""
        if not len(self.rows):
            return bit
        return np.bitwise_or.reduceat(bit, np.flatnonzero(self.first))[self.group]


def alike(high: Array, low: Array, usable: Array) -> Groups:
    """Groups of two or more rows with the same two halves of a digest. high, low: uint64 (n,); usable: bool (n,)."""
    place = np.flatnonzero(usable)
    order = place[np.argsort(high[place])]
    ranked = high[order]
    same = ranked[1:] == ranked[:-1]
    found = order[np.append(same, False) | np.insert(same, 0, False)] if len(order) else order
    found = found[np.lexsort((found, low[found], high[found]))]
    first = np.ones(len(found), dtype=bool)
    first[1:] = (high[found][1:] != high[found][:-1]) | (low[found][1:] != low[found][:-1])
    # Two digests may share a half: a group of one is none.
    single = first & np.append(first[1:], True)
    return Groups(found[~single], first[~single])


def of_text(seen: Seen) -> Groups:
    return seen.once("text groups", lambda: alike(seen.rows["text"], seen.rows["text_low"], seen.rows.worded))


def duplicates(seen: Seen) -> Found:
    groups = of_text(seen)
    later = groups.rows[~groups.first]
    said = f"{rows(len(later), 'repeats', 'repeat')} the text of an earlier row."
    return Found(len(later), said if len(later) else "No two rows have the same text.", later,
                 figure=figures.repeats(groups.group))  # fmt: skip


def same_payload(seen: Seen) -> Found:
    groups = alike(seen.rows["payload"], seen.rows["payload_low"], seen.rows.worded)
    later = groups.rows[~groups.first]
    said = f"{rows(len(later))} the same payload as an earlier row, to the last letter."
    return Found(len(later), said if len(later) else "No two rows have the same payload.", later,
                 figure=figures.repeats(groups.group))  # fmt: skip


def conflicting_labels(seen: Seen) -> Found:
    groups = of_text(seen)
    answer = seen.rows["said"][groups.rows]
    wrong = groups.rows[answer != answer[groups.leaders()]]
    said = "No two rows of the same text have different labels."
    if len(wrong):
        said = f"{rows(len(wrong))} the text of an earlier row and another label."
    return Found(seen.share(len(wrong)), said, wrong, figure=figures.pairs_of_labels(seen, _against(seen, groups)))


def _against(seen: Seen, groups: Groups) -> tuple[Array, Array]:
    """Rows that contradict the first of their group, and that first."""
    answer, leader = seen.rows["said"][groups.rows], groups.leaders()
    wrong = answer != answer[leader]
    return groups.rows[wrong], groups.rows[leader[wrong]]


def split_leaks(seen: Seen) -> Found:
    wrong, said = _leaks(seen, of_text(seen), TEST, TRAIN), "No text of test is in train."
    if len(wrong):
        said = f"{rows(len(wrong), 'of test has', 'of test have')} the same text as one of train: scores are too good."
    return Found(len(wrong), said, wrong, figure=figures.shared_texts(seen, of_text(seen)))


def validation_leaks(seen: Seen) -> Found:
    wrong, said = _leaks(seen, of_text(seen), VALIDATION, TRAIN | TEST), "No text of validation is in another split."
    if len(wrong):
        said = f"{rows(len(wrong), 'of validation has', 'of validation have')} the same text as one of train or test."
    return Found(len(wrong), said, wrong, figure=figures.shared_texts(seen, of_text(seen)))


def group_leaks(seen: Seen) -> Found:
    group = seen.rows["group"]
    groups = alike(group, group, group != 0)
    held = bits_of(seen.rows["split"][groups.rows])
    wrong = groups.rows[(held != TRAIN) & (groups.bits(held) & ~held > 0)]
    said = "No group is in two splits."
    if len(wrong):
        told = rows(len(wrong), "of validation or test is", "of validation or test are")
        said = f"{told} of a group that is also in another split."
    return Found(len(wrong), said, wrong, figure=figures.shared_texts(seen, groups, "groups"))


def _leaks(seen: Seen, groups: Groups, of: int, into: int) -> Array:
    """Rows of the split `of` whose group has rows of the splits `into`."""
    held = bits_of(seen.rows["split"][groups.rows])
    return groups.rows[(held == of) & (groups.bits(held) & into > 0)]


def bits_of(split: Array) -> Array:
    return np.left_shift(1, np.maximum(split, 0).astype(np.int64))


# --- nearly alike ----------------------------------------------------------------------------------------------------


def near_duplicates(seen: Seen) -> Found:
    if seen.near is None:
        return unknown()
    later = np.unique(seen.near.pairs.max(axis=1))
    said = "No two rows are nearly the same."
    if len(later):
        said = f"{rows(len(later), 'is', 'are')} nearly the same as an earlier row."
    return _near(
        seen.near, Found(seen.share(len(later)), said, later, figure=figures.shared_pairs(seen, seen.near.pairs))
    )


def near_conflicts(seen: Seen) -> Found:
    if seen.near is None:
        return unknown()
    answer, found = seen.rows["said"], seen.near.pairs
    pairs = found[answer[found[:, 0]] != answer[found[:, 1]]]
    later = np.unique(pairs.max(axis=1))
    said = "No two rows that are nearly the same have different labels."
    if len(later):
        said = f"{rows(len(later), 'is', 'are')} nearly the same as an earlier row, with another label."
    figure = figures.pairs_of_labels(seen, (pairs.max(axis=1), pairs.min(axis=1)), "pairs")
    return _near(seen.near, Found(seen.share(len(later)), said, later, figure=figure))


def near_leaks(seen: Seen) -> Found:
    if seen.near is None:
        return unknown()
    held = bits_of(seen.rows["split"])
    one, other = seen.near.pairs[:, 0], seen.near.pairs[:, 1]
    wrong = np.unique(np.concatenate([
        one[(held[one] == TEST) & (held[other] == TRAIN)], other[(held[other] == TEST) & (held[one] == TRAIN)],
    ]))  # fmt: skip
    said = "No row of test is nearly the same as one of train."
    if len(wrong):
        said = f"{rows(len(wrong), 'of test is', 'of test are')} nearly the same as one of train."
    return _near(seen.near, Found(len(wrong), said, wrong, figure=figures.shared_pairs(seen, seen.near.pairs)))


def _near(near: Near, found: Found) -> Found:
    """What was found, and where nobody looked. Where nothing was found among some of the rows, that is no pass."""
    if near.but:
        found.summary += f" {near.but}"
    found.looked = near.is_whole or found.value > 0
    found.later = near.later
    return found


def unknown() -> Found:
    found = unlooked(
        "There are too many rows to compare all while publishing, and the policy has none compared at sampling: they "
        "are searched in the background after it, and when somebody checks now."
    )
    found.later = True
    return found
