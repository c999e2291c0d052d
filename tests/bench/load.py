"""A load run: databases of several sizes, a gunicorn on each, labellers who work as fast as they are served."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import numpy as np
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
    """So many labellers do so many pairs between them. The first pair of each is not counted: it warms."""
    secrets = (way.secrets or [""] * n_labellers)[:n_labellers]
    assert len(secrets) == n_labellers
    order = {"port": way.port, "kind": way.kind, "slug": way.slug, "secrets": secrets, "pairs": pairs}
    with subprocess.Popen(
        [sys.executable, "-m", "tests.bench.labellers"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        cwd=ROOT,
    ) as crowd:  # fmt: skip
        assert crowd.stdin is not None and crowd.stdout is not None
        crowd.stdin.write(json.dumps({**order, "ahead": way.ahead}) + "\n")
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


@contextmanager
def template(url: str) -> Iterator[str]:
    """The name of a migrated database, to be copied."""
    backstage = Backstage(url)
    backstage.ask("migrate")
    backstage.close()
    yield urlsplit(url).path.lstrip("/")


@contextmanager
def served(
    url: str, name: str, *, modes: Sequence[str], n_items: int, n_labellers: int
) -> Iterator[tuple[Served, list[Way]]]:
    """A copy of a migrated database with a project of each mode, served as `make run` does."""
    own = f"{urlsplit(url).path.lstrip('/')}_{name}"
    with psycopg.connect(maintenance(url), autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{own}" TEMPLATE "{urlsplit(url).path.lstrip("/")}"')  # type: ignore[arg-type]  # names of ours
        database_pid = clock.parent(admin.info.backend_pid)
        here = urlunsplit(urlsplit(url)._replace(path=f"/{own}"))
        backstage, web = Backstage(here), WebServer(database_url=here)
        try:
            worlds = [backstage.ask("project", mode=mode, n_items=n_items, n_labellers=n_labellers) for mode in modes]
            backstage.ask("settle")
            web.start()
            place = Served(here, web, backstage, database_pid)
            yield (
                place,
                [
                    Way(mode, "product", web.port, place.pid, database_pid, world["slug"], world["secrets"], backstage)
                    for mode, world in zip(modes, worlds, strict=True)
                ],
            )
        finally:
            web.stop()
            backstage.close()
            admin.execute(f'DROP DATABASE "{own}" WITH (FORCE)')  # type: ignore[arg-type]  # a name of ours


def maintenance(url: str) -> str:
    """The same server's database `postgres`."""
    return urlunsplit(urlsplit(url)._replace(path="/postgres"))


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


def statements(
    place: Served, way: Way, *, n_labellers: int, pairs: int, settings: str = "labelling.settings"
) -> Statements:
    """Of a gunicorn whose connections to PostgreSQL run through a proxy that counts."""
    with wire.counting(place.url) as (url, counted):
        web = WebServer(database_url=url, workers=1, environment={"DJANGO_SETTINGS_MODULE": settings})
        web.start()
        try:
            through = Way(way.name, way.kind, web.port, place.pid, place.database_pid, way.slug, way.secrets)
            # Connections are made, and their settings sent, before anything is counted.
            go(through, n_labellers=n_labellers, pairs=max(20, 5 * n_labellers))
            counted.clear()
            done = go(through, n_labellers=n_labellers, pairs=pairs)
            # The first pair of each labeller came through the proxy too.
            n = len(done.rows) + n_labellers
            return Statements(counted.others / n, counted.control / n, list(counted.statements))
        finally:
            web.stop()


def quantile(values: Sequence[float], share: float) -> float:
    return float(np.quantile(np.asarray(values), share))
