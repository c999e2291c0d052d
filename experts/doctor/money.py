"""Open batches reserve, closed ones spend, decisions cost: the account is their sum, and within its budget."""

from collections.abc import Iterator

from django.db.models import F, Sum

from experts.doctor.findings import Check, Finding, within
from experts.models import Decision
from labelling.assignment.models import Batch
from labelling.projects.models import Account


def accounts_add_up(project_id: int | None) -> Iterator[Finding]:
    for account in within(Account.objects.select_related("project").order_by("pk"), "project_id", project_id):
        batches = Batch.objects.filter(labeller__project_id=account.project_id)
        decisions = Decision.objects.filter(case__project_id=account.project_id)
        reserved = batches.filter(closed_at=None).aggregate(n=Sum(F("size") * F("price")))["n"] or 0
        closed = batches.exclude(closed_at=None).aggregate(n=Sum(F("n_labels") * F("price")))["n"] or 0
        spent = closed + (decisions.aggregate(n=Sum("price"))["n"] or 0)
        row = f"account of project {account.project.slug}"
        if account.reserved != reserved:
            yield Finding("money", row, f"reserved is {account.reserved}, but open batches reserve {reserved}")
        if account.spent != spent:
            yield Finding("money", row, f"spent is {account.spent}, but closed batches and decisions cost {spent}")
        if account.budget is not None and account.reserved + account.spent > account.budget:
            message = f"reserved {account.reserved} and spent {account.spent} exceed the budget of {account.budget}"
            yield Finding("money", row, message)


CHECKS: tuple[Check, ...] = (accounts_add_up,)
