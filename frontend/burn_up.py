"""When will it be done? Labels over time, and those that the forecast still expects."""

from datetime import timedelta
from typing import Any

from frontend.pictures import FEW_READINGS, Picture, spec
from labelling.consensus.models import Forecast
from labelling.loop.outlook import Pace

QUESTION = "When will it be done?"
DAY = 86_400
SO_FAR, EXPECTED = "So far", "Expected"
# (seconds, what so many are called), the longest first.
SPANS = ((365 * DAY, "year"), (30 * DAY, "month"), (7 * DAY, "week"), (DAY, "day"), (3600, "hour"), (60, "minute"))


def burn_up(pace: Pace, forecast: Forecast | None, *, sampled_since: int = 0, reopened_since: int = 0) -> Picture:
    """Counted labels at each fit, and where the forecast's interval leads at the pace of the last week."""
    if not pace.points:
        return Picture(QUESTION, "Not known yet: it takes labels and a first estimate of the labellers.")
    said = _meaning(pace, forecast)
    for n, what in ((sampled_since, "sampled"), (reopened_since, "opened again")):
        if n:
            items = "1 item was" if n == 1 else f"{n:,} items were"
            said += f" {items} {what} since this was estimated, and not yet reckoned with."
    rows = [{"x": at.isoformat(), "y": n, "series": SO_FAR} for at, n in pace.points]
    ahead = _ahead(pace, forecast) if forecast else []
    if len(rows) < FEW_READINGS and not ahead:
        return Picture(QUESTION, said)
    return Picture(QUESTION, said, spec("line-band", rows + ahead, x_label="When", y_label="Labels"))


def _ahead(pace: Pace, forecast: Forecast) -> list[dict[str, Any]]:
    if pace.done_at is None or forecast.labels_high < 1:
        return []
    now = pace.points[-1][1]
    begin = {"x": forecast.at.isoformat(), "y": now, "low": now, "high": now}
    end = {
        "x": pace.done_at.isoformat(),
        "y": now + round(forecast.labels),
        "low": now + round(forecast.labels_low),
        "high": now + round(forecast.labels_high),
    }
    return [{**point, "series": EXPECTED} for point in (begin, end)]


def _meaning(pace: Pace, forecast: Forecast | None) -> str:
    said = f"{_labels(pace.points[-1][1])} count so far."
    if forecast is None:
        return f"{said} There is no forecast yet: it comes with the next estimate of the labellers."
    if forecast.labels_high < 1:
        return f"{said} No more are expected to be needed."
    said += f" About {round(forecast.labels):,} more are expected, {between(forecast)}"
    if pace.per_second is None or pace.done_at is None:
        return f"{said}; how long they take can't be said from the pace so far."
    days = max(1, round(pace.per_second * DAY))
    return f"{said}. At the pace of the last week, {days:,} a day, they take {span(pace.done_at - forecast.at)}."


def between(forecast: Forecast) -> str:
    low, high = round(forecast.labels_low), round(forecast.labels_high)
    return f"with {forecast.level:.0%} confidence between {low:,} and {high:,}"


def span(length: timedelta) -> str:
    """A length of time in its largest unit, "about 3 days"."""
    seconds = length.total_seconds()
    for unit, name in SPANS:
        if seconds >= 1.5 * unit or (unit == 60 and seconds >= 60):
            n = round(seconds / unit)
            return f"about {n} {name}{'s' if n > 1 else ''}"
    return "less than a minute" if seconds < 60 else "about a minute"


def _labels(n: int) -> str:
    return "1 label" if n == 1 else f"{n:,} labels"
