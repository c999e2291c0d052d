"""What a check finds."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from django.db.models import QuerySet

CHUNK = 2_000


@dataclass(frozen=True, slots=True)
class Finding:
    """One row at fault. check: which invariant; row: kind and public id; message: what is, and what should be."""

    check: str
    row: str
    message: str

    def as_dict(self) -> dict[str, str]:
        return asdict(self)


Check = Callable[[int | None], Iterator[Finding]]
"""Takes the id of one project, or None for all of them."""


def within(rows: QuerySet[Any], path: str, project_id: int | None) -> QuerySet[Any]:
    """Those rows of one project; `path` leads from the row to its project's id."""
    return rows if project_id is None else rows.filter(**{path: project_id})
