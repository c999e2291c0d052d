"""The product's default: the hierarchical model, believed with caution; a model of the classes may vote as well."""

import numpy.typing as npt

from labelling.stats.truth.hierarchical import hierarchical
from labelling.stats.truth.model import Truth
from labelling.stats.truth.model_vote import add_vote

# Chosen once for all crowds, on ten real ones with 2, 3 and 5 labels an item and with all of theirs. From 0.2 to 0.35
# guessing makes no difference that could be measured; damping leaves posteriors closest to the best temperature in
# hindsight.
GUESSING = 0.26
DAMPING = 0.1


def infer(
    items: npt.ArrayLike,
    workers: npt.ArrayLike,
    labels: npt.ArrayLike,
    n_classes: int,
    gold: npt.ArrayLike | None = None,
    *,
    model: npt.ArrayLike | None = None,
    guessing: float = GUESSING,
    damping: float = DAMPING,
    n_items: int | None = None,
    n_workers: int | None = None,
) -> Truth:
    """What is true, from labels of unequal workers; robust where there are few labels a worker or an item.

    items, workers, labels: int (n_labels,), coded from 0. gold: int (n_items,), -1 unknown; its items are certain.
    model: float (n_items, k), a model's probabilities, which then vote like one more worker; a row of nan has none.
    Off unless given: see Truth.without_model. guessing, damping: how cautiously labels become the posterior, as in
    weigh(). The result is bit for bit independent of the order of the labels, and posterior (without a model) equals
    posteriors(...) of the same labels under the fit, except for gold.
    Raises ValueError that names the array and the position.
    """
    fit = hierarchical(
        items, workers, labels, n_classes, gold, guessing=guessing, damping=damping, n_items=n_items,
        n_workers=n_workers,
    )  # fmt: skip
    return fit if model is None else add_vote(fit, items, workers, labels, model, gold)
