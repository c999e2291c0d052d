"""Reading the approved items of a project, column by column, as rows and their lineage; in bounded memory."""

import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeVar

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
from django.db import connection
from django.db.models import F, QuerySet

from labelling import canonical
from labelling.assignment.models import Label, RejectedLabel
from labelling.consensus.models import Authority, Resolution
from labelling.datasets import content, layout
from labelling.ingest.models import Prediction
from labelling.projects.models import Project, SchemaVersion
from labelling.projects.queries import in_words_of
from labelling.sampling.models import Purpose, State
from labelling.schemas import kind_of

READ_ROWS = 8_192
BLOCK_BYTES = 16 << 20  # no row is longer: what is taken in is a tenth of it at most
T = TypeVar("T")
AUTHORITIES = {authority.value: authority.name.lower() for authority in Authority}

# What a row and its lineage need of an item, by the name it has here.
COLUMNS = {
    "item_id": F("item_id"),
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
    "round_number": F("item__round__number"),
    "strategy": F("item__round__strategy"),
    "stop_policy": F("decision__policy__number"),
    "stop_fit": F("decision__fit__number"),
}
PLAIN = ("public_id", "pass_number", "authority", "answer", "confidence", "posterior")
TEXTS = (
    "public_id", "answer", "posterior", "item_public_id", "key", "payload", "slice_name", "group", "source", "split",
)  # fmt: skip
RAW = pa.schema([
    *[(name, pa.string()) for name in TEXTS],
    *[(name, pa.int64()) for name in ("item_id", "example_id", "pass_number", "authority", "stop_policy", "stop_fit",
                                      "round_number")],
    ("strategy", pa.string()), ("inclusion", pa.float64()), ("confidence", pa.float64()),
    ("by_probability", pa.bool_()), ("salt", pa.binary(content.SALT_BYTES)),
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
    for chunk in [None] if items is None else chunked(items, 900 if connection.vendor == "sqlite" else 20_000):
        yield from _batches(selected(project, chunk))


def selected(project: Project, items: Sequence[int] | None = None) -> Any:
    """The query of what RAW holds."""
    found = approved(project)
    if items is not None:
        found = found.filter(item__in=items)
    found = found.annotate(**{f"row_{name}": column for name, column in COLUMNS.items()}).order_by()
    return found.values_list(*[_source(name) for name in RAW.names])


def _source(name: str) -> str:
    return name if name in PLAIN else f"row_{name}"


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
    statement = f"COPY (SELECT {names} FROM ({sql}) AS found ({aliases})) TO STDOUT (FORMAT csv)"  # noqa: S608
    with tempfile.TemporaryFile(prefix="quorum-approved-") as file:
        # Whole, before anything is parsed: until the last row is read nobody else can use the connection.
        with connection.cursor() as cursor, cursor.cursor.copy(statement, params) as copy:
            for block in copy:
                file.write(block)
        size = file.tell()
        file.seek(0)
        if size:
            yield from _parsed(file, size)


def _parsed(file: Any, size: int) -> Iterator[pa.RecordBatch]:
    types = {field.name: pa.string() if field.name == "salt" else field.type for field in RAW}
    block = min(size + 1, BLOCK_BYTES)
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
        salts = pa.py_buffer(bytes.fromhex("".join(batch.column("salt").to_pylist())))
        salt = pa.Array.from_buffers(RAW.field("salt").type, len(batch), [None, salts])
        columns = [salt if name == "salt" else batch.column(name) for name in RAW.names]
        yield pa.RecordBatch.from_arrays(columns, schema=RAW)


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


def lineages_of(raw: pa.RecordBatch) -> pa.Array:
    """The lineage of each row as canonical JSON: the labels that count, those that no longer do, what models said."""
    told = [name for name in RAW.names if name not in ("payload", "answer", "posterior", "key")]
    found: list[str] = []
    for items in chunked(raw.select(told).to_pylist(), 900 if connection.vendor == "sqlite" else READ_ROWS):
        history = History(items)
        # No float can be in it: nothing to refuse.
        found += [canonical.payload_text(history.of(item)) for item in items]
    return pa.array(found, pa.string())


class History:
    """What led to the rows of one chunk."""

    def __init__(self, items: Sequence[dict[str, Any]]) -> None:
        item_ids = [item["item_id"] for item in items]
        self.labels = grouped(
            Label.objects.counted().filter(item__in=item_ids).order_by("item_id", "id").values_list(
                "item_id", "public_id", "labeller__public_id", "answer", "abstention", "schema__number",
                "guideline__number", "policy__number",
            )
        )  # fmt: skip
        self.rejected = grouped(
            RejectedLabel.objects.filter(label__item__in=item_ids, lifted_at=None)
            .order_by("label_id", "rejection_id")
            .values_list("label__item_id", "label__public_id", "rejection__public_id")
        )
        self.predictions = grouped(
            Prediction.objects.filter(example__in=[item["example_id"] for item in items])
            .order_by("example_id", "model_version_id")
            .values_list("example_id", "model_version__model", "model_version__pipeline")
        )

    def of(self, item: dict[str, Any]) -> dict[str, Any]:
        """The lineage of one row: public ids, numbers and digests, so that it can be hashed and handed out."""
        return {
            "item": item["item_public_id"],
            "pass": item["pass_number"],
            "resolution": {
                "id": item["public_id"],
                "authority": AUTHORITIES[item["authority"]],
                "policy": item["stop_policy"],
                "fit": item["stop_fit"],
            },
            "labels": [_label(label, item["salt"]) for label in self.labels[item["item_id"]]],
            "rejected": [{"label": label, "rejection": by} for _, label, by in self.rejected[item["item_id"]]],
            "round": _round(item),
            "predictions": [
                {"model": model, "pipeline": pipeline} for _, model, pipeline in self.predictions[item["example_id"]]
            ],
        }


def _label(label: tuple[Any, ...], salt: bytes) -> dict[str, Any]:
    _, public_id, labeller, answer, abstention, schema, guideline, policy = label
    return {
        "id": public_id,
        "labeller": labeller,
        "answer": content.answer_hash_of(salt, answer).hex() if answer else None,
        "abstention": abstention,
        "schema": schema,
        "guideline": guideline,
        "policy": policy,
    }


def _round(item: dict[str, Any]) -> dict[str, Any] | None:
    if item["round_number"] is None:
        return None
    inclusion = item["inclusion"]
    return {
        "number": item["round_number"],
        "strategy": item["strategy"],
        "inclusion": None if inclusion is None else round(inclusion * canonical.MILLION),
        "by_probability": item["by_probability"],
    }


def chunked(values: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    return (values[at : at + size] for at in range(0, len(values), size))


def grouped(rows: Iterable[tuple[Any, ...]]) -> defaultdict[Any, list[tuple[Any, ...]]]:
    """By their first value."""
    groups: defaultdict[Any, list[tuple[Any, ...]]] = defaultdict(list)
    for row in rows:
        groups[row[0]].append(row)
    return groups
