"""SQL written by hand, for the path that every label takes: there the ORM's building of queries costs more than the
queries do. Everywhere else the ORM is used; `one_of` is for queries that name thousands of rows.

One text serves both databases where they allow it: names in the place of values (`%(token)s`), and no type casts but
CAST. PostgreSQL prepares a statement once a connection and keeps its plan.
"""

import json
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

import psycopg
from django.db import connection, models
from django.db.models.expressions import RawSQL

Row = tuple[Any, ...]


def fetch(sql: str, values: Mapping[str, Any]) -> list[Row]:
    """Run one statement; its rows. `values`: what stands in the place of each name; there may be more than it names."""
    if connection.vendor == "postgresql" and not connection.queries_logged:
        return _prepared(sql, values)
    with connection.cursor() as cursor:
        cursor.execute(sql, {name: _plain(value) for name, value in values.items()})
        return cursor.fetchall() if cursor.description else []


def _prepared(sql: str, values: Mapping[str, Any]) -> list[Row]:
    connection.ensure_connection()
    if connection.needs_rollback:
        connection.validate_no_broken_transaction()
    # Errors become Django's, as those of the ORM do.
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(sql, values, prepare=True)
        return cursor.fetchall() if cursor.description else []


def _plain(value: Any) -> Any:
    """SQLite keeps times as text, in the form that Django writes."""
    if isinstance(value, datetime) and connection.vendor == "sqlite":
        return connection.ops.adapt_datetimefield_value(value)
    return value


def columns(model: type[models.Model], *names: str) -> list[str]:
    """These columns in the order of the model's fields, as `Model.from_db` takes them; what it isn't given, it reads
    when it is asked for."""
    return [field.attname for field in model._meta.concrete_fields if field.attname in names]


class Together:
    """Writes that belong together: one statement on PostgreSQL, one after the other on SQLite.

    A later write refers to the id of an earlier one as `{name}`. On PostgreSQL none sees the others' changes, so no
    row may be written twice.
    """

    def __init__(self) -> None:
        self._writes: list[tuple[str, str]] = []
        self._values: dict[str, Any] = {}

    def add(self, name: str, sql: str, values: Mapping[str, Any]) -> None:
        """`sql`: an INSERT or UPDATE without RETURNING. Names of values are shared by all writes of one bundle."""
        self._writes.append((name, sql))
        self._values.update(values)

    def run(self) -> dict[str, int | None]:
        """The id of the row that each write made or changed, None where it found none."""
        if connection.vendor == "postgresql":
            return self._run_as_one()
        return self._run_in_turn()

    def _run_as_one(self) -> dict[str, int | None]:
        names = [name for name, _ in self._writes]
        references = {name: f"(SELECT id FROM {name})" for name in names}
        parts = [f"{name} AS ({sql.format(**references)} RETURNING id)" for name, sql in self._writes]
        ids = ", ".join(references.values())
        rows = fetch(f"WITH {', '.join(parts)} SELECT {ids}", self._values)
        return dict(zip(names, rows[0], strict=True))

    def _run_in_turn(self) -> dict[str, int | None]:
        ids: dict[str, int | None] = {}
        for name, sql in self._writes:
            found = fetch(f"{sql.format(**ids)} RETURNING id", self._values)
            ids[name] = found[0][0] if found else None
        return ids


def one_of(ids: Collection[int]) -> RawSQL:
    """A query for many ids as one value, for `field__in=`: no limit on how many, and no time spent on each."""
    if connection.vendor == "postgresql":
        return RawSQL("SELECT unnest(%s::bigint[])", [list(ids)])
    return RawSQL("SELECT value FROM json_each(%s)", [json.dumps(list(ids))])
