"""Reading the approved items of a project, column by column, as rows; in bounded memory."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
from django.db import connection
from django.db.models import F, QuerySet

from labelling import canonical
from labelling.consensus.models import Resolution
from labelling.datasets import content, layout
from labelling.datasets.lineages import AUTHORITIES
from labelling.projects.models import Project, SchemaVersion
from labelling.projects.queries import in_words_of
from labelling.sampling.models import Purpose, State
from labelling.schemas import kind_of
from labelling.statements import one_of

READ_ROWS = 8_192
WORK_MEM = "64MB"
BLOCK_BYTES = 1 << 20  # parsed at once, unless a row is longer; some blocks are read ahead

# What a row and its lineage need of an item, by the name it has here: of these three tables and no others.
COLUMNS = {
    "item_public_id": F("item__public_id"),
    "example_id": F("item__example_id"),
    "key": F("item__example__external_id"),
    "payload": F("item__example__payload"),
    "salt": F("item__example__salt"),
    "slice_name": F("item__example__slice"),
    "group": F("item__example__group"),
    "source": F("item__example__source"),
    "split": F("item__split"),
    "inclusion": F("item__inclusion_probability"),
    "by_probability": F("item__by_probability"),
    "round_id": F("item__round_id"),
}
TEXTS = (
    "public_id", "answer", "posterior", "item_public_id", "key", "payload", "slice_name", "group", "source", "split",
)  # fmt: skip
NUMBERS = ("item_id", "example_id", "pass_number", "authority", "decision_id", "round_id")
RAW = pa.schema([
    *[(name, pa.string()) for name in TEXTS], *[(name, pa.int64()) for name in NUMBERS],
    ("inclusion", pa.float64()), ("confidence", pa.float64()), ("by_probability", pa.bool_()),
    ("salt", pa.binary(content.SALT_BYTES)),
])  # fmt: skip


def approved(project: Project) -> QuerySet[Resolution]:
    """The standing resolutions with an answer, of items that no owner holds back and whose content is not erased."""
    return Resolution.objects.filter(
        item__project=project,
        item__purpose=Purpose.WORK,
        item__state=State.RESOLVED,
        item__held_at=None,
        item__example__payload__isnull=False,
        item__example__salt__isnull=False,
        closed_at=None,
    ).exclude(answer="")


def read(project: Project, items: Sequence[int] | None = None) -> Iterator[pa.RecordBatch]:
    """The approved items of a project, or those of `items` (ids) that are approved, as batches of RAW: answers in the
    words of the schema in force. In no order; reads on the connection that is open, so within its transaction."""
    if items is None or items:
        yield from _batches(selected(project, items))


def selected(project: Project, items: Sequence[int] | None = None) -> Any:
    """The query of what RAW holds."""
    found = approved(project)
    if items is not None:
        found = found.filter(item__in=one_of(items))
    found = found.annotate(**{f"row_{name}": column for name, column in COLUMNS.items()}).order_by()
    return found.values_list(*[_source(name) for name in RAW.names])


def _source(name: str) -> str:
    return f"row_{name}" if name in COLUMNS else name


def _batches(found: Any) -> Iterator[pa.RecordBatch]:
    sql, params = found.query.sql_with_params()
    return _copied(sql, params) if connection.vendor == "postgresql" else _fetched(sql, params)


def _fetched(sql: str, params: Any) -> Iterator[pa.RecordBatch]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        while rows := cursor.fetchmany(READ_ROWS):
            columns = [
                pa.array([value if value is None else bool(value) for value in values] if pa.types.is_boolean(of.type)
                         else values, of.type)
                for of, values in zip(RAW, zip(*rows, strict=True), strict=True)
            ]  # fmt: skip
            yield pa.RecordBatch.from_arrays(columns, schema=RAW)


def _copied(sql: str, params: Any) -> Iterator[pa.RecordBatch]:
    """COPY as CSV, parsed column by column: half the work of fetching rows."""
    names = ", ".join(f'encode("{n}", \'hex\')' if n == "salt" else f'"{n}"::text' if n == "posterior" else f'"{n}"'
                      for n in RAW.names)  # fmt: skip
    aliases = ", ".join(f'"{name}"' for name in RAW.names)
    statement = f"COPY (SELECT {names} FROM ({sql}) AS found ({aliases})) TO STDOUT (FORMAT csv)"  # noqa: S608 - names of ours
    with tempfile.TemporaryFile(prefix="quorum-approved-") as file:
        # Whole, before anything is parsed: until the last row is read nobody else can use the connection.
        longest = 0
        with connection.cursor() as cursor:
            # Until the transaction ends: hash tables that don't fit are written to disk and read again.
            cursor.execute("SELECT set_config('work_mem', %s, true)", [WORK_MEM])
            with cursor.cursor.copy(statement, params) as copy:
                for row in copy:
                    file.write(row)
                    longest = max(longest, len(row))
        file.seek(0)
        if longest:
            yield from _parsed(file, max(BLOCK_BYTES, 2 * longest))


def _parsed(file: Any, block: int) -> Iterator[pa.RecordBatch]:
    types = {field.name: pa.string() if field.name == "salt" else field.type for field in RAW}
    reader = pa.csv.open_csv(
        file,
        read_options=pa.csv.ReadOptions(column_names=RAW.names, block_size=block, use_threads=False),
        parse_options=pa.csv.ParseOptions(newlines_in_values=True),
        convert_options=pa.csv.ConvertOptions(
            column_types=types, null_values=[""], strings_can_be_null=True, quoted_strings_can_be_null=False,
            true_values=["t"], false_values=["f"],
        ),
    )  # fmt: skip
    for batch in reader:
        salt = pa.Array.from_buffers(RAW.field("salt").type, len(batch), [None, _unhexed(batch.column("salt"))])
        columns = [salt if name == "salt" else batch.column(name) for name in RAW.names]
        yield pa.RecordBatch.from_arrays(columns, schema=RAW)


def _unhexed(column: pa.Array) -> pa.Buffer:
    """The bytes that texts of hex digits, all of one length, stand for."""
    _, offsets, digits = column.buffers()
    ends = np.frombuffer(offsets, np.int32, len(column) + 1, column.offset * 4)
    return pa.py_buffer(bytes.fromhex(digits[int(ends[0]) : int(ends[-1])].to_pybytes().decode("ascii")))


def rows_of(raw: pa.RecordBatch, schema: SchemaVersion) -> pa.RecordBatch:
    """The rows, of layout.arrow_schema(), that go with a batch of RAW."""
    answers = words_of(raw.column("answer"), in_words_of(schema))
    exported = kind_of(schema.kind).exported
    columns = {
        "key": raw.column("key"),
        "split": raw.column("split"),
        "label": words_of(answers, lambda text: exported(schema.definition, canonical.loads(text))),
        "answer": answers,
        "authority": words_of(raw.column("authority"), AUTHORITIES.__getitem__),
        "confidence": pc.cast(pc.round(pc.multiply(raw.column("confidence"), float(content.SCALE)), 0, "half_to_even"),
                              pa.int32()),
        "posterior": words_of(raw.column("posterior"), _posterior),
        "slice": raw.column("slice_name"),
        "group": raw.column("group"),
        "source": raw.column("source"),
        "payload": raw.column("payload"),
    }  # fmt: skip
    return pa.RecordBatch.from_arrays([columns[name] for name in content.FIELDS], schema=layout.arrow_schema())


def words_of(column: pa.Array, word: Callable[[Any], str]) -> pa.Array:
    """`word` of each value, asked once for each that differs; null stays null."""
    coded = column.dictionary_encode()
    words = pa.array([word(value) for value in coded.dictionary.to_pylist()], pa.string())
    return words.take(coded.indices)


def _posterior(text: str) -> str:
    """Shares in millionths become shares of 10,000."""
    return canonical.dumps(content.scaled(canonical.loads(text)))
