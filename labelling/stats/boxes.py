"""Boxes on an image: how far two overlap, which of two people's boxes are the same, and what many people's add up to.

Boxes are integer arrays (n, 4): left, top, width, height.
"""

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Boxes = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

# From this overlap on, two boxes are of the same thing (Everingham et al. 2010, PASCAL VOC).
SAME = 0.5
ROUNDS = 3


def iou(one: Boxes, other: Boxes) -> Floats:
    """Intersection over union of each box of `one` (n, 4) with each of `other` (m, 4): float (n, m), 0 to 1."""
    start = np.maximum(one[:, None, :2], other[None, :, :2])
    end = np.minimum((one[:, :2] + one[:, 2:])[:, None], (other[:, :2] + other[:, 2:])[None])
    sides = np.maximum(end - start, 0)
    shared = sides[..., 0] * sides[..., 1]
    union = (one[:, 2] * one[:, 3])[:, None] + (other[:, 2] * other[:, 3])[None] - shared
    overlaps: Floats = shared / np.maximum(union, 1)
    return overlaps


def matched(one: Boxes, other: Boxes, least: float = SAME) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp], Floats]:
    """Which boxes of `one` and `other` are of the same thing: rows, columns and their overlaps, each at least `least`.

    Each box has at most one partner; of all such matchings this is one with the greatest sum of overlaps (the Hungarian
    algorithm: Kuhn 1955).
    """
    from scipy.optimize import linear_sum_assignment  # noqa: PLC0415 - 0.4 s: for projects with boxes alone

    overlaps = iou(one, other)
    worth = np.where(overlaps >= least, overlaps, 0.0)
    rows, columns = linear_sum_assignment(worth, maximize=True)
    real = worth[rows, columns] > 0
    return rows[real], columns[real], overlaps[rows[real], columns[real]]


def fuse(given: Sequence[Boxes], weights: Sequence[float], least: float = SAME) -> tuple[Boxes, Floats]:
    """What several people's boxes of one label add up to: boxes (k, 4), and the weight of those who drew each.

    given: the boxes of each person, in an order that does not depend on chance; weights: at least 0. The person with
    the most weight comes first; each further one's boxes are matched with the fused ones so far, the rest begin new
    ones. Rounds of matching anew with what came out follow, so that the first have no say in where the middle is. A
    fused box has the weighted mean of the corners, to the nearest whole number.
    Source: weighted boxes fusion (Solovyev, Wang & Gabruseva 2021), with one box a person.
    """
    order = sorted(range(len(given)), key=lambda person: -weights[person])
    fused: Boxes = np.zeros((0, 4), dtype=np.int64)
    support = np.zeros(0)
    for _ in range(ROUNDS):
        before = fused
        fused, support = _one_round(fused, [given[person] for person in order], [weights[p] for p in order], least)
        if np.array_equal(fused, before):
            break
    return fused, support


def _one_round(start: Boxes, given: list[Boxes], weights: list[float], least: float) -> tuple[Boxes, Floats]:
    """Matches everybody's boxes with those of `start`; without any, with the fused ones of the people before."""
    groups: list[list[tuple[Boxes, float]]] = [[] for _ in start]
    centres = list(start)
    for boxes, weight in zip(given, weights, strict=True):
        rows, columns, _ = matched(np.array(centres, dtype=np.int64).reshape(-1, 4), boxes, least)
        for row, column in zip(rows, columns, strict=True):
            groups[row].append((boxes[column], weight))
            if not len(start):
                centres[row] = _mean(groups[row])
        for column in sorted(set(range(len(boxes))) - set(columns.tolist())):
            groups.append([(boxes[column], weight)])
            centres.append(boxes[column])
    drawn = [group for group in groups if group]
    fused = np.array([_mean(group) for group in drawn], dtype=np.int64).reshape(-1, 4)
    return fused, np.array([math.fsum(weight for _, weight in group) for group in drawn])


def _mean(group: list[tuple[Boxes, float]]) -> Boxes:
    boxes = np.array([box for box, _ in group])
    weights = np.array([weight for _, weight in group])
    corners = np.concatenate([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]], axis=1)
    if not weights.any():
        weights = np.ones(len(group))
    mean = (corners * weights[:, None]).sum(axis=0) / weights.sum()
    whole = np.floor(mean + 0.5).astype(np.int64)
    # Never narrower than the narrowest it is made of, though what is just below a half goes down on one side alone.
    return np.concatenate([whole[:2], np.maximum(whole[2:] - whole[:2], boxes[:, 2:].min(axis=0))])
