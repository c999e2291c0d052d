"""Labels stop counting, and count again: a batch or a whole labeller, with what that reopens and the versions it
reaches."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Greatest

from labelling.assignment.actions import end_leases, lock_items
from labelling.assignment.models import Batch, Label, LabelQuerySet, RejectedLabel, Rejection
from labelling.assignment.queries import live_leases
from labelling.audit.actions import record
from labelling.consensus.models import Authority, Resolution
from labelling.consensus.states import Event
from labelling.datasets.actions import recall_for, rows_with_labels, withdraw_recalls
from labelling.datasets.models import Version
from labelling.errors import Conflict, Invalid
from labelling.jobs.actions import enqueue
from labelling.loop.crowd import judge_if_due
from labelling.projects.models import Member, User
from labelling.sampling.models import Item, State

CHUNK = 500


class AlreadyRejected(Conflict):
    code = "already_rejected"


class AlreadyLifted(Conflict):
    code = "already_lifted"


@dataclass(frozen=True)
class RejectPreview:
    """What a rejection would change; nothing is changed by asking."""

    n_labels: int
    items_reopen: int
    resolutions_close: int
    versions: list[tuple[Version, int]]
    cost: int
    """micro-units to have the lost labels given again"""


def preview(*, labeller: Member | None = None, batch: Batch | None = None) -> RejectPreview:
    """Count what rejecting a labeller or a batch would change."""
    labels = _labels_of(labeller, batch)
    member = labeller or _labeller_of(batch)
    lost = labels.counted()
    policy = member.project.policy
    assert policy is not None
    return RejectPreview(
        n_labels=labels.count(),
        items_reopen=_reopening(lost).filter(item__state__in=[State.CONTESTED, State.RESOLVED]).count(),
        resolutions_close=Resolution.objects.filter(
            closed_at=None, authority=Authority.CROWD, item__in=lost.values("item")
        ).count(),
        versions=_versions_reached(labels),
        cost=_reopening(lost).count() * policy.price_label,
    )


def _versions_reached(labels: LabelQuerySet) -> list[tuple[Version, int]]:
    """Published versions with a crowd's answer that used one of these labels, and how many of their rows did."""
    touched: Counter[int] = Counter()
    given = list(labels.order_by("item_id").values_list("item_id", "public_id"))
    for start in range(0, len(given), CHUNK):
        part = given[start : start + CHUNK]
        rows = rows_with_labels({item for item, _ in part}, {public_id for _, public_id in part})
        touched.update(version for version, _ in set(rows))
    return [(version, touched[version.pk]) for version in Version.objects.filter(pk__in=touched).order_by("number")]


def _labels_of(labeller: Member | None, batch: Batch | None) -> LabelQuerySet:
    if (labeller is None) == (batch is None):
        raise Invalid("Name either a labeller or a batch.")
    standing = Label.objects.standing()
    return standing.filter(batch=batch) if batch is not None else standing.filter(labeller=labeller)


def _labeller_of(batch: Batch | None) -> Member:
    assert batch is not None
    return batch.labeller


def _reopening(lost: LabelQuerySet) -> LabelQuerySet:
    """Counted labels whose items the crowd decides: a ruling or a discard is not reopened."""
    ruled = Resolution.objects.filter(closed_at=None).exclude(authority=Authority.CROWD)
    return lost.exclude(item__in=ruled.values("item"))


def reject(
    *, reason: str, by: User | None, now: datetime, labeller: Member | None = None, batch: Batch | None = None
) -> Rejection:
    """Make the standing labels of a batch, or of a labeller, stop counting. A rejected labeller gets no more work.

    Their slots reopen, what the crowd had said of them is open again, and published versions they are in are recalled,
    in one transaction. Raises AlreadyRejected; Invalid without a reason.
    """
    if not reason.strip():
        raise Invalid("Say why, so that the labeller can be told.", errors=[{"where": "reason", "message": "is empty"}])
    labels = _labels_of(labeller, batch)
    member = labeller or _labeller_of(batch)
    with transaction.atomic():
        member = Member.objects.select_for_update(no_key=True, of=("self",)).select_related("project").get(pk=member.pk)
        live = (
            [] if labeller is None else list(live_leases(labeller=member).order_by("id").select_for_update(no_key=True))
        )
        lock_items({lease.item_id for lease in live} | set(labels.counted().values_list("item_id", flat=True)))
        end_leases(live)
        lost = list(labels.counted().values_list("item_id", "abstention"))
        rejection = _write(labels, member, batch, reason.strip(), by, now)
        _take_from_items(lost, now)
        if labeller is not None:
            Member.objects.filter(pk=member.pk, suspended_at=None).update(suspended_at=now)
        recall_for(rejection=rejection, now=now)
        record("labels.rejected", rejection, by=by, now=now, project_id=member.project_id, reason=reason,
               labeller=member.public_id, batch=batch.public_id if batch else None)  # fmt: skip
        enqueue("refit", key=str(member.project_id), now=now, project_id=member.project_id, project=member.project_id)
        return rejection


def _write(
    labels: LabelQuerySet, member: Member, batch: Batch | None, reason: str, by: User | None, now: datetime
) -> Rejection:
    ids = list(labels.order_by("id").values_list("id", flat=True))
    try:
        with transaction.atomic():
            rejection = Rejection.objects.create(
                project=member.project, labeller=member, batch=batch, reason=reason, by=by, at=now, n_labels=len(ids)
            )
    except IntegrityError as error:
        raise AlreadyRejected("This is already rejected. Lift that rejection first to reject it anew.") from error
    RejectedLabel.objects.bulk_create(
        [RejectedLabel(rejection=rejection, label_id=label) for label in ids], batch_size=2000
    )
    return rejection


def _take_from_items(lost: list[tuple[int, str]], now: datetime) -> None:
    """A labeller has at most one counted label an item, so each item loses exactly one."""
    for start in range(0, len(lost), CHUNK):
        part = lost[start : start + CHUNK]
        ids = [item for item, _ in part]
        abstained = [item for item, abstention in part if abstention]
        Item.objects.filter(pk__in=ids).update(
            n_done=F("n_done") - 1,
            n_abstained=F("n_abstained") - Case(When(pk__in=abstained, then=Value(1)), default=Value(0)),
        )
        ruled = Resolution.objects.filter(closed_at=None, item__in=ids).exclude(authority=Authority.CROWD)
        settled = Resolution.objects.filter(closed_at=None, item__in=ids, authority=Authority.CROWD)
        reopened = Q(state=State.CONTESTED) | Q(state=State.RESOLVED) & ~Q(
            pk__in=list(ruled.values_list("item", flat=True))
        )
        Item.objects.filter(reopened, pk__in=ids).update(state=State.OPEN, state_at=now)
        settled.update(closed_at=Greatest(F("at"), Value(now)), closed_because=Event.LABELS_LOST.value)


def lift(*, rejection: Rejection, reason: str, by: User | None, now: datetime) -> Rejection:
    """Make exactly the labels a rejection closed count again, unless another open rejection covers them too.

    Never refuses for want of room: the target of an item that was topped up meanwhile is raised. Raises AlreadyLifted.
    """
    with transaction.atomic():
        member = Member.objects.select_for_update(no_key=True, of=("self",)).select_related(
            "project__policy", "project__schema").get(pk=rejection.labeller_id)  # fmt: skip
        covered = Label.objects.filter(rejected_in__rejection=rejection)
        lock_items(covered.values_list("item_id", flat=True))
        closed = Rejection.objects.filter(pk=rejection.pk, lifted_at=None).update(
            lifted_at=now, lifted_by=by, lift_reason=reason
        )
        if not closed:
            raise AlreadyLifted("This rejection is already lifted.")
        _give_to_items(covered, member, now)
        if rejection.batch_id is None:
            Member.objects.filter(pk=member.pk, suspended_at=rejection.at).update(suspended_at=None)
        withdraw_recalls(rejection=rejection, now=now)
        record("rejection.lifted", rejection, by=by, now=now, project_id=member.project_id, reason=reason)
        enqueue("refit", key=str(member.project_id), now=now, project_id=member.project_id, project=member.project_id)
        rejection.refresh_from_db()
        return rejection


def _give_to_items(covered: LabelQuerySet, member: Member, now: datetime) -> None:
    restored = list(covered.counted().values_list("item_id", "abstention"))
    for start in range(0, len(restored), CHUNK):
        part = restored[start : start + CHUNK]
        ids = [item for item, _ in part]
        abstained = [item for item, abstention in part if abstention]
        Item.objects.filter(pk__in=ids).update(
            target=Greatest(F("target"), F("n_active") + F("n_done") + 1),
            n_done=F("n_done") + 1,
            n_abstained=F("n_abstained") + Case(When(pk__in=abstained, then=Value(1)), default=Value(0)),
        )
        for item in Item.objects.filter(pk__in=ids).order_by("id"):
            judge_if_due(item=item, project=member.project, after_label=None, now=now)
