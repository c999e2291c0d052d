"""Who answered: labellers as another tool names them, and when."""

from datetime import UTC, datetime
from typing import Any

from labelling.incoming.found import Given, refused

UNKNOWN = "unknown"
# The domain of the addresses in our own exports.
OURS = "labellers.invalid"
LONGEST_NAME = 120
# Times on task are counted back from a label's time; databases hold no time before the year 1.
FIRST_YEAR = 1900


class People:
    """{who, as the tool tells them apart: what they are called}; the best name seen of each."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}

    def who(self, value: Any) -> str:
        """Of a number, a text, or an object with id, email and names; empty: somebody unknown."""
        if isinstance(value, dict):
            name = (
                _own_name(value) or value.get("email") or value.get("username") or _full_name(value) or value.get("id")
            )
            key = value.get("id") or name
        else:
            key = name = value
        if key is None or key == "" or isinstance(key, bool):
            key = name = UNKNOWN
        key = str(key)
        known = self.names.get(key)
        if known is None or known == key:
            self.names[key] = " ".join(str(name).replace("\x00", "").split())[:LONGEST_NAME] or UNKNOWN
        return key


def _own_name(value: dict[str, Any]) -> str:
    """The name in an export of ours, whose addresses are made up."""
    local, _, domain = str(value.get("email") or "").partition("@")
    return (str(value.get("first_name") or "") or local) if domain == OURS else ""


def _full_name(value: dict[str, Any]) -> str:
    return " ".join(str(value[part]) for part in ("first_name", "last_name") if value.get(part))


def time_of(value: Any, place: str) -> datetime | None:
    """An ISO 8601 time or seconds since 1970; a time without a zone is UTC. Raises Refused."""
    if value is None or value == "":
        return None
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            found = datetime.fromtimestamp(value, tz=UTC)
        else:
            found = datetime.fromisoformat(value)
        found = found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
        if found.year < FIRST_YEAR:
            raise ValueError
    except (ValueError, TypeError, OverflowError, OSError):
        message = f"is no time: {value!r:.60}; write it as 2026-01-31T12:00:00Z, or leave it out"
        raise refused(f"{place}, created_at", message) from None
    return found


def seconds_of(value: Any) -> float | None:
    """A duration in seconds, also as text; None for what is none."""
    try:
        seconds = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return seconds if 0 <= seconds < float("inf") else None


def newest_first(given: Given) -> float:
    """For sorting: the newest answer first, one without a time last."""
    return -given.at.timestamp() if given.at else float("inf")
