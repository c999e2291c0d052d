"""What is known to be true without regard to how hard it is, and the labels that led there: what posteriors promise
is held against it.

Only chance may say which items are asked. Gold counts if it was drawn at random: a chosen item was chosen for some
reason, and a promoted decision comes from where the crowd failed. Audited items were drawn by a hash at creation, and
their expert answered before seeing the crowd. What experts rule of contested items, or owners correct, is left out.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from django.db.models import F

from labelling.assignment.models import Label
from labelling.consensus.coding import class_coder
from labelling.consensus.models import AuditedAnswer, StoppingDecision
from labelling.consensus.queries import CHUNK, Counted
from labelling.projects.models import Project
from labelling.sampling.chance import fraction
from labelling.sampling.models import Gold, Item, Purpose
from labelling.schemas import kind_of
from labelling.stats import calibration
from labelling.stats.stops import Runs

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

GOLD, AUDIT, YARDSTICK = "gold", "audit", "yardstick"
SOURCES = (GOLD, AUDIT, YARDSTICK)
# Items of this share, by a hash of their keys, choose the model of truth; the others calibrate it.
CHOOSING = 0.4
NEWEST_RUNS = 5_000
NEWEST_STOPS = 5_000


@dataclass(frozen=True)
class Known:
    """Runs of labels on items whose truth is known, each run's in the order given.

    truth, item, source: int64 (n_runs,): the true class, which item (from 0, in the order of keys), and which of
    SOURCES. weight: float (n_runs,), how many independent runs each counts as. chooses: bool (n_runs,), its item is of
    the fold that chooses the model of truth.
    """

    runs: Runs
    truth: Ints
    item: Ints
    source: Ints
    weight: Floats
    chooses: npt.NDArray[np.bool_]

    def part(self, wanted: npt.NDArray[np.bool_]) -> "Known":
        """Some of the runs."""
        number = np.cumsum(wanted) - 1
        kept = wanted[self.runs.run]
        runs = Runs(number[self.runs.run[kept]], self.runs.workers[kept], self.runs.labels[kept])
        return Known(
            runs, self.truth[wanted], self.item[wanted], self.source[wanted], self.weight[wanted], self.chooses[wanted]
        )

    def items_by_source(self) -> dict[str, int]:
        return {name: len(np.unique(self.item[self.source == number])) for number, name in enumerate(SOURCES)}

    @property
    def n_items(self) -> int:
        return len(np.unique(self.item))


class _Given(NamedTuple):
    item: int
    pass_number: int
    label: int
    labeller: int
    answer: str
    truth: str
    source: str


def known_runs(project: Project, labeller_ids: Iterable[int]) -> Known:
    """The newest runs on items whose truth is known. labeller_ids: those of the fit, in its order."""
    coder = class_coder(project.schema_in_force)
    given = [one for one in (*_on_gold(project), *_on_audited(project)) if one.answer in coder and one.truth in coder]
    given.sort(key=lambda one: (one.item, one.pass_number, one.label))
    found = [list(run) for _, run in groupby(given, key=lambda one: (one.item, one.pass_number))]
    newest = sorted(found, key=lambda run: -run[-1].label)[:NEWEST_RUNS]
    keys = dict(Item.objects.filter(pk__in={run[0].item for run in newest}).values_list("pk", "example__external_id"))
    newest.sort(key=lambda run: (keys[run[0].item].encode(), run[0].pass_number))
    place = {labeller: at for at, labeller in enumerate(labeller_ids)}
    numbers = {item: at for at, item in enumerate(dict.fromkeys(run[0].item for run in newest))}
    item = _ints(numbers[run[0].item] for run in newest)
    return Known(
        runs=Runs(
            _ints(number for number, run in enumerate(newest) for _ in run),
            _ints(place.get(one.labeller, -1) for run in newest for one in run),
            _ints(coder[one.answer] for run in newest for one in run),
        ),
        truth=_ints(coder[run[0].truth] for run in newest), item=item,
        source=_ints(SOURCES.index(run[0].source) for run in newest), weight=calibration.run_weights(item),
        chooses=np.array([chooses(project, keys[run[0].item]) for run in newest], dtype=bool),
    )  # fmt: skip


def chooses(project: Project, key: str) -> bool:
    """Whether an item's truth chooses the model rather than calibrates it: the same for as long as it is there."""
    return fraction(project.seed, "fold of calibration", key) < CHOOSING


def _on_gold(project: Project) -> Iterator[_Given]:
    """Runs that are over, of gold that nobody doubts."""
    rows = Label.objects.standing().not_rejected().answers().filter(
        project=project, item__purpose=Purpose.GOLD, item__held_at=None, item__golds__closed_at=None,
        item__golds__origin=Gold.Origin.PROBABILITY, pass_number__lt=F("item__pass_number"),
    )  # fmt: skip
    columns = ("item_id", "pass_number", "id", "labeller_id", "answer", "item__golds__answer")
    for item, run, label, labeller, answer, truth in rows.values_list(*columns).iterator(chunk_size=CHUNK):
        yield _Given(item, run, label, labeller, answer, truth, GOLD)


def _on_audited(project: Project) -> Iterator[_Given]:
    answers = AuditedAnswer.objects.filter(item__project=project).order_by("id")
    known = {(item, run): truth for item, run, truth in answers.values_list("item_id", "pass_number", "answer")}
    rows = (
        Label.objects.standing().not_rejected().answers().filter(item__audited_answers__isnull=False, project=project)
    )
    columns = ("item_id", "pass_number", "id", "labeller_id", "answer", "item__is_yardstick")
    for item, run, label, labeller, answer, is_yardstick in rows.values_list(*columns).iterator(chunk_size=CHUNK):
        if (item, run) in known:
            source = YARDSTICK if is_yardstick else AUDIT
            yield _Given(item, run, label, labeller, answer, known[item, run], source)


def yardstick_runs(counted: Counted) -> Runs:
    """The counted labels of yardstick items, in the order given. (Their truth is known to nobody: what all labels
    together say flatters what the first of them said.)"""
    at = np.flatnonzero(counted.yardstick[counted.items])
    at = at[np.lexsort((counted.label_ids[at], counted.items[at]))]
    run = np.cumsum(np.diff(counted.items[at], prepend=counted.items[at[:1]]) != 0)
    return Runs(run, counted.workers[at], counted.labels[at])


def kept_promises(project: Project, promised: float) -> tuple[int, int]:
    """How many of the newest live stops promised so much or more, on items whose truth is known, and how many of these
    were right: with the fit and the correction that were in force when they were made."""
    stops = StoppingDecision.objects.filter(item__project=project, verdict="stop", confidence__gte=promised)
    gold = stops.filter(
        item__purpose=Purpose.GOLD, item__held_at=None, item__golds__closed_at=None,
        item__golds__origin=Gold.Origin.PROBABILITY,
    ).order_by("-id").values_list("posterior", "item__golds__answer")[:NEWEST_STOPS]  # fmt: skip
    audited = AuditedAnswer.objects.filter(
        item__project=project, resolution__decision__confidence__gte=promised
    ).order_by("-id").values_list("resolution__decision__posterior", "answer")[:NEWEST_STOPS]  # fmt: skip
    coder = class_coder(project.schema_in_force)
    names = kind_of(project.schema_in_force.kind).classes(project.schema_in_force.definition)
    # Under another schema other classes were asked for.
    kept = [
        (max(posterior, key=posterior.__getitem__), names[coder[truth]])
        for posterior, truth in (*gold, *audited)
        if truth in coder and set(posterior) == set(names)
    ]
    return len(kept), sum(said == true for said, true in kept)


def _ints(values: Iterable[int]) -> Ints:
    return np.fromiter(values, dtype=np.int64)
