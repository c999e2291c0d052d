"""Workers of a marketplace, who come by an entrance and label."""

from datetime import datetime, timedelta
from typing import Any

from labelling.assignment.actions import close_batches, lease_items
from labelling.assignment.models import Label
from labelling.loop.submit import submit
from labelling.projects.models import Project
from labelling.visits.actions import complete_if_done, create_entrance, enter
from labelling.visits.models import Entrance, Visit
from labelling.visits.parameters import Came
from tests.factories import NOW, make_items, make_project

PRICE = 50_000
SETTLED = timedelta(minutes=11)


def study(*, items: int = 12, n_labels: int = 3, policy: dict[str, Any] | None = None, **values: Any) -> Entrance:
    """An entrance from Prolific into a project that pays 0.05 a label, in batches of two."""
    rules = {"gold_share": 0.0, "maximum_labels": 5, "initial_labels": 5, "batch_size": 2, "price_label": PRICE}
    project = make_project(**rules | (policy or {}), currency="EUR")
    make_items(project, items)
    return entrance_of(project, n_labels=n_labels, **values)


def entrance_of(project: Project, **values: Any) -> Entrance:
    assert project.created_by is not None
    given = {"provider": "Prolific", "n_labels": 3, **values}
    return create_entrance(project=project, by=project.created_by, now=NOW, **given)


def come(entrance: Entrance, worker: str = "5f1a", assignment: str = "a-1", *, now: datetime = NOW) -> Visit:
    return enter(entrance=entrance, came=Came(worker, assignment, f"s-{assignment}"), now=now)


def label(visit: Visit, n: int, *, now: datetime = NOW) -> list[Label]:
    """n answers of the visit's worker; then what is full is closed, and the visit is looked at."""
    labeller, given = visit.worker.member, []
    for lease in lease_items(labeller=labeller, count=n, now=now).leases:
        now += timedelta(seconds=10)
        given.append(submit(token=lease.token, labeller=labeller, answer={"choice": "match"}, now=now).label)
    assert len(given) == n
    close_batches(now=now + SETTLED)
    complete_if_done(visit=visit, now=now)
    return given
