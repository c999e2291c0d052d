"""Reading the approved items of a project, column by column, as rows; in bounded memory."""

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache, partial
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from django.db.models import Count, F, Max, Min, QuerySet

from labelling import canonical
from labelling.consensus.models import Resolution
from labelling.datasets import arrow, content, layout
from labelling.datasets.lineages import AUTHORITIES, named
from labelling.datasets.runs import close, joined_between
from labelling.ingest.models import Example
from labelling.projects.models import Project, SchemaVersion
from labelling.projects.queries import in_words_of
from labelling.sampling.models import Item, Purpose, State
from labelling.schemas import kind_of
from labelling.statements import one_of

SPAN = 131_072  # items whose rows are asked for in one statement

# What a row and its lineage need of an item, by the name it has here: of these tables and no others.
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
    "decided_under": F("decision__policy_id"),
    "fit_id": F("decision__fit_id"),
}
TEXTS = (
    "public_id", "answer", "posterior", "item_public_id", "key", "payload", "slice_name", "group", "source", "split",
)  # fmt: skip
NUMBERS = ("item_id", "example_id", "pass_number", "authority", "round_id", "decided_under", "fit_id")
RAW = pa.schema([
    *[(name, pa.string()) for name in TEXTS], *[(name, pa.int64()) for name in NUMBERS],
    ("inclusion", pa.float64()), ("confidence", pa.float64()), ("by_probability", pa.bool_()),
    ("salt", pa.binary(content.SALT_BYTES)),
])  # fmt: skip
# What the row itself is made of, without its lineage and its salt.
TOLD = pa.schema([RAW.field(name) for name in (
    "key", "split", "answer", "authority", "confidence", "posterior", "slice_name", "group", "source", "payload",
)])  # fmt: skip


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


def read(project: Project, items: Sequence[int] | None = None, schema: pa.Schema = RAW) -> Iterator[pa.RecordBatch]:
    """The approved items of a project, or those of `items` (ids) that are approved, as batches of RAW or of some of its
    columns. Spans of items come in the order of their ids; a span has no order. Reads on the connection that is open,
    so within its transaction."""
    if items is None:
        for span in _spans(project):
            yield from arrow.batches(span(selected(project, names=schema.names)), schema, in_order=True)
    elif items:
        yield from arrow.batches(selected(project, items, schema.names), schema)


def _spans(project: Project) -> Iterator[Callable[[Any], Any]]:
    """Narrow down the query of all items of a project to SPAN of them, or for the last span to what is left."""
    after, items = 0, Item.objects.filter(project=project).order_by("pk")
    ends = {"n": SPAN}
    while ends["n"] == SPAN:
        span = items.filter(pk__gt=after)[:SPAN]
        ends = span.aggregate(*[of(name) for name in ("pk", "example") for of in (Min, Max)], n=Count("pk"))
        if ends["n"]:
            yield partial(_within, ends=ends)
            after = ends["pk__max"]


def _within(found: Any, ends: dict[str, int]) -> Any:
    first, last = ends["pk__min"], ends["pk__max"]
    found = found.filter(joined_between(Item, first, last), item__gte=first, item__lte=last)
    examples = close(ends["example__min"], ends["example__max"], ends["n"])
    return found.filter(joined_between(Example, *examples)) if examples else found


def selected(project: Project, items: Sequence[int] | None = None, names: Sequence[str] = RAW.names) -> Any:
    """The query of what RAW holds, or of some of its columns."""
    found = approved(project)
    if items is not None:
        found = found.filter(item__in=one_of(items))
    found = found.annotate(**{f"row_{name}": column for name, column in COLUMNS.items() if name in names}).order_by()
    return found.values_list(*[f"row_{name}" if name in COLUMNS else name for name in names])


def rows_of(raw: pa.RecordBatch, schema: SchemaVersion) -> pa.RecordBatch:
    """The rows, of layout.arrow_schema(), that go with a batch of RAW."""
    answers = words_of(raw.column("answer"), in_words_of(schema))
    exported = kind_of(schema.kind).exported
    columns = {
        "key": raw.column("key"),
        "split": raw.column("split"),
        "label": words_of(answers, lambda text: exported(schema.definition, canonical.loads(text))),
        "answer": answers,
        "authority": named(raw.column("authority"), AUTHORITIES),
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


@lru_cache(10_000)
def _posterior(text: str) -> str:
    """Shares in millionths become shares of 10,000."""
    return canonical.dumps(content.scaled(canonical.loads(text)))
