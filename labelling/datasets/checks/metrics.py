"""What is followed over time: whole numbers by name, and since when one has been as it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from labelling.datasets.checks.compared import null_shares
from labelling.datasets.checks.figures import shares
from labelling.datasets.checks.summary import Summary, types_of
from labelling.datasets.checks.verdicts import NOT_LOOKED_FOR

# Shares this near to the newest are the same level.
NEAR = 100
PART = 4
MOST_FIELDS, MOST_CLASSES = 60, 30


def metrics_of(report: dict[str, Any]) -> dict[str, int]:
    """{name: value}: "rows"; "check:NAME" in the unit of its limit; "null:FIELD", "class:LABEL", "script:NAME" out of
    10,000."""
    counted = Summary.from_json(report["counts"])
    found = {"rows": report["n_rows"]}
    found |= {
        f"check:{check['name']}": check["value"] for check in report["checks"] if check["verdict"] != NOT_LOOKED_FOR
    }
    nulls = null_shares(types_of(counted), report["n_rows"])
    found |= {f"null:{name}": share for name, share in sorted(nulls.items(), key=_largest)[:MOST_FIELDS]}
    for what, name in (("class", "class"), ("script", "script")):
        of = shares(counted.of(what))
        found |= {f"{name}:{word}": share for word, share in sorted(of.items(), key=_largest)[:MOST_CLASSES]}
    return found


def _largest(pair: tuple[str, int]) -> tuple[int, str]:
    return -pair[1], pair[0]


@dataclass(frozen=True)
class Since:
    """That a value has been about `now` since the reading number `first`; `before`: what it was in the one before
    that, None where it was never otherwise."""

    now: int
    first: int
    before: int | None


def since(values: Sequence[int], near: int = NEAR) -> Since | None:
    """How long the newest value has held: the longest run of readings up to the newest that all lie within `near` of
    it, or within a quarter of it. A plain rule, that says when a level began; it knows no chance and no trend. None for
    no readings. near: NEAR for shares out of 10,000, 0 for counts."""
    if not values:
        return None
    now = values[-1]
    first = len(values) - 1
    while first and abs(values[first - 1] - now) <= max(near, now // PART):
        first -= 1
    return Since(now, first, values[first - 1] if first else None)
