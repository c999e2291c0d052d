"""The answer that is most like all others."""

from collections.abc import Callable, Sequence
from math import fsum
from typing import TypeVar

T = TypeVar("T")


def medoid(answers: Sequence[T], weights: Sequence[float], likeness: Callable[[T, T], float]) -> int:
    """The index of the answer whose likeness to all answers, weighed, is greatest; of several, the first. At least one
    answer; where all weights are 0, each counts alike."""
    shares = list(weights) if any(weights) else [1.0] * len(answers)
    near = [fsum(share * likeness(one, other) for other, share in zip(answers, shares, strict=True)) for one in answers]
    return max(range(len(answers)), key=lambda index: (near[index], -index))
