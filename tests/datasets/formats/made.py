"""Rows as a version gives them, made without a database."""

import pyarrow

from labelling import canonical
from labelling.datasets import content, layout
from labelling.datasets.formats import About, Options, format_of
from labelling.datasets.formats.folder import sums_of, write_files
from labelling.schemas import kind_of
from tests.kinds import answers_of, payload_of

AWKWARD = 'a "quoted", semi;\r\ncolon\nline, =1+1 \u2028 é NA 😀'
SPLITS = ("train", "train", "validation", "test")


def about(kind="single_choice", **changed):
    definition = changed.pop("definition", None) or kind_of(kind).check_definition(kind_of(kind).example)
    facts = {
        "project": "matching", "name": 'Matching: "all" 犬', "number": 3, "kind_name": kind, "definition": definition,
        "schema_number": 2, "guideline_number": 4, "guideline": "Say *yes* when in doubt.", "version_id": "ab" * 32,
        "data_id": "cd" * 32, "n_rows": 8, "message": "After the audit", "created_at": "2026-11-22T10:00:00+00:00",
        "checks": {"verdict": "warn", "checks": [{"name": "nulls", "verdict": "warn", "summary": "2 rows | empty"}]},
    }  # fmt: skip
    return About(**(facts | changed))


def rows_of(kind="single_choice", n=8):
    """n rows in the order of their keys; the answers take turns, some cells are empty or awkward."""
    answers, payload = answers_of(kind), payload_of(kind)
    definition = kind_of(kind).check_definition(kind_of(kind).example)
    return [
        content.make_row(
            key=f"{number:04d}", payload=canonical.payload_text(payload | {"note": AWKWARD if number % 2 else ""}),
            answer=answers[number % 2], label=kind_of(kind).exported(definition, answers[number % 2]),
            authority="expert" if number % 4 == 3 else "crowd", confidence=None if number % 4 == 3 else 0.875,
            posterior=None if number % 4 == 3 else {"yes": 875_000, "no": 125_000}, split=SPLITS[number % len(SPLITS)],
            slice_name=AWKWARD if number == 1 else "NA" if number == 2 else "", group="", source="production",
        )
        for number in range(n)
    ]  # fmt: skip


def batch_of(rows):
    cells = [layout.to_cells(row) for row in rows]
    return pyarrow.RecordBatch.from_pylist(cells, schema=layout.arrow_schema())


def written(folder, file_format, *, kind="single_choice", rows=None, votes=None, described=None, **options):
    """The folder of an export of rows in batches of three; votes: a list for each row."""
    rows = rows_of(kind) if rows is None else rows
    batches = [(batch_of(rows[at : at + 3]), votes[at : at + 3] if votes else None) for at in range(0, len(rows), 3)]
    folder.mkdir(parents=True)
    asked = Options(votes=votes is not None, **options)
    write_files(folder, found=format_of(file_format), about=described or about(kind), options=asked, batches=batches)
    (folder / layout.SUMS).write_text(sums_of(folder))
    return folder
