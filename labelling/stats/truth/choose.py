"""Which model of truth suits a project, by items whose truth is known."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import numpy.typing as npt

from labelling.stats.coded import Floats, Ints, codes, known
from labelling.stats.truth.dawid_skene import shrunk_dawid_skene
from labelling.stats.truth.infer import DAMPING, infer
from labelling.stats.truth.majority import equal_workers
from labelling.stats.truth.model import FLOOR, Truth
from labelling.stats.truth.one_coin import one_coin
from labelling.stats.truth.weighted_majority import weighted_majority

Model = Callable[..., Truth]
# Each takes (items, workers, labels, n_classes, gold, n_items=, n_workers=).
MODELS: dict[str, Model] = {
    "majority": partial(equal_workers, damping=DAMPING),
    "weighted_majority": partial(weighted_majority, damping=DAMPING),
    "one_coin": partial(one_coin, damping=DAMPING),
    "infer": infer,
    "dawid_skene": partial(shrunk_dawid_skene, damping=DAMPING),
}
DEFAULT = "infer"
# Known truths below which nothing is compared, and parts they are split into.
LEAST, FOLDS = 20, 5
# A model must be better than the default by so many standard errors of the difference, the same items compared: one is
# usual for two models, but the best of several is ahead by that much by luck alone.
CLEARLY = 2.0
# Temperatures tried, so that a model isn't passed over for being too sure, which calibration mends.
HEAT = np.geomspace(0.5, 8.0, 17)


@dataclass(frozen=True, slots=True)
class Choice:
    """name: of the model. fit: its fit, with all known truths. losses: {model: mean log loss of known truths in nats,
    each predicted without itself}; empty if nothing was compared. gains: {model: (by how much its loss is smaller than
    the default's, standard error)}."""

    name: str
    fit: Truth
    losses: dict[str, float] = field(default_factory=dict)
    gains: dict[str, tuple[float, float]] = field(default_factory=dict)


def choose(
    items: npt.ArrayLike,
    workers: npt.ArrayLike,
    labels: npt.ArrayLike,
    n_classes: int,
    gold: npt.ArrayLike,
    *,
    seed: int,
    models: Mapping[str, Model] = MODELS,
    default: str = DEFAULT,
    n_items: int | None = None,
    n_workers: int | None = None,
) -> Choice:
    """The model under which known truths are likeliest; the default unless the evidence is clear.

    items, workers, labels: int (n_labels,), coded from 0. gold: int (n_items,), -1 unknown. seed: of the split into
    five parts; each part is predicted by fits that know the other four, at the temperature that suits those. What is
    scored is never told to what it scores, but a calibration of the chosen fit needs other known truths than these.
    Raises ValueError that names the array and the position.
    Source: Stone 1974 (cross-validation); Breiman et al. 1984 (the standard error rule).
    """
    size = len(np.atleast_1d(gold)) if n_items is None else n_items
    truth = known(gold, size, n_classes)
    sizes = {"n_items": size, "n_workers": n_workers}
    labelled = np.bincount(codes(items, "items", below=size), minlength=size) > 0
    asked = np.flatnonzero((truth >= 0) & labelled)
    arrays = (items, workers, labels, n_classes)
    if len(asked) < LEAST:
        return Choice(default, models[default](*arrays, truth, **sizes))
    part = np.empty(len(asked), dtype=np.intp)
    part[np.random.default_rng(seed).permutation(len(asked))] = np.arange(len(asked)) % FOLDS
    losses = {name: np.empty(len(asked)) for name in models}
    for fold in range(FOLDS):
        for name, model in models.items():
            losses[name][part == fold] = _held_out(partial(model, *arrays, **sizes), truth, asked, part == fold)
    gains = {name: _ahead(losses[default] - one) for name, one in losses.items() if name != default}
    clear = [name for name, (gain, error) in gains.items() if gain > CLEARLY * error]
    best = min(clear, key=lambda name: float(losses[name].mean()), default=default)
    means = {name: float(one.mean()) for name, one in losses.items()}
    return Choice(best, models[best](*arrays, truth, **sizes), means, gains)


def _held_out(fit: Callable[..., Truth], truth: Ints, asked: Ints, held: npt.NDArray[np.bool_]) -> Floats:
    """Log losses of the known truths that are held out, at the temperature that is best for the others."""
    hidden = truth.copy()
    hidden[asked[held]] = -1
    told = fit(hidden).posterior
    # The others are certain where they are told; the temperature asks what the labels alone say.
    alone = fit(None).posterior
    loss = [_log_loss(alone[asked[~held]], truth[asked[~held]], heat).mean() for heat in HEAT]
    return _log_loss(told[asked[held]], truth[asked[held]], float(HEAT[int(np.argmin(loss))]))


def _log_loss(posterior: Floats, truth: Ints, heat: float) -> Floats:
    weight = np.log(np.maximum(posterior, FLOOR)) / heat
    weight -= weight.max(axis=1, keepdims=True)
    return np.asarray(np.log(np.exp(weight).sum(axis=1)) - weight[np.arange(len(truth)), truth], dtype=np.float64)


def _ahead(gain: Floats) -> tuple[float, float]:
    """Mean and standard error."""
    return float(gain.mean()), float(gain.std(ddof=1) / np.sqrt(len(gain)))
