"""A flag in words and as a picture: what the figures behind it say."""

import math
from typing import Any

from frontend.pictures import Picture, spec
from labelling.reliability.models import Flag

LN10 = math.log(10)
# Beyond, a number is a power of ten and no more.
MOST_DIGITS = 9


def told(flag: Flag) -> dict[str, Any]:
    """What a page shows of a flag."""
    return {"row": flag, "why": why(flag), "picture": picture(flag), "odds": odds(flag.log_evidence)}


def why(flag: Flag) -> str:
    """The evidence in a sentence or two."""
    return str(flag.evidence.get("says") or flag.get_kind_display().capitalize() + ".")


def odds(log_evidence: float) -> str:
    """How much more likely the labels are if the flag is right, in round words."""
    power = int(log_evidence / LN10)
    return f"{10**power:,}" if power <= MOST_DIGITS else f"10^{power}"


def picture(flag: Flag) -> Picture | None:
    """How the evidence grew with each label; nothing where no path was kept."""
    path = flag.evidence.get("path") or []
    if len(path) < 2:
        return None
    rows = [{"x": int(label), "y": value / LN10} for label, value in path]
    limit = flag.evidence.get("limit")
    return Picture(
        "How the evidence grew",
        "Each step up of one makes it ten times as strong. Above the line, an honest labeller would come at most once "
        "in a hundred, however long they work and however often one looks.",
        spec("line-band", rows, x_label="Their label", y_label="Powers of ten",
             **({} if limit is None else {"limit": limit / LN10})),
    )  # fmt: skip
