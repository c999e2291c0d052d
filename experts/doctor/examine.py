"""The table of checks, and running them."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

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
    with _joining_whole_tables():
        for check in CHECKS:
            yield from check(project_id)


@contextmanager
def _joining_whole_tables() -> Iterator[None]:
    """Keep PostgreSQL from looking up row by row what the checks read whole. It does so after much was written at once,
    while its statistics still say that the tables are small, and what takes a second then takes hours."""
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SET enable_nestloop = off")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET enable_nestloop")
