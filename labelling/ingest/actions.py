"""Taking in what production sent: whole chunks, each in one transaction; the good lines are kept."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db import transaction

from labelling.audit import actions as audit
from labelling.ingest.faults import LineFault
from labelling.ingest.models import Example, ModelVersion, Prediction
from labelling.ingest.parsing import Expected, Row, parse
from labelling.ingest.queries import Known, known_examples, payload_hash, salt_of
from labelling.projects.models import Project, SchemaVersion, User
from labelling.projects.queries import classes_of

CHUNK_LINES = 5_000
CHUNK_BYTES = 32_000_000
KEPT_ERRORS = 1_000
BOM = b"\xef\xbb\xbf"


@dataclass
class IngestReport:
    """lines: read, without blank ones; created: new examples; predictions: new ones; repeated: lines that brought
    nothing new; errors: the first 1,000 as {"line", "field", "message"}; n_errors: lines at fault, all of them."""

    lines: int = 0
    created: int = 0
    predictions: int = 0
    repeated: int = 0
    errors: list[dict[str, Any]] = field(default_factory=list)
    n_errors: int = 0

    def fault(self, line: int, error: LineFault) -> None:
        self.n_errors += 1
        if len(self.errors) < KEPT_ERRORS:
            self.errors.append({"line": line, "field": error.field, "message": error.message})

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def ingest(
    *,
    project: Project,
    lines: Iterable[bytes],
    by: User | None,
    now: datetime,
    progress: Callable[[int], None] | None = None,
) -> IngestReport:
    """Take in NDJSON lines (see `parsing`); the good ones are stored, the others reported by their number from 1.

    The same lines again change nothing. An id with another payload, or a model that says something else of the same
    id, is an error and the first stays; so do slice, group, source and metadata. Each chunk is one transaction: after
    a crash, send everything again.
    progress: called after each chunk with the number of lines read. Each chunk that stored something is audited.
    """
    report = IngestReport()
    schema = SchemaVersion.objects.filter(project=project).latest("number")
    expected = Expected(tuple(classes_of(schema)), schema.definition.get("input") or {}, schema.kind, schema.definition)
    for chunk in _chunks(lines):
        report.lines += len(chunk)
        rows = list(_parsed(chunk, expected, report))
        if rows:
            _store(_Chunk(project, schema, rows, now), report, by=by)
        if progress is not None:
            progress(report.lines)
    report.errors.sort(key=lambda error: int(error["line"]))
    return report


@dataclass(frozen=True)
class _Chunk:
    project: Project
    schema: SchemaVersion
    rows: list[tuple[int, Row]]
    now: datetime


def _chunks(lines: Iterable[bytes]) -> Iterator[list[tuple[int, bytes]]]:
    """Numbered lines that aren't blank, so many at a time that neither their count nor their size gets out of hand."""
    chunk: list[tuple[int, bytes]] = []
    size = 0
    for number, line in enumerate(lines, start=1):
        text = line.removeprefix(BOM) if number == 1 else line
        if not text.strip():
            continue
        chunk.append((number, text))
        size += len(text)
        if len(chunk) >= CHUNK_LINES or size >= CHUNK_BYTES:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def _parsed(chunk: list[tuple[int, bytes]], expected: Expected, report: IngestReport) -> Iterator[tuple[int, Row]]:
    for number, line in chunk:
        try:
            yield number, parse(line, expected)
        except LineFault as error:
            report.fault(number, error)


def _store(chunk: _Chunk, report: IngestReport, *, by: User | None) -> None:
    """One transaction. What it adds to the report, it adds after the commit."""
    faults: list[tuple[int, LineFault]] = []
    with transaction.atomic():
        # One chunk of a project at a time: what is new is then known exactly, and two uploads can't deadlock.
        # An erasure may have given it another key for salts since the file was opened.
        project = Project.objects.select_for_update(no_key=True).get(pk=chunk.project.pk)
        chunk = replace(chunk, project=project)
        new_ids, known = _insert_examples(chunk)
        rows = [(line, row) for line, row in chunk.rows if _fits(chunk, line, row, known, faults)]
        said = _insert_predictions(chunk, rows, known, faults)
        if new_ids or said:
            audit.record(
                "examples.ingested", chunk.project, by=by, now=chunk.now, project_id=chunk.project.pk,
                created=len(new_ids), predictions=len(said),
            )  # fmt: skip
    for line, error in faults:
        report.fault(line, error)
    brought = {line for line, _ in new_ids.values()} | said
    report.created += len(new_ids)
    report.predictions += len(said)
    report.repeated += len(chunk.rows) - len(faults) - len(brought)


def _insert_examples(chunk: _Chunk) -> tuple[dict[str, tuple[int, Row]], dict[str, Known]]:
    """The lines that brought new examples, by id (the first of each id); and all examples of the chunk's ids."""
    ids = {row.external_id for _, row in chunk.rows}
    known = known_examples(project=chunk.project, external_ids=ids)
    new: dict[str, tuple[int, Row]] = {}
    for line, row in chunk.rows:
        if row.external_id not in known and row.payload is not None:
            new.setdefault(row.external_id, (line, row))
    if new:
        Example.objects.bulk_create([_example(chunk, row) for _, row in new.values()])
        known |= known_examples(project=chunk.project, external_ids=new)
    return new, known


def _example(chunk: _Chunk, row: Row) -> Example:
    assert row.payload is not None
    salt = salt_of(bytes(chunk.project.salt_key), row.external_id)
    return Example(
        project=chunk.project,
        external_id=row.external_id,
        payload=row.payload,
        payload_hash=payload_hash(salt, row.payload),
        salt=salt,
        slice=row.slice,
        group=row.group,
        source=row.source,
        metadata=row.metadata,
        received_at=chunk.now,
    )


def _fits(chunk: _Chunk, line: int, row: Row, known: dict[str, Known], faults: list[tuple[int, LineFault]]) -> bool:
    """Whether the line says the same of its example as what is stored."""
    example = known.get(row.external_id)
    if example is None:
        faults.append((line, LineFault("payload", f"is missing, and no example {row.external_id!r} came before")))
        return False
    if example.erased:
        faults.append((line, LineFault("id", f"{row.external_id!r} was erased; it isn't taken in again")))
        return False
    if row.payload is not None and not example.came_with(row.payload):
        message = f"{row.external_id!r} came before with another payload; the first is kept"
        faults.append((line, LineFault("id", message)))
        return False
    return True


def _insert_predictions(
    chunk: _Chunk, rows: list[tuple[int, Row]], known: dict[str, Known], faults: list[tuple[int, LineFault]]
) -> set[int]:
    """The lines that brought a new prediction. One that contradicts what its model said before is a fault."""
    models = _model_versions(chunk.project, rows)
    said = _said(chunk, list(models.values()), [known[row.external_id].pk for _, row in rows])
    new: dict[int, Prediction] = {}
    for line, row in rows:
        if row.model is None:
            continue
        key = (models[row.model, row.pipeline], known[row.external_id].pk)
        value = (chunk.schema.pk, row.probabilities, row.passes, row.answer)
        if key not in said:
            said[key] = value
            new[line] = _prediction(chunk, key, row)
        elif said[key][0] == chunk.schema.pk and said[key] != value:
            message = f"{row.model!r} said something else of {row.external_id!r} before; the first is kept"
            faults.append((line, LineFault("answer" if row.answer else "probabilities", message)))
    Prediction.objects.bulk_create(new.values())
    return set(new)


def _model_versions(project: Project, rows: list[tuple[int, Row]]) -> dict[tuple[str, str], int]:
    """The row of each (model, pipeline) that the lines name, made if need be, in the order of the lines."""
    named = dict.fromkeys((row.model, row.pipeline) for _, row in rows if row.model is not None)
    return {
        (model, pipeline): ModelVersion.objects.get_or_create(project=project, model=model, pipeline=pipeline)[0].pk
        for model, pipeline in named
    }


def _said(
    chunk: _Chunk, models: list[int], examples: list[int]
) -> dict[tuple[int, int], tuple[int, bytes | None, bytes | None, str | None]]:
    """What these models said of these examples: {(model, example): (schema, probabilities, passes, answer)}."""
    rows = Prediction.objects.filter(model_version__in=models, example__in=examples)
    return {
        (model, example): (schema, _bytes(probabilities), _bytes(passes), answer)
        for model, example, schema, probabilities, passes, answer in rows.values_list(
            "model_version_id", "example_id", "schema_id", "probabilities", "passes", "answer"
        )
    }


def _prediction(chunk: _Chunk, key: tuple[int, int], row: Row) -> Prediction:
    return Prediction(
        model_version_id=key[0],
        example_id=key[1],
        schema=chunk.schema,
        probabilities=row.probabilities,
        passes=row.passes,
        answer=row.answer,
        explanation=row.explanation,
        received_at=chunk.now,
    )


def _bytes(value: bytes | memoryview | None) -> bytes | None:
    return None if value is None else bytes(value)
