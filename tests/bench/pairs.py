"""One label, from asking for the next item to its answer stored: through the verbs, through REST, and bare."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from labelling.assignment.actions import lease_items
from labelling.loop.refit import refit_project
from labelling.loop.submit import submit
from labelling.projects.actions import issue_token
from labelling.projects.models import Member, Project
from labelling.sampling.actions import add_gold
from labelling.sampling.models import Gold
from tests.bench import bare
from tests.bench.clock import Spent, measured
from tests.factories import NOW, make_items, make_labellers, make_project
from tests.web import Connection, WebServer
from tests.worker import address_of

CROWD = 8
ANSWER = {"choice": "match"}
FIXED = {"gold_share": 0, "yardstick_share": 0, "audit_share": 0, "maximum_labels": 3}
EVERYTHING = {"gold_share": 0.1, "fit_max_age": 1_000_000}
CONTROL = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")
Post = Callable[[str, object, str], dict]


@dataclass(frozen=True)
class World:
    """A project with items to label; crowd: labellers and the secrets of their tokens."""

    project: Project
    crowd: list[tuple[Member, str]]


def make_world(*, mode: str, n_items: int, warm: int = 40) -> World:
    """mode "fixed": three labels an item and nothing else; "adaptive": posteriors under a fit, hidden gold, yardsticks.

    warm: pairs that are done before anything is measured, and fitted.
    """
    policy = FIXED if mode == "fixed" else EVERYTHING
    project = make_project(mode, slug=f"{mode}-{n_items}", **policy)
    make_items(project, n_items)
    if mode == "adaptive":
        make_items(project, 20, first=n_items + 1, is_yardstick=True)
        for item in make_items(project, 50, first=n_items + 21):
            add_gold(item=item, answer=ANSWER, origin=Gold.Origin.PROBABILITY, by=None, reason="", now=NOW)
    members = [Member.objects.select_related("project__policy", "project__schema").get(pk=member.pk)
               for member in make_labellers(project, CROWD)]  # fmt: skip
    world = World(project, [(member, token_for(member)) for member in members])
    by_verbs(world, warm)
    refit_project(project=project, now=timezone.now())
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return world


def token_for(member: Member) -> str:
    _, secret = issue_token(user=member.user, project=member.project, name="bench", scopes=["label"], expires_at=None,
                            by=None, now=timezone.now())  # fmt: skip
    return secret


def by_verbs(world: World, n: int) -> int:
    """n pairs by calls in this process; returns how many labels were stored."""
    stored = 0
    for _, (member, _) in zip(range(n), cycle(world.crowd), strict=False):
        for lease in lease_items(labeller=member, count=1, now=timezone.now()).leases:
            stored += submit(token=lease.token, labeller=member, answer=ANSWER, now=timezone.now()).created
    return stored


def by_rest(world: World, n: int, post: Post, *, ahead: int = 1) -> int:
    """n pairs by requests; ahead: leased in one request, as the page leases ten."""
    stored = 0
    for _, (_, secret) in zip(range(0, n, ahead), cycle(world.crowd), strict=False):
        for lease in post(f"/api/v1/projects/{world.project.slug}/leases", {"count": ahead}, secret)["leases"]:
            stored += "label" in post(f"/api/v1/leases/{lease['token']}/label", {"answer": ANSWER}, secret)
    return stored


def by_bare(n: int, post: Post) -> int:
    return sum("label" in post("/pair", {"answer": ANSWER}, "") for _ in range(n))


def by_bare_halves(n: int, post: Post) -> int:
    tasks = (post("/next", {}, "")["task"] for _ in range(n))
    return sum("label" in post("/answer", {"task": task, "answer": ANSWER}, "") for task in tasks)


# --- over real connections -------------------------------------------------------------------------------------------


@contextmanager
def served(*, settings: str = "labelling.settings") -> Iterator[tuple[Post, int]]:
    """A gunicorn on the test's database: how to post to it over one open connection, and its process."""
    web = WebServer(
        database_url=address_of(connection.settings_dict), workers=1, environment={"DJANGO_SETTINGS_MODULE": settings}
    )
    web.start()
    caller = Connection(port=web.port)

    def post(path: str, body: object, secret: str) -> dict:
        caller.headers["Authorization"] = f"Bearer {secret}"
        status, reply = caller.post(path, body)
        assert status < 300, (status, reply)
        return reply

    try:
        assert web.server is not None
        yield post, web.server.process.pid
    finally:
        caller.close()
        web.stop()


@contextmanager
def bare_tables(n_tasks: int) -> Iterator[None]:
    bare.make_tables(n_tasks)
    try:
        yield
    finally:
        bare.drop_tables()


def spent_a_pair(run: Callable[[int], int], n: int, *, web_pid: int | None = None) -> Spent:
    """Milliseconds a pair of n pairs, all of which must have stored a label."""
    with measured(web_pid=web_pid) as spent:
        stored = run(n)
    assert stored == n, f"{stored} of {n} pairs stored a label"
    each = 1000 / n
    return Spent(spent.here * each, spent.server * each, spent.database * each, spent.wall * each)


# --- statements ------------------------------------------------------------------------------------------------------


def statements_a_pair(world: World, n: int) -> tuple[float, float]:
    """SQL statements a pair over REST, and statements of transaction control (BEGIN, COMMIT), averaged over n."""
    client = Client()

    def post(path: str, body: object, secret: str) -> dict:
        reply = client.post(path, body, content_type="application/json", headers={"authorization": f"Bearer {secret}"})
        assert reply.status_code < 300, reply.content
        return reply.json()

    with CaptureQueriesContext(connection) as queries:
        assert by_rest(world, n, post) == n
    control = sum(query["sql"].startswith(CONTROL) for query in queries.captured_queries)
    return (len(queries) - control) / n, control / n
