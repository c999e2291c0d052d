"""A crowd that labels through the real path: leases won, answers submitted."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from labelling.assignment.actions import lease_items
from labelling.loop.submit import abstain, submit
from labelling.projects.models import Member, Project, Role
from labelling.sampling.models import Item
from tests.factories import NOW, make_items, make_labellers, make_member, make_project

# Two labels an item and no more: who disagrees contests it.
TWO_LABELS = {"initial_labels": 2, "minimum_labels": 2, "maximum_labels": 2, "gold_share": 0.0}


def answer(labeller: Member, choices: Mapping[int, str | None], *, now: datetime = NOW, seconds: float = 4.0) -> None:
    """The labeller answers the items of those ids; None abstains. Leases of other items stay live."""
    for lease in lease_items(labeller=labeller, count=50, now=now).leases:
        if lease.item_id not in choices:
            continue
        choice = choices[lease.item_id]
        if choice is None:
            abstain(token=lease.token, labeller=labeller, reason="unclear", note="two cats", now=now)
        else:
            submit(token=lease.token, labeller=labeller, answer={"choice": choice}, active_seconds=seconds, now=now)


def contested(n: int = 1, *, abstained: bool = False, **policy: object) -> tuple[Project, list[Item]]:
    """A project with an expert "eva", and n items on which its two labellers disagree, or could not decide."""
    project = make_project(**{**TWO_LABELS, **policy})
    items = make_items(project, n)
    make_member(project, "eva", Role.EXPERT)
    for labeller, choice in zip(make_labellers(project, 2), ("match", "no match"), strict=True):
        answer(labeller, {item.pk: None if abstained else choice for item in items})
    return project, fresh(items)


def agreed(n: int = 1, *, is_audit: bool = True, **policy: object) -> tuple[Project, list[Item]]:
    """The same, but both labellers say "match" and the items are drawn for the audit."""
    project = make_project(**{**TWO_LABELS, "stop_confidence": 0.9, **policy})
    items = make_items(project, n, is_audit=is_audit)
    make_member(project, "eva", Role.EXPERT)
    for labeller in make_labellers(project, 2):
        answer(labeller, {item.pk: "match" for item in items})
    return project, fresh(items)


def fresh(items: Sequence[Item]) -> list[Item]:
    return list(Item.objects.filter(pk__in=[item.pk for item in items]).order_by("pk"))


def later(minutes: float) -> datetime:
    return NOW + timedelta(minutes=minutes)
