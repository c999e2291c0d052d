"""Every invariant after every step, without asking again what can't have changed."""

import re
from collections.abc import Callable, Iterable
from typing import Any

TABLE = re.compile(r"\b(?:labelling|experts)_\w+")
READING = ("SELECT", "SAVEPOINT", "RELEASE", "ROLLBACK", "PRAGMA", "SET CONSTRAINTS")
Check = Callable[[], Iterable[object]]


class Examiner:
    """Runs a check again whenever a table that it read was written to since; what it found is else what it would find.

    `watch` is a wrapper of the connection's statements.
    """

    def __init__(self) -> None:
        self.read: dict[str, set[str]] = {}
        self.written: set[str] = set()
        self.reader: set[str] | None = None

    def watch(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        tables = TABLE.findall(sql)
        if not sql.lstrip().startswith(READING):
            self.written.update(tables)
        elif self.reader is not None:
            self.reader.update(tables)
        return execute(sql, params, many, context)

    def findings(self, checks: dict[str, Check]) -> list[object]:
        """What the checks find. They read only."""
        for name in [name for name, read in self.read.items() if read & self.written]:
            del self.read[name]
        self.written = set()
        found: list[object] = []
        for name in [name for name in checks if name not in self.read]:
            self.reader = self.read[name] = set()
            found += checks[name]()
            self.reader = None
        assert not self.written, "a check wrote to the database"
        return found
