"""CPU time of processes, from /proc: unlike wall time it hardly depends on what else the machine is doing."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Spent:
    """Seconds: `here` CPU of this process, `server` of a web server, `database` of PostgreSQL; `wall`."""

    here: float = 0.0
    server: float = 0.0
    database: float = 0.0
    wall: float = 0.0

    @property
    def cpu(self) -> float:
        return self.here + self.server + self.database


@contextmanager
def measured(*, web_pid: int | None = None, database_pid: int | None = None) -> Iterator[Spent]:
    """Fills what it yields when the block ends. With a web server, this process is only a client and counts nothing.

    database_pid: the process all of PostgreSQL's come from; that of Django's connection if None.
    """
    spent, database_pid = Spent(), database_pid or postmaster()
    before = (time.process_time(), tree_cpu(web_pid), tree_cpu(database_pid), time.perf_counter())
    yield spent
    spent.wall = time.perf_counter() - before[3]
    spent.here = 0.0 if web_pid else time.process_time() - before[0]
    spent.server, spent.database = tree_cpu(web_pid) - before[1], tree_cpu(database_pid) - before[2]


def postmaster() -> int | None:
    """The process all of PostgreSQL's processes come from; None on SQLite, which works inside this one."""
    from django.db import connection  # noqa: PLC0415 - who measures from outside has no Django

    if connection.vendor != "postgresql":
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return parent(int(cursor.fetchone()[0]))


def parent(backend: int) -> int:
    """The postmaster of one of PostgreSQL's processes."""
    if not Path(f"/proc/{backend}/stat").exists():
        raise RuntimeError(
            "The bench reads PostgreSQL's CPU time from /proc: it needs Linux and a server of this machine"
        )
    return _stat(backend)[0]


def tree_cpu(pid: int | None) -> float:
    """CPU seconds of a process, its living descendants, and those that ended and were waited for."""
    if pid is None:
        return 0.0
    found = {int(path.name): _stat(int(path.name)) for path in Path("/proc").iterdir() if path.name.isdigit()}
    family, total = {pid}, 0.0
    # Children of a process have greater numbers, but for the rare one that comes after the numbers wrapped round.
    for number in sorted(found):
        parent_of, own, of_ended = found[number]
        if number in family or parent_of in family:
            family.add(number)
            total += max(own, _to_the_nanosecond(number)) + of_ended
    return total


def _stat(pid: int) -> tuple[int, float, float]:
    """The parent; CPU seconds of the process; of its children that ended. Rounded down to hundredths."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return -1, 0.0, 0.0
    fields = text.rpartition(")")[2].split()
    return int(fields[1]), sum(map(int, fields[11:13])) / TICKS, sum(map(int, fields[13:15])) / TICKS


def _to_the_nanosecond(pid: int) -> float:
    """CPU seconds of a process's living threads; 0 where the kernel doesn't tell."""
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9
    except (FileNotFoundError, ProcessLookupError, IndexError):
        return 0.0
