"""The answer that is most like all others."""

from collections.abc import Callable, Sequence
from itertools import combinations
from math import fsum
from typing import TypeVar

T = TypeVar("T")


def medoid(answers: Sequence[T], weights: Sequence[float], likeness: Callable[[T, T], float]) -> int:
    """The index of the answer whose likeness to all answers, weighed, is greatest; of several, the first. At least one
    answer; where all weights are 0, each counts alike. likeness: symmetric, 1 for the same."""
    shares = list(weights) if any(weights) else [1.0] * len(answers)
    near = [[1.0] * len(answers) for _ in answers]
    for (i, one), (j, other) in combinations(enumerate(answers), 2):
        near[i][j] = near[j][i] = likeness(one, other)
    sums = [fsum(share * like for share, like in zip(shares, row, strict=True)) for row in near]
    return max(range(len(answers)), key=lambda index: (sums[index], -index))
