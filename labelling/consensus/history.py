"""What earlier decisions to stop say: about the price of a label, and about what is to come."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from labelling.consensus.models import Fit, StoppingDecision
from labelling.projects.models import Mode, PolicyVersion, Project
from labelling.sampling.models import Purpose

Ints = npt.NDArray[np.int64]

# The newest decisions tell; older ones were made at other prices. (A project's history may be long.)
DECISIONS_READ = 20_000
DECISIONS_COUNTED = 5_000
# Prices within this factor count as one price; with fewer decisions at it, as many of the newest are taken.
NEAR = 1.25
ENOUGH = 200
ENDINGS = ("stop", "contest")


@dataclass(frozen=True)
class Tally:
    """Decisions by the number of labels behind them, int64 (maximum + 1,): all, those that ended the item's
    labelling, and of these those that gave it to an expert."""

    judged: Ints
    ended: Ints
    contested: Ints


class _Decided(NamedTuple):
    n_labels: int
    verdict: str
    fit: int | None
    is_yardstick: bool
    mode: str
    price: float | None

    @property
    def may_stop_early(self) -> bool:
        return self.mode == Mode.ADAPTIVE and not self.is_yardstick


def tally_of(project: Project, policy: PolicyVersion, *, fit: Fit) -> Tally:
    """Decisions under a project's newest fit about items that may stop early."""
    under = (row for row in _newest(project) if row.fit == fit.pk and row.may_stop_early)
    return _tally(under, policy.maximum_labels)


def tallies(project: Project, policy: PolicyVersion, *, price: float) -> tuple[Tally, Tally]:
    """The newest decisions at about this price about items that may stop early, and all those about items that always
    go to the maximum."""
    rows = _newest(project)
    early = [row for row in rows if row.may_stop_early]
    alike = [row for row in early if price / NEAR <= (row.price or 0.0) <= price * NEAR]
    early = alike if len(alike) >= ENOUGH else early[:ENOUGH]
    straight = [row for row in rows if not row.may_stop_early]
    return _tally(early[:DECISIONS_COUNTED], policy.maximum_labels), _tally(straight, policy.maximum_labels)


def _newest(project: Project) -> list[_Decided]:
    """The last ones written: the database reads back from the end and stops."""
    decisions = StoppingDecision.objects.filter(item__project=project, item__purpose=Purpose.WORK).order_by("-id")
    columns = ("n_labels", "verdict", "fit_id", "item__is_yardstick", "policy__mode", "price")
    return [_Decided(*row) for row in decisions.values_list(*columns)[:DECISIONS_READ]]


def _tally(rows: Iterable[_Decided], maximum: int) -> Tally:
    """Under an earlier policy an item may have got more labels than this one's maximum."""
    counts = np.zeros((3, maximum + 1), dtype=np.int64)
    for row in rows:
        depth = 1 + (row.verdict in ENDINGS) + (row.verdict == "contest")
        counts[:depth, min(row.n_labels, maximum)] += 1
    return Tally(*counts)
