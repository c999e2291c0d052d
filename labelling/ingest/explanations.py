"""What weighed how much in a prediction: parts of a text or of an image, for the eyes of experts alone."""

from typing import Any

from labelling.ingest.faults import LineFault

MOST = 2_000
MOST_NUMBER = 1e15
# What a part is named by, and the type of each.
PARTS: dict[str, dict[str, type]] = {
    "tokens": {"start": int, "end": int, "weight": float},
    "regions": {"x": float, "y": float, "width": float, "height": float, "weight": float},
}


def read(value: Any) -> dict[str, Any] | None:
    """The explanation as it is stored; None where there is none. Raises LineFault naming the field.

    start, end: characters (code points) of a text; x, y, width, height: 0 to 1, shares of an image's sides;
    weight: a number, below 0 for what spoke against.
    """
    if value is None:
        return None
    if not isinstance(value, dict) or len(set(value) & set(PARTS)) != 1 or set(value) - {*PARTS, "field"}:
        raise LineFault("explanation", "must be an object with either tokens or regions, and the field they are of")
    (name,) = set(value) & set(PARTS)
    parts, of = value[name], value.get("field")
    if of is not None and not isinstance(of, str):
        raise LineFault("explanation.field", "must be the name of a field of the payload")
    if not isinstance(parts, list) or len(parts) > MOST:
        raise LineFault(f"explanation.{name}", f"must be a list of at most {MOST:,}")
    checked = [_part(part, PARTS[name], f"explanation.{name}[{number}]") for number, part in enumerate(parts)]
    return {name: checked, **({} if of is None else {"field": of})}


def _part(part: Any, wanted: dict[str, type], where: str) -> dict[str, Any]:
    if not isinstance(part, dict) or set(part) != set(wanted):
        raise LineFault(where, f"must be an object with {', '.join(wanted)}")
    for name, kind in wanted.items():
        given = part[name]
        if isinstance(given, bool) or not isinstance(given, int if kind is int else int | float):
            raise LineFault(f"{where}.{name}", "must be a whole number" if kind is int else "must be a number")
        # A whole number of hundreds of digits is no float at all: math.isfinite would raise.
        if not -MOST_NUMBER <= given <= MOST_NUMBER or (name != "weight" and given < 0):
            raise LineFault(
                f"{where}.{name}",
                "must be a number from 0 to 1e15" if name != "weight" else "must be from -1e15 to 1e15",
            )
    if "end" in part and part["end"] <= part["start"]:
        raise LineFault(f"{where}.end", "must lie after start")
    if "x" in part and (part["x"] + part["width"] > 1.0001 or part["y"] + part["height"] > 1.0001):
        raise LineFault(where, "lies outside the image: x, y, width and height are shares of its sides, 0 to 1")
    return {name: part[name] for name in wanted}
