"""A labeller takes an answer back, and has its item again."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext

from labelling.assignment import queries
from labelling.assignment.errors import CannotUndo, LeaseUnknown
from labelling.assignment.models import Batch, Label, Lease, LeaseState
from labelling.ids import new_token
from labelling.loop.crowd import labels_lost
from labelling.projects.models import Member
from labelling.sampling.models import Item, Purpose


@dataclass(frozen=True)
class UndoReply:
    """The label that was withdrawn, and the lease its item can be answered under again."""

    label: Label
    lease: Lease


def undo(*, token: str, labeller: Member, now: datetime) -> UndoReply:
    """Withdraw the label given under `token` and lease its item to the labeller again, under a new token.

    Reaches the labeller's last ten labels while their batch is open; again is harmless.
    Raises LeaseUnknown, CannotUndo.
    """
    with transaction.atomic():
        Member.objects.select_for_update(no_key=True).get(pk=labeller.pk)
        label = Label.objects.filter(token=token, labeller=labeller).first()
        if label is None:
            raise LeaseUnknown(gettext("There is no answer of yours under this token."))
        lease = Lease.objects.select_for_update(no_key=True).get(pk=label.lease_id)
        label.refresh_from_db()
        if label.withdrawn_at is not None:
            if lease.state == LeaseState.LIVE:
                return UndoReply(label, lease)
            raise CannotUndo(gettext("This answer is already undone."))
        item = Item.objects.select_for_update(no_key=True).get(pk=label.item_id)
        batch = Batch.objects.select_for_update(no_key=True).get(pk=label.batch_id)
        _check_reach(label, item, batch, labeller)
        _withdraw(label, lease, item, batch, now)
        return UndoReply(label, lease)


def _check_reach(label: Label, item: Item, batch: Batch, labeller: Member) -> None:
    if batch.closed_at is not None:
        raise CannotUndo(gettext("The batch of this answer is closed. Tell the project's owner if it is wrong."))
    if label.pk not in {recent.pk for recent in queries.last_labels(labeller=labeller)}:
        raise CannotUndo(
            gettext("Undo reaches your last %(n)s answers; this one is older.") % {"n": queries.UNDO_REACH}
        )
    if item.purpose == Purpose.ERASED:
        raise CannotUndo(gettext("The content of this item was erased: there is nothing to answer any more."))
    if item.purpose == Purpose.TRAINING:
        raise CannotUndo(gettext("You were told the answer to this practice item, so it can't be undone."))
    if item.purpose == Purpose.WORK and item.pass_number != label.pass_number:
        raise CannotUndo(gettext("This item is being labelled afresh; the old answer no longer counts."))
    if label.rejected_in.filter(lifted_at=None).exists():
        raise CannotUndo(gettext("This answer was rejected, so it can't be undone."))


def _withdraw(label: Label, lease: Lease, item: Item, batch: Batch, now: datetime) -> None:
    policy = label.project.policy
    assert policy is not None
    label.withdrawn_at = now
    Label.objects.filter(pk=label.pk).update(withdrawn_at=now)
    lease.token, lease.state = new_token(), LeaseState.LIVE
    lease.leased_at, lease.expires_at = now, now + timedelta(seconds=policy.lease_seconds)
    lease.save(update_fields=["token", "state", "leased_at", "expires_at"])
    # Open again, also when it was filled up for lying idle: the lease needs its paid place.
    Batch.objects.filter(pk=batch.pk).update(full_at=None, n_labels=F("n_labels") - 1)
    abstained = int(bool(label.abstention))
    if item.purpose == Purpose.GOLD:
        Item.objects.filter(pk=item.pk).update(n_exposed=F("n_exposed") - 1)
        # Of a run that has ended nothing is counted any more.
        Item.objects.filter(pk=item.pk, pass_number=label.pass_number).update(
            n_done=F("n_done") - 1, n_abstained=F("n_abstained") - abstained
        )
    if item.purpose == Purpose.WORK:
        Item.objects.filter(pk=item.pk).update(
            n_active=F("n_active") + 1, n_done=F("n_done") - 1, n_abstained=F("n_abstained") - abstained
        )
        item.n_active, item.n_done, item.n_abstained = item.n_active + 1, item.n_done - 1, item.n_abstained - abstained
        labels_lost(item=item, now=now)
