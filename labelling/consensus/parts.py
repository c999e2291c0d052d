"""A project's counted answers where answers have parts: those of an item put together, and what a fit makes of them."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from labelling.consensus import merging
from labelling.consensus.choosing import Choice
from labelling.consensus.models import Fit, FitRow
from labelling.consensus.queries import Counted
from labelling.projects.models import SchemaVersion
from labelling.stats import truth
from labelling.stats.truth import open_answers

Floats = npt.NDArray[np.float64]

PRIOR_MEAN = open_answers.PRIOR[0] / sum(open_answers.PRIOR)
METHOD = "one_coin_of_parts"
REASON = "Answers have parts: they are put together, and labellers are known by how often theirs are like what results."


def put_together(counted: Counted, schema: SchemaVersion, accuracy: Floats) -> Counted:
    """The same with each item's answers put together: what was merged, each label's group, and whether it is the
    merged answer's (class 0) or not (1). accuracy: float (n_labellers,), how much each counts."""
    weights = open_answers.log_odds(accuracy)[counted.workers].tolist() if counted.workers.size else []
    groups, merged = np.zeros(len(counted.texts), dtype=np.int64), []
    for start, end in pairwise(_starts(counted)):
        one = merging.merge(schema, counted.texts[start:end], weights[start:end])
        groups[start:end] = one.groups
        merged.append(one.answer)
    return replace(counted, groups=groups, merged=merged, labels=np.minimum(groups, 1))


def _starts(counted: Counted) -> list[int]:
    """Where the labels of each item begin, and the end: labels come item by item."""
    return [*np.searchsorted(counted.items, np.arange(len(counted.item_ids))).tolist(), len(counted.texts)]


def choice(counted: Counted, schema: SchemaVersion) -> Choice:
    """The estimate of a fit: accuracies while all count alike, then with the answers weighed by them."""
    alike = np.full(len(counted.labeller_ids), PRIOR_MEAN)
    fitted = _fit(put_together(counted, schema, alike))
    fitted = _fit(put_together(counted, schema, fitted.accuracy))
    given = np.bincount(counted.workers, minlength=len(alike))
    mean = np.array([np.average(fitted.accuracy, weights=given) if given.any() else PRIOR_MEAN])
    estimate = truth.Truth(
        posterior=merging.as_outcomes(fitted.right), confusion=merging.confusion_of(fitted.accuracy),
        prior=np.array([0.5, 0.5]), pooled=merging.confusion_of(mean)[0],
    )  # fmt: skip
    return Choice(METHOD, estimate, REASON)


def _fit(counted: Counted) -> open_answers.Fitted:
    return open_answers.fit(
        counted.items, counted.workers, counted.groups, n_items=len(counted.item_ids),
        n_workers=len(counted.labeller_ids),
    )  # fmt: skip


def under(fit: Fit, counted: Counted, schema: SchemaVersion) -> Counted:
    """The answers put together as a stored fit weighs them."""
    return put_together(counted, schema, _accuracies(fit, counted))


def believed(fit: Fit, counted: Counted) -> Floats:
    """The probability (n_items, 2) that what was put together is right and wrong, under a stored fit."""
    accuracy = _accuracies(fit, counted)
    given = accuracy[counted.workers] if counted.workers.size else np.zeros(0)
    first, _ = open_answers.believe(counted.items, counted.groups, given, n_items=len(counted.item_ids))
    return merging.as_outcomes(first)


def _accuracies(fit: Fit, counted: Counted) -> Floats:
    rows = dict(FitRow.objects.filter(fit=fit).values_list("labeller_id", "confusion"))
    stranger = merging.accuracy_of(fit.pooled)
    known = {labeller: merging.accuracy_of(row) for labeller, row in rows.items()}
    return np.array([known.get(labeller, stranger) for labeller in counted.labeller_ids])
