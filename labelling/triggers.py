"""The triggers of this program in the database, told from others by how their names begin."""

from typing import Any


def present(connection: Any, cursor: Any, prefix: str) -> list[tuple[str, str]]:
    """(name, table) of each trigger whose name begins with `prefix`."""
    if connection.vendor == "postgresql":
        cursor.execute(
            "SELECT tgname, relname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid "
            "WHERE starts_with(tgname, %s) AND pg_table_is_visible(pg_class.oid)",
            [prefix],
        )
    else:
        cursor.execute(
            "SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger' AND substr(name, 1, %s) = %s",
            [len(prefix), prefix],
        )
    return [(name, table) for name, table in cursor.fetchall()]


def drop(connection: Any, prefix: str) -> None:
    with connection.cursor() as cursor:
        for name, table in present(connection, cursor, prefix):
            on = f' ON "{table}"' if connection.vendor == "postgresql" else ""
            cursor.execute(f'DROP TRIGGER "{name}"{on}')
