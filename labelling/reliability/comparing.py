"""Who is preferred, and on which side: derived anew with each fit of a project whose labellers compare two candidates.

Every counted label is one comparison; labels of one item belong together. Only the reading of the newest fit is kept.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db import transaction

from labelling import canonical
from labelling.assignment.models import Label
from labelling.consensus.models import Fit
from labelling.projects.models import Member, Project
from labelling.reliability.models import StrengthReading
from labelling.sampling.models import Item
from labelling.schemas import candidates
from labelling.schemas.base import Definition
from labelling.schemas.preference import KIND, SIDES
from labelling.schemas.shuffle import shuffled
from labelling.stats.bradley_terry import FIRST, SECOND, TIE, Strengths, bradley_terry

CHUNK = 1_000
# The work of a fit grows with the cube of these.
MOST_AUTHORS = 100
OUTCOME = {"first": FIRST, "second": SECOND}


@dataclass(frozen=True, slots=True)
class Choice:
    """What one label says. outcome: FIRST, SECOND or TIE, by place in the payload."""

    item: int
    labeller: int
    outcome: int
    shown_first: int


@dataclass(frozen=True, slots=True)
class Comparison:
    item: int
    first: str
    second: str
    outcome: int


def refresh_strengths(*, project: Project, fit: Fit) -> StrengthReading | None:
    """Store who is preferred as of a fit; None for a project that compares nothing. For background work: it reads the
    project's labels once; harmless to repeat."""
    schema = project.schema_in_force
    if schema.kind != KIND.name:
        return None
    choices = list(_choices(project))
    authors = _authors(schema.definition, sorted({choice.item for choice in choices}))
    known = [
        Comparison(choice.item, *authors[choice.item], choice.outcome)
        for choice in choices
        if choice.item in authors and authors[choice.item][0] != authors[choice.item][1]
    ]
    reading = StrengthReading(
        fit=fit, project=project, sides=_sides(choices), n_labels=len(choices), n_unnamed=len(choices) - len(known),
        n_items=len({choice.item for choice in choices}), **_strengths(known),
    )  # fmt: skip
    with transaction.atomic():
        StrengthReading.objects.bulk_create([reading], ignore_conflicts=True)
        StrengthReading.objects.filter(project=project, fit__number__lt=fit.number).delete()
    return reading


def _choices(project: Project) -> Iterator[Choice]:
    rows = Label.objects.counted().answers().filter(project=project).order_by("pk")
    said: dict[str, str] = {}
    for item, labeller, answer, token in rows.values_list("item_id", "labeller_id", "answer", "token").iterator():
        if answer not in said:
            said[answer] = canonical.loads(answer).get("preferred", "")
        if said[answer]:
            yield Choice(item, labeller, OUTCOME.get(said[answer], TIE), shuffled(len(SIDES), token)[0])


def _authors(definition: Definition, items: list[int]) -> dict[int, tuple[str, str]]:
    found = {}
    for start in range(0, len(items), CHUNK):
        rows = Item.objects.filter(pk__in=items[start : start + CHUNK], example__payload__isnull=False)
        for item, payload in rows.values_list("pk", "example__payload"):
            authors = candidates.authors_of(definition, canonical.loads(payload)) if payload else None
            if authors is not None and len(authors) == len(SIDES):
                found[item] = (authors[0], authors[1])
    return found


def _sides(choices: list[Choice]) -> list[list[Any]]:
    """By labeller, the busiest first: how often the side shown first was chosen, of how many choices of either."""
    either = Counter(choice.labeller for choice in choices if choice.outcome != TIE)
    first = Counter(choice.labeller for choice in choices if choice.outcome == choice.shown_first)
    ids = dict(Member.objects.filter(pk__in=either).values_list("pk", "public_id"))
    return [[ids[pk], first[pk], n] for pk, n in sorted(either.items(), key=lambda pair: (-pair[1], ids[pair[0]]))]


def _strengths(known: list[Comparison]) -> dict[str, Any]:
    busy = Counter(name for one in known for name in (one.first, one.second))
    names = sorted(sorted(busy), key=lambda name: -busy[name])[:MOST_AUTHORS]
    place = {name: at for at, name in enumerate(names)}
    kept = [one for one in known if one.first in place and one.second in place]
    if not kept:
        return {}
    first, second = (
        np.array([place[name] for name in column]) for column in zip(*((c.first, c.second) for c in kept), strict=True)
    )
    found = bradley_terry(
        first, second, np.array([one.outcome for one in kept]), clusters=np.array([one.item for one in kept]),
        n=len(names),
    )  # fmt: skip
    order = sorted(range(len(names)), key=lambda at: (-found.log_strength[at], names[at]))
    return {
        "authors": [_row(found, at, names[at]) for at in order], "pairs": _pairs(kept, [names[at] for at in order]),
        "lead": _lead(found, order), "tie": found.tie, "n_left_out": len(busy) - len(names),
    }  # fmt: skip


def _row(found: Strengths, at: int, name: str) -> dict[str, Any]:
    value = found.interval(at)
    return {
        "name": name, "log_strength": value.value, "low": value.low, "high": value.high,
        "score": found.score(value.value), "score_low": found.score(value.low), "score_high": found.score(value.high),
        "compared": int(found.compared[at]), "group": int(found.group[at]),
    }  # fmt: skip


def _pairs(kept: list[Comparison], names: list[str]) -> list[list[int]]:
    place = {name: at for at, name in enumerate(names)}
    counts: dict[tuple[int, int], list[int]] = {}
    for one in kept:
        i, j = place[one.first], place[one.second]
        outcome = one.outcome if i < j or one.outcome == TIE else SECOND - one.outcome
        counts.setdefault((min(i, j), max(i, j)), [0, 0, 0])[outcome] += 1
    return [[i, j, won, tied, lost] for (i, j), (won, lost, tied) in sorted(counts.items())]


def _lead(found: Strengths, order: list[int]) -> list[float] | None:
    if len(order) < 2 or found.group[order[0]] != found.group[order[1]]:
        return None
    gap = found.difference(order[0], order[1])
    return [gap.value, gap.low, gap.high]
