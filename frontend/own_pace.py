"""How fast a labeller is, beside nobody but their earlier self."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from labelling.assignment.models import Label
from labelling.projects.models import Member

# Of a long history the newest are enough, and a page must not read it all.
NEWEST = 5_000
WEEK = timedelta(days=7)
# Of less work than this a rate says nothing.
LEAST_SECONDS = 60.0


@dataclass(frozen=True)
class Pace:
    """Answers given in a time, and how many that is in an hour of active work; None: too little work to tell."""

    n: int
    an_hour: int | None


@dataclass(frozen=True)
class OwnPace:
    """today: since midnight UTC, as the daily limit counts; week: the last seven days; before: what came earlier."""

    today: Pace
    week: Pace
    before: Pace

    @property
    def change(self) -> int | None:
        """By how many per cent the week is quicker than what came before it; below zero: slower."""
        if self.week.an_hour is None or not self.before.an_hour:
            return None
        return round(100 * self.week.an_hour / self.before.an_hour - 100)

    @property
    def quicker(self) -> int:
        return max(0, self.change or 0)

    @property
    def slower(self) -> int:
        return max(0, -(self.change or 0))


def pace_of(labeller: Member, *, now: datetime) -> OwnPace:
    """Of the newest standing labels whose page reported its active time."""
    told = Label.objects.standing().filter(labeller=labeller, active_seconds__isnull=False).order_by("-id")
    given: list[tuple[datetime, float]] = [
        (at, seconds or 0.0) for at, seconds in told.values_list("at", "active_seconds")[:NEWEST]
    ]
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return OwnPace(
        today=_pace(seconds for at, seconds in given if at >= midnight),
        week=_pace(seconds for at, seconds in given if at >= now - WEEK),
        before=_pace(seconds for at, seconds in given if at < now - WEEK),
    )


def _pace(seconds: Iterable[float]) -> Pace:
    times = list(seconds)
    total = sum(times)
    return Pace(len(times), round(3600 * len(times) / total) if total >= LEAST_SECONDS else None)
