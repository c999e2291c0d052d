"""Making a fit: a cold-start function of a project's counted labels, with the temperature and the price that go with
it, which are functions of the decisions made so far."""

from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt
from django.db import transaction

from labelling.consensus import history
from labelling.consensus.judging import pooled_confusion
from labelling.consensus.models import Fit, FitRow
from labelling.consensus.queries import Counted
from labelling.projects.models import Mode, PolicyVersion, Project
from labelling.stats import calibration, price, truth

METHOD = "one-coin start, pooled Dawid-Skene"


def fit_project(*, project: Project, counted: Counted, now: datetime) -> tuple[Fit, truth.Truth]:
    """Estimate every labeller's confusion matrix and store it as the project's next fit.

    Returns the fit and the Truth behind it, whose posterior has a row for each of `counted.item_ids`, not calibrated.
    """
    k = len(counted.classes)
    estimate = truth.infer(counted.items, counted.workers, counted.labels, k)
    pooled = estimate.pooled if counted.labels.size else pooled_confusion(None, k)
    with transaction.atomic():
        Project.objects.select_for_update(no_key=True).get(pk=project.pk)
        last = Fit.objects.filter(project=project).order_by("-number").first()
        fit = Fit.objects.create(
            project=project, number=1 + (last.number if last else 0), schema=project.schema_in_force, method=METHOD,
            n_labels=counted.labels.size, up_to=counted.up_to, prior=estimate.prior.tobytes(), pooled=pooled.tobytes(),
            created_at=now, price=_next_price(project, project.policy_in_force, last, pooled), **_calibrated(project),
        )  # fmt: skip
        FitRow.objects.bulk_create(
            [
                FitRow(fit=fit, labeller_id=labeller, confusion=confusion.tobytes())
                for labeller, confusion in zip(counted.labeller_ids, estimate.confusion, strict=True)
            ],
            batch_size=500,
        )
    return fit, estimate


def _calibrated(project: Project) -> dict[str, Any]:
    stops = history.known_stops(project)
    temperature = calibration.at_stopping(stops.posterior, stops.temperature, stops.truth)
    return {"temperature": temperature, "n_calibration": len(stops.truth)}


def _next_price(project: Project, policy: PolicyVersion, last: Fit | None, pooled: npt.NDArray[np.float64]) -> float:
    """The last fit's price, moved by what items took that were judged under it."""
    if policy.labels_per_item is None or policy.mode == Mode.FIXED:
        return 0.0
    spent, settled = policy.labels_per_item, 0
    if last is not None:
        tally = history.tally_of(project, policy, fit=last)
        settled = int(tally.ended[policy.initial_labels :].sum())
        if settled:
            spent = price.labels_an_item(tally.judged, tally.ended, policy.initial_labels)
    return price.adjust(
        last.price if last else 0.0, spent=spent, settled=settled, wanted=policy.labels_per_item,
        limits=price.limits(pooled, policy.stop_confidence),
    )  # fmt: skip
