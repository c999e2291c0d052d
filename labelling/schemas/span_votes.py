"""What several people's spans add up to, and how alike two people's spans are.

A span is (start, end, label): code points from start up to, not including, end. Votes are taken per character, which
is per token where people mark whole tokens (majority over BIO tags: Nguyen, Wallace, Li, Nenkova & Lease 2017).
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from itertools import groupby, pairwise
from math import fsum

Span = tuple[int, int, str]
Spans = Collection[Span]
Range = tuple[int, int]


def vote(answers: Sequence[Spans], weights: Sequence[float]) -> list[Span]:
    """The spans that more than half of the weight stands behind, sorted.

    A span that more than half gave exactly is taken as it is. Of all others each character is voted on, label by label:
    it has the label where those who gave it outweigh everybody else. Such characters beside one another are one span,
    unless those who saw a border between them outweigh those whose span went on. weights: at least 0; where all are 0,
    each answer counts alike. The order of the answers makes no difference.
    """
    shares = list(weights) if any(weights) else [1.0] * len(answers)
    half = fsum(shares) / 2
    given = sorted({span for answer in answers for span in answer})
    givers = {span: [number for number, answer in enumerate(answers) if span in answer] for span in given}
    exact = {span for span in given if _weight(shares, givers[span]) > half}
    found = set(exact)
    left: dict[str, list[list[Range]]] = {label: [[] for _ in answers] for _, _, label in given}
    for number, answer in enumerate(answers):
        for start, end, label in set(answer) - exact:
            left[label][number].append((start, end))
    for label in sorted(left):
        found |= {(start, end, label) for start, end in _runs(left[label], shares, half)}
    return sorted(found)


def _runs(answers: Sequence[Sequence[Range]], shares: Sequence[float], half: float) -> list[Range]:
    """The ranges of one label that more than half of the weight covers, cut where most see a border.

    One walk over all borders, so that long answers take no longer than they are long.
    """
    begins, ends = _by_place(answers, 0), _by_place(answers, 1)
    n_open = [0] * len(answers)
    runs: list[Range] = []
    for start, end in pairwise(sorted(begins.keys() | ends.keys())):
        for number in ends[start]:
            n_open[number] -= 1
        # Whether those who marked both sides as two spans outweigh those who marked them as one.
        through = [number for number, count in enumerate(n_open) if count]
        beside = set(ends[start]) & set(begins[start]) - set(through)
        is_cut = _weight(shares, beside) > _weight(shares, through)
        for number in begins[start]:
            n_open[number] += 1
        if _weight(shares, [number for number, count in enumerate(n_open) if count]) <= half:
            continue
        if runs and runs[-1][1] == start and not is_cut:
            runs[-1] = (runs[-1][0], end)
        else:
            runs.append((start, end))
    return runs


def _by_place(answers: Sequence[Sequence[Range]], side: int) -> defaultdict[int, list[int]]:
    """Which answers have a span that begins (side 0) or ends (1) at each place, once a span."""
    found: defaultdict[int, list[int]] = defaultdict(list)
    for number, answer in enumerate(answers):
        for span in answer:
            found[span[side]].append(number)
    return found


def _weight(shares: Sequence[float], voters: Collection[int]) -> float:
    """The weight of those voters; exact, so that no order of adding changes a tie."""
    return fsum(shares[number] for number in voters)


def likeness(one: Spans, other: Spans) -> float:
    """The mean of two F1 scores: of spans that are exactly the same, as in the CoNLL tasks, and of characters under the
    same label. 0 to 1; symmetric; 1 where both are the same, also where nothing is marked."""
    mine, yours = set(one), set(other)
    if mine == yours:
        return 1.0
    exact = _f1(len(mine & yours), len(mine), len(yours))
    ranges, theirs = _covered(mine), _covered(yours)
    both = sum(_overlap(ranges[label], theirs[label]) for label in ranges.keys() & theirs.keys())
    return (exact + _f1(both, _size(ranges), _size(theirs))) / 2


def _f1(both: int, one: int, other: int) -> float:
    return 2 * both / (one + other) if one + other else 1.0


def _covered(spans: Spans) -> dict[str, list[Range]]:
    """The characters of each label, as ranges that don't touch."""
    covered: dict[str, list[Range]] = {}
    for label, group in groupby(sorted(spans, key=lambda span: (span[2], span)), key=lambda span: span[2]):
        ranges: list[Range] = []
        for start, end, _ in group:
            if ranges and start <= ranges[-1][1]:
                ranges[-1] = (ranges[-1][0], max(end, ranges[-1][1]))
            else:
                ranges.append((start, end))
        covered[label] = ranges
    return covered


def _size(covered: dict[str, list[Range]]) -> int:
    return sum(end - start for ranges in covered.values() for start, end in ranges)


def _overlap(one: Sequence[Range], other: Sequence[Range]) -> int:
    """Characters that two lists of sorted ranges share."""
    shared = i = j = 0
    while i < len(one) and j < len(other):
        shared += max(0, min(one[i][1], other[j][1]) - max(one[i][0], other[j][0]))
        if one[i][1] < other[j][1]:
            i += 1
        else:
            j += 1
    return shared
