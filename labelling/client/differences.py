"""What changed between two versions, row by row."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from labelling.client.shapes import CHANGES, DIFFERENCE, all_shaped, shaped

if TYPE_CHECKING:
    from labelling.client.version import RemoteVersion

PAGE_ROWS = "500"


@dataclass(frozen=True)
class Difference:
    """before, after: numbers of versions; counts: {kind of change: rows}."""

    after_version: "RemoteVersion" = field(repr=False)
    before: int
    after: int
    counts: dict[str, int]

    def changes(self, kind: str = "") -> Iterator[dict[str, Any]]:
        """Each changed row: {"key", "kind", "before", "after", "why"}; a page of them is asked for at a time."""
        query = {"against": str(self.before), "limit": PAGE_ROWS, **({"kind": kind} if kind else {})}
        while True:
            reply = self.after_version.quorum.json(f"{self.after_version.path}/diff", **query)
            page = shaped(reply, CHANGES, what="a difference")
            yield from all_shaped(page["changes"], {"key": str}, what="a change")
            if not page["more"] or not page["changes"]:
                return
            query["after_key"] = page["changes"][-1]["key"]


def difference(after: "RemoteVersion", before: int | str) -> Difference:
    reply = after.quorum.json(f"{after.path}/diff", against=str(before), limit="1")
    found = shaped(reply, DIFFERENCE, what="a difference")
    return Difference(after, found["before"], found["after"], found["counts"])
