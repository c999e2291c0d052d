"""What an owner is told of the money and of who is labelling: the same figures as over the API, in sentences."""

from datetime import datetime
from typing import Any

from django.urls import reverse

from labelling.amounts import about
from labelling.consensus.models import Forecast
from labelling.loop.outlook import Purse, newest_forecast, purse, reopened_since, sampled_since
from labelling.loop.standstill import Cause, why_nobody_labels
from labelling.projects.models import Project

# What a cause's hint leads to: the page, and what the button says.
LINKS = {
    "people": ("settings_people", "Go to people"),
    "policy": ("settings_policy", "Go to the policy"),
    "settings": ("settings", "Go to the settings"),
    "sampling": ("sampling", "Sample items"),
    "experts": ("cases", "See the cases"),
    "gold": ("gold", "Go to gold"),
}
OUTDATED = "Whether the budget is enough is said after the next estimate: items were sampled or opened again since."
SINCE = {"nobody_here": "One was last seen"}


def standstill(project: Project, now: datetime) -> dict[str, Any]:
    """The causes with their links, and whether people do label."""
    causes = why_nobody_labels(project=project, now=now)
    return {"standstill": [_linked(project, cause) for cause in causes], "at_work": causes[0].code == "at_work"}


def _linked(project: Project, cause: Cause) -> dict[str, Any]:
    page, link = LINKS.get(cause.link_hint, ("", ""))
    url = reverse(page, args=[project.slug]) if page else ""
    return {"cause": cause, "since_words": SINCE.get(cause.code, "Since"), "url": url, "link": link}


def money(project: Project) -> dict[str, Any]:
    """The purse, the newest forecast, and whether the one lasts for the other."""
    forecast, currency = newest_forecast(project), project.policy_in_force.currency
    found = purse(project=project, forecast=forecast)
    return {
        "purse": found,
        "forecast": forecast,
        "currency": currency,
        "budget_said": _said(found, forecast, currency),
        "sampled_since": sampled_since(forecast) if forecast else 0,
        "reopened_since": reopened_since(forecast) if forecast else 0,
        "short": found.verdict in ("unsure", "not_enough"),
        "cost": _cost(forecast, currency),
    }


def _cost(forecast: Forecast | None, currency: str) -> dict[str, str]:
    if forecast is None:
        return {}
    low, most_likely, high = forecast.cost_low, forecast.cost, forecast.cost_high
    return {"low": about(low, currency), "likely": about(most_likely, currency), "high": about(high, currency)}


def _said(found: Purse, forecast: Forecast | None, currency: str) -> str:
    if forecast is None:
        return "There is no forecast yet: it comes with the next estimate of the labellers, once people have labelled."
    if found.verdict == "no_budget":
        return f"About {about(forecast.cost, currency)} more; no limit is set, so nothing stops it."
    if found.verdict == "enough":
        return "The budget is likely enough."
    if found.verdict == "outdated":
        return OUTDATED
    high = about(found.missing_high, currency)
    if found.verdict == "unsure":
        return f"The budget may not be enough: it could take up to {high} more."
    return f"The budget is likely not enough: it takes about {about(found.missing_low, currency)} to {high} more."
