"""A crowd that labels one item at a time, and what its labels have come to."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from labelling.assignment.actions import lease_item
from labelling.assignment.models import Label, Lease
from labelling.consensus import queries
from labelling.consensus.models import Fit, Resolution
from labelling.loop.submit import abstain, submit
from labelling.projects.models import Member, Project
from labelling.reliability.models import Scorecard
from labelling.sampling.models import Item
from tests.factories import NOW

OTHER = {"match": "no match", "no match": "match"}


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def take(labeller: Member, item: Item, *, now: datetime = NOW) -> Lease:
    """A lease on that very item, which must be free for this labeller."""
    lease = lease_item(labeller=labeller, item=item, now=now)
    assert lease is not None, f"{item} has no place for {labeller}"
    return lease


def give(labeller: Member, item: Item, choice: str | None = "match", *, now: datetime = NOW) -> Label:
    """The labeller's answer on that very item; None abstains."""
    lease = take(labeller, item, now=now)
    if choice is None:
        return abstain(token=lease.token, labeller=labeller, reason="unclear", now=now).label
    return submit(token=lease.token, labeller=labeller, answer={"choice": choice}, now=now).label


def give_all(labellers: Sequence[Member], item: Item, *choices: str | None, now: datetime = NOW) -> None:
    """One answer each, in order."""
    for labeller, choice in zip(labellers, choices, strict=False):
        give(labeller, item, choice, now=now)


def fresh(item: Item) -> Item:
    return Item.objects.get(pk=item.pk)


def standing(item: Item) -> Resolution | None:
    return queries.standing_resolution(item)


def counted(project: Project) -> set[str]:
    """Public ids of the labels that count."""
    return set(Label.objects.counted().filter(project=project).values_list("public_id", flat=True))


def counters(project: Project) -> dict[int, tuple[int, int, int]]:
    """n_active, n_done and n_abstained of each item."""
    rows = Item.objects.filter(project=project).values_list("pk", "n_active", "n_done", "n_abstained")
    return {pk: (active, done, abstained) for pk, active, done, abstained in rows}


def posteriors(project: Project) -> dict[int, bytes]:
    """What the newest fit makes of each item, bit for bit."""
    fit = Fit.objects.filter(project=project).latest("number")
    schema = project.schema_in_force
    return {
        item.pk: queries.posterior(item=item, schema=schema, fit=fit).tobytes()
        for item in Item.objects.filter(project=project)
    }


def scorecards(project: Project) -> Mapping[str, dict[str, Any]]:
    """The cards by labeller, without which fit and when."""
    skipped = {"labeller_id", "fit_id", "computed_at"}
    cards = Scorecard.objects.filter(labeller__project=project).select_related("labeller")
    return {
        card.labeller.name: {k: v for k, v in vars(card).items() if k[0] != "_" and k not in skipped} for card in cards
    }
