"""A new fit of a project, and everything that follows from it, step by step: a refit that was cut off goes on with the
fit it had made, from the step it was at."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from django.db import transaction
from django.db.models import F, Q

from labelling.consensus import actions, fitting, judging, queries
from labelling.consensus.coding import class_coder
from labelling.consensus.forecasting import forecast_project
from labelling.consensus.models import Authority, Fit, FitStep, Resolution, StoppingDecision
from labelling.consensus.weighing import is_steered
from labelling.jobs.models import Job
from labelling.loop.flags import follow_suspects
from labelling.loop.refusing import refuse_poor
from labelling.projects.models import Project
from labelling.projects.queries import in_words_of
from labelling.reliability.actions import refresh_scorecards
from labelling.reliability.agreement import refresh_agreement
from labelling.reliability.comparing import refresh_strengths
from labelling.reliability.evidence import Evidence, gather
from labelling.reliability.leaks import find_leaks
from labelling.reliability.pull import refresh_pull
from labelling.reliability.trusted import suspects
from labelling.sampling.models import Item, Purpose, State
from labelling.schemas import kind_of

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

# A resolution is judged again when its posterior falls this far below the policy's contest_below: at the limit itself
# every refit would send some items to the experts that the one before would have left alone.
FALLEN = 0.05


@dataclass(frozen=True)
class Refit:
    """What the steps after a fit work on: the labels that count now, and what the fit believes of their items.

    posterior: float (n_items, k), calibrated, of counted.item_ids.
    """

    project: Project
    fit: Fit
    counted: queries.Counted
    posterior: Floats
    now: datetime

    @cached_property
    def evidence(self) -> Evidence:
        """About the labellers; looked at once for scorecards and flags."""
        return gather(self.project, self.counted)


def refit_job(*, now: datetime, project: int) -> dict[str, Any]:
    """The handler of the job "refit". Goes on with a fit whose refit was cut off, unless a newer one was asked for."""
    found = Project.objects.select_related("schema", "policy").get(pk=project)
    fit = _cut_off(found)
    fit = refit_project(project=found, now=now) if fit is None else follow_fit(project=found, fit=fit, now=now)
    return {"fit": fit.number, "labels": fit.n_labels}


def _cut_off(project: Project) -> Fit | None:
    fit = queries.latest_fit(project.pk, project.schema_id)
    if fit is None or fit.followed_at is not None:
        return None
    asked_again = Job.objects.filter(kind="refit", key=str(project.pk), created_at__gt=fit.created_at)
    return None if asked_again.exists() else fit


def refit_project(*, project: Project, now: datetime) -> Fit:
    """Fit a project's labellers to its counted labels, judge again what the new fit sees differently, and refresh
    what follows: the order of work, agreement, scorecards, the forecast; dispute gold that got about or is wrong.
    Reads the project once; labelling goes on meanwhile."""
    project = Project.objects.select_related("schema", "policy").get(pk=project.pk)
    counted = queries.counted_arrays(project)
    fit = fitting.fit_project(project=project, counted=counted, now=now)
    return _follow(project, fit, counted, now)


def follow_fit(*, project: Project, fit: Fit, now: datetime) -> Fit:
    """Do what is still to be done after a fit; harmless to repeat."""
    return _follow(project, fit, queries.counted_arrays(project), now)


def _follow(project: Project, fit: Fit, counted: queries.Counted, now: datetime) -> Fit:
    counted = fitting.under(project=project, fit=fit, counted=counted)
    work = Refit(project, fit, counted, fitting.believed(fit=fit, counted=counted), now)
    done = set(FitStep.objects.filter(fit=fit).values_list("name", flat=True))
    for name, step in STEPS.items():
        if name not in done:
            step(work)
            FitStep.objects.bulk_create([FitStep(fit=fit, name=name, at=now)], ignore_conflicts=True)
    Fit.objects.filter(pk=fit.pk, followed_at=None).update(followed_at=now)
    fit.followed_at = now
    return fit


def _judge(work: Refit) -> None:
    for item in _to_judge(work):
        _judge_again(item, work)


def _to_judge(work: Refit) -> list[int]:
    """Items that wait for a fit, and crowd resolutions that the new fit no longer supports."""
    project = work.project
    policy = project.policy_in_force
    all_in = Q(n_done__gte=F("target")) | Q(n_abstained__gte=policy.abstentions_to_contest)
    waiting = Item.objects.filter(all_in, project=project, state=State.OPEN, n_done__gt=0)
    waiting = waiting.exclude(purpose=Purpose.TRAINING)
    says_otherwise = _reader(work)
    # Where labels are weighed by their cost, an unlikely answer may well be all that is worth having.
    enough = 0.0 if is_steered(policy) else policy.contest_below - FALLEN
    standing = Resolution.objects.filter(item__project=project, closed_at=None, authority=Authority.CROWD)
    place = {item: at for at, item in enumerate(work.counted.item_ids)}
    confidence = work.posterior.max(axis=1)
    changed = [
        item
        for item, answer in standing.values_list("item_id", "answer").iterator(chunk_size=queries.CHUNK)
        if (at := place.get(item)) is not None and (says_otherwise(answer, at) or confidence[at] < enough)
    ]
    return sorted({*waiting.values_list("pk", flat=True), *changed})


def _reader(work: Refit) -> Callable[[str, int], bool]:
    """Whether an answer, as canonical JSON, is another one than the labels of an item (its place) now add up to."""
    schema = work.project.schema_in_force
    kind, merged = kind_of(schema.kind), work.counted.merged
    if merged:
        read = in_words_of(schema)
        return lambda answer, at: not kind.says_the_same(schema.definition, read(answer), merged[at])
    coder, likeliest = class_coder(schema), work.posterior.argmax(axis=1)
    return lambda answer, at: coder.get(answer) != likeliest[at]


def _judge_again(item_id: int, work: Refit) -> None:
    project, fit = work.project, work.fit
    with transaction.atomic():
        item = Item.objects.select_for_update(no_key=True).get(pk=item_id)
        if item.state not in (State.OPEN, State.RESOLVED) or not judging.is_due(item, project.policy_in_force):
            return
        judged = StoppingDecision.objects.filter(item=item, fit=fit, pass_number=item.pass_number, n_labels=item.n_done)
        # A step that was cut off judged some already; what stayed settled would be judged once more.
        if item.state == State.RESOLVED and judged.exists():
            return
        actions.judge(item=item, project=project, fit=fit, after_label=None, now=work.now)


def _value(work: Refit) -> None:
    actions.refresh_values(project=work.project, fit=work.fit, item_ids=work.counted.item_ids, posterior=work.posterior)


def _agree(work: Refit) -> None:
    refresh_agreement(project=work.project, fit=work.fit, now=work.now, counted=work.counted)


def _compare(work: Refit) -> None:
    refresh_strengths(project=work.project, fit=work.fit)


def _score(work: Refit) -> None:
    refresh_scorecards(project=work.project, fit=work.fit, now=work.now, counted=work.counted, evidence=work.evidence)


def _flag(work: Refit) -> None:
    found = suspects(work.evidence, project=work.project)
    follow_suspects(fit=work.fit, suspects=found, policy=work.project.policy_in_force, now=work.now)


def _refuse(work: Refit) -> None:
    refuse_poor(fit=work.fit, counted=work.counted, policy=work.project.policy_in_force, now=work.now)


def _look_for_leaks(work: Refit) -> None:
    find_leaks(project=work.project, now=work.now)


def _measure_pull(work: Refit) -> None:
    refresh_pull(project=work.project, fit=work.fit)


def _forecast(work: Refit) -> None:
    forecast_project(project=work.project, fit=work.fit, now=work.now)


# In this order, each once a fit; every one may be cut off anywhere and done again.
STEPS: dict[str, Callable[[Refit], None]] = {
    "judged": _judge,
    "valued": _value,
    "agreement": _agree,
    "strengths": _compare,
    "scorecards": _score,
    "flags": _flag,
    "refused": _refuse,
    "leaks": _look_for_leaks,
    "pull": _measure_pull,
    "forecast": _forecast,
}
