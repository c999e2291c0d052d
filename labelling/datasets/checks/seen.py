"""What every check is given."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from labelling.datasets.checks.doubting import Doubted
from labelling.datasets.checks.live import Live
from labelling.datasets.checks.nearby import Near
from labelling.datasets.checks.sketch import Array
from labelling.datasets.checks.summary import Summary, types_of
from labelling.datasets.content import SCALE
from labelling.projects.limits import Resolved
from labelling.schemas import Kind

T = TypeVar("T")


@dataclass
class Seen:
    """The rows of a version to be. before: the summary of the version before it, or None; near: rows that
    are nearly alike but not the same, or None where nobody looked; slices: {slice: items sampled}; doubted:
    the rows whose label a model doubts, or None where nobody looked; today: days since 1970, or None where nobody
    says; limit: of the check that is asked."""

    rows: Live
    summary: Summary
    kind: Kind
    definition: dict[str, Any]
    before: Summary | None = None
    near: Near | None = None
    slices: dict[str, int] = field(default_factory=dict)
    doubted: Doubted | None = None
    today: int | None = None
    kept: dict[str, Any] = field(default_factory=dict)
    limit: Resolved = field(default_factory=lambda: Resolved(None, None, False, {}))

    def once(self, name: str, make: Callable[[], T]) -> T:
        """What several checks need, made once."""
        if name not in self.kept:
            self.kept[name] = make()
        found: T = self.kept[name]
        return found

    def share(self, n: int) -> int:
        """n rows out of 10,000 of all."""
        return n * SCALE // len(self.rows) if len(self.rows) else 0

    @property
    def types(self) -> dict[str, dict[str, int]]:
        """{field: {type: rows}}"""
        return self.once("types", lambda: types_of(self.summary))

    @property
    def label_names(self) -> list[str]:
        return self.once("label names", lambda: self.rows.words("labels"))

    @property
    def labels(self) -> Array:
        """int (n,): each row's place in `label_names`."""
        return self.once("labels", lambda: self.rows.codes("label", "labels"))
