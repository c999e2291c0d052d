"""The labels behind rows of a version: those that the row's lineage names, and no others."""

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from django.db.models import F

from labelling import canonical
from labelling.assignment.models import Label
from labelling.datasets.content import FIELDS
from labelling.datasets.formats.base import Vote
from labelling.datasets.models import Version
from labelling.datasets.reading import rows_of
from labelling.datasets.rows import Rows
from labelling.projects.queries import in_words_of

CHUNK = 900  # SQLite may allow no more than 999 values in a statement
LABEL = ("public_id", "answer", "abstention", "at", "active_seconds")
# A batch's votes are read into memory, several to a row.
BATCH_ROWS = 4_096


def voted_batches(
    version: Version, *, splits: Collection[str], names: bool = False
) -> Iterator[tuple[pa.RecordBatch, list[list[Vote]]]]:
    """As `reading.batches`, each with the votes behind its rows: a statement for each 900 labels.

    Answers are in the words of the version's schema. names: of labellers, beside their pseudonyms (their public ids),
    which are the same throughout the project.
    """
    read_answer, rows = in_words_of(version.schema), rows_of(version)
    lineages = _lineages(rows)
    for batch in rows.batches(splits=splits, size=BATCH_ROWS):
        keys = batch.column(FIELDS.index("key")).to_pylist()
        # Both are in the order of the keys; erased rows and other splits are passed over.
        texts = [next(text for other, text in lineages if other == key) for key in keys]
        yield batch, _votes(texts, read_answer, names)


def _lineages(rows: Rows) -> Iterator[tuple[str, str]]:
    """Key and lineage of every row, in the order of the keys."""
    part, row = rows.order
    for at in range(0, rows.n_rows, BATCH_ROWS):
        parts, numbers = part[at : at + BATCH_ROWS], row[at : at + BATCH_ROWS]
        found = np.empty((len(parts), 2), object)
        for number in np.unique(parts):
            here = parts == number
            opened = rows.parts[number].opened
            found[here, 0] = opened.index["key"].take(numbers[here]).to_pylist()
            found[here, 1] = opened.lineage(numbers[here]).to_pylist()
        yield from map(tuple, found)


def _votes(lineages: Sequence[str], read_answer: Callable[[str], str], names: bool) -> list[list[Vote]]:
    wanted = [[label["id"] for label in canonical.loads(text)["labels"]] for text in lineages]
    found = _labels([label for ids in wanted for label in ids])
    return [[_vote(found[label], read_answer, names) for label in ids if label in found] for ids in wanted]


def _labels(ids: list[str]) -> dict[str, dict[str, Any]]:
    given = Label.objects.values(*LABEL, who=F("labeller__public_id"), name=F("labeller__name"))
    chunks = (given.filter(public_id__in=ids[at : at + CHUNK]) for at in range(0, len(ids), CHUNK))
    return {row["public_id"]: row for chunk in chunks for row in chunk}


def _vote(label: dict[str, Any], read_answer: Callable[[str], str], names: bool) -> Vote:
    return Vote(
        labeller=label["who"],
        name=label["name"] if names else "",
        answer=read_answer(label["answer"]) if label["answer"] else None,
        abstention=label["abstention"],
        at=label["at"].isoformat(),
        seconds=label["active_seconds"],
    )
