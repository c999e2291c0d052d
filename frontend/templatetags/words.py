"""Figures, answers and times as pages print them. What is not known is None, or "" where a template looked in vain."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Literal

from django import template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext

from frontend.answers import NOTHING, said
from labelling.amounts import amount
from labelling.datasets.diff import Change
from labelling.projects.models import Project

register = template.Library()

Missing = Literal[""] | None


@register.filter
def judged(cards: Iterable[Any], verdicts: str) -> list[Any]:
    """The cards of checks with one of these verdicts, as "warn fail"."""
    return [card for card in cards if card.told["verdict"] in verdicts.split()]


@register.filter
def faults(checks: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The checks of a report that failed or warn, those that failed first."""
    return sorted((one for one in checks if one["verdict"] in ("fail", "warn")), key=lambda one: one["verdict"])


@register.filter
def differing(change: Change) -> str:
    """What differs between the two rows of a change: "confidence 91% to 95%, posterior"."""
    said = []
    for name in change.differs:
        # The two labels and splits stand beside it; an answer of another label says no more.
        if name in ("label", "split") or (name == "answer" and "label" in change.differs):
            continue
        values = [(side or {}).get(name) for side in (change.before, change.after)]
        if name == "confidence":
            values = [None if value is None else f"{value / 100:.1f}%" for value in values]
        known = [NOTHING if value is None else str(value) for value in values]
        said.append(f"{name} {known[0]} to {known[1]}" if name in ("confidence", "authority") else name)
    return ", ".join(said)


@register.filter
def count(number: int | Missing) -> str:
    return NOTHING if number is None or number == "" else f"{number:,}"


@register.filter
def rounded(number: float | Missing) -> str:
    """An estimate of a count: 380.4 as 380."""
    return NOTHING if number is None or number == "" else f"{round(number):,}"


@register.filter
def percent(share: float | Missing, digits: int = 0) -> str:
    """0.913 as 91%."""
    return NOTHING if share is None or share == "" else f"{share * 100:.{digits}f}%"


@register.filter
def share(value: float | Missing) -> str:
    """A share or a coefficient with two digits."""
    return NOTHING if value is None or value == "" else f"{value:.2f}"


@register.filter
def seconds(value: float | Missing) -> str:
    return NOTHING if value is None or value == "" else f"{value:.1f} s"


@register.filter
def money(micro: int | Missing, currency: str) -> str:
    """Micro-units as an amount: 1,240 labels; 12.50 EUR."""
    unit = gettext("labels") if currency == "labels" else currency
    return NOTHING if micro is None or micro == "" else amount(micro, unit)


@register.filter
def answer(given: Any, project: Project | Missing = None) -> str:
    """An answer, or its canonical JSON text, in as few words as say it."""
    return said(given, project or None)


@register.filter
def ago(at: datetime) -> str:
    """How long it is since then, in the largest unit that fits: 3 days, 2 hours, 5 minutes."""
    minutes = max(0, int((timezone.now() - at).total_seconds() // 60))
    if minutes < 60:
        return ngettext("%(n)s minute", "%(n)s minutes", minutes) % {"n": minutes}
    hours = minutes // 60
    if hours < 48:
        return ngettext("%(n)s hour", "%(n)s hours", hours) % {"n": hours}
    return ngettext("%(n)s day", "%(n)s days", hours // 24) % {"n": hours // 24}


@register.filter
def moment(at: datetime | Missing) -> str:
    """A time element: UTC for who has no scripts, the reader's zone for the others."""
    if at is None or at == "":
        return NOTHING
    return format_html(
        '<time datetime="{}">{} UTC</time>', at.isoformat(), date_format(at.astimezone(UTC), "d M Y, H:i")
    )
