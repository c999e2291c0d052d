"""Open batches reserve, closed ones spend, decisions cost: the account is their sum, and within its budget. What was
earned is paid once, and withheld once."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from experts.doctor.findings import CHUNK, Check, Finding, within
from experts.models import Decision
from labelling.assignment.models import Batch
from labelling.assignment.worked import account_of
from labelling.pay.models import PaidPart, Payment, WithheldBatch, WithheldLabel, Withholding
from labelling.projects.models import Account


def accounts_add_up(project_id: int | None) -> Iterator[Finding]:
    for account in within(Account.objects.select_related("project").order_by("pk"), "project_id", project_id):
        batches = Batch.objects.filter(labeller__project_id=account.project_id)
        decisions = Decision.objects.filter(case__project_id=account.project_id)
        reserved = batches.filter(closed_at=None).aggregate(n=Sum(F("size") * F("price")))["n"] or 0
        closed = batches.exclude(closed_at=None).aggregate(n=Sum("amount"))["n"] or 0
        spent = closed + (decisions.aggregate(n=Sum("price"))["n"] or 0)
        row = f"account of project {account.project.slug}"
        if account.reserved != reserved:
            yield Finding("money", row, f"reserved is {account.reserved}, but open batches reserve {reserved}")
        if account.spent != spent:
            yield Finding("money", row, f"spent is {account.spent}, but closed batches and decisions cost {spent}")
        if account.budget is not None and account.reserved + account.spent > account.budget:
            message = f"reserved {account.reserved} and spent {account.spent} exceed the budget of {account.budget}"
            yield Finding("money", row, message)


def batches_earn_what_they_promised(project_id: int | None) -> Iterator[Finding]:
    """By the label: the price of each; by the hour: the time of each, counted again from the labels."""
    closed = within(Batch.objects.exclude(closed_at=None), "labeller__project_id", project_id).order_by("pk")
    for batch in closed.filter(pay_hour=None).exclude(amount=F("n_labels") * F("price")).iterator(CHUNK):
        message = f"earned {batch.amount}, but {batch.n_labels} labels at {batch.price} are not that"
        yield Finding("money", f"batch {batch.public_id}", message)
    for batch in closed.exclude(pay_hour=None).iterator(CHUNK):
        amount = sum(account_of(batch).amounts.values())
        if batch.amount != amount:
            message = f"earned {batch.amount}, but the time worked on its labels comes to {amount}"
            yield Finding("money", f"batch {batch.public_id}", message)


def batches_are_paid_once(project_id: int | None) -> Iterator[Finding]:
    """Net of what was taken back, what is paid and what is withheld for good of a batch never exceed what it earned.

    A withholding that is not confirmed may have lapsed, and what it held back be paid, before a sweep closed it.
    """
    standing = WithheldBatch.objects.filter(withholding__ended_at=None, withholding__confirmed_at__isnull=False)
    batches = within(Batch.objects.exclude(closed_at=None), "labeller__project_id", project_id)
    counted = batches.annotate(net=_of_batch(PaidPart.objects.all()), held=_of_batch(standing)).order_by("pk")
    for batch in counted.filter(net__lt=0).iterator(CHUNK):
        yield Finding("pay", f"batch {batch.public_id}", f"{-batch.net} more were taken back than paid")
    for batch in counted.filter(net__gt=F("amount")).iterator(CHUNK):
        yield Finding("pay", f"batch {batch.public_id}", f"{batch.net} are paid, but it earned {batch.amount}")
    for batch in counted.filter(held__gt=0, net__gt=F("amount") - F("held")).iterator(CHUNK):
        message = f"{batch.net} are paid and {batch.held} withheld, but it earned {batch.amount}"
        yield Finding("pay", f"batch {batch.public_id}", message)


def _of_batch(rows: QuerySet[Any]) -> Coalesce:
    own = rows.filter(batch=OuterRef("pk")).order_by().values("batch").annotate(n=Sum("amount")).values("n")
    return Coalesce(Subquery(own), 0)


def payments_add_up(project_id: int | None) -> Iterator[Finding]:
    """A payment is the sum of its parts, all of its labeller's batches; a correction mirrors what it corrects."""
    payments = within(Payment.objects.all(), "project_id", project_id).order_by("pk")
    for payment in payments.annotate(n=Coalesce(Sum("parts__amount"), 0)).exclude(amount=F("n")).iterator(CHUNK):
        message = f"is {payment.amount}, but its parts are {payment.n}"
        yield Finding("pay", f"payment {payment.public_id}", message)
    for payment in payments.exclude(corrects=None).exclude(amount=-F("corrects__amount")).iterator(CHUNK):
        yield Finding("pay", f"payment {payment.public_id}", "takes back another sum than was paid")
    foreign = within(PaidPart.objects.all(), "payment__project_id", project_id).select_related("payment", "batch")
    for part in foreign.exclude(batch__labeller=F("payment__labeller")).order_by("pk").iterator(CHUNK):
        message = f"pays batch {part.batch.public_id}, which is another labeller's"
        yield Finding("pay", f"payment {part.payment.public_id}", message)


def withholdings_add_up(project_id: int | None) -> Iterator[Finding]:
    """A withholding is the sum of its batches and covers as many labels, all in these batches and its labeller's."""
    rows = within(Withholding.objects.all(), "project_id", project_id).order_by("pk")
    sums = rows.annotate(of_labels=Coalesce(Sum("batches__n_labels"), 0), of_money=Coalesce(Sum("batches__amount"), 0))
    for one in sums.exclude(n_labels=F("of_labels"), amount=F("of_money")).iterator(CHUNK):
        message = f"names {one.n_labels} labels and {one.amount}; its batches hold {one.of_labels} and {one.of_money}"
        yield Finding("pay", f"withholding {one.public_id}", message)
    for one in rows.annotate(covered=Count("labels")).exclude(n_labels=F("covered")).iterator(CHUNK):
        message = f"names {one.n_labels} labels, but covers {one.covered}"
        yield Finding("pay", f"withholding {one.public_id}", message)
    labels = within(WithheldLabel.objects.all(), "withholding__project_id", project_id)
    own = WithheldBatch.objects.filter(withholding=OuterRef("withholding"), batch=OuterRef("label__batch"))
    foreign = labels.filter(~Exists(own) | ~Q(label__labeller=F("withholding__labeller")))
    for row in foreign.select_related("withholding", "label").order_by("pk").iterator(CHUNK):
        message = f"covers label {row.label.public_id}, which is not in its batches"
        yield Finding("pay", f"withholding {row.withholding.public_id}", message)


CHECKS: tuple[Check, ...] = (
    accounts_add_up,
    batches_earn_what_they_promised,
    batches_are_paid_once,
    payments_add_up,
    withholdings_add_up,
)
