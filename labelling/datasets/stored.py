"""Reading the rows of a version as they were frozen, with their content: in order, in bounded memory."""

from collections.abc import Iterator

from labelling.datasets.models import RowContent, Version, VersionRow

CHUNK = 900  # SQLite may allow no more than 999 values in a statement


def stored_rows(version: Version, *, with_lineage: bool = False) -> Iterator[tuple[VersionRow, RowContent | None]]:
    """Each row with its content (None: there is none by that leaf); two statements for each 900 rows.

    With its lineage and item only when asked: the lineage is most of a row's bytes.
    """
    rows = VersionRow.objects.filter(version=version).order_by("position")
    rows = rows.select_related("item") if with_lineage else rows.defer("lineage")
    last = -1
    while chunk := list(rows.filter(position__gt=last)[:CHUNK]):
        contents = RowContent.objects.in_bulk([row.leaf for row in chunk])
        for row in chunk:
            yield row, contents.get(row.leaf)
        last = chunk[-1].position
