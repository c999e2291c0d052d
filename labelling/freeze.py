"""Rows that never change, held below Python by triggers.

SQLite drops a table's triggers when Django remakes the table, so a migration that alters a frozen table ends with
`install`, and `doctor` calls `missing`.
"""

from dataclasses import dataclass
from typing import Any

from django.apps import apps

from labelling import triggers

PREFIX = "freeze_"


@dataclass(frozen=True)
class Frozen:
    """closing: columns that may be set once, while `open_while` (a column of them) is still NULL; later: more of the
    same, as (columns, open_while). quoting: columns that may quote what was erased, and change only while an erasure
    that concerns the row is under way: `erasing` says which, in SQL about the row OLD and the table's row e of
    erasures. swept: old rows go, so they can be deleted. Everything else of the table is fixed, and no row can be
    deleted."""

    model: str
    closing: tuple[str, ...] = ()
    open_while: str = ""
    quoting: tuple[str, ...] = ()
    erasing: str = ""
    later: tuple[tuple[tuple[str, ...], str], ...] = ()
    swept: bool = False

    @property
    def events(self) -> tuple[str, ...]:
        """What triggers refuse."""
        return ("UPDATE",) if self.swept else ("DELETE", "UPDATE")

    @property
    def open_whiles(self) -> dict[str, str]:
        """{closing column: the column that is NULL while it may be set}."""
        groups = ((self.closing, self.open_while), *self.later)
        return {column: open_while for columns, open_while in groups for column in columns}


OF_ITEM = "e.item_id = OLD.item_id"
FROZEN = (
    Frozen("labelling.Entry", quoting=("detail",), erasing="e.project_id = OLD.project_id"),
    Frozen("labelling.SchemaVersion"),
    Frozen("labelling.GuidelineVersion"),
    Frozen("labelling.PolicyVersion"),
    Frozen(
        "labelling.Label", closing=("withdrawn_at",), open_while="withdrawn_at", quoting=("answer", "note"),
        erasing=OF_ITEM,
    ),
    Frozen(
        "labelling.Rejection",
        closing=("lifted_at", "lifted_by_id", "lift_reason"),
        open_while="lifted_at",
        later=((("n_labels", "covered_at"), "covered_at"), (("restored_at",), "restored_at")),
    ),
    Frozen("labelling.RejectedLabel", closing=("lifted_at",), open_while="lifted_at"),
    Frozen(
        "labelling.Batch",
        closing=("n_labels", "full_at", "closed_at", "amount", "worked_ms", "n_gold", "n_training", "n_abstained"),
        open_while="closed_at",
    ),
    Frozen("labelling.Payment"),
    Frozen("labelling.PaidPart"),
    Frozen(
        "labelling.Withholding",
        closing=("ended_at", "ended_by_id", "ending", "end_reason"),
        open_while="ended_at",
        later=((("confirmed_at", "confirmed_by_id", "confirm_reason"), "confirmed_at"),),
    ),
    Frozen("labelling.WithheldBatch"),
    Frozen("labelling.WithheldLabel"),
    Frozen(
        "labelling.Appeal", closing=("outcome", "answer", "answered_by_id", "answered_at"), open_while="answered_at"
    ),
    Frozen(
        "labelling.Gold", closing=("closed_at",), open_while="closed_at", quoting=("answer", "reason"), erasing=OF_ITEM
    ),
    Frozen("labelling.NearLink"),
    Frozen("labelling.Fit", closing=("followed_at",), open_while="followed_at"),
    Frozen("labelling.FitRow"),
    Frozen("labelling.FitStep"),
    Frozen("labelling.StoppingDecision"),
    Frozen(
        "labelling.Resolution", closing=("closed_at", "closed_because"), open_while="closed_at",
        quoting=("answer", "reason", "discard_reason"), erasing=OF_ITEM,
    ),
    Frozen("labelling.AuditedAnswer", quoting=("answer",), erasing=OF_ITEM),
    Frozen("labelling.Version"),
    Frozen("labelling.Message", swept=True),
    Frozen("labelling.Segment"),
    Frozen("labelling.SegmentContent", closing=("gone_at",), open_while="gone_at"),
    Frozen("labelling.VersionSegment"),
    Frozen("labelling.Erasure", closing=("done_at", "n_rows"), open_while="done_at"),
    Frozen("labelling.QualityReport"),
    Frozen("labelling.ErasedRow"),
    Frozen(
        "labelling.Recall", closing=("withdrawn_at",), open_while="withdrawn_at", quoting=("reason",),
        erasing="e.item_id = (SELECT r.item_id FROM labelling_resolution r WHERE r.id = OLD.resolution_id)",
    ),
    Frozen("labelling.Download"),
    Frozen(
        "experts.Decision", quoting=("answer", "rationale"),
        erasing="e.item_id = (SELECT c.item_id FROM experts_case c WHERE c.id = OLD.case_id)",
    ),
)  # fmt: skip

REFUSE = """
CREATE OR REPLACE FUNCTION quorum_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are frozen', TG_TABLE_NAME USING ERRCODE = '23514';
END $$
"""
UNDER_WAY = "EXISTS (SELECT 1 FROM labelling_erasure e WHERE e.done_at IS NULL AND {erasing})"
REFUSE_UNLESS_ERASING = """
CREATE OR REPLACE FUNCTION quorum_refuse_{table}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF {under_way} THEN RETURN NEW; END IF;
    RAISE EXCEPTION 'rows of % are frozen', TG_TABLE_NAME USING ERRCODE = '23514';
END $$
"""
# Without it nothing was ever erased; its columns are asked for by name.
RECORD, RECORDED = "labelling_erasure", {"item_id", "project_id", "done_at"}


def install(connection: Any) -> None:
    """Create the triggers of every frozen table that exists; safe to repeat."""
    remove(connection)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(REFUSE)
        tables = connection.introspection.table_names(cursor)
        recorded = RECORD in tables and set(_columns(cursor, RECORD)) >= RECORDED
        for frozen, table in _existing(connection, cursor):
            columns = _columns(cursor, table)
            for event, condition in _guards(frozen, columns, connection.vendor):
                cursor.execute(_trigger(connection.vendor, table, event, condition))
            if frozen.quoting:
                changed = _changed(frozen, columns, connection.vendor)
                under_way = UNDER_WAY.format(erasing=frozen.erasing) if recorded else "FALSE"
                for statement in _quoting(connection.vendor, table, changed, under_way):
                    cursor.execute(statement)


def remove(connection: Any) -> None:
    """Drop the triggers: for migrations and for tests that flush tables."""
    triggers.drop(connection, PREFIX)


def missing(connection: Any) -> list[str]:
    """The names of triggers that should exist and don't."""
    with connection.cursor() as cursor:
        wanted = {
            f"{PREFIX}{table}_{event}"
            for frozen, table in _existing(connection, cursor)
            for event in (*map(str.lower, frozen.events), *(["quoting"] if frozen.quoting else []))
        }
        return sorted(wanted - {name for name, _ in triggers.present(connection, cursor, PREFIX)})


def _existing(connection: Any, cursor: Any) -> list[tuple[Frozen, str]]:
    tables = set(connection.introspection.table_names(cursor))
    named = [(frozen, apps.get_model(frozen.model)._meta.db_table) for frozen in FROZEN]
    return [(frozen, table) for frozen, table in named if table in tables]


def _columns(cursor: Any, table: str) -> list[str]:
    """Those the table has now: while migrations run, the models are ahead of it."""
    cursor.execute(f'SELECT * FROM "{table}" LIMIT 0')  # noqa: S608 - names come from the models
    return [column[0] for column in cursor.description]


def _guards(frozen: Frozen, columns: list[str], vendor: str) -> list[tuple[str, str]]:
    differs = "IS DISTINCT FROM" if vendor == "postgresql" else "IS NOT"
    refused = []
    # As with the columns: one that says how long others may be set may still be to come.
    open_whiles = {column: until for column, until in frozen.open_whiles.items() if until in columns}
    for column in columns:
        changed = f'OLD."{column}" {differs} NEW."{column}"'
        if column in open_whiles:
            refused.append(f'({changed} AND OLD."{open_whiles[column]}" IS NOT NULL)')
        elif column not in frozen.quoting:
            refused.append(f"({changed})")
    conditions = {"DELETE": "", "UPDATE": " OR ".join(refused)}
    return [(event, conditions[event]) for event in frozen.events]


def _trigger(vendor: str, table: str, event: str, condition: str) -> str:
    name = f"{PREFIX}{table}_{event.lower()}"
    when = f"WHEN ({condition}) " if condition else ""
    head = f'CREATE TRIGGER "{name}" BEFORE {event} ON "{table}" FOR EACH ROW {when}'
    if vendor == "postgresql":
        return head + "EXECUTE FUNCTION quorum_refuse()"
    return head + f"BEGIN SELECT RAISE(ABORT, 'rows of {table} are frozen'); END"


def _changed(frozen: Frozen, columns: list[str], vendor: str) -> str:
    """That a row no longer says what it said in a column that may quote content."""
    differs = "IS DISTINCT FROM" if vendor == "postgresql" else "IS NOT"
    return " OR ".join(f'OLD."{column}" {differs} NEW."{column}"' for column in frozen.quoting if column in columns)


def _quoting(vendor: str, table: str, changed: str, under_way: str) -> list[str]:
    """The trigger that lets such columns change while an erasure is under way. PostgreSQL asks in its function, since
    a condition there can't look into another table."""
    head = f'CREATE TRIGGER "freeze_{table}_quoting" BEFORE UPDATE ON "{table}" FOR EACH ROW WHEN (({changed})'
    if vendor == "postgresql":
        function = REFUSE_UNLESS_ERASING.format(table=table, under_way=under_way)
        return [function, f"{head}) EXECUTE FUNCTION quorum_refuse_{table}()"]
    return [f"{head} AND NOT {under_way}) BEGIN SELECT RAISE(ABORT, 'rows of {table} are frozen'); END"]
