"""What is known of each gold and training item: who was given it, what they made of it, whether it is disputed."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np
from django.db.models import QuerySet

from labelling.projects.models import PolicyVersion, Project
from labelling.projects.queries import same_answers
from labelling.reliability.models import GoldDispute
from labelling.reliability.queries import known_answers
from labelling.sampling.models import Gold, Item, Purpose
from labelling.stats.interval import Interval, wilson


class GoldState(Enum):
    IN_USE = "in use"
    DISPUTED = "disputed"
    WAITING = "waits for its answer"
    RETIRED = "retired"
    HELD = "on hold"
    SHOWN_ENOUGH = "shown to enough people"


@dataclass(frozen=True)
class Known:
    """One gold or training item. gold: the known answer that stands, else the last one, None while it waits for one.

    n_answers, n_right: standing answers since it is gold, compared with that answer. right: their share with its
    interval, None without answers. seconds: the median time on task.
    """

    item: Item
    gold: Gold | None
    state: GoldState
    n_answers: int
    n_right: int
    right: Interval | None
    seconds: float | None
    open_disputes: int
    disputes: int


def known_items(project: Project) -> QuerySet[Item]:
    """Gold and training items."""
    return Item.objects.filter(project=project, purpose__in=[Purpose.GOLD, Purpose.TRAINING]).select_related("example")


def told(items: Sequence[Item], *, project: Project, policy: PolicyVersion) -> list[Known]:
    """What is known of these items, in their order; a constant number of statements."""
    golds: dict[int, Gold] = {}
    for gold in Gold.objects.filter(item__in=items).select_related("created_by").order_by("id"):
        golds[gold.item_id] = gold
    same = same_answers(project.pk)
    given: dict[int, list[bool]] = defaultdict(list)
    seconds: dict[int, list[float]] = defaultdict(list)
    answers = known_answers(project).filter(item__in=items).order_by("id")
    for item, answer, truth, active, wall in answers.values_list(
        "item_id", "answer", "item__golds__answer", "active_seconds", "wall_seconds"
    ):
        given[item].append(same(answer, truth))
        took = active if active is not None else wall
        if took is not None:
            seconds[item].append(took)
    disputes, disputed = _disputes(items)
    return [
        Known(
            item=item, gold=golds.get(item.pk), state=_state(item, golds.get(item.pk), bool(disputed[item.pk]), policy),
            n_answers=len(given[item.pk]), n_right=sum(given[item.pk]), right=_share(given[item.pk]),
            seconds=float(np.median(seconds[item.pk])) if seconds[item.pk] else None,
            open_disputes=disputed[item.pk], disputes=disputes[item.pk],
        )
        for item in items
    ]  # fmt: skip


def _disputes(items: Sequence[Item]) -> tuple[Counter[int], Counter[int]]:
    """By item: how many disputes there were, and how many are open."""
    every, still_open = Counter[int](), Counter[int]()
    rows = GoldDispute.objects.filter(gold__item__in=items).values_list("gold__item_id", "closed_at")
    for item, closed_at in rows:
        every[item] += 1
        still_open[item] += closed_at is None
    return every, still_open


def _state(item: Item, gold: Gold | None, disputed: bool, policy: PolicyVersion) -> GoldState:
    if gold is None:
        return GoldState.WAITING
    if disputed:
        return GoldState.DISPUTED
    if gold.closed_at is not None:
        return GoldState.RETIRED
    if item.held_at is not None:
        return GoldState.HELD
    cap = policy.gold_exposure if item.purpose == Purpose.GOLD else None
    return GoldState.SHOWN_ENOUGH if cap is not None and item.n_exposed >= cap else GoldState.IN_USE


def _share(right: Sequence[bool]) -> Interval | None:
    return wilson(sum(right) / len(right), len(right)) if right else None


def disputes_of(project: Project, *, is_open: bool | None = None) -> QuerySet[GoldDispute]:
    """Disputes about known answers, the newest first."""
    rows = GoldDispute.objects.filter(project=project)
    if is_open is not None:
        rows = rows.filter(closed_at__isnull=is_open)
    related = ("gold__item__example", "gold__item__project__schema", "by", "closed_by")
    return rows.select_related(*related).order_by("-id")
