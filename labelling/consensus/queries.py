"""What the counted labels of an item or of a project say."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from labelling import canonical
from labelling.assignment.models import Label
from labelling.consensus import judging
from labelling.consensus.models import Fit, FitRow, Resolution
from labelling.projects.models import Project, SchemaVersion
from labelling.sampling.models import Item, Purpose
from labelling.schemas import kind_of

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Counted:
    """A project's counted answers in canonical order: items by key, then labellers by name.

    items, workers, labels: int64 (n,), indices into item_ids, labeller_ids and classes.
    """

    items: Ints
    workers: Ints
    labels: Ints
    item_ids: list[int]
    labeller_ids: list[int]
    classes: list[str]
    yardstick: npt.NDArray[np.bool_]
    up_to: int


def class_coder(schema: SchemaVersion) -> dict[str, int]:
    """Canonical answer text to class index, for a kind whose answers are classes."""
    kind = kind_of(schema.kind)
    answers = (kind.from_class(schema.definition, index) for index in range(len(kind.classes(schema.definition))))
    return {canonical.dumps(answer): index for index, answer in enumerate(answers)}


def counted_arrays(project: Project) -> Counted:
    """Every counted answer of a project. For background work: it reads the whole project once."""
    assert project.schema is not None
    coder = class_coder(project.schema)
    newest = Label.objects.filter(project=project).order_by("-id").values_list("id", flat=True).first()
    rows = (
        Label.objects.counted().answers().filter(project=project)
        .values_list("item_id", "item__example__external_id", "labeller_id", "labeller__name", "answer",
                     "item__is_yardstick")
    )  # fmt: skip
    known = [row for row in rows.iterator(chunk_size=10_000) if row[4] in coder]
    known.sort(key=lambda row: (row[1].encode(), row[3].encode()))
    item_ids = list(dict.fromkeys(row[0] for row in known))
    labellers = sorted({(row[3].encode(), row[2]) for row in known})
    item_index = {item: index for index, item in enumerate(item_ids)}
    labeller_index = {labeller: index for index, (_, labeller) in enumerate(labellers)}
    yardsticks = {row[0] for row in known if row[5]}
    return Counted(
        items=np.array([item_index[row[0]] for row in known], dtype=np.int64),
        workers=np.array([labeller_index[row[2]] for row in known], dtype=np.int64),
        labels=np.array([coder[row[4]] for row in known], dtype=np.int64),
        item_ids=item_ids,
        labeller_ids=[labeller for _, labeller in labellers],
        classes=kind_of(project.schema.kind).classes(project.schema.definition),
        yardstick=np.array([item in yardsticks for item in item_ids], dtype=bool),
        up_to=newest or 0,
    )


def latest_fit(project_id: int, schema_id: int | None) -> Fit | None:
    """The newest fit made under the schema in force."""
    return Fit.objects.filter(project=project_id, schema=schema_id).order_by("-number").first()


def age(project_id: int, fit: Fit | None, *, limit: int) -> int:
    """Labels given since the fit, counted to `limit` + 1 and no further."""
    newer = Label.objects.filter(project=project_id, id__gt=fit.up_to if fit else 0).order_by("id")
    return newer.values_list("id")[: limit + 1].count()


def given(item: Item, schema: SchemaVersion) -> list[tuple[int, int]]:
    """(labeller id, class index) of each answer an item is judged by: of its current pass (of a gold item, its run),
    standing, and not rejected."""
    coder = class_coder(schema)
    rows = Label.objects.standing().of_current_pass().not_rejected().answers().filter(item=item)
    return [(labeller, coder[text]) for labeller, text in rows.values_list("labeller_id", "answer") if text in coder]


def confusion_rows(fit: Fit | None, labellers: Sequence[int]) -> dict[int, bytes | memoryview]:
    """{labeller id: float64 bytes (k, k)} of those who are in the fit."""
    if fit is None or not labellers:
        return {}
    return dict(FitRow.objects.filter(fit=fit, labeller__in=set(labellers)).values_list("labeller_id", "confusion"))


def posterior(*, item: Item, schema: SchemaVersion, fit: Fit | None) -> Floats:
    """Calibrated probability of each class (k,) for one item, from the labels it is judged by and a fit."""
    labels = given(item, schema)
    rows = confusion_rows(fit, [labeller for labeller, _ in labels])
    return judging.believe(labels, len(class_coder(schema)), fit, rows)


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
