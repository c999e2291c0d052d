"""When a project will be done, at what cost, and whether its budget lasts that long."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F, Sum
from django.db.models.functions import Coalesce

from labelling.assignment.models import Batch, Rejection
from labelling.audit.models import Entry
from labelling.consensus.models import Fit, Forecast
from labelling.consensus.queries import age
from labelling.projects.models import Account, Project
from labelling.sampling.models import SamplingRound

MOST_POINTS = 60
MOST_COUNTED = 10_000
OF_LATE = timedelta(days=7)
LONGEST = timedelta(days=3650)
REOPENING = ("item.requeued", "item.sent_back")
ACTS_LOOKED_AT = 1_000


@dataclass(frozen=True)
class Purse:
    """The project's money in micro-units. reserved: by open batches; left: of the budget, None without one.

    verdict: whether what is left pays for what the forecast expects: "no_budget", "no_forecast", "outdated" (it knows
    nothing of items that were sampled or opened again since), "enough" (even at the upper end of its interval),
    "not_enough" (not even at the lower end), else "unsure". missing_low, missing_high: how much more it takes at the
    two ends.
    """

    budget: int | None
    spent: int
    reserved: int
    left: int | None
    verdict: str
    missing_low: int = 0
    missing_high: int = 0


@dataclass(frozen=True)
class Pace:
    """Counted labels at some fits, the oldest first; labels a second of late, None where that can't be said; and when
    the forecast's labels are there at that pace."""

    points: Sequence[tuple[datetime, int]]
    per_second: float | None
    done_at: datetime | None


def newest_forecast(project: Project) -> Forecast | None:
    made = Forecast.objects.filter(fit__project=project).select_related("fit")
    return made.order_by("-fit__number").first()


def purse(*, project: Project, forecast: Forecast | None) -> Purse:
    """Reads the account, the open batches, and at most MOST_COUNTED labels given since the forecast."""
    account = Account.objects.get(project=project)
    if account.budget is None:
        return Purse(None, account.spent, account.reserved, None, "no_budget")
    left = account.budget - account.spent - account.reserved
    if forecast is None:
        return Purse(account.budget, account.spent, account.reserved, left, "no_forecast")
    free = account.budget - account.spent - _given_in_open_batches(project) + _given_since(project, forecast)
    low, high = max(0, forecast.cost_low - free), max(0, forecast.cost_high - free)
    verdict = "not_enough" if low else "outdated" if added_since(forecast) else "unsure" if high else "enough"
    return Purse(account.budget, account.spent, account.reserved, left, verdict, low, high)


def sampled_since(forecast: Forecast) -> int:
    """Items of rounds that the forecast knows nothing of."""
    rounds = SamplingRound.objects.filter(project=forecast.project_id, created_at__gt=forecast.at)
    return rounds.aggregate(n=Sum("n_selected"))["n"] or 0


def reopened_since(forecast: Forecast) -> int:
    """Items that were sent back or requeued since, and labels that were rejected: the forecast took them as settled,
    or nearly. Counted among the newest acts on record, so that the cost does not grow with the project."""
    newest = Entry.objects.filter(project_id=forecast.project_id).order_by("-id").values_list("at", "action")
    reopened = sum(at > forecast.at and action in REOPENING for at, action in newest[:ACTS_LOOKED_AT])
    rejected = Rejection.objects.filter(project=forecast.project_id, at__gt=forecast.at, lifted_at=None)
    # One that is under way has no number yet: it opened something.
    return reopened + (rejected.aggregate(n=Sum(Coalesce("n_labels", 1)))["n"] or 0)


def added_since(forecast: Forecast) -> bool:
    return bool(sampled_since(forecast) or reopened_since(forecast))


def _given_in_open_batches(project: Project) -> int:
    """What the labels in open batches will cost; the rest of their reservation comes back or pays labels to come."""
    unsettled = Batch.objects.filter(labeller__project=project, closed_at=None)
    return unsettled.aggregate(cost=Sum(F("n_labels") * F("price")))["cost"] or 0


def _given_since(project: Project, forecast: Forecast) -> int:
    """The price of labels that the forecast still counted among those to come."""
    n = min(age(project.pk, forecast.fit, limit=MOST_COUNTED), MOST_COUNTED)
    return n * project.policy_in_force.price_label


def pace(*, project: Project, forecast: Forecast | None) -> Pace:
    """Reads at most MOST_POINTS fits, spread over all there are."""
    fits = Fit.objects.filter(project=project)
    newest = fits.order_by("-number").values_list("number", flat=True).first() or 0
    step = max(1, -(-newest // MOST_POINTS))
    spread = fits.filter(number__in=range(newest, 0, -step)).order_by("number")
    points = list(spread.values_list("created_at", "n_labels"))
    per_second = _per_second(points)
    return Pace(points, per_second, _done_at(forecast, per_second))


def _per_second(points: Sequence[tuple[datetime, int]]) -> float | None:
    """Of the last week; of the last two points where they are further apart."""
    if len(points) < 2:
        return None
    last, total = points[-1]
    recent = [point for point in points[:-1] if point[0] >= last - OF_LATE]
    since, before = recent[0] if recent else points[-2]
    seconds = (last - since).total_seconds()
    return (total - before) / seconds if seconds > 0 and total > before else None


def _done_at(forecast: Forecast | None, per_second: float | None) -> datetime | None:
    if forecast is None or per_second is None or forecast.labels / per_second > LONGEST.total_seconds():
        return None
    return forecast.at + timedelta(seconds=forecast.labels / per_second)
