"""A new fit of a project, and everything that follows from it: stops judged anew, agreement, scorecards."""

from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt
from django.db import transaction
from django.db.models import F, Q

from labelling.consensus import actions, fitting, judging, queries
from labelling.consensus.forecasting import forecast_project
from labelling.consensus.models import Authority, Fit, Resolution
from labelling.projects.models import Project
from labelling.reliability.actions import refresh_scorecards
from labelling.reliability.agreement import refresh_agreement
from labelling.reliability.leaks import find_leaks
from labelling.sampling.models import Item, Purpose, State
from labelling.stats import calibration

Floats = npt.NDArray[np.float64]

# A resolution is judged again when its posterior falls this far below the policy's contest_below: at the limit itself
# every refit would send some items to the experts that the one before would have left alone.
FALLEN = 0.05


def refit_job(*, now: datetime, project: int) -> dict[str, Any]:
    """The handler of the job "refit"."""
    fit = refit_project(project=Project.objects.get(pk=project), now=now)
    return {"fit": fit.number, "labels": fit.n_labels}


def refit_project(*, project: Project, now: datetime) -> Fit:
    """Fit a project's labellers to its counted labels, judge again what the new fit sees differently, and refresh
    what follows: the order of work, agreement, scorecards, the forecast; dispute gold that got about or is wrong.
    Reads the project once; labelling goes on meanwhile."""
    project = Project.objects.select_related("schema", "policy").get(pk=project.pk)
    counted = queries.counted_arrays(project)
    fit, estimate = fitting.fit_project(project=project, counted=counted, now=now)
    posterior = calibration.soften(estimate.posterior, fit.temperature)
    believed = dict(zip(counted.item_ids, posterior, strict=True))
    for item in _to_judge(project, believed):
        _judge_again(item, project, fit, now)
    actions.refresh_values(project=project, fit=fit, item_ids=counted.item_ids, posterior=posterior)
    refresh_agreement(project=project, fit=fit, now=now, counted=counted)
    refresh_scorecards(project=project, fit=fit, now=now, counted=counted)
    find_leaks(project=project, now=now)
    forecast_project(project=project, fit=fit, now=now)
    return fit


def _to_judge(project: Project, believed: dict[int, Floats]) -> list[int]:
    """Items that wait for a fit, and crowd resolutions that the new fit no longer supports."""
    assert project.schema is not None
    assert project.policy is not None
    all_in = Q(n_done__gte=F("target")) | Q(n_abstained__gte=project.policy.abstentions_to_contest)
    waiting = Item.objects.filter(all_in, project=project, state=State.OPEN, n_done__gt=0)
    waiting = waiting.exclude(purpose=Purpose.TRAINING)
    coder, enough = queries.class_coder(project.schema), project.policy.contest_below - FALLEN
    standing = Resolution.objects.filter(item__project=project, closed_at=None, authority=Authority.CROWD)
    changed = [
        item
        for item, answer in standing.values_list("item_id", "answer").iterator(chunk_size=10_000)
        if item in believed and not _supports(believed[item], coder.get(answer), enough)
    ]
    return sorted({*waiting.values_list("pk", flat=True), *changed})


def _supports(posterior: Floats, answer: int | None, enough: float) -> bool:
    """Whether a resolution stands: its answer is the likeliest, and not clearly below what is contested."""
    return answer == int(posterior.argmax()) and float(posterior.max()) >= enough


def _judge_again(item_id: int, project: Project, fit: Fit, now: datetime) -> None:
    assert project.schema is not None and project.policy is not None
    with transaction.atomic():
        item = Item.objects.select_for_update(no_key=True).get(pk=item_id)
        if item.state not in (State.OPEN, State.RESOLVED) or not judging.is_due(item, project.policy):
            return
        actions.judge(item=item, project=project, fit=fit, after_label=None, now=now)
