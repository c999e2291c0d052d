"""A project of a million labels, written in SQL, to be refitted step by step: PostgreSQL only."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from django.db import connection

from labelling.assignment.models import Batch, Label
from labelling.consensus import fitting, queries
from labelling.consensus.models import Authority, Resolution
from labelling.loop import refit
from labelling.projects.models import Member, Project, Role, User
from labelling.sampling.models import Item
from tests.bench.clock import Spent, measured
from tests.bench.world import _examples, insert
from tests.factories import NOW, make_project

CLASSES = ("first", "second", "third", "fourth")
EACH = 5
MEGABYTE = 1024


@dataclass
class Cost:
    """spent: CPU and wall seconds; peak: megabytes that this process took at most, above what it had before."""

    spent: Spent = field(default_factory=Spent)
    peak: float = 0.0


def crowd(n_items: int, n_labellers: int) -> Project:
    """n_items settled items of four classes with five labels each, all but three in a hundred of them right."""
    project = make_project(slug="million", classes=CLASSES, gold_share=0.0)
    _examples(project, n_items)
    common = {"project": str(project.pk), "created_at": "now()", "state_at": "now()", "split": "'train'"}
    insert(Item, common | {
        "public_id": "substr(translate(md5('id' || id), '0189', 'wxyz'), 1, 16)", "example": "id", "target": str(EACH),
        "n_done": str(EACH), "state": "'resolved'", "is_yardstick": "id % 20 = 0",
    }, f"(SELECT id FROM labelling_example WHERE project_id = {project.pk} ORDER BY id) chosen")  # fmt: skip  # noqa: S608 - a number
    users = User.objects.bulk_create(User(username=f"labeller-{number}") for number in range(n_labellers))
    people = [
        member.pk
        for member in Member.objects.bulk_create(
            Member(project=project, user=user, role=Role.LABELLER, name=user.username, joined_at=NOW) for user in users
        )
    ]
    batch = Batch.objects.create(labeller_id=people[0], number=1, size=1, price=0, opened_at=NOW)
    first = Item.objects.filter(project=project).order_by("id").values_list("id", flat=True)[0]
    answers = "ARRAY[" + ", ".join(f'\'{{"choice":"{name}"}}\'' for name in CLASSES) + "]"
    right = "random() < 0.97"
    insert(Label, {
        "public_id": "substr(md5('l' || n), 1, 16)", "token": "md5('t' || n)", "project": str(project.pk),
        "lease": "n", "item": f"{first} + n / {EACH}", "batch": str(batch.pk), "pass_number": "1", "at": "now()",
        "labeller": f"(ARRAY{people})[1 + (n / {EACH} * 7 + n % {EACH} * 397) % {len(people)}]",
        "answer": f"({answers})[1 + (n / {EACH} + CASE WHEN {right} THEN 0 ELSE 1 + (random() * 3)::int % 3 END) % 4]",
        "schema": str(project.schema_id), "guideline": str(project.guideline_id), "policy": str(project.policy_id),
        "active_seconds": "3 + 5 * random()",
    }, f"generate_series(0, {n_items * EACH - 1}) n")  # fmt: skip
    insert(Resolution, {
        "public_id": "substr(md5('r' || id), 1, 16)", "item": "id", "pass_number": "1", "at": "now()",
        "authority": str(int(Authority.CROWD)), "answer": f"({answers})[1 + (id - {first}) % 4]", "confidence": "0.95",
    }, f"(SELECT id FROM labelling_item WHERE project_id = {project.pk} ORDER BY id) settled")  # fmt: skip  # noqa: S608 - as above
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return project


def refit_by_steps(project: Project) -> dict[str, Cost]:
    """What reading, fitting and each step after it cost."""
    costs: dict[str, Cost] = {}
    with costed(costs, "reading"):
        counted = queries.counted_arrays(project)
    with costed(costs, "fitting"):
        fit = fitting.fit_project(project=project, counted=counted, now=NOW)
    with costed(costs, "believing"):
        posterior = fitting.believed(fit=fit, counted=counted)
    work = refit.Refit(project, fit, counted, posterior, NOW)
    for name, step in refit.STEPS.items():
        with costed(costs, name):
            step(work)
    return costs


@contextmanager
def costed(costs: dict[str, Cost], name: str) -> Iterator[None]:
    cost = costs[name] = Cost()
    Path("/proc/self/clear_refs").write_text("5")
    before = _kilobytes("VmRSS")
    with measured() as cost.spent:
        yield
    cost.peak = max(_kilobytes("VmHWM") - before, 0) / MEGABYTE


def _kilobytes(name: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))
