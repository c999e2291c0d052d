"""Labels stop counting, and count again: what is decided at once, and done at once unless it is much."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from labelling.assignment.actions import end_leases, lock_items
from labelling.assignment.models import Batch, Label, Lease, RejectedLabel, Rejection, Scope
from labelling.assignment.queries import live_leases
from labelling.audit.actions import record
from labelling.datasets.actions import recall_for
from labelling.errors import Conflict, Invalid
from labelling.jobs.actions import enqueue
from labelling.loop.crowd import enqueue_refit
from labelling.loop.rejecting import carry_out
from labelling.loop.rejecting.recount import cover, restore
from labelling.loop.rejecting.target import Target, a_batch, a_labeller
from labelling.projects.models import Member, Project, User
from labelling.reliability.appeals import settle_without_answer

# Labels in one request; more of them are a job. Lifting also judges each item.
AT_ONCE = 1000
LIFTED_AT_ONCE = 200
ALL = 10**9


class AlreadyRejected(Conflict):
    code = "already_rejected"


class AlreadyLifted(Conflict):
    code = "already_lifted"


class NothingToReject(Invalid):
    """No label stands that this names."""


def one_target(*, target: Target | None = None, labeller: Member | None = None, batch: Batch | None = None) -> Target:
    """The one of these that is named. Raises Invalid."""
    if [target, labeller, batch].count(None) != 2:
        raise Invalid("Name either a labeller or a batch.")
    if target is not None:
        return target
    return a_batch(batch) if batch is not None else a_labeller(labeller)  # type: ignore[arg-type]  # one of the three


def reject(
    *, reason: str, by: User | None, now: datetime, target: Target | None = None, labeller: Member | None = None,
    batch: Batch | None = None, at_once: int | None = None,
) -> Rejection:  # fmt: skip
    """Make the standing labels of a target (or of a labeller, or of a batch) stop counting. A labeller who is rejected
    as a whole gets no more work, from this moment on.

    Their slots reopen, what the crowd had said of them is open again, and published versions they are in are recalled:
    in this transaction for up to `at_once` labels (AT_ONCE), else by a job, chunk by chunk. What is owed for them stays
    as it is. Raises AlreadyRejected, NothingToReject; Invalid without a reason.
    """
    target, most = one_target(target=target, labeller=labeller, batch=batch), AT_ONCE if at_once is None else at_once
    if not reason.strip():
        raise Invalid("Say why, so that the labeller can be told.", errors=[{"where": "reason", "message": "is empty"}])
    with transaction.atomic():
        live = _stop(target, now)
        project = Project.objects.select_for_update(no_key=True).get(pk=target.project.pk)
        floor = target.looked_back_to()
        given = list(target.labels().filter(pk__gt=floor).order_by("pk").values_list("pk", "item_id")[: most + 1])
        many = len(given) > most or bool(floor)
        if not floor:
            _check(target, given)
        lock_items({lease.item_id for lease in live} | (set() if many else {item for _, item in given}))
        end_leases(live)
        labels = [] if many else _still_standing([pk for pk, _ in given])
        rejection = _write(target, reason.strip(), by, now, None if many else len(labels))
        record("labels.rejected", rejection, by=by, now=now, project_id=project.pk, reason=reason, scope=target.scope,
               where=target.where, labeller=target.labeller.public_id if target.labeller else None,
               batch=target.batch.public_id if target.batch else None)  # fmt: skip
        if many:
            enqueue(carry_out.REJECT, key=rejection.public_id, now=now, project_id=project.pk, rejection=rejection.pk)
            return rejection
        cover(rejection=rejection, labels=labels, now=now)
        recall_for(rejection=rejection, now=now)
        enqueue_refit(project_id=project.pk, now=now)
        return rejection


def _stop(target: Target, now: datetime) -> list[Lease]:
    """Lock the labeller, whose answers wait until this is decided. One who is rejected as a whole is suspended; their
    live leases, locked, are to be ended."""
    if target.labeller is None:
        return []
    Member.objects.select_for_update(no_key=True).get(pk=target.labeller.pk)
    if target.scope != Scope.LABELLER:
        return []
    Member.objects.filter(pk=target.labeller.pk, suspended_at=None).update(suspended_at=now)
    return list(live_leases(labeller=target.labeller).order_by("id").select_for_update(no_key=True))


def _check(target: Target, given: Sequence[tuple[int, int]]) -> None:
    """A labeller or a batch may have no labels; whoever names labels means some that are not rejected yet."""
    if target.scope in (Scope.LABELLER, Scope.BATCH):
        return
    if not given:
        raise NothingToReject(
            "This label was taken back by who gave it." if target.scope == Scope.LABEL else
            "No label meets these conditions. Change them, or look at the labeller's list of labels."
        )  # fmt: skip
    if not target.labels().not_rejected().exists():
        raise AlreadyRejected("All of these labels are rejected already.")


def _still_standing(labels: Sequence[int]) -> list[int]:
    """Looked at again under the locks of their items: until then their givers could take them back."""
    return list(Label.objects.standing().filter(pk__in=labels).order_by("pk").values_list("pk", flat=True))


def _write(target: Target, reason: str, by: User | None, now: datetime, n_labels: int | None) -> Rejection:
    newest = Label.objects.filter(project=target.project).order_by("-id").values_list("id", flat=True).first()
    try:
        with transaction.atomic():
            return Rejection.objects.create(
                project=target.project, scope=target.scope, labeller=target.labeller, batch=target.batch,
                label=target.label, where=target.where, up_to=newest or 0, reason=reason, by=by, at=now,
                n_labels=n_labels, covered_at=None if n_labels is None else now,
            )  # fmt: skip
    except IntegrityError as error:
        raise AlreadyRejected("This is already rejected. Lift that rejection first to reject it anew.") from error


def lift(*, rejection: Rejection, reason: str, by: User | None, now: datetime, at_once: int | None = None) -> Rejection:
    """Make exactly the labels a rejection closed count again, unless another one covers them too: in this transaction
    for up to `at_once` labels (LIFTED_AT_ONCE), else by a job. One that is still under way stops where it is, and that
    much is lifted.

    Never refuses for want of room: the target of an item that was topped up meanwhile is raised. Raises AlreadyLifted.
    """
    most = LIFTED_AT_ONCE if at_once is None else at_once
    with transaction.atomic():
        if rejection.labeller_id is not None:
            Member.objects.select_for_update(no_key=True).get(pk=rejection.labeller_id)
        rejection = carry_out.lock(rejection.pk)
        if rejection.lifted_at is not None:
            raise AlreadyLifted("This rejection is already lifted.")
        project = Project.objects.select_for_update(no_key=True).get(pk=rejection.project_id)
        covered = RejectedLabel.objects.filter(rejection=rejection, lifted_at=None).order_by("label_id")
        labels = list(covered.values_list("label_id", flat=True)[: most + 1])
        changes: dict[str, Any] = {"lifted_at": now, "lifted_by": by, "lift_reason": reason}
        if rejection.covered_at is None:
            changes |= {"covered_at": now, "n_labels": covered.count()}
        Rejection.objects.filter(pk=rejection.pk).update(**changes)
        if rejection.scope == Scope.LABELLER:
            Member.objects.filter(rejections=rejection, suspended_at=rejection.at).update(suspended_at=None)
        settle_without_answer(rejections=[rejection], now=now)
        record("rejection.lifted", rejection, by=by, now=now, project_id=project.pk, reason=reason)
        if len(labels) > most:
            enqueue(carry_out.LIFT, key=rejection.public_id, now=now, project_id=project.pk, rejection=rejection.pk)
        else:
            lock_items(set(Label.objects.filter(pk__in=labels).values_list("item_id", flat=True)))
            restore(rejection=rejection, labels=labels, project=carry_out.with_rules(project), now=now)
            carry_out.restored(rejection, now)
        rejection.refresh_from_db()
        return rejection
