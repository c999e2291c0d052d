"""Invariants 1 and 2: an item's counters are what they count, and work never exceeds its target."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Count, F, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from experts.doctor.findings import CHUNK, Check, Finding, within
from labelling.assignment.models import Label, Lease, LeaseState
from labelling.sampling.models import Item, Purpose


def items_counters(project_id: int | None) -> Iterator[Finding]:
    labels = Label.objects.counted().filter(item=OuterRef("pk"))
    live = Lease.objects.filter(item=OuterRef("pk"), pass_number=OuterRef("pass_number"), state=LeaseState.LIVE)
    items = within(Item.objects.filter(purpose=Purpose.WORK), "project_id", project_id).annotate(
        live=_count(live), counted=_count(labels), abstained=_count(labels.exclude(abstention=""))
    )
    wrong = items.exclude(n_active=F("live"), n_done=F("counted"), n_abstained=F("abstained"))
    named = (("n_active", "live", "live leases"), ("n_done", "counted", "counted labels"),
             ("n_abstained", "abstained", "counted abstentions"))  # fmt: skip
    for item in wrong.order_by("id").iterator(CHUNK):
        for column, actual, what in named:
            if getattr(item, column) != getattr(item, actual):
                message = f"{column} is {getattr(item, column)}, but it has {getattr(item, actual)} {what}"
                yield Finding("counters", f"item {item.public_id}", message)


def gold_counts_its_run(project_id: int | None) -> Iterator[Finding]:
    """Of gold the answers of the present run count, rejected ones too."""
    labels = Label.objects.standing().of_current_pass().filter(item=OuterRef("pk"))
    gold = within(Item.objects.filter(purpose=Purpose.GOLD), "project_id", project_id)
    counted = gold.annotate(counted=_count(labels), abstained=_count(labels.exclude(abstention="")))
    for item in counted.exclude(n_done=F("counted"), n_abstained=F("abstained")).order_by("id").iterator(CHUNK):
        message = (
            f"n_done is {item.n_done} and n_abstained {item.n_abstained}, but its run has {item.counted} standing "
            f"labels, {item.abstained} of them abstentions"
        )
        yield Finding("counters", f"gold item {item.public_id}", message)


def items_within_target(project_id: int | None) -> Iterator[Finding]:
    items = within(Item.objects.filter(purpose=Purpose.WORK), "project_id", project_id)
    for item in items.filter(Q(n_done__gt=F("target") - F("n_active"))).order_by("id").iterator(CHUNK):
        message = f"has {item.n_active} live leases and {item.n_done} counted labels, above its target of {item.target}"
        yield Finding("target", f"item {item.public_id}", message)


def _count(rows: QuerySet[Any]) -> Coalesce:
    """How many rows, as a subquery of its own: joins would multiply the counts."""
    counted = rows.order_by().values("item").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


CHECKS: tuple[Check, ...] = (items_counters, gold_counts_its_run, items_within_target)
