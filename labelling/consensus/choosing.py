"""Which model of truth a project uses: the policy's, or the one that known truths clearly speak for."""

import math
from dataclasses import dataclass, field, replace

import numpy as np

from labelling.consensus.evidence import GOLD, SOURCES, Known
from labelling.consensus.queries import Counted
from labelling.projects.models import TruthModel
from labelling.stats import calibration, stops, truth
from labelling.stats.coded import Floats
from labelling.stats.promises import log_losses
from labelling.stats.truth.choose import DEFAULT, MODELS

# How many items must choose, by how many standard errors and by how many nats an item another model must be better:
# with every fit one looks again, so little evidence would change the model to and fro.
LEAST_ITEMS = 20
CLEARLY = 2.5
WORTH_IT = 0.02


@dataclass(frozen=True)
class Choice:
    """method: a TruthModel. losses: {model: mean nats an item of the choosing fold}, empty if nothing was compared.
    n_items: how many items chose the model or taught it; 0 leaves them to calibrate."""

    method: str
    estimate: truth.Truth
    reason: str
    losses: dict[str, float] = field(default_factory=dict)
    n_items: int = 0


def choose(*, wanted: str, before: str | None, known: Known, counted: Counted) -> Choice:
    """The model of truth, and its estimate from the counted labels and from what labellers said of known items.

    wanted: of the policy. before: of the fit before; it stays unless another one is clearly better on the choosing
    fold, each with the temperature that suits it best. What is compared knows none of these truths; the estimate that
    is returned does: they tell about labellers. It knows nothing of the calibrating fold.
    """
    asked = known.part(known.chooses)
    enough = asked.n_items >= LEAST_ITEMS
    taught, n_items = (asked, asked.n_items) if enough else (None, 0)
    if wanted != TruthModel.AUTO:
        return Choice(wanted, _estimate(wanted, counted, taught), "The policy says so.", n_items=n_items)
    standing = before if before in MODELS else DEFAULT
    if not enough:
        reason = (
            f"Nothing was compared: it takes {LEAST_ITEMS} items of the choosing fold whose truth is known, and there "
            f"are {asked.n_items}."
        )
        return Choice(standing, _estimate(standing, counted, None), reason)
    lost = {name: _lost(_estimate(name, counted, None), asked) for name in MODELS}
    better = {name: _ahead(lost[standing] - lost[name]) for name in MODELS if name != standing}
    clear = [name for name, (gain, error) in better.items() if gain > max(WORTH_IT, CLEARLY * error)]
    best = min(clear, key=lambda name: float(lost[name].mean()), default=standing)
    losses = {str(name): round(float(one.mean()), 4) for name, one in lost.items()}
    return Choice(best, _estimate(best, counted, taught), _why(standing, best, better, n_items), losses, n_items)


def _estimate(name: str, counted: Counted, taught: Known | None) -> truth.Truth:
    """The posterior of the counted items. taught: of these known items gold, which is none of the counted, teaches."""
    n_items, n_workers, k = len(counted.item_ids), len(counted.labeller_ids), len(counted.classes)
    labels = (counted.items, counted.workers, counted.labels)
    if taught is None:
        return MODELS[name](*labels, k, n_items=n_items, n_workers=n_workers)
    gold = taught.part(taught.source == SOURCES.index(GOLD))
    by_someone = gold.runs.workers >= 0
    _, place = np.unique(gold.item, return_inverse=True)
    known = np.full(n_items + len(np.unique(place)), -1, dtype=np.int64)
    known[n_items + place] = gold.truth
    added = (n_items + place[gold.runs.run], gold.runs.workers, gold.runs.labels)
    both = (np.concatenate([one, more[by_someone]]) for one, more in zip(labels, added, strict=True))
    estimate = MODELS[name](*both, k, known, n_items=len(known), n_workers=n_workers)
    return replace(estimate, posterior=estimate.posterior[:n_items])


def _lost(estimate: truth.Truth, known: Known) -> Floats:
    """The log loss of each item (n_items,), from all labels of its runs, at the temperature that suits best."""
    steps = stops.step_by_step(
        known.runs, estimate.confusion, estimate.prior, estimate.pooled, guessing=estimate.guessing,
        damping=estimate.damping,
    )  # fmt: skip
    posterior = steps[stops.last_of(known.runs)]
    heat = calibration.temperature(posterior, known.truth, weight=known.weight)
    losses = log_losses(calibration.soften(posterior, heat), known.truth)
    _, item = np.unique(known.item, return_inverse=True)
    return np.bincount(item, weights=losses) / np.bincount(item)


def _ahead(gain: Floats) -> tuple[float, float]:
    """Mean and standard error."""
    return float(gain.mean()), float(gain.std(ddof=1)) / math.sqrt(len(gain))


def _why(standing: str, best: str, better: dict[str, tuple[float, float]], n_items: int) -> str:
    labels = dict(TruthModel.choices)
    if best != standing:
        gain, error = better[best]
        return (
            f"On {n_items} items whose truth is known, “{labels[best]}” loses {gain:.3f} ± {error:.3f} nats an item "
            f"less than “{labels[standing]}”, which was used before."
        )
    name, (gain, error) = max(better.items(), key=lambda pair: pair[1][0])
    if gain <= 0:
        return f"On {n_items} items whose truth is known, no other model does better."
    return (
        f"On {n_items} items whose truth is known, no other model is clearly better: “{labels[name]}” loses "
        f"{gain:.3f} ± {error:.3f} nats an item less, and {CLEARLY:g} standard errors are asked for."
    )
