"""The shadow price of a label: what it must be worth, so that items get as many labels on average as are wanted."""

import math

import numpy as np
import numpy.typing as npt

from labelling.stats.coded import Floats
from labelling.stats.stopping import information

# Bits: what a price is not lowered below, so that it can rise again.
LEAST = 1e-4
# By how much the price's logarithm moves when twice as much is spent as wanted, and the most it moves at once.
STEP = 1.5
LARGEST_STEP = math.log(4)
# So many settled items count half: a handful tells little about the average.
HALF_STEP_AT = 15


def limits(confusion: Floats, stop_confidence: float) -> tuple[float, float]:
    """Between which prices a policy's average can be steered, in bits a label: below the first nothing changes, since
    items stop at stop_confidence before; from the second on no label beyond the first ones is bought.

    confusion: float (k, k), of the average labeller.
    """
    k = len(confusion)
    sure = np.full((k, k), (1 - stop_confidence) / max(k - 1, 1))
    np.fill_diagonal(sure, stop_confidence)
    most = 1.25 * float(information(np.full((1, k), 1 / k), confusion)[0])
    high = max(min(most, math.log2(max(k, 2))), LEAST)
    least = float(information(sure, confusion).min()) / 2
    return min(max(least, LEAST), high), high


def labels_an_item(judged: npt.ArrayLike, ended: npt.ArrayLike, first: int) -> float:
    """How many labels an item takes on average if it is judged from now on as items were judged lately.

    judged, ended: (m + 1,): how many decisions fell at n labels, and how many of these stopped or contested; nothing
    goes beyond m. first: labels before the first decision. A life table of the period: unlike the mean of the items
    that were settled, it doesn't lag behind the price by as long as items lie open. nan without decisions.
    Source: Chiang 1984, The Life Table and its Applications.
    """
    at_risk, gone = np.asarray(judged, dtype=np.float64), np.asarray(ended, dtype=np.float64)
    if not at_risk[first:].sum():
        return math.nan
    going_on = 1 - (gone[first:-1] + 0.5) / (at_risk[first:-1] + 1)
    return first + float(np.cumprod(going_on).sum())


def adjust(price: float, *, spent: float, settled: int, wanted: float | None, limits: tuple[float, float]) -> float:
    """The next shadow price of a label, in bits: up when more is spent than wanted, down when less.

    price: the one before; 0 starts at a quarter of the upper limit. spent: labels an item takes at this price, from
    labels_an_item() of the decisions under it; settled: how many items these settled. wanted: labels an item; None:
    no price, 0. limits: from limits(). A step of dual ascent on the logarithm of the price: proportional to the
    excess, smaller where few items tell, at most fourfold; the price rests only where what is spent is what is wanted.
    Source: Boyd & Vandenberghe 2004, chapter 5 (the price as the multiplier of a constraint).
    """
    if wanted is None:
        return 0.0
    low, high = limits
    if not 0 < low <= high:
        raise ValueError(f"limits must be above 0 and in order, not {limits}")
    step = 0.0
    if settled > 0:
        step = STEP * (spent - wanted) / wanted * settled / (settled + HALF_STEP_AT)
    step = min(max(step, -LARGEST_STEP), LARGEST_STEP)
    before = price if price > 0 else high / 4
    return min(max(before * math.exp(step), low), high)
