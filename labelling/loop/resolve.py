"""Rulings over an item by people with more authority than the crowd, and sending it back for more labels."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction

from labelling.assignment.models import Lease, LeaseState
from labelling.audit.actions import record
from labelling.consensus import actions, queries
from labelling.consensus.models import Authority, Resolution
from labelling.consensus.states import Event, NotAllowed
from labelling.errors import Conflict, Invalid
from labelling.projects.models import PolicyVersion, User
from labelling.sampling.chance import first_target
from labelling.sampling.models import Item, Purpose
from labelling.schemas import SchemaError, kind_of

MOST_MORE = 20


class Outranked(Conflict):
    """A higher authority has already ruled."""

    code = "outranked"


def locked(item: Item) -> Item:
    """The item as it is now, locked until the transaction ends."""
    return (
        Item.objects.select_for_update(no_key=True, of=("self",)).select_related("project__policy", "project__schema")
        .get(pk=item.pk)
    )  # fmt: skip


def decide(
    *, item: Item, answer: dict[str, Any] | None, authority: Authority, reason: str, by: User | None, now: datetime,
    discard_reason: str = "", confidence: float | None = None, posterior: dict[str, int] | None = None,
) -> Resolution:  # fmt: skip
    """Give an item its answer, or discard it (answer None, with a discard_reason): gold over expert over engineer
    over crowd. Raises Outranked when a higher authority has ruled, Invalid for an answer the schema refuses."""
    with transaction.atomic():
        item = locked(item)
        cleaned = _check(item, answer, discard_reason)
        standing = queries.standing_resolution(item)
        if standing is not None and standing.authority > authority:
            above = Authority(standing.authority).label.lower()
            raise Outranked(f"This item was ruled by {above}, which stands above {authority.label.lower()}.")
        resolution = actions.rule(
            item=item, authority=authority, answer=cleaned, discard_reason=discard_reason.strip(), reason=reason,
            by=by, now=now, confidence=confidence, posterior=posterior,
        )  # fmt: skip
        record("item.discarded" if cleaned is None else "item.ruled", item, by=by, now=now, project_id=item.project_id,
               authority=authority.label, reason=reason, resolution=resolution.public_id)  # fmt: skip
        return resolution


def _check(item: Item, answer: dict[str, Any] | None, discard_reason: str) -> dict[str, Any] | None:
    if item.purpose != Purpose.WORK:
        raise Conflict("This is a gold item; change its answer as gold.")
    if answer is None:
        if not discard_reason.strip():
            raise Invalid(
                "Say why this item can't be labelled.", errors=[{"where": "discard_reason", "message": "is empty"}]
            )
        return None
    schema = item.project.schema
    assert schema is not None
    try:
        return kind_of(schema.kind).check_answer(schema.definition, answer)
    except SchemaError as error:
        raise Invalid(str(error), errors=[{"where": "answer", "message": str(error)}]) from error


def send_back(
    *, item: Item, reason: str, by: User | None, now: datetime, n_more: int = 2, afresh: bool = False
) -> Item:
    """An expert wants more labels: `n_more` in this pass, or all anew in the next."""
    return _reopen(item, Event.SEND_BACK, "item.sent_back", reason, by, now, n_more, afresh)


def requeue(
    *, items: Iterable[Item], by: User | None, now: datetime, n_more: int = 1, afresh: bool = False, reason: str = ""
) -> int:
    """An owner wants more labels of some items; those that experts ruled are left alone. Returns how many reopened."""
    reopened = 0
    for item in items:
        try:
            _reopen(item, Event.REQUEUE, "item.requeued", reason, by, now, n_more, afresh)
            reopened += 1
        except NotAllowed:
            continue
    return reopened


def _reopen(
    item: Item, event: Event, action: str, reason: str, by: User | None, now: datetime, n_more: int, afresh: bool
) -> Item:
    if not afresh and not 1 <= n_more <= MOST_MORE:
        raise Invalid(f"n_more must be 1 to {MOST_MORE}.", errors=[{"where": "n_more", "message": f"{n_more}"}])
    with transaction.atomic():
        item = locked(item)
        if item.purpose != Purpose.WORK:
            raise NotAllowed("A gold item isn't labelled for its answer, so it can't be sent back.")
        actions.move(item=item, standing=queries.standing_resolution(item), event=event, now=now)
        policy = item.project.policy
        assert policy is not None
        if afresh:
            _next_pass(item, policy)
        else:
            item.target = max(item.target, item.n_done + item.n_active) + n_more
            Item.objects.filter(pk=item.pk).update(target=item.target)
        record(action, item, by=by, now=now, project_id=item.project_id, reason=reason, afresh=afresh, n_more=n_more)
        return item


def _next_pass(item: Item, policy: PolicyVersion) -> None:
    """Labels and live leases of the earlier pass stay on record and count no more."""
    live = Lease.objects.filter(item=item, pass_number=item.pass_number, state=LeaseState.LIVE)
    # One that is locked waits for this item, and will find that its pass is over.
    ended = [lease.pk for lease in live.select_for_update(skip_locked=True, no_key=True)]
    Lease.objects.filter(pk__in=ended).update(state=LeaseState.EXPIRED)
    item.pass_number += 1
    item.target = first_target(policy, yardstick=item.is_yardstick)
    item.n_active = item.n_done = item.n_abstained = 0
    item.save(update_fields=["pass_number", "target", "n_active", "n_done", "n_abstained"])


def hold(*, item: Item, by: User | None, reason: str, now: datetime) -> None:
    """Keep an item out of versions; again is harmless."""
    with transaction.atomic():
        if Item.objects.filter(pk=item.pk, held_at=None).update(held_at=now):
            record("item.held", item, by=by, now=now, project_id=item.project_id, reason=reason)


def unhold(*, item: Item, by: User | None, now: datetime) -> None:
    with transaction.atomic():
        if Item.objects.filter(pk=item.pk, held_at__isnull=False).update(held_at=None):
            record("item.unheld", item, by=by, now=now, project_id=item.project_id)
