"""Known answers that got about, or are wrong: looked for after each fit, and disputed by the system with figures.

Of clean gold items at most one in a hundred is ever disputed here, however often one looks: each of the three kinds
of evidence is an e-value, and has its part of that hundredth. See docs/decisions on gold.
"""

import math
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from django.db.models import QuerySet

from labelling.assignment.models import Label
from labelling.projects.models import Project
from labelling.projects.queries import same_answers
from labelling.reliability import queries
from labelling.reliability.disputes import NoKnownAnswer, raise_dispute
from labelling.reliability.models import GoldDispute
from labelling.sampling.models import Item, Purpose
from labelling.stats import leaks
from labelling.stats.coded import Floats

Kind = GoldDispute.Kind

# Adds up to one in a hundred.
ALPHA = {Kind.UNIFORM: 0.003, Kind.FAST: 0.003, Kind.OUTVOTED: 0.004}
NEIGHBOURS = 25
# Who does well: right this often on at least so many other gold items.
DOES_WELL, OTHERS = 0.75, 5
FEWEST = 5


@dataclass(frozen=True)
class Given:
    """One answer to a gold or training item. accuracy, others: of who gave it, on other hidden gold."""

    label: int
    item: int
    gold: int
    labeller: int
    answer: str
    right: bool
    seconds: float | None
    at: datetime
    accuracy: float
    others: int


@dataclass(frozen=True)
class Found:
    kind: str
    evidence: dict[str, Any]


def find_leaks(*, project: Project, now: datetime) -> list[GoldDispute]:
    """Dispute gold whose answers became suspiciously right or quick, or that reliable labellers mostly contradict.

    Returns the new disputes. Repeating finds nothing new. For background work: it reads all answers to gold, and the
    times of those who gave them.
    """
    given = _given(project)
    if not given:
        return []
    upheld = _upheld(project)
    scores = _paces(project, [one for answers in given.values() for one in answers])
    made = []
    for item in _handed_out(project).filter(pk__in=given):
        for found in _look(item, given[item.pk], scores, upheld):
            try:
                raised = raise_dispute(item=item, kind=found.kind, reason="", evidence=found.evidence, by=None, now=now)
            except NoKnownAnswer:
                break
            made += [raised.dispute] if raised.created else []
    return made


def _handed_out(project: Project) -> QuerySet[Item]:
    """What is held is disputed already, or given to nobody."""
    known = Item.objects.filter(project=project, held_at=None, golds__closed_at=None, golds__isnull=False)
    return known.exclude(purpose=Purpose.WORK).order_by("pk")


def _given(project: Project) -> dict[int, list[Given]]:
    """Answers by item, in the order given; of who practised on an item twice, the first one."""
    every = list(
        queries.known_answers(project).exclude(item__purpose=Purpose.WORK).order_by("id").values_list(
            "id", "item_id", "item__golds__id", "labeller_id", "answer", "item__golds__answer", "active_seconds",
            "wall_seconds", "at", "item__purpose",
        )
    )  # fmt: skip
    first = {(row[1], row[3]): row for row in reversed(every)}
    rows = sorted(first.values(), key=lambda row: row[0])
    hidden = [row for row in rows if row[9] == Purpose.GOLD]
    same = same_answers(project.pk)
    coded = {labeller: at for at, labeller in enumerate(sorted({row[3] for row in hidden}))}
    right = [same(row[4], row[5]) for row in hidden]
    accuracy, others = leaks.accuracy_elsewhere([coded[row[3]] for row in hidden], right)
    known = {row[0]: (float(a), int(n)) for row, a, n in zip(hidden, accuracy, others, strict=True)}
    overall = {row[3]: known[row[0]] for row in hidden}
    answers: dict[int, list[Given]] = defaultdict(list)
    for label, item, gold, labeller, answer, truth, active, wall, at, _ in rows:
        share, n = known.get(label) or overall.get(labeller, (math.nan, 0))
        seconds = active if active is not None else wall
        answers[item].append(Given(label, item, gold, labeller, answer, same(answer, truth), seconds, at, share, n))
    return answers


def _upheld(project: Project) -> dict[tuple[int, str], datetime]:
    """When a dispute of a kind was last found to be none: what came before is not held against the answer again."""
    rows = GoldDispute.objects.filter(project=project, outcome=GoldDispute.Outcome.UPHELD).order_by("closed_at")
    return {(gold, kind): at for gold, kind, at in rows.values_list("gold_id", "kind", "closed_at") if at}


def _paces(project: Project, given: list[Given]) -> dict[int, float]:
    """By label id: how slow each answer was for who gave it, among their work just before and after."""
    wanted: dict[int, list[Given]] = defaultdict(list)
    for one in given:
        if one.seconds:
            wanted[one.labeller].append(one)
    if not wanted:
        return {}
    ids, seconds = _work(project, set(wanted))
    scores = {}
    for labeller, answers in wanted.items():
        for one in answers if labeller in ids else []:
            at = int(np.searchsorted(ids[labeller], one.label))
            score = leaks.pace(one.seconds or 0.0, seconds[labeller][max(0, at - NEIGHBOURS) : at + NEIGHBOURS])
            if score is not None:
                scores[one.label] = score
    return scores


def _work(project: Project, labellers: set[int]) -> tuple[dict[int, np.ndarray[Any, Any]], dict[int, Floats]]:
    """Label ids and seconds of each labeller's answers to work, in the order given."""
    rows = Label.objects.standing().answers().filter(project=project, item__purpose=Purpose.WORK).order_by("id")
    ids, seconds = defaultdict(list), defaultdict(list)
    timed = rows.values_list("labeller_id", "id", "active_seconds", "wall_seconds")
    for labeller, label, active, wall in timed.iterator(queries.CHUNK):
        took = active if active is not None else wall
        if labeller in labellers and took:
            ids[labeller].append(label)
            seconds[labeller].append(took)
    return {one: np.array(ids[one]) for one in ids}, {one: np.array(seconds[one]) for one in seconds}


def _look(
    item: Item, answers: list[Given], scores: dict[int, float], upheld: dict[tuple[int, str], datetime]
) -> list[Found]:
    def since(kind: str) -> list[Given]:
        began = upheld.get((answers[0].gold, kind))
        return [one for one in answers if began is None or one.at > began]

    looks = [_outvoted(since(Kind.OUTVOTED))]
    if item.purpose == Purpose.GOLD:
        looks += [_uniform(since(Kind.UNIFORM)), _fast(since(Kind.FAST), scores)]
    return [found for found in looks if found is not None]


def _uniform(answers: list[Given]) -> Found | None:
    if len(answers) < FEWEST:
        return None
    shift = leaks.becoming_right([one.right for one in answers], [one.accuracy for one in answers])
    if shift.log_evidence < -math.log(ALPHA[Kind.UNIFORM]):
        return None
    before, after = answers[: shift.since], answers[shift.since :]
    return Found(Kind.UNIFORM, {
        "n": len(after), "right": sum(one.right for one in after), "n_before": len(before),
        "right_before": sum(one.right for one in before),
        "expected": round(float(np.mean([one.accuracy for one in after])), 4), **_strength(shift.log_evidence),
    })  # fmt: skip


def _fast(answers: list[Given], scores: dict[int, float]) -> Found | None:
    timed = [one for one in answers if one.label in scores]
    if len(timed) < FEWEST:
        return None
    shift = leaks.becoming_quick([scores[one.label] for one in timed])
    if shift.log_evidence < -math.log(ALPHA[Kind.FAST]):
        return None
    before, after = timed[: shift.since], timed[shift.since :]
    return Found(Kind.FAST, {
        "n": len(after), "seconds": _median(after), "n_before": len(before), "seconds_before": _median(before),
        "quicker": sum(scores[one.label] < 0 for one in after), **_strength(shift.log_evidence),
    })  # fmt: skip


def _median(answers: list[Given]) -> float | None:
    return round(float(np.median([one.seconds or 0.0 for one in answers])), 2) if answers else None


def _outvoted(answers: list[Given]) -> Found | None:
    good = [one for one in answers if one.others >= OTHERS and one.accuracy >= DOES_WELL]
    if len(good) < FEWEST:
        return None
    evidence = leaks.mostly([not one.right for one in good])
    if evidence < -math.log(ALPHA[Kind.OUTVOTED]):
        return None
    said = Counter(one.answer for one in good if not one.right)
    instead, n_instead = min(said.items(), key=lambda pair: (-pair[1], pair[0]))
    return Found(Kind.OUTVOTED, {
        "n": len(good), "otherwise": sum(not one.right for one in good), "instead": instead, "n_instead": n_instead,
        "accuracy": round(float(np.mean([one.accuracy for one in good])), 4), **_strength(evidence),
    })  # fmt: skip


def _strength(log_evidence: float) -> dict[str, float]:
    """A clean item shows this or more, at any time of its life, at most once in e to this power."""
    return {"log_evidence": round(log_evidence, 2)}
