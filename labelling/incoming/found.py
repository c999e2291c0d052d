"""What was found in another tool's files, in one shape whatever tool it was. Plain data; no database.

Answers stand in the shape of our kinds of label ({"choice": …}, {"spans": …}), with the names that the tool uses.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from labelling.errors import Invalid

MOST_FAULTS = 20
NOTHING_TAKEN = "Nothing was taken in."
MOST_IDS = 1_000

Json = dict[str, Any]


class Refused(Invalid):
    """Files that can't be taken in. `errors` name the file, the place in it and what to do; nothing was written."""

    code = "import_refused"


def refused(where: str, message: str) -> Refused:
    return refused_all([(where, message)])


def refused_all(faults: list[tuple[str, str]]) -> Refused:
    """One refusal of several faults (where, what is wrong); the first twenty are named."""
    shown = [f"{where}: {message}" for where, message in faults[:MOST_FAULTS]]
    more = len(faults) - len(shown)
    lines = [*shown, *([f"and {more} more"] if more else []), NOTHING_TAKEN]
    errors: list[dict[str, object]] = [{"where": where, "message": message} for where, message in faults[:MOST_FAULTS]]
    return Refused("\n".join(lines), errors=errors)


def listed(value: Any) -> list[Any]:
    """A list as it is; whatever else stands where a list may: nothing."""
    return value if isinstance(value, list) else []


@dataclass
class Left:
    """What was not taken in, or not as it was: {what: the keys of its items, in order}. Kept in their metadata."""

    found: dict[str, list[str]] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)

    def add(self, what: str, key: str) -> None:
        self.counts[what] = self.counts.get(what, 0) + 1
        keys = self.found.setdefault(what, [])
        if len(keys) < MOST_IDS and (not keys or keys[-1] != key):
            keys.append(key)

    def as_list(self) -> list[Json]:
        """[{"what", "count", "items": the first 1,000}], the most frequent first."""
        order = sorted(self.counts, key=lambda what: (-self.counts[what], what))
        return [{"what": what, "count": self.counts[what], "items": self.found[what]} for what in order]


@dataclass(slots=True)
class Given:
    """One labeller's answer, or an abstention where it is None. at: when; seconds: how long it took; reason: of ours,
    why nothing was answered."""

    labeller: str
    answer: Json | None
    at: datetime | None = None
    seconds: float | None = None
    note: str = ""
    reason: str = ""


@dataclass(slots=True)
class Said:
    """What a model said. score: of its answer, 0 to 1; probabilities: {class: number}, where the file has them."""

    model: str
    answer: Json | None
    score: float | None = None
    probabilities: Json | None = None


@dataclass(slots=True)
class Known:
    """The answer that somebody marked as the truth."""

    answer: Json
    labeller: str


@dataclass(slots=True)
class Found:
    """One item as it was found. place: file and line or number; kept: what has no place here, for the metadata."""

    key: str
    data: Json
    place: str
    labels: list[Given] = field(default_factory=list)
    said: list[Said] = field(default_factory=list)
    known: Known | None = None
    kept: Json = field(default_factory=dict)

    def keep(self, what: str, value: Any) -> None:
        self.kept.setdefault("not_taken", []).append({"what": what, "value": value})

    def answers(self) -> Iterator[Json]:
        """Every answer to the question: labellers', models' and the known one."""
        yield from (given.answer for given in self.labels if given.answer is not None)
        yield from (said.answer for said in self.said if said.answer is not None)
        if self.known is not None:
            yield self.known.answer


@dataclass(frozen=True)
class Shown:
    """A field of the data that labellers see, and how it is drawn: plain, html or image."""

    field: str
    drawn: str = "plain"


@dataclass(frozen=True)
class Question:
    """One question of the other tool, as far as it is one of ours.

    name: what the tool calls it. shown: what is seen, what is asked about first. names: [{"name", "title"?, "key"?}] of
    its classes or labels, as far as they are known. settings: of our definition, as they differ by kind.
    """

    name: str
    kind: str
    text: str
    shown: tuple[Shown, ...]
    names: tuple[Json, ...] = ()
    settings: Json = field(default_factory=dict)


@dataclass
class Harvest:
    """All that the files hold: the items by key, in the order of the files, for one question.

    names: {labeller as the tool tells them apart: what they are called}. others: {question or tag: why it isn't taken}.
    """

    source: str
    question: Question
    items: dict[str, Found]
    left: Left
    names: dict[str, str] = field(default_factory=dict)
    others: dict[str, str] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
