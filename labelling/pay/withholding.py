"""Pay is withheld on evidence that a person names, for a while: until it is confirmed, lifted, or its days are over."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Sum

from labelling.assignment import worked
from labelling.assignment.models import Batch, Label, LabelQuerySet, Rejection
from labelling.audit.actions import record
from labelling.errors import Conflict, Invalid
from labelling.pay.errors import NotHeardYet, NothingToWithhold, WithholdingOver
from labelling.pay.models import PaidPart, WithheldBatch, WithheldLabel, Withholding
from labelling.projects.checks import check_text, invalid
from labelling.projects.models import Member, User

LONGEST = 5000
# The labeller has half of a withholding's days to answer before it can be confirmed unheard, at most these.
HEARING = timedelta(days=7)
LAPSE_AT_ONCE = 1000


@transaction.atomic
def withhold(
    *, evidence: str, notice: str, by: User, now: datetime, labeller: Member | None = None, batch: Batch | None = None,
    rejection: Rejection | None = None,
) -> Withholding:  # fmt: skip
    """Hold back the pay of a labeller's labels, of one of their batches, or of what a rejection covers of theirs.

    evidence: what a person saw; what the system says of labels it excluded is none. notice: what the labeller is
    told. Labels that are paid, were withheld before, or stand in a batch that is still open are left out; with none
    left, raises NothingToWithhold. A rejection of several people's labels needs `labeller` too. Raises Invalid.
    """
    evidence = check_text(evidence, field="evidence", most=LONGEST)
    notice = check_text(notice, field="notice", most=LONGEST)
    member = _whose(labeller, batch, rejection)
    _refuse_statistics(member, evidence)
    # Whoever pays or withholds holds the labeller's row.
    member = Member.objects.select_for_update(no_key=True, of=("self",)).select_related("project__policy").get(
        pk=member.pk
    )  # fmt: skip
    labels = _labels(member, batch, rejection)
    held = _worth(_open_to(labels))
    if not held:
        raise NothingToWithhold(_why_nothing(labels))
    withholding = _write(member, batch, rejection, held, evidence, notice, by, now)
    record(
        "pay.withheld", withholding, by=by, now=now, project_id=member.project_id, labeller=member.public_id,
        n_labels=withholding.n_labels, amount=withholding.amount, evidence=evidence, notice=notice,
    )  # fmt: skip
    return withholding


def _whose(labeller: Member | None, batch: Batch | None, rejection: Rejection | None) -> Member:
    if batch is not None and (rejection is not None or labeller is not None):
        raise Invalid("Name a labeller, a batch or a rejection; a labeller beside a rejection of several people only.")
    if batch is not None:
        return batch.labeller
    whose = labeller or (rejection.labeller if rejection else None)
    if rejection is not None and rejection.covered_at is None:
        raise Conflict("This rejection is still under way. Withhold when all its labels are excluded.")
    if whose is None:
        raise invalid("labeller", "name whose labels: a labeller, a batch, or a rejection with its labeller")
    return whose


def _refuse_statistics(member: Member, evidence: str) -> None:
    """The system's own reason for an exclusion is no evidence: somebody must have looked."""
    own_words = Rejection.objects.filter(project=member.project_id, by=None, reason=evidence)
    if own_words.exists():
        raise invalid("evidence", "is what the system said when it excluded the labels; say what you saw yourself")


def _labels(member: Member, batch: Batch | None, rejection: Rejection | None) -> LabelQuerySet:
    standing = Label.objects.standing().filter(labeller=member)
    if batch is not None:
        return standing.filter(batch=batch)
    return standing if rejection is None else standing.filter(rejected_in__rejection=rejection)


def _open_to(labels: LabelQuerySet) -> LabelQuerySet:
    """Those whose pay is neither given nor was withheld before, in closed batches."""
    return _unpaid(labels).filter(batch__closed_at__isnull=False, withheld=None)


def _unpaid(labels: LabelQuerySet) -> LabelQuerySet:
    # Of a batch that was paid, what was not was withheld then; so a batch is paid for as a whole.
    net = PaidPart.objects.filter(batch=OuterRef("batch")).values("batch").annotate(n=Sum("amount")).filter(n__gt=0)
    return labels.filter(~Exists(net))


def _why_nothing(labels: LabelQuerySet) -> str:
    n = labels.count()
    if not n:
        return "There is no label here that stands."
    n_before, n_open = labels.exclude(withheld=None).count(), labels.filter(batch__closed_at=None).count()
    n_paid = n - _unpaid(labels).count()
    return (
        f"Of {n} labels none can be withheld: {n_paid} are paid, {n_before} were withheld before, and {n_open} are in "
        "batches that are still open."
    )


def _worth(labels: LabelQuerySet) -> dict[int, dict[int, int]]:
    """{batch: {label: micro-units}}"""
    chosen: dict[int, list[int]] = {}
    for of, label in labels.order_by("batch", "id").values_list("batch", "id"):
        chosen.setdefault(of, []).append(label)
    worth: dict[int, dict[int, int]] = {}
    for batch in Batch.objects.filter(pk__in=chosen).order_by("pk"):
        if batch.pay_hour is None:
            worth[batch.pk] = dict.fromkeys(chosen[batch.pk], batch.price)
        else:
            amounts = worked.account_of(batch).amounts
            worth[batch.pk] = {label: amounts[label] for label in chosen[batch.pk]}
    return worth


def _write(
    member: Member, batch: Batch | None, rejection: Rejection | None, held: dict[int, dict[int, int]], evidence: str,
    notice: str, by: User, now: datetime,
) -> Withholding:  # fmt: skip
    days = timedelta(days=member.project.policy_in_force.withholding_days)
    withholding = Withholding.objects.create(
        project_id=member.project_id, labeller=member, batch=batch, rejection=rejection, evidence=evidence,
        notice=notice, by=by, at=now, heard_from=now + min(HEARING, days / 2), lapses_at=now + days,
        n_labels=sum(map(len, held.values())), amount=sum(sum(one.values()) for one in held.values()),
    )  # fmt: skip
    WithheldBatch.objects.bulk_create(
        [
            WithheldBatch(withholding=withholding, batch_id=one, n_labels=len(amounts), amount=sum(amounts.values()))
            for one, amounts in held.items()
        ],
        batch_size=1000,
    )
    labels = [label for amounts in held.values() for label in amounts]
    WithheldLabel.objects.bulk_create(
        [WithheldLabel(withholding=withholding, label_id=label) for label in labels], batch_size=2000
    )
    return withholding


@transaction.atomic
def lift(*, withholding: Withholding, reason: str, by: User, now: datetime) -> Withholding:
    """End a withholding in the labeller's favour, confirmed or not: what it held back is due, and for good.

    Raises Invalid without a reason, WithholdingOver.
    """
    reason = check_text(reason, field="reason", most=LONGEST)
    Member.objects.select_for_update(no_key=True).get(pk=withholding.labeller_id)
    standing = Withholding.objects.standing(now).filter(pk=withholding.pk)
    if not standing.update(ended_at=now, ended_by=by, ending=Withholding.Ending.LIFTED, end_reason=reason):
        raise WithholdingOver("This withholding is over: it was lifted, or its days were over.")
    record("withholding.lifted", withholding, by=by, now=now, project_id=withholding.project_id, reason=reason)
    withholding.refresh_from_db()
    return withholding


@transaction.atomic
def confirm(*, withholding: Withholding, reason: str, heard: bool, by: User, now: datetime) -> Withholding:
    """Let a withholding stand for good. heard: the labeller's appeal was answered; else only once they had time to.

    Raises Invalid without a reason, WithholdingOver, NotHeardYet.
    """
    reason = check_text(reason, field="reason", most=LONGEST)
    Member.objects.select_for_update(no_key=True).get(pk=withholding.labeller_id)
    if not heard and now < withholding.heard_from:
        until = f"{withholding.heard_from:%Y-%m-%d %H:%M} UTC"
        raise NotHeardYet(f"The labeller has until {until} to appeal. Confirm it then, or when you answered an appeal.")
    standing = Withholding.objects.standing(now).filter(pk=withholding.pk, confirmed_at=None)
    if not standing.update(confirmed_at=now, confirmed_by=by, confirm_reason=reason):
        raise WithholdingOver("This withholding is confirmed already, or is over.")
    record("withholding.confirmed", withholding, by=by, now=now, project_id=withholding.project_id, reason=reason)
    withholding.refresh_from_db()
    return withholding


def lapse(*, now: datetime) -> list[Withholding]:
    """Close on record the withholdings whose days are over, each in a transaction; which they were."""
    over = Withholding.objects.lapsed(now).order_by("lapses_at")[:LAPSE_AT_ONCE]
    return [one for one in over if _lapse(one, now)]


@transaction.atomic
def _lapse(withholding: Withholding, now: datetime) -> bool:
    Member.objects.select_for_update(no_key=True).get(pk=withholding.labeller_id)
    still = Withholding.objects.lapsed(now).filter(pk=withholding.pk)
    if not still.update(ended_at=withholding.lapses_at, ending=Withholding.Ending.LAPSED):
        return False
    record("withholding.lapsed", withholding, by=None, now=now, project_id=withholding.project_id)
    return True
