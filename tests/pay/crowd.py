"""Labellers who work for pay: batches that are closed, with times, and what they come to."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from labelling.assignment.actions import close_batches, lease_item
from labelling.assignment.models import Batch
from labelling.loop.submit import abstain, submit
from labelling.pay import queries
from labelling.pay.queries import Earnings, Period
from labelling.projects.models import Member, Project, User
from labelling.sampling.models import Item
from tests.factories import NOW, make_items, make_labeller, make_project

PRICE = 50_000
HOUR = 14_400_000
DAY = timedelta(days=1)


def paid_project(*, items: int = 12, batch_size: int = 2, **policy: Any) -> tuple[Project, list[Item]]:
    """A project that pays 0.05 a label, in batches of two."""
    values = {
        "gold_share": 0.0,
        "maximum_labels": 5,
        "initial_labels": 5,
        "batch_size": batch_size,
        "price_label": PRICE,
        "currency": "EUR",
        **policy,
    }
    project = make_project(**values)
    return project, make_items(project, items)


def work(
    labeller: Member, items: Sequence[Item], *, start: datetime = NOW, seconds: float = 10, times: bool = True
) -> list[Batch]:
    """One answer after another, each taking so long; then what is full is closed, eleven minutes after the last."""
    now = start
    for item in items:
        lease = lease_item(labeller=labeller, item=item, now=now)
        assert lease is not None
        now += timedelta(seconds=seconds)
        told = {"wall_seconds": seconds, "active_seconds": seconds / 2} if times else {}
        submit(token=lease.token, labeller=labeller, answer={"choice": "match"}, now=now, **told)
    close_batches(now=now + timedelta(minutes=11))
    return list(Batch.objects.filter(labeller=labeller).order_by("number"))


def cannot_say(labeller: Member, item: Item, *, now: datetime) -> None:
    lease = lease_item(labeller=labeller, item=item, now=now)
    assert lease is not None
    abstain(token=lease.token, labeller=labeller, reason="unclear", now=now)


def earned(labeller: Member, *, start: datetime | None = None, end: datetime | None = None, now: datetime) -> Earnings:
    period = Period(start, end or now)
    found = queries.earnings(batches=period.of(queries.batches_of(labeller.project, [labeller])), now=now)
    return found.get(labeller.pk, queries.NOTHING)


def money(labeller: Member, *, now: datetime) -> tuple[int, int, int, int]:
    """Earned, withheld, paid and due, of all that was closed before `now`."""
    of = earned(labeller, now=now)
    return of.earned, of.withheld, of.paid, of.due


def a_worker(*, n: int = 4, **policy: Any) -> tuple[Project, Member, list[Batch], User]:
    """One who closed batches of two labels each, and the owner."""
    project, items = paid_project(**policy)
    lara = make_labeller(project)
    batches = work(lara, items[:n])
    assert project.created_by is not None
    return project, lara, batches, project.created_by
