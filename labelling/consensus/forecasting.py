"""The forecast that goes with a fit: what is still to come, from how items were judged lately."""

import hashlib
import math
from datetime import datetime

from django.db.models import Count

from labelling.assignment.models import Label
from labelling.consensus import history
from labelling.consensus.judging import pooled_confusion
from labelling.consensus.models import Fit, Forecast
from labelling.projects.models import Mode, PolicyVersion, Project
from labelling.sampling.models import Item, Purpose, State
from labelling.stats import forecast, price

LEVEL = 0.9
NEWEST_LABELS = 2_000


def forecast_project(*, project: Project, fit: Fit, now: datetime) -> Forecast:
    """Store what is still to come until every item is settled, as of a fit; harmless to repeat. For background work.

    Labels include those on hidden gold, at their share of the newest labels. Decisions are those on contested items
    and on audited items that are still open; audits of settled items may be done already and are not in it.
    """
    policy = project.policy_in_force
    items = Item.objects.filter(project=project, purpose=Purpose.WORK)
    groups = _groups(project, policy)
    seed, past = seed_of(project.seed, fit.number), _past(project, policy, fit)
    seen = forecast.outlook(
        past, groups, first=policy.initial_labels, seed=seed, level=LEVEL, wanted=_wanted(policy, fit, past),
        waiting=items.filter(state=State.CONTESTED).count(), gold_share=_gold_share(project),
        price_label=policy.price_label, price_decision=policy.price_expert,
    )  # fmt: skip
    values = {
        "project": project, "n_open": sum(group.n for group in groups), "level": LEVEL, "seed": seed, "at": now,
        "labels": seen.labels.value, "labels_low": seen.labels.low, "labels_high": seen.labels.high,
        "decisions": seen.decisions.value, "decisions_low": seen.decisions.low, "decisions_high": seen.decisions.high,
        "cost": round(seen.cost.value), "cost_low": round(seen.cost.low), "cost_high": round(seen.cost.high),
    }  # fmt: skip
    return Forecast.objects.get_or_create(fit=fit, defaults=values)[0]


def _groups(project: Project, policy: PolicyVersion) -> list[forecast.Group]:
    """Open items, those alike together."""
    open_items = Item.objects.filter(project=project, purpose=Purpose.WORK, state=State.OPEN)
    alike = ("n_done", "target", "is_yardstick", "is_audit")
    rows = open_items.values_list(*alike).annotate(n=Count("pk")).order_by(*alike)
    adaptive = policy.mode == Mode.ADAPTIVE
    return [
        forecast.Group(n=n, n_done=done, target=target, early=adaptive and not yardstick, audited=audited)
        for done, target, yardstick, audited, n in rows
    ]


def _past(project: Project, policy: PolicyVersion, fit: Fit) -> forecast.Past:
    early, straight = history.tallies(project, policy, price=fit.price)
    counts = (int(straight.ended.sum()), int(straight.contested.sum()))
    return forecast.Past(early.judged, early.ended, early.contested, straight=counts)


def _wanted(policy: PolicyVersion, fit: Fit, past: forecast.Past) -> float | None:
    """Where the price steers the average to; None where it can't, since items take less at the lowest price."""
    if policy.labels_per_item is None or not fit.price:
        return None
    spent = price.labels_an_item(past.judged, past.ended, policy.initial_labels)
    low, _ = price.limits(pooled_confusion(fit, math.isqrt(len(fit.pooled) // 8)), policy.stop_confidence)
    return policy.labels_per_item if spent > policy.labels_per_item or fit.price > low else None


def _gold_share(project: Project) -> float:
    labels = Label.objects.filter(project=project).order_by("-id")
    purposes = list(labels.values_list("item__purpose", flat=True)[:NEWEST_LABELS])
    n_gold, n_work = purposes.count(Purpose.GOLD), purposes.count(Purpose.WORK)
    return n_gold / (n_gold + n_work) if n_work else 0.0


def seed_of(project_seed: int, number: int) -> int:
    """The seed of a fit's forecast, 0 to 2**63 - 1: follows from the project's seed and the fit's number."""
    digest = hashlib.blake2b(f"forecast\x1f{project_seed}\x1f{number}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1
