"""What a format of export is, and what it is told about the version."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

from labelling.datasets.content import SPLITS
from labelling.errors import Invalid
from labelling.schemas import Kind, kind_of

Json = dict[str, Any]
Verifies = Literal["rows", "bytes"]
SWITCHES = ("votes", "soft_labels", "names")


class UnknownFormat(Invalid):
    """There is no such export format."""


class NotHeld(Invalid):
    """The format can't hold these labels."""


@dataclass(frozen=True)
class Options:
    """What is asked of an export. votes: each labeller's answer beside the consensus; names: of labellers, where
    otherwise a pseudonym stands; soft_labels: the probability of each answer, where the format has it not anyway."""

    splits: tuple[str, ...] = SPLITS
    votes: bool = False
    soft_labels: bool = False
    names: bool = False

    def __post_init__(self) -> None:
        """Raises Invalid for splits that there are not."""
        unknown = [split for split in self.splits if split not in SPLITS]
        if unknown or not self.splits:
            what = f"there is no split {unknown[0]!r}" if unknown else "names none"
            raise Invalid(f"splits: {what}; the splits are {', '.join(SPLITS)}")
        object.__setattr__(self, "splits", tuple(split for split in SPLITS if split in self.splits))

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> "Options":
        """From JSON, as `as_json` gives it; what is left out has its default. Raises Invalid naming the field."""
        unknown = set(given) - {"splits", *SWITCHES}
        if unknown:
            raise Invalid(f"{min(unknown)}: is not known; use splits, {', '.join(SWITCHES)}")
        for name in SWITCHES:
            if not isinstance(given.get(name, False), bool):
                raise Invalid(f"{name}: must be true or false")
        splits = given.get("splits", SPLITS)
        if not isinstance(splits, list | tuple):
            raise Invalid(f"splits: must be a list of some of {', '.join(SPLITS)}")
        return cls(splits=tuple(splits), **{name: given.get(name, False) for name in SWITCHES})

    def as_json(self) -> Json:
        return {"splits": list(self.splits), **{name: getattr(self, name) for name in SWITCHES}}


@dataclass(frozen=True)
class About:
    """What a format and the card may say of a version: plain data.

    checks: the checks' report; recalls: {"at", "reason", "n_rows"} each; agreement: {"alpha", "low", "high", "n_items",
    "n_labels"} of the yardstick items when it was published, or None.
    """

    project: str
    name: str
    number: int
    kind_name: str
    definition: Json
    schema_number: int
    guideline_number: int
    guideline: str
    version_id: str
    data_id: str
    n_rows: int
    message: str
    created_at: str
    checks: Json = field(default_factory=dict)
    recalls: Sequence[Json] = ()
    agreement: Json | None = None
    license: str = "unknown"
    languages: Sequence[str] = ()

    @property
    def kind(self) -> Kind:
        return kind_of(self.kind_name)

    @property
    def title(self) -> str:
        return f"{self.project}@{self.number}"


@dataclass(frozen=True)
class Vote:
    """One labeller's answer to an item. labeller: a pseudonym, the same throughout the project; name: only where names
    were asked for. answer: canonical JSON, or None for an abstention, which says why. at: ISO 8601."""

    labeller: str
    name: str
    answer: str | None
    abstention: str
    at: str
    seconds: float | None = None


class Sink(Protocol):
    """A file that takes Arrow batches of one schema."""

    def write(self, batch: Any) -> None: ...

    def close(self) -> None: ...


class Writer(Protocol):
    """Writes the rows of one split, in batches; `votes` has a list for each row of the batch, or is None."""

    def write(self, batch: Any, votes: Sequence[Sequence[Vote]] | None) -> None: ...

    def close(self) -> None: ...


def any_kind(kind: str) -> bool:
    return True


def nothing_beside(about: About, options: Options) -> Mapping[str, bytes]:
    return {}


@dataclass(frozen=True)
class Format:
    """place: its place in lists. open(folder, split, about, options) -> the writer of a split. holds(kind's name) ->
    whether it can hold its labels. verifies: whether each row can be hashed again from the file, or its bytes alone can
    be checked. beside(about, options) -> further files of the folder. features: how `datasets` reads each column, by
    name; None where it doesn't read the format. croissant: the media type for Croissant, where that can describe it."""

    name: str
    title: str
    place: int
    suffix: str
    content_type: str
    open: Callable[[Path, str, About, Options], Writer]
    holds: Callable[[str], bool] = any_kind
    verifies: Verifies = "bytes"
    beside: Callable[[About, Options], Mapping[str, bytes]] = nothing_beside
    features: Mapping[str, str] | None = None
    reading: Mapping[str, Any] = field(default_factory=dict)
    sink: Callable[[Path, Any], Sink] | None = None
    croissant: str = ""


def by_outside(name: str) -> Callable[[str], bool]:
    """Whether a kind offers something to a format."""
    return lambda kind: name in kind_of(kind).outside
