"""When an item has enough labels."""

import math
from typing import Literal

import numpy as np
import numpy.typing as npt

from labelling.stats.coded import Floats
from labelling.stats.truth.model import FLOOR

Decision = Literal["stop", "more", "contest"]
Mode = Literal["fixed", "adaptive"]


def decide(
    posterior: npt.ArrayLike,
    n_labels: int,
    *,
    minimum: int,
    maximum: int,
    stop_confidence: float,
    contest_below: float,
    n_abstentions: int = 0,
    abstentions_to_contest: int | None = None,
    mode: Mode = "adaptive",
    yardstick: bool = False,
    information: float | None = None,
    price: float = 0.0,
    cheapest: Decision | None = None,
) -> Decision:
    """Whether an item is settled, needs another label, or can't be settled by the crowd.

    posterior: float (k,), calibrated. n_labels: how many counted labels are behind it. minimum, maximum: labels an
    item. stop_confidence: stop at this probability of the best answer. contest_below: where no more labels are
    bought, contest below this probability. abstentions_to_contest: so many contest the item; None, never.
    cheapest: what a look-ahead finds best, experts weighed against labels; then neither confidences nor the price ask.
    information: bits that another label is expected to give; price: bits it must be worth, or the item ends with the
    labels it has. A fixed-mode or a yardstick item always goes to the maximum, whatever a label costs; there an
    abstention takes the place of a label. Raises ValueError for a policy that contradicts itself.
    """
    if not 0 <= minimum <= maximum:
        raise ValueError(f"minimum ({minimum}) must lie between 0 and maximum ({maximum})")
    if mode not in ("fixed", "adaptive"):
        raise ValueError(f"mode must be fixed or adaptive, not {mode!r}")
    top = float(np.max(posterior))
    if not 0 <= top <= 1:
        raise ValueError(f"posterior must be probabilities, not {posterior!r}")
    gave_up = abstentions_to_contest is not None and n_abstentions >= abstentions_to_contest
    may_stop_early = mode == "adaptive" and not yardstick
    asked = n_labels + n_abstentions if gave_up else n_labels
    if gave_up and (may_stop_early or asked >= maximum):
        return "contest"
    if may_stop_early and cheapest is not None and n_labels >= minimum:
        return cheapest if n_labels < maximum or cheapest != "more" else "stop"
    if may_stop_early and minimum <= n_labels < maximum:
        if top >= stop_confidence:
            return "stop"
        if information is None or information >= price:
            return "more"
    elif n_labels < maximum:
        return "more"
    return "stop" if top >= contest_below else "contest"


def information(posterior: Floats, confusion: Floats) -> Floats:
    """Bits that one more label is expected to tell about the class: their mutual information.

    posterior: float (n, k). confusion: float (k, k), confusion[t, a] is the probability that the labeller to come
    answers a when t is true; a fit's pooled one stands for the average labeller. Returns float (n,), 0 up to the
    entropy of the posterior; 0 only if the class is certain or the labeller's answers tell nothing. (The expected
    gain in the probability of the best answer is 0 whenever no single answer changes it, though two might.)
    Source: Lindley 1956; MacKay 1992.
    """
    answer = posterior @ confusion
    bits = _entropy(answer) - posterior @ _entropy(confusion)
    return np.asarray(np.maximum(bits, 0.0), dtype=np.float64)


def worth(bits: Floats, n_classes: int) -> Floats:
    """Information (n,) as a share of the most that one of n_classes can hold, 0 to 1."""
    return np.clip(bits / math.log2(max(n_classes, 2)), 0.0, 1.0)


def _entropy(p: Floats) -> Floats:
    """In bits, of each row."""
    result: Floats = -(p * np.log2(np.maximum(p, FLOOR))).sum(axis=-1)
    return result
