"""What a check says, and how that is judged by its limits."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from labelling.datasets.checks.sketch import Array
from labelling.projects.limits import LIMITS, Resolved

PASS, WARN, FAIL = VERDICTS = ("pass", "warn", "fail")
# Of one check, never of a report: there was nothing to go by, nobody looked, or the policy switches it off.
NOT_LOOKED_FOR = "not_looked_for"
OF_A_CHECK = (*VERDICTS, NOT_LOOKED_FOR)


@dataclass
class Found:
    """What a check found: `value` in the unit of its limit. rows: places of the rows at fault (see `live.Live`); n: how
    many they are, where not all are named. figure: what its picture shows (see `figures`). at_most: the gravest verdict
    that it may bring. looked: False where there was nothing to go by, which is no pass; later:
    whether all rows are looked at in the background, after publishing."""

    value: int
    summary: str
    rows: Array | list[int] = field(default_factory=list)
    n: int | None = None
    figure: dict[str, Any] | None = None
    at_most: str = FAIL
    looked: bool = True
    later: bool = False


def unlooked(why: str, figure: dict[str, Any] | None = None) -> Found:
    """Not looked for, and why."""
    return Found(0, why, figure=figure, looked=False)


def judge(found: Found, limit: Resolved) -> str:
    if not found.looked:
        return NOT_LOOKED_FOR
    if limit.fail is not None and found.value > limit.fail:
        verdict = FAIL
    elif limit.warn is not None and found.value > limit.warn:
        verdict = WARN
    else:
        verdict = PASS
    return min(verdict, found.at_most, key=(PASS, WARN, FAIL).index)


def told(name: str, found: Found, limit: Resolved, keys: list[str]) -> dict[str, Any]:
    """One check as it stands in a report: no floats."""
    return {
        "name": name,
        "title": LIMITS[name].title,
        "verdict": judge(found, limit),
        "summary": found.summary,
        "n": len(found.rows) if found.n is None else found.n,
        "rows": keys,
        "value": found.value,
        "unit": LIMITS[name].unit,
        "warn": limit.warn,
        "fail": limit.fail,
        "own": limit.own,
        "off": False,
        "figure": found.figure,
        **({"later": True} if found.later else {}),
    }


def told_off(name: str, limit: Resolved) -> dict[str, Any]:
    """A check that the policy switches off: on record, never at fault."""
    return {**told(name, unlooked("Switched off in the policy."), limit, []), "off": True}


def worst(verdicts: Iterable[str]) -> str:
    """Of a report. What was not looked for has no part in it."""
    return max((one for one in verdicts if one != NOT_LOOKED_FOR), key=VERDICTS.index, default=PASS)


def rows(n: int, one: str = "has", many: str = "have") -> str:
    return f"{n:,} row {one}" if n == 1 else f"{n:,} rows {many}"


def percent(share: int) -> str:
    return f"{share / 100:.1f}%"
