"""A labeller's answer comes in, or is taken back: the label, its counters, its batch and what the crowd then says,
in one transaction."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Case, F, Q, Value, When
from django.utils.text import Truncator

from labelling import canonical
from labelling.assignment import money, queries
from labelling.assignment.actions import CLOSES_AFTER_LABELS
from labelling.assignment.errors import (
    AnsweredDifferently,
    AnswerInvalid,
    BudgetSpent,
    CannotUndo,
    LeaseExpired,
    LeaseUnknown,
)
from labelling.assignment.models import Abstention, Batch, Label, Lease, LeaseState
from labelling.ids import new_token
from labelling.loop.crowd import judge_if_due, labels_lost
from labelling.projects.models import Member, Project
from labelling.sampling.models import Item, Purpose
from labelling.schemas import SchemaError, kind_of

LONGEST_NOTE = 2000
LONGEST_SECONDS = 7 * 86_400.0


@dataclass(frozen=True)
class SubmitReply:
    """The stored label. `created`: now, not by an earlier request. `standing`: it was not taken back since."""

    label: Label
    created: bool
    standing: bool


@dataclass(frozen=True)
class UndoReply:
    """The label that was withdrawn, and the lease its item can be answered under again."""

    label: Label
    lease: Lease


@dataclass(frozen=True)
class Given:
    """What the labeller gave: an answer as canonical JSON, or an abstention with its reason."""

    answer: str = ""
    abstention: str = ""
    note: str = ""
    wall_seconds: float | None = None
    active_seconds: float | None = None

    def is_same(self, label: Label) -> bool:
        return (self.answer, self.abstention) == (label.answer, label.abstention)


def submit(
    *, token: str, labeller: Member, answer: Any, now: datetime, wall_seconds: float | None = None,
    active_seconds: float | None = None,
) -> SubmitReply:  # fmt: skip
    """Store an answer under its lease. The token makes repeating harmless: one label, the same reply.

    Raises AnswerInvalid, LeaseUnknown, LeaseExpired (its place was taken), AnsweredDifferently, BudgetSpent.
    """
    schema = labeller.project.schema
    assert schema is not None
    try:
        cleaned = canonical.dumps(kind_of(schema.kind).check_answer(schema.definition, answer))
    except SchemaError as error:
        raise AnswerInvalid(str(error)) from error
    given = Given(cleaned, wall_seconds=_seconds(wall_seconds), active_seconds=_seconds(active_seconds))
    return _take(token=token, labeller=labeller, given=given, now=now)


def abstain(
    *, token: str, labeller: Member, reason: str, now: datetime, note: str = "", wall_seconds: float | None = None,
    active_seconds: float | None = None,
) -> SubmitReply:  # fmt: skip
    """Store "can't decide" with its reason; several of them contest the item. Raises as submit does."""
    if reason not in Abstention.values:
        raise AnswerInvalid(f"reason: {reason!r} is not one of {', '.join(Abstention.values)}")
    note = Truncator(note.replace("\x00", "")).chars(LONGEST_NOTE)
    given = Given("", reason, note, _seconds(wall_seconds), _seconds(active_seconds))
    return _take(token=token, labeller=labeller, given=given, now=now)


def _seconds(value: float | None) -> float | None:
    if value is None or not 0 <= value <= LONGEST_SECONDS:
        return None
    return float(value)


def _take(*, token: str, labeller: Member, given: Given, now: datetime) -> SubmitReply:
    with transaction.atomic():
        # Locks come in one order everywhere: labeller, leases, items by id, batches, account.
        member = Member.objects.select_for_update(no_key=True).get(pk=labeller.pk)
        lease = Lease.objects.select_for_update(no_key=True).filter(token=token, labeller=labeller).first()
        if lease is None or lease.state == LeaseState.DONE:
            return _earlier_reply(token, labeller, given)
        item = Item.objects.select_for_update(no_key=True).get(pk=lease.item_id)
        _hold_slot(lease, item, member)
        batch = _place_in_batch(labeller, now)
        label = _store(lease, item, batch, labeller, given, now)
        if item.purpose == Purpose.WORK:
            judge_if_due(item=item, project=labeller.project, after_label=label, now=now)
        return SubmitReply(label, created=True, standing=True)


def _earlier_reply(token: str, labeller: Member, given: Given) -> SubmitReply:
    label = Label.objects.filter(token=token, labeller=labeller).first()
    if label is None:
        raise LeaseUnknown("There is no lease with this token for you. Ask for items again.")
    if label.withdrawn_at is None and not given.is_same(label):
        raise AnsweredDifferently("This item already has another answer of yours. Undo that one to change it.")
    return SubmitReply(label, created=False, standing=label.withdrawn_at is None)


def _hold_slot(lease: Lease, item: Item, labeller: Member) -> None:
    """A lease that is not live any more may still be answered while nobody took its place."""
    if item.purpose != Purpose.WORK:
        return
    if lease.pass_number != item.pass_number:
        raise LeaseExpired("This item is being labelled afresh, so an answer for the earlier pass is not taken.")
    if lease.state == LeaseState.LIVE:
        return
    if labeller.suspended_at is not None:
        raise LeaseExpired("This lease is over and you get no new items here. Your answer was not stored.")
    if not item.is_open:
        raise LeaseExpired("This lease ran out and others have finished the item. Your answer was not stored.")
    Item.objects.filter(pk=item.pk).update(n_active=F("n_active") + 1)
    item.n_active += 1


def _place_in_batch(labeller: Member, now: datetime) -> Batch:
    """A place in the labeller's oldest batch with room; a new batch where none has."""
    batch = (
        Batch.objects.select_for_update(no_key=True).filter(labeller=labeller, full_at=None).order_by("number").first()
    )
    if batch is None:
        policy = labeller.project.policy
        assert policy is not None
        batch = money.open_batch(labeller=labeller, policy=policy, now=now)
    if batch is None:
        raise BudgetSpent("The project's budget is spent, so this answer can't be paid or taken.")
    full = batch.n_labels + 1 >= batch.size
    Batch.objects.filter(pk=batch.pk).update(n_labels=F("n_labels") + 1, full_at=now if full else None)
    _close_earlier(batch, now)
    return batch


def _close_earlier(batch: Batch, now: datetime) -> None:
    """Close full batches that ten labels followed: undo no longer reaches into them."""
    following = batch.n_labels + 1
    if following > CLOSES_AFTER_LABELS:
        return
    full = Batch.objects.filter(
        labeller=batch.labeller_id, number__lt=batch.number, closed_at=None, full_at__isnull=False
    ).select_related("labeller")
    # One that is locked is being closed elsewhere.
    for earlier in full.order_by("-number").select_for_update(skip_locked=True, no_key=True, of=("self",)):
        if following >= CLOSES_AFTER_LABELS:
            money.settle(batch=earlier, now=now)
        following += earlier.n_labels


def _store(lease: Lease, item: Item, batch: Batch, labeller: Member, given: Given, now: datetime) -> Label:
    project: Project = labeller.project
    label = Label.objects.create(
        project=project, lease=lease, item=item, labeller=labeller, pass_number=lease.pass_number, token=lease.token,
        answer=given.answer, abstention=given.abstention, note=given.note, batch=batch, schema=project.schema_in_force,
        guideline=project.guideline_in_force, policy=project.policy_in_force, at=now, wall_seconds=given.wall_seconds,
        active_seconds=given.active_seconds,
    )  # fmt: skip
    Lease.objects.filter(pk=lease.pk).update(state=LeaseState.DONE)
    if item.purpose == Purpose.WORK:
        abstained = int(bool(given.abstention))
        Item.objects.filter(pk=item.pk).update(
            n_active=F("n_active") - 1, n_done=F("n_done") + 1, n_abstained=F("n_abstained") + abstained
        )
        item.n_active, item.n_done, item.n_abstained = item.n_active - 1, item.n_done + 1, item.n_abstained + abstained
    return label


def undo(*, token: str, labeller: Member, now: datetime) -> UndoReply:
    """Withdraw the label given under `token` and lease its item to the labeller again, under a new token.

    Reaches the labeller's last ten labels while their batch is open; again is harmless.
    Raises LeaseUnknown, CannotUndo.
    """
    with transaction.atomic():
        Member.objects.select_for_update(no_key=True).get(pk=labeller.pk)
        label = Label.objects.filter(token=token, labeller=labeller).first()
        if label is None:
            raise LeaseUnknown("There is no answer of yours under this token.")
        lease = Lease.objects.select_for_update(no_key=True).get(pk=label.lease_id)
        label.refresh_from_db()
        if label.withdrawn_at is not None:
            if lease.state == LeaseState.LIVE:
                return UndoReply(label, lease)
            raise CannotUndo("This answer is already undone.")
        item = Item.objects.select_for_update(no_key=True).get(pk=label.item_id)
        batch = Batch.objects.select_for_update(no_key=True).get(pk=label.batch_id)
        _check_reach(label, item, batch, labeller)
        _withdraw(label, lease, item, batch, now)
        return UndoReply(label, lease)


def _check_reach(label: Label, item: Item, batch: Batch, labeller: Member) -> None:
    if batch.closed_at is not None:
        raise CannotUndo("The batch of this answer is closed. Tell the project's owner if it is wrong.")
    if label.pk not in {recent.pk for recent in queries.last_labels(labeller=labeller)}:
        raise CannotUndo(f"Undo reaches your last {queries.UNDO_REACH} answers; this one is older.")
    if item.pass_number != label.pass_number:
        raise CannotUndo("This item is being labelled afresh; the old answer no longer counts.")
    if label.rejected_in.filter(rejection__lifted_at=None).exists():
        raise CannotUndo("This answer was rejected, so it can't be undone.")


def _withdraw(label: Label, lease: Lease, item: Item, batch: Batch, now: datetime) -> None:
    policy = label.project.policy
    assert policy is not None
    label.withdrawn_at = now
    Label.objects.filter(pk=label.pk).update(withdrawn_at=now)
    lease.token, lease.state = new_token(), LeaseState.LIVE
    lease.leased_at, lease.expires_at = now, now + timedelta(seconds=policy.lease_seconds)
    lease.save(update_fields=["token", "state", "leased_at", "expires_at"])
    was_full = Q(n_labels=F("size"))
    Batch.objects.filter(pk=batch.pk).update(
        full_at=Case(When(was_full, then=Value(None)), default=F("full_at")), n_labels=F("n_labels") - 1
    )
    if item.purpose == Purpose.WORK:
        abstained = int(bool(label.abstention))
        Item.objects.filter(pk=item.pk).update(
            n_active=F("n_active") + 1, n_done=F("n_done") - 1, n_abstained=F("n_abstained") - abstained
        )
        item.n_active, item.n_done, item.n_abstained = item.n_active + 1, item.n_done - 1, item.n_abstained - abstained
        labels_lost(item=item, now=now)
