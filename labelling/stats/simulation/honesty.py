"""What figures of an adaptive policy promise, and what they keep: its confidences, and its agreement."""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from labelling.stats import agreement, calibration
from labelling.stats.coded import Floats, Ints
from labelling.stats.simulation.crowd import Crowd, credit
from labelling.stats.truth.model import FLOOR

PROMISED = 0.95
# One item in twenty is a yardstick, and no fewer than these: an interval needs some.
YARDSTICK_SHARE, FEWEST_YARDSTICKS = 0.05, 30


def promises(posterior: Floats, truth: Ints) -> dict[str, float]:
    """How items whose labelling ended at PROMISED or above turned out, and what the posteriors of all lost.

    posterior: float (n, k), as believed when the labelling of each ended; truth: int (n,), -1 unknown. Returns share
    (of the items with truth), right (nan for none), log_loss, and log_loss_best at the best temperature in hindsight.
    """
    at = truth >= 0
    believed, real = posterior[at], truth[at]
    sure = believed.max(axis=1) >= PROMISED
    right = credit(believed, real)
    best = calibration.temperature(believed, real, pseudo=0.0)
    return {
        "share": float(sure.mean()), "right": float(right[sure].mean()) if sure.any() else float("nan"),
        "log_loss": _log_loss(believed, real), "log_loss_best": _log_loss(calibration.soften(believed, best), real),
        "temperature_best": best,
    }  # fmt: skip


def _log_loss(posterior: Floats, truth: Ints) -> float:
    return float(-np.log(np.maximum(posterior[np.arange(len(truth)), truth], FLOOR)).mean())


def alphas(crowd: Crowd, bought: npt.NDArray[np.bool_], seed: int) -> dict[str, Any]:
    """Krippendorff's alpha three ways: of all labels, of yardstick items that chance draws and that get all of theirs,
    and, naively, of the labels that adaptive stopping bought.

    crowd: shuffled; bought: bool (n_labels,). Returns all, yardstick {value, low, high, items}, naive and its bias.
    """
    n = min(max(round(YARDSTICK_SHARE * crowd.n_items), FEWEST_YARDSTICKS), crowd.n_items)
    drawn = np.zeros(crowd.n_items, dtype=bool)
    drawn[np.random.default_rng([seed, 6]).choice(crowd.n_items, n, replace=False)] = True
    whole = agreement.krippendorff_alpha(crowd.items, crowd.workers, crowd.labels)
    at = drawn[crowd.items]
    yardstick = agreement.bootstrap(*_coded(crowd, at), seed=seed)
    naive = agreement.krippendorff_alpha(*_coded(crowd, bought))
    limits = {"value": _or_none(yardstick.value), "low": _or_none(yardstick.low), "high": _or_none(yardstick.high)}
    return {
        "all": _or_none(whole), "naive": _or_none(naive), "bias": _or_none(naive - whole),
        "yardstick": limits | {"items": n},
    }  # fmt: skip


def _or_none(value: float) -> float | None:
    """What is not defined is none in JSON."""
    return None if math.isnan(value) else value


def _coded(crowd: Crowd, at: npt.NDArray[np.bool_]) -> tuple[Ints, Ints, Ints]:
    items, workers = (np.unique(codes[at], return_inverse=True)[1] for codes in (crowd.items, crowd.workers))
    return items, workers, crowd.labels[at]
