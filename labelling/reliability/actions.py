"""Scorecards, derived anew with each fit: the same labels give the same numbers."""

import math
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import numpy.typing as npt

from labelling.consensus.models import Fit, FitRow
from labelling.consensus.queries import Counted, counted_arrays
from labelling.projects.models import Project
from labelling.projects.queries import same_answers
from labelling.reliability import queries
from labelling.reliability.agreement import seed_of
from labelling.reliability.evidence import Evidence, gather
from labelling.reliability.models import Scorecard
from labelling.reliability.trusted import trusted
from labelling.stats import truth, workers

QUANTILES = (0.1, 0.5, 0.9)
AT_ONCE = 500

Floats = npt.NDArray[np.float64]


@dataclass
class Tally:
    """What is counted of one labeller without arithmetic over the crowd."""

    n_abstained: int = 0
    seconds: list[float] = field(default_factory=list)
    gold: list[bool] = field(default_factory=list)


def refresh_scorecards(
    *, project: Project, fit: Fit, now: datetime, counted: Counted | None = None, evidence: Evidence | None = None
) -> int:
    """Write the card of every labeller with labels, as of a fit; returns how many. For background work.

    counted: what the fit was made of, read anew if not given. evidence: the same with answers to gold, which keep
    telling about a labeller whose labels were rejected.
    """
    counted = counted or counted_arrays(project)
    evidence = evidence or gather(project, counted)
    tallies = _tallies(project)
    measured = _measured(counted, fit)
    trust = trusted(evidence, project=project, seed=seed_of(project.seed, 0))
    cards = []
    for labeller in queries.with_labels(project):
        tally = tallies.get(labeller.pk, Tally())
        values = measured.get(labeller.pk, {"n_labels": 0, "confusion": []})
        values = values | trust.get(labeller.pk, {}) | _counts(tally)
        cards.append(Scorecard(labeller=labeller, fit=fit, computed_at=now, **values))
    written = [one.name for one in Scorecard._meta.concrete_fields if not one.primary_key]
    Scorecard.objects.bulk_create(
        cards, batch_size=AT_ONCE, update_conflicts=True, unique_fields=["labeller"], update_fields=written
    )
    return len(cards)


def _tallies(project: Project) -> dict[int, Tally]:
    tallies: dict[int, Tally] = defaultdict(Tally)
    for labeller, abstention, seconds in queries.counted_times(project):
        tally = tallies[labeller]
        tally.n_abstained += int(bool(abstention))
        if seconds is not None:
            tally.seconds.append(seconds)
    same = same_answers(project.pk)
    for labeller, answer, known in queries.gold_answers(project):
        tallies[labeller].gold.append(same(answer, known))
    return tallies


def _counts(tally: Tally) -> dict[str, object]:
    return {
        "n_abstained": tally.n_abstained,
        "median_seconds": float(np.median(tally.seconds)) if tally.seconds else None,
        "seconds": np.quantile(tally.seconds, QUANTILES).round(2).tolist() if tally.seconds else [],
        "gold_given": len(tally.gold),
        "gold_right": sum(tally.gold),
        "gold_blocks": _blocks(tally.gold),
    }


def _blocks(right: Sequence[bool]) -> list[list[int]]:
    """[right, given] of each full block of ten, in the order given; an unfinished one would tell what is gold."""
    size = queries.GOLD_BLOCK
    return [[sum(right[at : at + size]), size] for at in range(0, len(right) // size * size, size)]


def recount_gold(*, project: Project, labellers: Collection[int]) -> None:
    """Put the gold record on the cards of these labellers (ids) in order, after a known answer was changed."""
    answers: dict[int, list[bool]] = defaultdict(list)
    same = same_answers(project.pk)
    for labeller, answer, known in queries.gold_answers(project, labellers=labellers):
        answers[labeller].append(same(answer, known))
    cards = list(Scorecard.objects.filter(labeller__in=labellers))
    for card in cards:
        right = answers[card.labeller_id]
        card.gold_given, card.gold_right, card.gold_blocks = len(right), sum(right), _blocks(right)
    Scorecard.objects.bulk_update(cards, ["gold_given", "gold_right", "gold_blocks"], batch_size=AT_ONCE)


def _measured(counted: Counted, fit: Fit) -> dict[int, dict[str, object]]:
    """By labeller id, the columns of a card that compare a labeller with the crowd."""
    if not counted.labels.size:
        return {}
    if counted.texts:
        return _measured_of_parts(counted, fit)
    given, k = (counted.items, counted.workers, counted.labels), len(counted.classes)
    confusion, prior = _fitted(fit, counted.labeller_ids, k)
    shared = workers.leave_one_out(*given, k)
    likely = truth.posteriors(counted.items, counted.labels, counted.workers, confusion, prior).argmax(axis=1)
    mixed_up = workers.confusion(counted.workers, counted.labels, likely[counted.items], k)
    suspicion = workers.suspicion(*given, k)
    n_labels = np.bincount(counted.workers, minlength=len(counted.labeller_ids))
    return {
        labeller: {
            "n_labels": int(n_labels[at]),
            **_agreement(shared, at),
            "suspicion": _number(suspicion[at]),
            "confusion": mixed_up[at].tolist(),
        }
        for at, labeller in enumerate(counted.labeller_ids)
    }


def _agreement(shared: workers.Agreement, at: int) -> dict[str, float | None]:
    known = bool(shared.n[at])
    return {
        "agreement": _number(shared.share[at]),
        "agreement_low": _number(shared.low[at]) if known else None,
        "agreement_high": _number(shared.high[at]) if known else None,
    }


def _measured_of_parts(counted: Counted, fit: Fit) -> dict[int, dict[str, object]]:
    """The same where answers have parts: agreement is saying the same as another of the same item; what is mixed up is
    how often a labeller's answer was like the merged one, and how often not."""
    confusion, _ = _fitted(fit, counted.labeller_ids, len(counted.classes))
    shared = workers.leave_one_out(counted.items, counted.workers, counted.groups, int(counted.groups.max()) + 1)
    n_labels = np.bincount(counted.workers, minlength=len(counted.labeller_ids))
    unlike = np.bincount(counted.workers, counted.labels, minlength=len(counted.labeller_ids)).astype(int)
    return {
        labeller: {
            "n_labels": int(n_labels[at]),
            **_agreement(shared, at),
            "suspicion": 1 - float(confusion[at, 0, 0]),
            "confusion": [[int(n_labels[at] - unlike[at]), int(unlike[at])], [0, 0]],
        }
        for at, labeller in enumerate(counted.labeller_ids)
    }


def _fitted(fit: Fit, labellers: Sequence[int], k: int) -> tuple[Floats, Floats]:
    """The fit's confusion matrices (n_labellers, k, k), pooled for who is not in it, and its prior (k,)."""
    rows = dict(FitRow.objects.filter(fit=fit).values_list("labeller_id", "confusion"))
    pooled = bytes(fit.pooled)
    stack = [np.frombuffer(bytes(rows.get(labeller, pooled))).reshape(k, k) for labeller in labellers]
    return np.array(stack), np.frombuffer(bytes(fit.prior))


def _number(value: float) -> float | None:
    return None if math.isnan(value) else float(value)
