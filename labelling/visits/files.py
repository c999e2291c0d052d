"""Approvals and bonuses as CSV, by worker id."""

from collections.abc import Iterable, Iterator

from labelling.pay.files import csv_row, csv_time, units
from labelling.visits.approvals import Approval

COLUMNS = (
    "worker_id", "assignment", "session", "labeller", "begun", "completed", "labels_wanted", "labels_given",
    "labels_counted", "labels_excluded", "recommendation", "reason", "completion_code", "currency", "reward", "bonus",
)  # fmt: skip


def approvals_csv(rows: Iterable[Approval], *, currency: str) -> Iterator[bytes]:
    """The head, then a row a visit: RFC 4180, UTF-8, money in units of the currency, times in UTC."""
    yield csv_row(COLUMNS)
    for row in rows:
        visit, given = row.visit, row.given
        yield csv_row([
            visit.worker.worker_id, visit.assignment, visit.session, visit.worker.member.name,
            csv_time(visit.begun_at), csv_time(visit.completed_at), visit.n_labels, given.n, given.n_counted,
            given.n_excluded, row.advice.value, row.reason, row.code, currency, units(row.reward), units(row.bonus),
        ])  # fmt: skip
