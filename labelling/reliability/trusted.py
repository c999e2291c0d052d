"""The columns of a scorecard that say how far a labeller can be trusted, and the flags: one look at the evidence."""

import math
from collections import defaultdict
from typing import Any

import numpy as np
import numpy.typing as npt

from labelling.projects.models import Member, Project
from labelling.reliability.evidence import Evidence
from labelling.reliability.flagging import Suspect
from labelling.reliability.queries import AGREEMENT_BLOCK
from labelling.stats.trust import adjusted, copying, drift, flags, worth
from labelling.stats.trust.others import Others
from labelling.stats.trust.pairs import shared

Columns = dict[int, dict[str, Any]]
Floats = npt.NDArray[np.float64]

# How many people somebody may have copied from are named, the likeliest first.
MOST_COPIED = 3
LEAST_SHARED = 10


def trusted(evidence: Evidence, *, project: Project, seed: int) -> Columns:
    """By labeller id: agreement adjusted for how hard their items were, quality with its interval, drift and likely
    copying. Empty without evidence."""
    if evidence.others is None:
        return {}
    columns: Columns = {labeller: {} for labeller in evidence.labeller_ids}
    for part in (_adjusted(evidence.others), _quality(evidence.others, seed)):
        for at, labeller in enumerate(evidence.labeller_ids):
            columns[labeller] |= {name: _number(values[at]) for name, values in part.items()}
    windows, partners, blocks = _drift(evidence.others), _copies(evidence, project), _blocks(evidence.others)
    for at, labeller in enumerate(evidence.labeller_ids):
        columns[labeller] |= {
            "drift": windows[at], "copies": partners[at], "agreement_blocks": blocks[at],
        }  # fmt: skip
    return columns


def _adjusted(others: Others) -> dict[str, Floats]:
    found = adjusted.of(others)
    compared = found.n > 0
    return {
        "adjusted": np.where(compared, found.adjusted, np.nan),
        "adjusted_low": np.where(compared, found.low, np.nan),
        "adjusted_high": np.where(compared, found.high, np.nan),
    }


def _quality(others: Others, seed: int) -> dict[str, Floats]:
    found = worth.of(others, seed=seed)
    return {"quality": found.value, "quality_low": found.low, "quality_high": found.high}


def _drift(others: Others) -> dict[int, list[dict[str, Any]]]:
    found, windows = drift.of(others), defaultdict(list)
    for worker, first, n, share, low, high in zip(
        found.worker, found.first, found.n, found.share, found.low, found.high, strict=True
    ):
        windows[int(worker)].append(
            {"first": int(first), "n": int(n), "share": _short(share), "low": _short(low), "high": _short(high)}
        )
    return windows


def _blocks(others: Others) -> dict[int, list[list[int]]]:
    """Each labeller's answers to work that others gave too, in full blocks: how many are what most others said. What a
    labeller is shown rests on these, since a figure that moves with every answer would tell what others said of it."""
    agreed, _, known = adjusted.compared(others)
    at = np.flatnonzero(known & (others.gold[others.items] < 0))
    blocks: dict[int, list[list[int]]] = defaultdict(list)
    for worker in np.unique(others.workers[at]):
        mine = agreed[at[others.workers[at] == worker]]
        full = mine[: len(mine) // AGREEMENT_BLOCK * AGREEMENT_BLOCK].reshape(-1, AGREEMENT_BLOCK)
        blocks[int(worker)] = [[round(float(one)), AGREEMENT_BLOCK] for one in full.sum(axis=1)]
    return blocks


def _copies(evidence: Evidence, project: Project) -> dict[int, list[dict[str, Any]]]:
    """Of each labeller the people with whom they agree more than skill explains."""
    assert evidence.others is not None
    others = evidence.others
    found = copying.among(others, shared(others, least=LEAST_SHARED))
    partners: dict[int, list[dict[str, Any]]] = defaultdict(list)
    names = _names(evidence, project)
    for at in np.flatnonzero(found.log_evidence > 0)[np.argsort(-found.log_evidence[found.log_evidence > 0])]:
        pair = int(found.first[at]), int(found.second[at])
        for one, other in (pair, pair[::-1]):
            if len(partners[one]) < MOST_COPIED:
                partners[one].append({
                    "labeller": names[other][0], "name": names[other][1], "shared": int(found.n[at]),
                    "same": _short(found.agreed[at]), "expected": _short(found.expected[at]),
                    "log_evidence": _short(found.log_evidence[at]),
                })  # fmt: skip
    return partners


def suspects(evidence: Evidence, *, project: Project) -> list[Suspect]:
    """Who is to be flagged, with the figures and what they say in words."""
    if evidence.others is None:
        return []
    found = flags.of(evidence.others)
    names = _names(evidence, project) if found else []
    return [_suspect(flag, evidence, names) for flag in found]


def _suspect(flag: flags.Flag, evidence: Evidence, names: list[tuple[str, str]]) -> Suspect:
    says = flags.words(flag, classes=evidence.classes, names=[name for _, name in names])
    figures = dict(flag.figures)
    if "partner" in figures:
        figures["partner"] = names[figures["partner"]][0]
    return Suspect(
        labeller=evidence.labeller_ids[flag.worker], kind=flag.kind, log_evidence=flag.log_evidence, since=flag.since,
        evidence={**figures, "limit": flag.enough, "at": flag.at, "says": says},
    )  # fmt: skip


def _names(evidence: Evidence, project: Project) -> list[tuple[str, str]]:
    """(public id, name) of each worker."""
    rows = Member.objects.filter(project=project).values_list("pk", "public_id", "name")
    known = {pk: (public_id, name) for pk, public_id, name in rows}
    return [known[pk] for pk in evidence.labeller_ids]


def _number(value: float) -> float | None:
    return None if math.isnan(value) else float(value)


def _short(value: float) -> float:
    return round(float(value), 4)
