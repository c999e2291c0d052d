"""Rulings over an item by people with more authority than the crowd, and sending it back for more labels."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, Q

from labelling.assignment.models import Lease, LeaseState
from labelling.audit.actions import record
from labelling.audit.models import Entry
from labelling.consensus import actions, queries
from labelling.consensus.models import Authority, Resolution
from labelling.consensus.states import Event, NotAllowed
from labelling.errors import Conflict, Invalid
from labelling.loop.crowd import judge_if_due
from labelling.loop.recalling import ask_for_recalls
from labelling.projects.models import PolicyVersion, User
from labelling.reliability.models import GoldDispute
from labelling.sampling.chance import first_target
from labelling.sampling.models import Gold, Item, Purpose, State
from labelling.sampling.queries import payload_for
from labelling.schemas import SchemaError, kind_of

MOST_MORE = 20
MOST_BOOST = 9
# What opens an item again, and what undoes that.
REOPENED = ("item.requeued", "item.sent_back", "item.taken_back")


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
        ask_for_recalls(resolution, project_id=item.project_id, now=now)
        record("item.discarded" if cleaned is None else "item.ruled", item, by=by, now=now, project_id=item.project_id,
               authority=authority.label, reason=reason, resolution=resolution.public_id)  # fmt: skip
        return resolution


def _check(item: Item, answer: dict[str, Any] | None, discard_reason: str) -> dict[str, Any] | None:
    if item.purpose == Purpose.ERASED:
        raise Conflict("The content of this item was erased: nothing can be said of it any more.")
    if item.purpose != Purpose.WORK:
        raise Conflict("This is a gold item; change its answer as gold.")
    if answer is None:
        if not discard_reason.strip():
            raise Invalid(
                "Say why this item can't be labelled.", errors=[{"where": "discard_reason", "message": "is empty"}]
            )
        return None
    schema = item.project.schema_in_force
    kind = kind_of(schema.kind)
    try:
        return kind.check_answer(schema.definition, answer, payload_for(kind, item.pk))
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
        if item.purpose == Purpose.ERASED:
            raise NotAllowed("The content of this item was erased, so that it can't be labelled again.")
        if item.purpose != Purpose.WORK:
            raise NotAllowed("A gold item isn't labelled for its answer, so it can't be sent back.")
        standing = queries.standing_resolution(item)
        actions.move(item=item, standing=standing, event=event, now=now)
        if standing is not None:
            standing.closed_at = now
            ask_for_recalls(standing, project_id=item.project_id, now=now)
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


def prioritise(*, items: Iterable[Item], boost: float, by: User | None, now: datetime, reason: str = "") -> int:
    """Set the owner's word in the order of work: above 0 sooner, below 0 later, 0 takes it back. Gold has no such
    order and is left alone. Returns how many items changed; again is harmless."""
    if not isinstance(boost, int | float) or not -MOST_BOOST <= boost <= MOST_BOOST:
        raise Invalid(
            f"boost must be -{MOST_BOOST} to {MOST_BOOST}.", errors=[{"where": "boost", "message": f"{boost}"}]
        )
    changed = 0
    for item in items:
        with transaction.atomic():
            known = Item.objects.select_for_update(no_key=True).get(pk=item.pk)
            if known.purpose != Purpose.WORK or known.boost == boost:
                continue
            Item.objects.filter(pk=item.pk).update(boost=boost)
            record("item.prioritised", known, by=by, now=now, project_id=known.project_id, boost=boost,
                   before=known.boost, reason=reason)  # fmt: skip
            changed += 1
    return changed


def asked_for_more(item: Item) -> Entry | None:
    """The last requeue for more labels, while nobody has leased the item since and it wasn't taken back."""
    acts = Entry.objects.filter(project_id=item.project_id, subject_kind="item", subject_id=item.public_id)
    last = acts.filter(action__in=REOPENED).order_by("-id").first()
    if last is None or last.action != "item.requeued" or last.detail["afresh"] or item.state != State.OPEN:
        return None
    taken_up = Lease.objects.filter(item=item, pass_number=item.pass_number, leased_at__gte=last.at).exists()
    return None if taken_up else last


def take_back(*, item: Item, by: User | None, now: datetime) -> Item:
    """Undo a requeue for more labels that nobody has taken up: the target is lowered again, and stops at live and
    counted labels; an item that has what it then wants is judged anew. Raises Conflict when it is too late."""
    with transaction.atomic():
        item = locked(item)
        asked = asked_for_more(item)
        if asked is None:
            raise Conflict("There is no request for more labels to take back: somebody has taken it up, or it is over.")
        item.target = max(item.target - asked.detail["n_more"], item.n_done + item.n_active, 1)
        Item.objects.filter(pk=item.pk).update(target=item.target)
        record("item.taken_back", item, by=by, now=now, project_id=item.project_id, requeue=asked.pk)
        if item.n_done:
            judge_if_due(item=item, project=item.project, after_label=None, now=now)
        return item


def hold(*, item: Item, by: User | None, reason: str, now: datetime) -> bool:
    """Keep an item out of versions; again is harmless. Returns whether that changed anything."""
    with transaction.atomic():
        changed = bool(Item.objects.filter(pk=item.pk, held_at=None).update(held_at=now))
        if changed:
            record("item.held", item, by=by, now=now, project_id=item.project_id, reason=reason)
    return changed


def unhold(*, item: Item, by: User | None, now: datetime, reason: str = "") -> bool:
    """Let an item into versions again; again is harmless. Returns whether that changed anything.

    Gold that is disputed, retired or without an answer isn't held by an owner: raises NotAllowed.
    """
    with transaction.atomic():
        held = Item.objects.filter(pk=item.pk, held_at__isnull=False)
        doubted = GoldDispute.objects.filter(gold__item=item.pk, closed_at=None)
        known = Gold.objects.filter(item=item.pk, closed_at=None)
        owners = held.filter(Q(purpose=Purpose.WORK) | Exists(known) & ~Exists(doubted))
        changed = bool(owners.update(held_at=None))
        if not changed and held.exists():
            raise NotAllowed("This gold item is disputed, retired or without an answer; see to that on the page Gold.")
        if changed:
            record("item.unheld", item, by=by, now=now, project_id=item.project_id, reason=reason)
    return changed
