"""The database itself: its tables are as the code expects, and frozen tables are frozen."""

from collections.abc import Iterator

from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from experts.doctor.findings import Check, Finding
from labelling import changes, freeze


def migrations_applied(project_id: int | None) -> Iterator[Finding]:
    executor = MigrationExecutor(connection)
    for migration, _ in executor.migration_plan(executor.loader.graph.leaf_nodes()):
        name = f"{migration.app_label}.{migration.name}"
        yield Finding("migrations", f"migration {name}", "is not applied: run `manage.py migrate`")


def triggers_present(project_id: int | None) -> Iterator[Finding]:
    for name in freeze.missing(connection):
        yield Finding("triggers", f"trigger {name}", "is missing: rows that must not change can be changed")
    for name in changes.missing(connection):
        yield Finding("triggers", f"trigger {name}", "is missing: items that change are not read again when publishing")


CHECKS: tuple[Check, ...] = (triggers_present,)
