"""What a line says a model was unsure of: probabilities, and several passes of them."""

import math
import struct
from typing import Any

from labelling.ingest.faults import LineFault

MAX_PASSES = 10_000
SUM_TOLERANCE = 1e-3
EDGE_TOLERANCE = 1e-6


def passes_of(record: dict[str, Any], classes: tuple[str, ...]) -> list[list[float]] | None:
    passes = record.get("passes")
    if passes is None:
        return None
    if not isinstance(passes, list) or not 1 <= len(passes) <= MAX_PASSES:
        raise LineFault("passes", f"must be a list of 1 to {MAX_PASSES:,} passes")
    named = record.get("probabilities")
    first = classes.index(next(iter(named))) if isinstance(named, dict) else 0
    rows = []
    for number, one in enumerate(passes):
        where = f"passes[{number}]"
        if isinstance(one, list | dict):
            rows.append(_distribution(one, classes, where))
        elif len(classes) == 2:
            value = probability(one, where)
            rows.append([value, 1.0 - value] if first == 0 else [1.0 - value, value])
        else:
            raise LineFault(where, f"must hold {len(classes)} probabilities, one a class")
    return rows


def probabilities_of(value: Any, classes: tuple[str, ...]) -> list[float] | None:
    return None if value is None else _distribution(value, classes, "probabilities")


def _distribution(value: Any, classes: tuple[str, ...], where: str) -> list[float]:
    """Probabilities in the order of the classes, made to sum to 1 exactly."""
    if isinstance(value, dict):
        unknown = [name for name in value if name not in classes]
        if unknown:
            raise LineFault(f"{where}.{unknown[0]}", f"is not a class; the classes are {', '.join(classes)}")
        row = [probability(value[name], f"{where}.{name}") if name in value else 0.0 for name in classes]
    elif isinstance(value, list):
        if len(value) != len(classes):
            raise LineFault(where, f"must hold {len(classes)} numbers, one a class, not {len(value)}")
        row = [probability(one, f"{where}[{number}]") for number, one in enumerate(value)]
    else:
        raise LineFault(where, "must be an object {class: number} or a list of numbers")
    total = math.fsum(row)
    if abs(total - 1.0) > SUM_TOLERANCE:
        raise LineFault(where, f"sum to {total:.6g}, not to 1")
    return [one / total for one in row]


def probability(value: Any, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise LineFault(where, "must be a number")
    if not -EDGE_TOLERANCE <= value <= 1 + EDGE_TOLERANCE:
        raise LineFault(where, "a probability must lie between 0 and 1")
    return min(max(float(value), 0.0), 1.0)


def pack(row: list[float]) -> bytes:
    return struct.pack(f"<{len(row)}f", *row)
