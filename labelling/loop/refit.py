"""A new fit of a project, and everything that follows from it: stops judged anew, agreement, scorecards."""

from datetime import datetime
from typing import Any

import numpy as np
from django.db import transaction
from django.db.models import F, Q

from labelling.consensus import actions, fitting, judging, queries
from labelling.consensus.models import Authority, Fit, Resolution
from labelling.projects.models import Project
from labelling.reliability.actions import refresh_agreement, refresh_scorecards
from labelling.reliability.leaks import find_leaks
from labelling.sampling.models import Item, Purpose, State


def refit_job(*, now: datetime, project: int) -> dict[str, Any]:
    """The handler of the job "refit"."""
    fit = refit_project(project=Project.objects.get(pk=project), now=now)
    return {"fit": fit.number, "labels": fit.n_labels}


def refit_project(*, project: Project, now: datetime) -> Fit:
    """Fit a project's labellers to its counted labels, judge again what the new fit sees differently, refresh
    scorecards and agreement, and dispute gold that got about or is wrong. Labelling goes on meanwhile."""
    project = Project.objects.select_related("schema", "policy").get(pk=project.pk)
    counted = queries.counted_arrays(project)
    fit, estimate = fitting.fit_project(project=project, counted=counted, now=now)
    believed = dict(zip(counted.item_ids, estimate.posterior, strict=True))
    for item in _to_judge(project, believed):
        _judge_again(item, project, fit, now)
    refresh_agreement(project=project, fit=fit, now=now, counted=counted)
    refresh_scorecards(project=project, fit=fit, now=now, counted=counted)
    find_leaks(project=project, now=now)
    return fit


def _to_judge(project: Project, believed: dict[int, np.ndarray[Any, Any]]) -> list[int]:
    """Items that wait for a fit, and crowd resolutions whose answer the new fit no longer finds the likeliest."""
    assert project.schema is not None
    assert project.policy is not None
    all_in = Q(n_done__gte=F("target")) | Q(n_abstained__gte=project.policy.abstentions_to_contest)
    waiting = Item.objects.filter(all_in, project=project, purpose=Purpose.WORK, state=State.OPEN, n_done__gt=0)
    coder = queries.class_coder(project.schema)
    standing = Resolution.objects.filter(item__project=project, closed_at=None, authority=Authority.CROWD)
    changed = [
        item
        for item, answer in standing.values_list("item_id", "answer").iterator(chunk_size=10_000)
        if item in believed and coder.get(answer) != int(believed[item].argmax())
    ]
    return sorted({*waiting.values_list("pk", flat=True), *changed})


def _judge_again(item_id: int, project: Project, fit: Fit, now: datetime) -> None:
    assert project.schema is not None and project.policy is not None
    with transaction.atomic():
        item = Item.objects.select_for_update(no_key=True).get(pk=item_id)
        if item.state not in (State.OPEN, State.RESOLVED) or not judging.is_due(item, project.policy):
            return
        actions.judge(item=item, project=project, fit=fit, after_label=None, now=now)
