"""A flag in words and as a picture: what the figures behind it say."""

import math
from typing import Any

from frontend.pictures import Picture, spec
from labelling.reliability.models import Flag

LN10 = math.log(10)


def told(flag: Flag) -> dict[str, Any]:
    """What a page shows of a flag."""
    return {"row": flag, "why": why(flag), "picture": picture(flag)}


def why(flag: Flag) -> str:
    """The evidence in a sentence or two."""
    return str(flag.evidence.get("says") or flag.get_kind_display().capitalize() + ".")


def picture(flag: Flag) -> Picture | None:
    """How the evidence grew with each label; nothing where no path was kept."""
    path = flag.evidence.get("path") or []
    if len(path) < 2:
        return None
    rows = [{"x": int(label), "y": value / LN10} for label, value in path]
    limit = flag.evidence.get("limit")
    return Picture(
        "How the evidence grew",
        "1 is ten times likelier than from an honest labeller, 2 a hundred times, and so on. Of a hundred honest "
        "labellers at most one ever comes above the dashed line, however long they work and however often one looks.",
        spec("line-band", rows, x_label="Their label", y_label="Evidence (1: ten times, 2: a hundred times)",
             **({} if limit is None else {"limit": limit / LN10})),
    )  # fmt: skip
