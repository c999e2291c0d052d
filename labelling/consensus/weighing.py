"""What an item should get next under a policy that weighs labels against experts by their cost."""

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from labelling.consensus.models import Fit
from labelling.projects.models import Mode, PolicyVersion
from labelling.stats.lookahead import Expert, Lookahead, Losses, Tables, places

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]

# An expert's price, in labels, where labels cost nothing, and the least it is.
USUAL_PRICE, LEAST_PRICE = 5.0, 0.01


def expert_of(policy: PolicyVersion) -> Expert:
    price = policy.price_expert / policy.price_label if policy.price_label else USUAL_PRICE
    return Expert(max(price, LEAST_PRICE), policy.expert_accuracy)


def is_steered(policy: PolicyVersion) -> bool:
    """Whether labels and experts are weighed against each other by what they cost."""
    return policy.cost_per_item is not None and policy.mode == Mode.ADAPTIVE


def losses_of(*, fit: Fit | None, policy: PolicyVersion, posterior: Floats, had: Ints, left: Ints) -> Losses | None:
    """What stopping, an expert and labels are expected to cost of these items; None where nothing steers.

    posterior: float (n, k), calibrated. had, left: int (n,), labels each has and can still get.
    """
    if fit is None or fit.worth is None or fit.kinds is None or not is_steered(policy):
        return None
    tables = _tables(posterior.shape[1], bytes(fit.kinds), fit.worth, expert_of(policy))
    return tables.losses(places(posterior, had, left))


@lru_cache(maxsize=64)
def _tables(n_classes: int, kinds: bytes, worth: float, expert: Expert) -> Tables:
    right, share = np.frombuffer(kinds).reshape(2, -1)
    return Lookahead(n_classes, right, share, expert).at(worth)
