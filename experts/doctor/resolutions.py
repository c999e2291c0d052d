"""Invariants 3 and 7: an item's state and its resolutions agree, and no lower authority took over from a higher one."""

from collections.abc import Iterator

from django.db.models import Count, Exists, F, IntegerField, OuterRef, Q, Subquery

from experts.doctor.findings import CHUNK, Check, Finding, within
from labelling.consensus.judging import CROWD_EVENTS
from labelling.consensus.models import Authority, Resolution
from labelling.consensus.states import Event
from labelling.sampling.models import Item, Purpose, State

RULINGS = (Event.RULING, Event.DISCARD)
WITH_ONE = {State.RESOLVED: "an answer", State.DISCARDED: "a reason to discard"}


def states_have_their_resolution(project_id: int | None) -> Iterator[Finding]:
    standing = Q(resolutions__closed_at=None, resolutions__isnull=False)
    items = within(Item.objects.filter(purpose=Purpose.WORK), "project_id", project_id).annotate(
        standing=Count("resolutions", filter=standing),
        answered=Count("resolutions", filter=standing & ~Q(resolutions__answer="")),
    )
    right = (
        Q(state=State.RESOLVED, standing=1, answered=1)
        | Q(state=State.DISCARDED, standing=1, answered=0)
        | Q(state__in=[State.OPEN, State.CONTESTED], standing=0)
    )
    for item in items.exclude(right).order_by("id").iterator(CHUNK):
        wanted = f"one, with {WITH_ONE[State(item.state)]}" if item.state in WITH_ONE else "none"
        message = f"is {item.state} with {item.standing} standing resolutions ({item.answered} with an answer); "
        yield Finding("states", f"item {item.public_id}", message + f"it needs {wanted}")


def closed_resolutions_say_why(project_id: int | None) -> Iterator[Finding]:
    closed = within(Resolution.objects.exclude(closed_at=None), "item__project_id", project_id)
    for resolution in closed.filter(Q(closed_because="") | Q(closed_at__lt=F("at"))).order_by("id").iterator(CHUNK):
        message = "was closed without a reason, or before it was made"
        yield Finding("resolutions", f"resolution {resolution.public_id}", message)


def only_the_newest_stands(project_id: int | None) -> Iterator[Finding]:
    newer = Resolution.objects.filter(item=OuterRef("item"), pk__gt=OuterRef("pk"))
    standing = within(Resolution.objects.filter(closed_at=None), "item__project_id", project_id)
    for resolution in standing.filter(Exists(newer)).order_by("id").iterator(CHUNK):
        message = "stands although a newer one was made for its item"
        yield Finding("resolutions", f"resolution {resolution.public_id}", message)


def precedence_held(project_id: int | None) -> Iterator[Finding]:
    """The crowd never closes a ruling, and a ruling only one of at most its own authority."""
    closed = within(Resolution.objects.exclude(closed_at=None), "item__project_id", project_id)
    by_crowd = closed.filter(authority__gt=Authority.CROWD, closed_because__in=[event.value for event in CROWD_EVENTS])
    for row in by_crowd.order_by("id").iterator(CHUNK):
        message = f"is {Authority(row.authority).label.lower()}'s, but was closed because {row.closed_because}"
        yield Finding("precedence", f"resolution {row.public_id}", message)
    following = Resolution.objects.filter(item=OuterRef("item"), pk__gt=OuterRef("pk")).order_by("pk")
    replaced = closed.filter(closed_because__in=[event.value for event in RULINGS]).annotate(
        next_authority=Subquery(following.values("authority")[:1], output_field=IntegerField()),
        next_id=Subquery(following.values("public_id")[:1]),
    )
    for row in replaced.filter(next_authority__lt=F("authority")).order_by("id").iterator(CHUNK):
        higher = f"{row.authority} over {row.next_authority}"
        message = f"took over from {row.public_id}, whose authority is higher ({higher})"
        yield Finding("precedence", f"resolution {row.next_id}", message)


CHECKS: tuple[Check, ...] = (
    states_have_their_resolution,
    closed_resolutions_say_why,
    only_the_newest_stands,
    precedence_held,
)
