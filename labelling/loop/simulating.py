"""What other policies would have cost and got right on a project's own labels: asked for, then played in the
background."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from django.db import transaction
from django.db.models import F, Q, QuerySet

from labelling.assignment.models import Label, LabelQuerySet
from labelling.consensus.coding import class_coder
from labelling.consensus.models import AuditedAnswer, Authority, Resolution, Simulation
from labelling.errors import Conflict, Invalid
from labelling.jobs.actions import enqueue
from labelling.jobs.models import Job
from labelling.projects.checks import invalid
from labelling.projects.models import Mode, Project, User
from labelling.sampling.models import Gold, Item, Purpose, State
from labelling.stats import truth
from labelling.stats.lookahead import Expert
from labelling.stats.simulation import Crowd, Options, compare

KIND = "simulate"
# Fewer items than this tell nothing; more are drawn from by each seed.
FEWEST_ITEMS = 30
CHUNK = 10_000
MOST_COSTS = 8
MOST_SEEDS = 100
MOST_PRICE = 1000.0


class UnderWay(Conflict):
    """One simulation of a project at a time."""

    code = "under_way"


@dataclass(frozen=True)
class Wanted:
    """What to simulate. costs: labels an item, experts included; price: of an expert, in labels; accuracy: theirs."""

    costs: tuple[float, ...] = (2.0, 2.5, 3.0)
    seeds: int = 20
    price: float = 5.0
    accuracy: float = 1.0

    def __post_init__(self) -> None:
        if len(set(self.costs)) < len(self.costs):
            raise invalid("costs", "must name each cost once")
        if not 1 <= len(self.costs) <= MOST_COSTS or not all(1 <= cost <= 1000 for cost in self.costs):
            raise invalid("costs", f"must be 1 to {MOST_COSTS} numbers of labels an item, each from 1 to 1000")
        if not 1 <= self.seeds <= MOST_SEEDS:
            raise invalid("seeds", f"must be 1 to {MOST_SEEDS}")
        if not 0 < self.price <= MOST_PRICE:
            raise invalid("price", f"must be above 0 and at most {MOST_PRICE:g} labels")
        if not 0 < self.accuracy <= 1:
            raise invalid("accuracy", "must be above 0 and at most 1")


@dataclass(frozen=True)
class Past:
    """A project's labels to play with. n_known: items whose truth somebody said; for the others it is what all their
    labels say together."""

    crowd: Crowd
    n_known: int


@transaction.atomic
def ask(*, project: Project, wanted: Wanted, by: User | None, now: datetime) -> Simulation:
    """Ask for a simulation; it is played in the background. Raises UnderWay; Invalid where there is too little."""
    # Two who ask at once get one between them.
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    n = _items(project).count()
    if n < FEWEST_ITEMS:
        raise Invalid(
            f"A simulation needs {FEWEST_ITEMS} items that got all labels: yardstick items that are done, and gold. "
            f"There are {n} yet. A greater share of yardstick items or of gold in the policy brings them sooner."
        )
    if any(not given_up(one) for one in Simulation.objects.filter(project=project, finished_at=None)):
        raise UnderWay("A simulation is under way. Its result comes here; then ask for the next.")
    options = {"costs": list(wanted.costs), "seeds": wanted.seeds, "price": wanted.price, "accuracy": wanted.accuracy}
    simulation = Simulation.objects.create(
        project=project, options=options, seed=project.seed, asked_by=by, asked_at=now
    )
    enqueue(KIND, key=simulation.public_id, now=now, project_id=project.pk, simulation=simulation.pk)
    return simulation


def job_of(simulation: Simulation) -> Job | None:
    return Job.objects.filter(kind=KIND, key=simulation.public_id).order_by("-id").first()


def given_up(simulation: Simulation) -> bool:
    """Its job failed too often; another one may be asked for."""
    job = job_of(simulation)
    return job is not None and job.failed_at is not None


def simulate_job(*, now: datetime, simulation: int) -> dict[str, Any]:
    """The handler of the job "simulate". Played again, it gives the same."""
    row = Simulation.objects.select_related("project__schema", "project__policy").get(pk=simulation)
    jobs = Job.objects.filter(kind=KIND, key=row.public_id, finished_at=None)
    wanted = Wanted(tuple(row.options["costs"]), *(row.options[name] for name in ("seeds", "price", "accuracy")))
    jobs.update(done=0, total=wanted.seeds)
    try:
        result, error = play(past_of(row.project), wanted, say=lambda _: _one_more(row)), ""
    except ValueError as fault:
        result, error = None, str(fault)
    Simulation.objects.filter(pk=row.pk, finished_at=None).update(result=result, error=error, finished_at=now)
    return {"error": error}


def _one_more(row: Simulation) -> None:
    Job.objects.filter(kind=KIND, key=row.public_id, finished_at=None, done__lt=F("total")).update(done=F("done") + 1)


def play(past: Past, wanted: Wanted, *, say: Any = lambda _: None) -> dict[str, Any]:
    """The result as of `manage.py simulate`, with how many items' truth somebody said."""
    options = Options(
        costs=wanted.costs, names=tuple(f"{cost:g}" for cost in wanted.costs), seeds=wanted.seeds,
        expert=Expert(wanted.price, wanted.accuracy),
    )  # fmt: skip
    return {**compare(past.crowd, options, say=say), "items_known": past.n_known}


def past_of(project: Project) -> Past:
    """The labels of items that got all of them, with their truth. Reads them once; for background work."""
    coder = class_coder(project.schema_in_force)
    rows = _labels(project).values_list("item_id", "labeller_id", "answer").order_by("id")
    # Who answered a gold item twice, in two runs, counts once: with the newest answer.
    given = {row[:2]: coder[row[2]] for row in rows.iterator(chunk_size=CHUNK) if row[2] in coder}
    items = _places(item for item, _ in given)
    workers = _places(labeller for _, labeller in given)
    item = np.array([items[pair[0]] for pair in given], dtype=np.intp)
    worker = np.array([workers[pair[1]] for pair in given], dtype=np.intp)
    label = np.array(list(given.values()), dtype=np.intp)
    known = np.full(len(items), -1, dtype=np.intp)
    for pk, answer in _known(project):
        if pk in items and answer in coder:
            known[items[pk]] = coder[answer]
    n_classes = len(set(coder.values()))
    together = truth.infer(item, worker, label, n_classes, n_items=len(items)).posterior.argmax(axis=1)
    crowd = Crowd(item, worker, label, np.where(known >= 0, known, together), len(workers), n_classes)
    return Past(crowd, int((known >= 0).sum()))


def _items(project: Project) -> QuerySet[Item]:
    """Items that got all the labels that they could: gold, and yardstick items that are done; all under a fixed
    number."""
    done = Item.objects.filter(project=project, purpose=Purpose.WORK, n_done__gt=0).exclude(state=State.OPEN)
    if project.policy_in_force.mode != Mode.FIXED:
        done = done.filter(is_yardstick=True)
    gold = Item.objects.filter(project=project, purpose=Purpose.GOLD, n_exposed__gt=0)
    return done.only("pk") | gold.only("pk")


def _labels(project: Project) -> LabelQuerySet:
    """Of a gold item those of every run, else those of the current pass."""
    standing = Label.objects.standing().not_rejected().answers()
    which = Q(item__purpose=Purpose.GOLD) | Q(pass_number=F("item__pass_number"))
    return standing.filter(which, project=project, item__in=_items(project).values("pk"))


def _known(project: Project) -> Iterable[tuple[int, str]]:
    """(item id, answer) where somebody said what is true: an audit, a ruling, a known answer; the last one stands."""
    audited = AuditedAnswer.objects.filter(item__project=project).values_list("item_id", "answer")
    ruled = Resolution.objects.filter(item__project=project, closed_at=None, authority__gt=Authority.CROWD)
    gold = Gold.objects.filter(item__project=project, closed_at=None)
    yield from audited.iterator(chunk_size=CHUNK)
    yield from ruled.values_list("item_id", "answer").iterator(chunk_size=CHUNK)
    yield from gold.values_list("item_id", "answer").iterator(chunk_size=CHUNK)


def _places(ids: Iterable[int]) -> dict[int, int]:
    return {pk: place for place, pk in enumerate(sorted(set(ids)))}


def newest(project: Project) -> Simulation | None:
    return Simulation.objects.filter(project=project).order_by("-id").first()
