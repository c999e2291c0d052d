"""What the counted labels of an item or of a project say."""

from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from django.db.models import QuerySet

from labelling import canonical
from labelling.assignment.models import Label
from labelling.consensus import judging
from labelling.consensus.coding import class_coder
from labelling.consensus.models import Calibration, Fit, FitRow, Resolution
from labelling.projects.models import Member, Project, SchemaVersion
from labelling.projects.queries import in_words_of
from labelling.sampling.models import Item, Purpose
from labelling.schemas import candidates, kind_of

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

CHUNK = 10_000


@dataclass(frozen=True)
class Counted:
    """A project's counted answers in canonical order: items by key, then labellers by name.

    items, workers, labels: int64 (n,), indices into item_ids, labeller_ids and classes. label_ids: int64 (n,), the
    order in which they were given. guidelines: int64 (n,), the number of the guideline each was given under.
    yardstick: bool (n_items,). slices: of each item.
    Where answers have parts, `consensus.parts` puts those of each item together: texts: each answer; merged: of each
    item; schema: by which they are read; groups: int64 (n,), answers of an item that say the same, 0 what the merged
    one says; labels: 0 those, 1 the others.
    """

    items: Ints
    workers: Ints
    labels: Ints
    item_ids: list[int]
    labeller_ids: list[int]
    classes: list[str]
    yardstick: npt.NDArray[np.bool_]
    up_to: int
    label_ids: Ints
    guidelines: Ints
    slices: list[str]
    texts: list[str] = field(default_factory=list)
    merged: list[str] = field(default_factory=list)
    schema: SchemaVersion | None = None
    groups: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))


def counted_arrays(project: Project) -> Counted:
    """Every counted answer of a project. For background work: it reads the whole project once, a chunk at a time."""
    assert project.schema is not None
    newest = Label.objects.filter(project=project).order_by("-id").values_list("id", flat=True).first()
    given, texts = _given_in(project, project.schema)
    item_ids, items = _coded(given[:, 1], _keys(Item.objects.filter(project=project), "example__external_id"))
    labeller_ids, workers = _coded(given[:, 2], _keys(Member.objects.filter(project=project), "name"))
    order = np.lexsort((workers, items))
    facts = dict(_facts(project, set(item_ids)))
    return Counted(
        items=items[order], workers=workers[order], labels=given[order, 3], item_ids=item_ids,
        labeller_ids=labeller_ids, classes=kind_of(project.schema.kind).classes(project.schema.definition),
        yardstick=np.array([facts[item][0] for item in item_ids], dtype=bool), up_to=newest or 0,
        label_ids=given[order, 0], guidelines=given[order, 4], slices=[facts[item][1] for item in item_ids],
        schema=project.schema, texts=[texts[at] for at in order] if texts else [],
        groups=np.zeros(len(texts), dtype=np.int64),
    )  # fmt: skip


def _given_in(project: Project, schema: SchemaVersion) -> tuple[Ints, list[str]]:
    """(n, 5): label, item, labeller, class and number of the guideline of every counted answer. Where answers have
    parts, all are of class 0 until they are put together, and here are their texts."""
    coder, has_parts, read = class_coder(schema), kind_of(schema.kind).merging is not None, in_words_of(schema)
    texts: list[str] = []
    numbers = dict(project.guidelineversions.values_list("id", "number"))
    rows = Label.objects.counted().answers().filter(project=project)
    columns = rows.values_list("id", "item_id", "labeller_id", "answer", "guideline_id")
    flat = array("q")
    for label, item, labeller, answer, guideline in columns.iterator(chunk_size=CHUNK):
        if has_parts:
            texts.append(read(answer))
        if has_parts or answer in coder:
            flat.extend((label, item, labeller, coder.get(answer, 0), numbers[guideline]))
    return np.frombuffer(flat, dtype=np.int64).reshape(-1, 5), texts


def _keys(rows: QuerySet[Any], key: str) -> Iterable[tuple[int, str]]:
    return rows.order_by().values_list("pk", key).iterator(chunk_size=CHUNK)


def _coded(ids: Ints, keys: Iterable[tuple[int, str]]) -> tuple[list[int], Ints]:
    """The distinct ids in the order of their keys' bytes, and where among them each of `ids` is."""
    seen = np.unique(ids)
    wanted = set(seen.tolist())
    ordered = [pk for _, pk in sorted((key.encode(), pk) for pk, key in keys if pk in wanted)]
    place = np.empty(len(ordered), dtype=np.int64)
    place[np.searchsorted(seen, np.array(ordered, dtype=np.int64))] = np.arange(len(ordered))
    return ordered, place[np.searchsorted(seen, ids)]


def _facts(project: Project, items: set[int]) -> Iterator[tuple[int, tuple[bool, str]]]:
    rows = Item.objects.filter(project=project).order_by().values_list("pk", "is_yardstick", "example__slice")
    return ((pk, (yardstick, part)) for pk, yardstick, part in rows.iterator(chunk_size=CHUNK) if pk in items)


def latest_fit(project_id: int, schema_id: int | None) -> Fit | None:
    """The newest fit made under the schema in force."""
    return Fit.objects.filter(project=project_id, schema=schema_id).order_by("-number").first()


def newest_calibration(project: Project) -> Calibration | None:
    """What the newest fit's posteriors promised and kept."""
    return Calibration.objects.filter(project=project).select_related("fit").order_by("-fit__number").first()


def age(project_id: int, fit: Fit | None, *, limit: int) -> int:
    """Labels given since the fit, counted to `limit` + 1 and no further."""
    newer = Label.objects.filter(project=project_id, id__gt=fit.up_to if fit else 0).order_by("id")
    return newer.values_list("id")[: limit + 1].count()


def given(item: Item) -> list[tuple[int, str]]:
    """(labeller id, canonical JSON) of each answer an item is judged by: of its current pass (of a gold item, its run),
    standing, and not rejected."""
    rows = Label.objects.standing().of_current_pass().not_rejected().answers().filter(item=item)
    return list(rows.values_list("labeller_id", "answer"))


def confusion_rows(fit: Fit | None, labellers: Sequence[int]) -> dict[int, bytes | memoryview]:
    """{labeller id: float64 bytes (k, k)} of those who are in the fit."""
    if fit is None or not labellers:
        return {}
    return dict(FitRow.objects.filter(fit=fit, labeller__in=set(labellers)).values_list("labeller_id", "confusion"))


def posterior(*, item: Item, schema: SchemaVersion, fit: Fit | None) -> Floats:
    """Calibrated probability of each class (k,) for one item, from the labels it is judged by and a fit."""
    labels = given(item)
    rows = confusion_rows(fit, [labeller for labeller, _ in labels])
    return judging.say(labels, schema, fit, rows).posterior


def standing_resolution(item: Item) -> Resolution | None:
    return Resolution.objects.filter(item=item, closed_at=None).first()


def story(item: Item) -> dict[str, Any]:
    """Everything that happened to one item, oldest first, for people who may see all."""
    labels = Label.objects.filter(item=item).select_related("labeller", "batch", "guideline", "policy")
    return {
        "item": item,
        "labels": list(labels.prefetch_related("rejected_in__rejection").order_by("id")),
        "decisions": list(item.stopping_decisions.select_related("fit", "policy").order_by("id")),
        "resolutions": list(item.resolutions.select_related("by").order_by("id")),
        "golds": list(item.golds.order_by("id")) if item.purpose != Purpose.WORK else [],
    }


def shown_order(item: Item, label: Label) -> list[int] | None:
    """Of candidates that a label compares: their places in the payload, from 0, in the order in which they were shown;
    None for other labels, or where the payload was erased."""
    payload = item.example.payload
    definition = item.project.schema_in_force.definition
    return candidates.shown_order(definition, canonical.loads(payload), label.token) if payload else None
