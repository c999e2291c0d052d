"""How much the model's answer pulls those who are shown it, derived anew with each fit."""

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from django.db.models import OuterRef, Subquery

from labelling import canonical
from labelling.assignment.models import Label
from labelling.consensus.models import Fit
from labelling.ingest.models import Prediction
from labelling.projects.models import Project
from labelling.reliability.agreement import seed_of
from labelling.reliability.models import PullReading
from labelling.sampling.models import Purpose
from labelling.schemas import kind_of
from labelling.stats.interval import Interval
from labelling.stats.pull import pull

# The newest labels tell what seeing the answer does now.
NEWEST = 5_000


class _Told(NamedTuple):
    item: int
    alike: float
    same: bool
    shown: bool
    seconds: float | None


def refresh_pull(*, project: Project, fit: Fit) -> PullReading | None:
    """Compare the labels of items where the model's answer was shown with those of items where chance withheld it.
    None where the policy shows none, or nobody labelled either. Harmless to repeat. For background work."""
    if not project.policy_in_force.suggest:
        return None
    told = list(_told(project))
    shown = np.array([one.shown for one in told], dtype=bool)
    if not shown.size:
        return None
    found = pull([one.item for one in told], [one.alike for one in told], shown, seed=seed_of(project.seed, fit.number))
    values = {
        "n_shown": len({one.item for one in told if one.shown}),
        "n_withheld": len({one.item for one in told if not one.shown}),
        **_limits(found.shown, "shown", "shown_low", "shown_high"),
        **_limits(found.withheld, "withheld", "withheld_low", "withheld_high"),
        **_limits(found.difference, "difference", "low", "high"), "same_shown": _share(told, shown=True),
        "same_withheld": _share(told, shown=False), "seconds_shown": _median(told, shown=True),
        "seconds_withheld": _median(told, shown=False),
    }  # fmt: skip
    return PullReading.objects.get_or_create(fit=fit, defaults={"project": project, **values})[0]


def _told(project: Project) -> Iterator[_Told]:
    """The newest labels of items whose model has an answer, each held against what was shown, or would have been."""
    schema = project.schema_in_force
    kind = kind_of(schema.kind)
    if kind.merging is None:
        return
    newest = Prediction.objects.filter(example=OuterRef("item__example"), schema=schema, answer__isnull=False)
    rows = (
        Label.objects.standing().answers().filter(project=project, item__purpose=Purpose.WORK, schema=schema)
        .annotate(model=Subquery(newest.order_by("-pk").values("answer")[:1]))
        .order_by("-id").values_list("item_id", "answer", "lease__suggestion__answer", "model", "active_seconds")
    )  # fmt: skip
    for item, answer, seen, model, seconds in rows[:NEWEST]:
        against = seen or model
        if against is None:
            continue
        alike = kind.merging.likeness(schema.definition, canonical.loads(answer), canonical.loads(against))
        yield _Told(item, alike, answer == against, seen is not None, seconds)


def newest_pull(project: Project) -> PullReading | None:
    return PullReading.objects.filter(project=project).order_by("-fit__number").first()


def _share(told: list[_Told], *, shown: bool) -> float | None:
    same = [one.same for one in told if one.shown is shown]
    return sum(same) / len(same) if same else None


def _median(told: list[_Told], *, shown: bool) -> float | None:
    seconds = [one.seconds for one in told if one.shown is shown and one.seconds is not None]
    return float(np.median(seconds)) if seconds else None


def _limits(found: Interval, *names: str) -> dict[str, float | None]:
    values = (found.value, found.low, found.high)
    return {name: None if math.isnan(value) else value for name, value in zip(names, values, strict=True)}
