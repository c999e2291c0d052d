"""Triggers that note which items changed, so that publishing reads these again and no others.

A note is a row written in the transaction of the change, whoever made it. Notes are never unique: two transactions
that change one item write two, and neither waits for the other or for a version that is being published. SQLite drops
a table's triggers when Django remakes the table: a migration that alters one of WATCHED ends with `install`, and
`doctor` calls `missing`.
"""

from dataclasses import dataclass
from typing import Any

from labelling import triggers

PREFIX = "changed_"


@dataclass(frozen=True)
class Watched:
    """columns: those whose change is noted; none: only new rows are. items: SQL for the ids of the items, from NEW."""

    table: str
    event: str
    columns: tuple[str, ...]
    item: str


OF_LABEL = "id = (SELECT item_id FROM labelling_label WHERE id = NEW.label_id)"
WATCHED = (
    Watched("labelling_resolution", "INSERT", (), "id = NEW.item_id"),
    Watched("labelling_resolution", "UPDATE", ("closed_at",), "id = NEW.item_id"),
    Watched("labelling_item", "UPDATE", ("held_at", "purpose", "split", "state"), "id = NEW.id"),
    Watched("labelling_example", "UPDATE", ("payload", "slice", "group"), "example_id = NEW.id"),
    # Their lineage says which labels count and which no longer do, whoever gave the answer.
    Watched("labelling_label", "UPDATE", ("withdrawn_at",), "id = NEW.item_id"),
    Watched("labelling_rejectedlabel", "INSERT", (), OF_LABEL),
    Watched("labelling_rejectedlabel", "UPDATE", ("lifted_at",), OF_LABEL),
)
NOTE = "INSERT INTO labelling_changeditem (project_id, item_id) SELECT project_id, id FROM labelling_item WHERE {item}"


def name_of(watched: Watched) -> str:
    return f"{PREFIX}{watched.table}_{watched.event.lower()}"


def install(connection: Any) -> None:
    """Create the triggers; safe to repeat."""
    remove(connection)
    with connection.cursor() as cursor:
        for watched in WATCHED:
            for statement in _statements(connection.vendor, watched):
                cursor.execute(statement)


def remove(connection: Any) -> None:
    triggers.drop(connection, PREFIX)


def missing(connection: Any) -> list[str]:
    """The names of triggers that should exist and don't."""
    with connection.cursor() as cursor:
        return sorted(
            {name_of(watched) for watched in WATCHED}
            - {name for name, _ in triggers.present(connection, cursor, PREFIX)}
        )


def _statements(vendor: str, watched: Watched) -> list[str]:
    name, note = name_of(watched), NOTE.format(item=watched.item)
    differs = "IS DISTINCT FROM" if vendor == "postgresql" else "IS NOT"
    condition = " OR ".join(f'OLD."{column}" {differs} NEW."{column}"' for column in watched.columns)
    named = ", ".join(f'"{column}"' for column in watched.columns)
    of = f" OF {named}" if named else ""
    when = f"WHEN ({condition}) " if condition else ""
    head = f'CREATE TRIGGER "{name}" AFTER {watched.event}{of} ON "{watched.table}" FOR EACH ROW {when}'
    if vendor != "postgresql":
        return [f"{head}BEGIN {note}; END"]
    function = (
        f"CREATE OR REPLACE FUNCTION quorum_{name}() RETURNS trigger LANGUAGE plpgsql AS $$ "
        f"BEGIN {note}; RETURN NULL; END $$"
    )
    return [function, f"{head}EXECUTE FUNCTION quorum_{name}()"]
