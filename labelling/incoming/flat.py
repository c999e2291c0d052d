"""Label Studio's exports with one row an annotation (JSON_MIN, CSV, TSV): data and answers side by side."""

from typing import Any

import msgspec

from labelling.incoming.found import Json, Question

OF_ANNOTATION = {"annotator": "completed_by", "created_at": "created_at", "lead_time": "lead_time"}
OF_ROW = frozenset((*OF_ANNOTATION, "id", "annotation_id", "updated_at", "agreement"))
# The type of a result, and the key that a bare value stands for.
BARE = {
    "single_choice": ("choices", "choices"), "multiple_choice": ("choices", "choices"),
    "transcription": ("textarea", "text"), "rating": ("rating", "rating"), "preference": ("pairwise", "selected"),
    "ranking": ("ranker", "ranker"), "spans": ("labels", "labels"), "boxes": ("rectanglelabels", "rectanglelabels"),
}  # fmt: skip
LISTS = frozenset(("choices", "text"))


def is_flat(record: Json) -> bool:
    """Whether it is a row of an annotation, not a task that holds them."""
    return "data" not in record and ("annotation_id" in record or "annotator" in record)


def as_task(row: Json, question: Question, names: set[str]) -> Json:
    """The row as a task with its one annotation. names: of all questions, which are no data."""
    answered = {name for name in names | {question.name} if row.get(name) not in (None, "")}
    kind, _ = BARE[question.kind]
    results: list[Json] = []
    for name in sorted(answered):
        for value in values_of(row[name], question.kind):
            own = kind if name == question.name else "another question"
            results.append({"from_name": name, "type": own, "value": value})
    annotation = {target: row.get(source) for source, target in OF_ANNOTATION.items()}
    rest = {name: row[name] for name in ("annotation_id", "updated_at", "agreement") if row.get(name) not in (None, "")}
    data = {name: value for name, value in row.items() if name not in OF_ROW and name not in names | {question.name}}
    return {"id": row.get("id"), "data": data, "annotations": [{**annotation, **rest, "result": results}]}


def values_of(cell: Any, kind: str) -> list[Json]:
    """The values of a cell: objects as they are, bare texts and numbers under the key of their kind."""
    _, key = BARE[kind]
    if isinstance(cell, str) and cell[:1] in ("[", "{"):
        try:
            cell = msgspec.json.decode(cell)
        except (msgspec.DecodeError, RecursionError):
            return [_bare(cell, key)]
    cells = cell if isinstance(cell, list) else [cell]
    return [one if isinstance(one, dict) else _bare(one, key) for one in cells]


def _bare(value: Any, key: str) -> Json:
    if key == "rating" and isinstance(value, str) and value.isdecimal() and len(value) < 10:
        value = int(value)
    return {key: [value] if key in LISTS else value}
