"""When an item has enough labels."""

from typing import Literal

import numpy as np
import numpy.typing as npt

from labelling.stats.coded import Floats

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
) -> Decision:
    """Whether an item is settled, needs another label, or can't be settled by the crowd.

    posterior: float (k,), calibrated. n_labels: how many counted labels are behind it. minimum, maximum: labels an
    item. stop_confidence: stop at this probability of the best answer. contest_below: at the maximum, contest below
    this probability. abstentions_to_contest: so many contest the item; None, never. A fixed-mode or a yardstick item
    always goes to the maximum, where an abstention takes the place of a label.
    Raises ValueError for a policy that contradicts itself.
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
    if n_labels >= maximum:
        return "stop" if top >= contest_below else "contest"
    if may_stop_early and n_labels >= minimum and top >= stop_confidence:
        return "stop"
    return "more"


def gain(posterior: Floats, confusion: Floats) -> Floats:
    """What one more label is expected to add to the probability that the best answer is right.

    posterior: float (n, k). confusion: float (k, k), of the worker to come; the pooled one of a fit if unknown.
    Returns float (n,), 0 (no answer could change the decision) up: compare it with the price of a label.
    Source: Sheng, Provost & Ipeirotis 2008.
    """
    joint = posterior[:, :, None] * confusion[None, :, :]
    after = joint.max(axis=1).sum(axis=1)
    return np.asarray(np.maximum(after - posterior.max(axis=1), 0.0), dtype=np.float64)
