"""What is due is paid, and a payment that was none is taken back."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Count, IntegerField, OuterRef, Subquery
from django.db.models.functions import Coalesce

from labelling.assignment.models import Batch
from labelling.audit.actions import record
from labelling.pay import queries
from labelling.pay.errors import AlreadyCorrected, DueChanged, NothingDue
from labelling.pay.models import PaidPart, Payment
from labelling.projects.checks import check_text, invalid
from labelling.projects.models import Member, Project, User

LONGEST = 2000
LONGEST_REFERENCE = 200


@transaction.atomic
def record_payment(
    *, labeller: Member, up_to: datetime, reference: str, by: User, now: datetime, amount: int | None = None
) -> Payment:
    """Write down that a labeller was paid all that is due for batches closed before `up_to`.

    amount: what the owner saw as due, in micro-units; where it is another by now nothing is written. Two owners at
    once pay once: the other one is told that nothing is due. Raises Invalid, NothingDue, DueChanged.
    """
    reference = _checked(reference, up_to, now)
    # Whoever pays or withholds holds the labeller's row, so that no label is paid twice, or paid and withheld.
    labeller = Member.objects.select_for_update(no_key=True, of=("self",)).get(pk=labeller.pk)
    parts = _due(labeller, up_to, now)
    total = sum(due for _, _, due in parts)
    if not total:
        raise NothingDue(f"Nothing is due to {labeller.name} for batches closed before {up_to:%Y-%m-%d %H:%M} UTC.")
    if amount is not None and amount != total:
        raise DueChanged(
            f"{total} micro-units are due to {labeller.name} by now, not {amount}. Look at the figures again."
        )
    return _write(labeller, parts, total, up_to, reference, by, now)


@transaction.atomic
def pay_everybody(
    *, project: Project, up_to: datetime, reference: str, by: User, now: datetime, amount: int | None = None
) -> list[Payment]:
    """The same for everybody to whom something is due, together or not at all. Raises as record_payment does."""
    reference = _checked(reference, up_to, now)
    everybody = Member.objects.filter(pk__in=Batch.objects.filter(labeller__project=project).values("labeller"))
    locked = list(everybody.order_by("pk").select_for_update(no_key=True, of=("self",)))
    owed = [(one, _due(one, up_to, now)) for one in locked]
    total = sum(due for _, parts in owed for _, _, due in parts)
    if not total:
        raise NothingDue(f"Nothing is due to anybody for batches closed before {up_to:%Y-%m-%d %H:%M} UTC.")
    if amount is not None and amount != total:
        raise DueChanged(f"{total} micro-units are due by now, not {amount}. Look at the figures again.")
    return [
        _write(one, parts, sum(due for _, _, due in parts), up_to, reference, by, now) for one, parts in owed if parts
    ]


def _checked(reference: str, up_to: datetime, now: datetime) -> str:
    if up_to > now:
        raise invalid("up_to", "is in the future; pay what is due by now")
    return check_text(reference, field="reference", most=LONGEST_REFERENCE)


def _due(labeller: Member, up_to: datetime, now: datetime) -> list[tuple[int, int, int]]:
    """(batch, number of its next part, micro-units due), one statement."""
    owed = queries.unpaid(labeller=labeller, before=up_to, now=now).annotate(before=_n_parts())
    return [(batch.pk, batch.before + 1, batch.amount - batch.withheld_now - batch.paid_net) for batch in owed]


def _n_parts() -> Coalesce:
    own = PaidPart.objects.filter(batch=OuterRef("pk")).order_by().values("batch").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(own), 0, output_field=IntegerField())


def _write(
    labeller: Member, parts: Sequence[tuple[int, int, int]], total: int, up_to: datetime, reference: str, by: User,
    now: datetime, **correction: Any,
) -> Payment:  # fmt: skip
    payment = Payment.objects.create(
        project_id=labeller.project_id, labeller=labeller, amount=total, up_to=up_to, reference=reference, by=by,
        at=now, **correction,
    )  # fmt: skip
    PaidPart.objects.bulk_create(
        [PaidPart(payment=payment, batch_id=batch, number=number, amount=due) for batch, number, due in parts],
        batch_size=1000,
    )
    record(
        "payment.corrected" if correction else "payment.recorded", payment, by=by, now=now,
        project_id=labeller.project_id, labeller=labeller.public_id, amount=total, reference=reference,
        up_to=up_to.isoformat(), **{name: value for name, value in correction.items() if name == "reason"},
    )  # fmt: skip
    return payment


@transaction.atomic
def correct_payment(*, payment: Payment, reason: str, by: User, now: datetime) -> Payment:
    """Take a payment back by another row of the same amount below zero: what it had paid is due again.

    Raises Invalid without a reason, AlreadyCorrected.
    """
    reason = check_text(reason, field="reason", most=LONGEST)
    labeller = Member.objects.select_for_update(no_key=True, of=("self",)).get(pk=payment.labeller_id)
    if payment.corrects_id is not None:
        raise AlreadyCorrected("This row takes a payment back. If that was wrong, record the payment again.")
    if Payment.objects.filter(corrects=payment).exists():
        raise AlreadyCorrected("This payment was taken back already.")
    own = payment.parts.annotate(before=_parts_so_far()).order_by("pk")
    parts = [(part.batch_id, part.before + 1, -part.amount) for part in own]
    return _write(
        labeller, parts, -payment.amount, payment.up_to, payment.reference, by, now, corrects=payment, reason=reason
    )


def _parts_so_far() -> Subquery:
    of_batch = PaidPart.objects.filter(batch=OuterRef("batch")).order_by().values("batch")
    return Subquery(of_batch.annotate(n=Count("pk")).values("n"))
