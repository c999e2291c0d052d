"""The limits of the checks before a version, as one field of the policy's form: a table with a row a check."""

from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.template.loader import render_to_string

from labelling.projects.limits import LIMITS, SHARE, Limit, faults_of

# Under this name the page says that it holds the table: without it nothing is changed.
SHOWN = "shown"
OWN_WORDS = {
    "least_rows": "with at least so many rows",
    "times": "times what 95 of 100 stay under",
    "below": "sure by less than, in percent",
}
IN_PERCENT = {"below"}


class LimitsWidget(forms.Widget):
    """Inputs called NAME-CHECK-warn, -fail, -off and by the check's own settings."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> Any:
        given = value if isinstance(value, dict) else {}
        rows = [_row(name, check, limit, given.get(check, {})) for check, limit in LIMITS.items()]
        return render_to_string("frontend/settings/limits.html", {"name": name, "rows": rows, "shown": SHOWN})

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        """{check: {setting: what was typed}}; None where the page had no such table."""
        if f"{name}-{SHOWN}" not in data:
            return None
        return {
            check: {key: data.get(f"{name}-{check}-{key}", "").strip() for key in ("warn", "fail", *limit.own)}
            | {"off": f"{name}-{check}-off" in data}
            for check, limit in LIMITS.items()
        }

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return f"{name}-{SHOWN}" not in data


class LimitsField(forms.Field):
    """Cleans to what differs from the defaults, as a policy stores it; None: nothing was asked."""

    widget = LimitsWidget

    def clean(self, value: Any) -> Any:
        if value is None:
            return None
        faults, stored = [], {}
        for check, typed in value.items():
            try:
                told = _stored(LIMITS[check], typed)
            except ValueError as error:
                faults.append(f"{LIMITS[check].title}: {error}")
                continue
            faults += [f"{LIMITS[check].title}: {message}" for _, message in faults_of({check: told})]
            if told:
                stored[check] = told
        if faults:
            raise forms.ValidationError(faults)
        return stored


def _stored(limit: Limit, typed: dict[str, Any]) -> dict[str, Any]:
    """What differs from the defaults. Raises ValueError for what is no number."""
    told: dict[str, Any] = {}
    for key, default in {"warn": limit.warn, "fail": limit.fail, **limit.own}.items():
        value = _number(typed[key], percent=_is_percent(limit, key))
        if value is None and key in limit.own:
            raise ValueError(f"{OWN_WORDS[key]} must be given")
        if value != default:
            told[key] = value
    return told | ({"off": True} if typed["off"] else {})


def _number(typed: str, *, percent: bool) -> int | None:
    if not typed:
        return None
    try:
        value = Decimal(typed.replace(",", ".")) * (100 if percent else 1)
        whole = int(value)
    except (InvalidOperation, ValueError, OverflowError):
        raise ValueError(f"{typed[:40]!r} is not a number") from None
    if value != whole:
        raise ValueError(f"{typed[:40]} must {'have at most two decimals' if percent else 'be a whole number'}")
    return whole


def _is_percent(limit: Limit, key: str) -> bool:
    return key in IN_PERCENT or (limit.unit == SHARE and key in ("warn", "fail"))


def _row(name: str, check: str, limit: Limit, given: dict[str, Any]) -> dict[str, Any]:
    cells = []
    for key, default in {"warn": limit.warn, "fail": limit.fail, **limit.own}.items():
        percent = _is_percent(limit, key)
        value = given.get(key, default)
        if not isinstance(value, str):
            value = _shown(value, percent=percent)
        cells.append({
            "name": f"{name}-{check}-{key}", "value": value, "percent": percent, "key": key,
            "words": OWN_WORDS.get(key, ""), "default": _shown(default, percent=percent) or "never",
        })  # fmt: skip
    unit = "%" if limit.unit == SHARE else limit.unit
    off = {"off": f"{name}-{check}-off", "is_off": bool(given.get("off"))}
    return {"check": check, "title": limit.title, "unit": unit, "limits": cells[:2], "own": cells[2:], **off}


def _shown(value: int | None, *, percent: bool) -> str:
    if value is None:
        return ""
    return f"{Decimal(value) / 100:f}" if percent else str(value)
