"""Reading the approved items of a project as rows with their lineage: in the order of their keys, in bounded memory."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.db import connection
from django.db.models import F, QuerySet
from django.db.models.functions import Collate

from labelling import canonical
from labelling.assignment.models import Label, RejectedLabel
from labelling.consensus.models import Authority, Resolution
from labelling.datasets import content
from labelling.ingest.models import Prediction
from labelling.projects.models import Project
from labelling.projects.queries import in_words_of
from labelling.sampling.models import Purpose, State
from labelling.schemas import kind_of

CHUNK = 500  # SQLite may allow no more than 999 values in a statement

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


@dataclass(frozen=True)
class Approved:
    """One approved item: its row, the row's canonical text, its salt, and its lineage as canonical JSON."""

    item_id: int
    example_id: int
    salt: bytes
    row: content.Row
    text: str
    lineage: str


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


def in_byte_order(field: str) -> Collate:
    """Order by the UTF-8 bytes of a text column, whatever the database's own collation."""
    return Collate(field, "C" if connection.vendor == "postgresql" else "BINARY")


def read(project: Project) -> Iterator[Approved]:
    """Every approved item in the order of the keys; four statements for each 500 of them."""
    schema = project.schema
    if schema is None:
        return
    exported, read_answer = kind_of(schema.kind).exported, in_words_of(schema)
    found = (
        approved(project)
        .annotate(**{f"row_{name}": column for name, column in COLUMNS.items()})
        .order_by(in_byte_order("item__example__external_id"))
        .values(*PLAIN, *(f"row_{name}" for name in COLUMNS))
        .iterator(chunk_size=CHUNK)
    )
    while chunk := list(islice(found, CHUNK)):
        items = [{name.removeprefix("row_"): value for name, value in record.items()} for record in chunk]
        history = History(items)
        for item in items:
            item["answer"] = read_answer(item["answer"])
            row = _row(item, definition=schema.definition, exported=exported)
            yield Approved(
                item_id=item["item_id"],
                example_id=item["example_id"],
                salt=bytes(item["salt"]),
                row=row,
                text=content.text_of(row),
                lineage=canonical.dumps(history.of(item)),
            )


def _row(item: dict[str, Any], *, definition: dict[str, Any], exported: Any) -> content.Row:
    answer = canonical.loads(item["answer"])
    return content.make_row(
        key=item["key"],
        payload=item["payload"],
        answer=answer,
        label=exported(definition, answer),
        authority=Authority(item["authority"]).name.lower(),
        confidence=item["confidence"],
        posterior=item["posterior"],
        split=item["split"],
        slice_name=item["slice_name"],
        group=item["group"],
        source=item["source"],
    )


class History:
    """What led to the rows of one chunk: the labels that count, those that no longer do, and what the models said."""

    def __init__(self, items: list[dict[str, Any]]) -> None:
        item_ids = [item["item_id"] for item in items]
        self.labels = grouped(
            Label.objects.counted()
            .filter(item__in=item_ids)
            .order_by("item_id", "id")
            .values("item_id", "public_id", "answer", "abstention", labeller_id_=F("labeller__public_id"),
                    schema_number=F("schema__number"), guideline_number=F("guideline__number"),
                    policy_number=F("policy__number")),
            "item_id",
        )  # fmt: skip
        self.rejected = grouped(
            RejectedLabel.objects.filter(label__item__in=item_ids, lifted_at=None)
            .order_by("label_id", "rejection_id")
            .values(item_id=F("label__item_id"), label_public_id=F("label__public_id"),
                    rejection_public_id=F("rejection__public_id")),
            "item_id",
        )  # fmt: skip
        self.predictions = grouped(
            Prediction.objects.filter(example__in=[item["example_id"] for item in items])
            .order_by("example_id", "model_version_id")
            .values("example_id", model=F("model_version__model"), pipeline=F("model_version__pipeline")),
            "example_id",
        )

    def of(self, item: dict[str, Any]) -> dict[str, Any]:
        """The lineage of one row: public ids, numbers and digests, so that it can be hashed and handed out."""
        return {
            "item": item["item_public_id"],
            "pass": item["pass_number"],
            "resolution": {
                "id": item["public_id"],
                "authority": Authority(item["authority"]).name.lower(),
                "policy": item["stop_policy"],
                "fit": item["stop_fit"],
            },
            "labels": [_label(label) for label in self.labels[item["item_id"]]],
            "rejected": [
                {"label": row["label_public_id"], "rejection": row["rejection_public_id"]}
                for row in self.rejected[item["item_id"]]
            ],
            "round": _round(item),
            "predictions": [
                {"model": row["model"], "pipeline": row["pipeline"]} for row in self.predictions[item["example_id"]]
            ],
        }


def _label(label: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": label["public_id"],
        "labeller": label["labeller_id_"],
        "answer": canonical.digest(label["answer"]) if label["answer"] else None,
        "abstention": label["abstention"],
        "schema": label["schema_number"],
        "guideline": label["guideline_number"],
        "policy": label["policy_number"],
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


def grouped(rows: Iterable[Any], key: str) -> defaultdict[Any, list[dict[str, Any]]]:
    groups: defaultdict[Any, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        groups[row[key]].append(row)
    return groups
