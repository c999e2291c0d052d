"""A load run: databases of several sizes, a gunicorn on each, labellers who work as fast as they are served."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg

from tests.bench import clock, wire
from tests.bench.clock import Spent
from tests.web import WebServer

ROOT = Path(__file__).resolve().parent.parent.parent
WARM_LABELS = 100


class Backstage:
    """The process of `tests.bench.world` on one database."""

    def __init__(self, database_url: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.world"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            cwd=ROOT, env={**os.environ, "DATABASE_URL": database_url},
        )  # fmt: skip

    def ask(self, do: str, **order: Any) -> dict[str, Any]:
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(json.dumps({"do": do, **order}) + "\n")
        self.process.stdin.flush()
        reply = self.process.stdout.readline()
        assert reply, f"the process behind the load run ended at {do!r}: see its error above"
        return json.loads(reply)

    def close(self) -> None:
        self.process.communicate()


@dataclass
class Way:
    """One way to do a pair: whom to ask, and as whom. `kind`: see `tests.bench.labellers.SCRIPTS`."""

    name: str
    kind: str
    port: int
    web_pid: int
    database_pid: int
    slug: str = ""
    secrets: list[str] = field(default_factory=list)
    backstage: Backstage | None = None
    ahead: int = 1


@dataclass
class Round:
    """What a round of pairs took: milliseconds of CPU and wall time a pair; rows as `tests.bench.labellers.Run`."""

    spent: Spent
    per_second: float
    client_share: float
    rows: list[tuple[str, float, float]]


def go(way: Way, *, n_labellers: int, pairs: int) -> Round:
    """So many labellers do so many pairs between them. What each leases first is not counted: it warms."""
    secrets = (way.secrets or [""] * n_labellers)[:n_labellers]
    assert len(secrets) == n_labellers
    order = {"port": way.port, "kind": way.kind, "slug": way.slug, "secrets": secrets, "pairs": pairs}
    with subprocess.Popen(
        [sys.executable, "-m", "tests.bench.labellers"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        cwd=ROOT,
    ) as crowd:  # fmt: skip
        assert crowd.stdin is not None and crowd.stdout is not None
        crowd.stdin.write(json.dumps({**order, "ahead": way.ahead, "warm": way.ahead}) + "\n")
        crowd.stdin.flush()
        assert crowd.stdout.readline() == "ready\n", "the labellers failed: see their error above"
        with clock.measured(web_pid=way.web_pid, database_pid=way.database_pid) as spent:
            crowd.stdin.write("\n")
            crowd.stdin.flush()
            line = crowd.stdout.readline()
        assert line, "the labellers failed: see their error above"
    reply = json.loads(line)
    assert len(reply["rows"]) == pairs, f"{len(reply['rows'])} of {pairs} pairs stored a label"
    each = 1000 / pairs
    return Round(
        Spent(0.0, spent.server * each, spent.database * each, 1000 * reply["seconds"] / pairs),
        pairs / reply["seconds"], reply["cpu"] / reply["seconds"], [tuple(row) for row in reply["rows"]],
    )  # fmt: skip


# --- what is asked ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Served:
    """One database, its gunicorn, and the process behind them."""

    url: str
    web: WebServer
    backstage: Backstage
    database_pid: int

    @property
    def pid(self) -> int:
        assert self.web.server is not None
        return self.web.server.process.pid


def migrate(url: str) -> None:
    """Make the tables in an empty database, which is then copied."""
    backstage = Backstage(url)
    backstage.ask("migrate")
    backstage.close()


@contextmanager
def served(
    url: str, name: str, *, projects: Sequence[tuple[str, int]], n_labellers: int
) -> Iterator[tuple[Served, list[Way]]]:
    """A copy of a migrated database with projects of (mode, number of items), served as `make run` does."""
    with copied(url, name) as (own, database_pid):
        backstage, web = Backstage(own), WebServer(database_url=own)
        try:
            worlds = [
                backstage.ask("project", mode=mode, n_items=n_items, n_labellers=n_labellers)
                for mode, n_items in projects
            ]
            backstage.ask("settle")
            web.start()
            place = Served(own, web, backstage, database_pid)
            ways = [
                Way(mode, "product", web.port, place.pid, database_pid, world["slug"], world["secrets"], backstage)
                for (mode, _), world in zip(projects, worlds, strict=True)
            ]
            yield place, ways
        finally:
            web.stop()
            backstage.close()


@contextmanager
def copied(url: str, name: str) -> Iterator[tuple[str, int]]:
    """The address of a copy of a database that nobody uses, and PostgreSQL's first process."""
    source = urlsplit(url).path.lstrip("/")
    own = f"{source}_{name}"
    with psycopg.connect(urlunsplit(urlsplit(url)._replace(path="/postgres")), autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{own}" TEMPLATE "{source}"')
        try:
            yield urlunsplit(urlsplit(url)._replace(path=f"/{own}")), clock.parent(admin.info.backend_pid)
        finally:
            admin.execute(f'DROP DATABASE "{own}" WITH (FORCE)')


@contextmanager
def bare_ways(place: Served, n_tasks: int) -> Iterator[list[Way]]:
    """The bare view on the same database, served by a gunicorn of the same kind."""
    place.backstage.ask("bare_tables", n_tasks=n_tasks)
    web = WebServer(database_url=place.url, environment={"DJANGO_SETTINGS_MODULE": "tests.bench.bare_settings"})
    web.start()
    assert web.server is not None
    try:
        yield [
            Way("bare, one request", "bare", web.port, web.server.process.pid, place.database_pid),
            Way("bare, two requests", "bare halves", web.port, web.server.process.pid, place.database_pid),
        ]
    finally:
        web.stop()


def ten_ahead(way: Way) -> Way:
    """The same, leasing ten items in one request as the page does."""
    return replace(way, name=f"{way.name}, ten ahead", ahead=10)


def warm(way: Way) -> None:
    """Some labels and a fit of them, before anything is measured."""
    assert way.backstage is not None
    go(way, n_labellers=min(8, len(way.secrets)), pairs=WARM_LABELS)
    refit(way)
    way.backstage.ask("settle")


def refit(way: Way) -> dict[str, Any]:
    assert way.backstage is not None
    return way.backstage.ask("refit", slug=way.slug)


# --- statements ------------------------------------------------------------------------------------------------------


@dataclass
class Statements:
    """SQL statements a pair; of transaction control apart; and every one that came, in order."""

    others: float
    control: float
    seen: list[str]


def statements(place: Served, ways: Sequence[Way], *, pairs: int, settings: str) -> dict[str, Statements]:
    """By way, of a gunicorn whose connections to PostgreSQL run through a proxy that counts."""
    found = {}
    with wire.counting(place.url) as (url, counted):
        web = WebServer(database_url=url, workers=1, environment={"DJANGO_SETTINGS_MODULE": settings})
        web.start()
        try:
            for way in ways:
                found[way.name] = _statements(replace(way, port=web.port), counted, pairs)
        finally:
            web.stop()
    return found


def _statements(way: Way, counted: wire.Counted, pairs: int) -> Statements:
    n_labellers = min(4, len(way.secrets) or 4)
    # Connections are made, and their settings sent, before anything is counted.
    go(way, n_labellers=n_labellers, pairs=40)
    counted.clear()
    done = go(way, n_labellers=n_labellers, pairs=pairs)
    # The first pair of each labeller came through the proxy too.
    n = len(done.rows) + n_labellers
    return Statements(counted.others / n, counted.control / n, list(counted.statements))
