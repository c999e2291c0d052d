"""The table of checks, and running them."""

from collections.abc import Iterator

from experts.doctor import cases, counters, database, labels, money, record, resolutions, stopping, versions, visits
from experts.doctor.findings import Check, Finding

CHECKS: tuple[Check, ...] = (
    *database.CHECKS,
    *counters.CHECKS,
    *labels.CHECKS,
    *resolutions.CHECKS,
    *stopping.CHECKS,
    *money.CHECKS,
    *visits.CHECKS,
    *cases.CHECKS,
    *versions.CHECKS,
    *record.CHECKS,
)


def examine(*, project_id: int | None = None) -> Iterator[Finding]:
    """Every finding of every check, in the order of the table. Tables that are not there end it after the first."""
    unmigrated = list(database.migrations_applied(project_id))
    if unmigrated:
        yield from unmigrated
        return
    for check in CHECKS:
        yield from check(project_id)
