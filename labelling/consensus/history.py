"""What earlier decisions to stop say: about the price of a label, about what is to come, about the posteriors."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from django.db.models import Q

from labelling import canonical
from labelling.consensus.models import Fit, StoppingDecision
from labelling.consensus.queries import class_coder
from labelling.projects.models import Mode, PolicyVersion, Project
from labelling.sampling.models import Gold, Purpose
from labelling.schemas import kind_of

Ints = npt.NDArray[np.int64]

# The newest decisions tell; older ones were made at other prices.
DECISIONS_READ = 20_000
STOPS_READ = 2_000
ENDINGS = ("stop", "contest")


@dataclass(frozen=True)
class Tally:
    """Decisions by the number of labels behind them, int64 (maximum + 1,): all, those that ended the item's
    labelling, and of these those that gave it to an expert."""

    judged: Ints
    ended: Ints
    contested: Ints


@dataclass(frozen=True)
class Stops:
    """Stops on items whose truth is known: posterior float (n, k) as stored, the temperature it was made with (n,),
    and the true class (n,)."""

    posterior: npt.NDArray[np.float64]
    temperature: npt.NDArray[np.float64]
    truth: Ints


def tally_of(project: Project, policy: PolicyVersion, *, fit: Fit) -> Tally:
    """Decisions under one fit about items that may stop early."""
    early = Q(item__is_yardstick=False, policy__mode=Mode.ADAPTIVE)
    return _tally(_newest(project, early & Q(fit=fit)), policy.maximum_labels)


def tallies(project: Project, policy: PolicyVersion, *, newest: int) -> tuple[Tally, Tally]:
    """The newest decisions about items that may stop early, and about those that always go to the maximum."""
    early = Q(item__is_yardstick=False, policy__mode=Mode.ADAPTIVE)
    found = (_tally(_newest(project, which, newest), policy.maximum_labels) for which in (early, ~early))
    return next(found), next(found)


def _newest(project: Project, which: Q, limit: int = DECISIONS_READ) -> Iterable[tuple[int, str]]:
    decisions = StoppingDecision.objects.filter(which, item__project=project, item__purpose=Purpose.WORK)
    return decisions.order_by("-id").values_list("n_labels", "verdict")[:limit]


def _tally(rows: Iterable[tuple[int, str]], maximum: int) -> Tally:
    """Under an earlier policy an item may have got more labels than this one's maximum."""
    counts = np.zeros((3, maximum + 1), dtype=np.int64)
    for n_labels, verdict in rows:
        counts[: 1 + (verdict in ENDINGS) + (verdict == "contest"), min(n_labels, maximum)] += 1
    return Tally(*counts)


def known_stops(project: Project) -> Stops:
    """The newest stops of gold items, against their gold. Only gold drawn by probability is asked: a chosen item was
    chosen for some reason, and a promoted decision comes from where the crowd failed. Disputed gold is left out."""
    coder = class_coder(project.schema_in_force)
    names = kind_of(project.schema_in_force.kind).classes(project.schema_in_force.definition)
    rows = StoppingDecision.objects.filter(
        item__project=project, item__purpose=Purpose.GOLD, item__held_at=None, item__golds__closed_at=None,
        item__golds__origin=Gold.Origin.PROBABILITY, verdict__in=ENDINGS,
    ).order_by("-id").values_list("posterior", "fit__temperature", "item__golds__answer")[:STOPS_READ]  # fmt: skip
    # Under another schema other classes were asked for.
    kept = [row for row in rows if set(row[0]) == set(names) and row[2] in coder]
    return Stops(
        np.array([[row[0][name] / canonical.MILLION for name in names] for row in kept]).reshape(-1, len(names)),
        np.array([row[1] or 1.0 for row in kept], dtype=np.float64),
        np.array([coder[row[2]] for row in kept], dtype=np.int64),
    )
