"""What models said of rows before they were labelled, as the chance of each label, which none can have learned."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np
from django.db.models import F

from labelling.datasets.checks.doubting import Chances
from labelling.datasets.checks.live import Live
from labelling.datasets.checks.sketch import Array
from labelling.ingest.models import Prediction
from labelling.projects.models import Project, SchemaVersion
from labelling.schemas import kind_of
from labelling.statements import one_of

AT_ONCE = 8_192


def chances_of(live: Live, places: Array, names: list[str], *, project: Project) -> Chances | None:
    """What the model that spoke of most of these rows said of them; None where none did.

    names: the classes, in the order that is wanted. What came after the item was drawn is left out, since a model may
    have been trained on its label by then; so is what was said of other classes than those of the schema in force, and
    rows whose probabilities lie on classes that are not named.
    """
    items = _items(live)
    if items is None:
        return None
    columns = _columns(project, names)
    at = items[places]
    models = Counter[int]()
    for chunk in _chunks(at):
        models.update(_said(chunk, columns).values_list("model_version", flat=True))
    if not models:
        return None
    model = min(models, key=lambda one: (-models[one], -one))
    rows = [row for chunk in _chunks(at) for row in _read(chunk, columns, model)]
    return _chances(rows, at, places, project, model)


def _items(live: Live) -> Array | None:
    """int (n,): the item of each row; None where rows have none."""
    if not all(part.items for part in live.parts):
        return None
    held = [part.items()[at] for part, at in zip(live.parts, live.positions, strict=True) if part.items]
    return np.concatenate(held) if held else None


def _columns(project: Project, names: list[str]) -> dict[int, list[int]]:
    """Where the named classes stand in the probabilities, of each version of the schema that has the same classes as
    the one in force: {schema version: columns}."""
    now = project.schema_in_force
    classes = kind_of(now.kind).classes(now.definition)
    found = {}
    for schema in SchemaVersion.objects.filter(project=project, kind=now.kind):
        theirs = kind_of(schema.kind).classes(schema.definition)
        if sorted(theirs) == sorted(classes) and set(names) <= set(theirs):
            found[schema.pk] = [theirs.index(name) for name in names]
    return found


def _said(items: Array, columns: dict[int, list[int]]) -> Any:
    """Predictions of the items' examples that came before the item was drawn."""
    return Prediction.objects.filter(
        example__item__in=one_of(items.tolist()), received_at__lte=F("example__item__created_at"),
        probabilities__isnull=False, schema__in=list(columns),
    )  # fmt: skip


def _read(items: Array, columns: dict[int, list[int]], model: int) -> Iterator[tuple[int, Array]]:
    """The item and the chances of the named classes."""
    said = _said(items, columns).filter(model_version=model)
    for item, schema, held in said.values_list("example__item", "schema", "probabilities"):
        p = np.frombuffer(bytes(held), dtype="<f4").astype(np.float64)
        if max(columns[schema]) < len(p):
            yield item, p[columns[schema]]


def _chances(rows: list[tuple[int, Array]], at: Array, places: Array, project: Project, model: int) -> Chances | None:
    known = {item: p / p.sum() for item, p in rows if p.sum() > 0}
    held = np.array([item in known for item in at.tolist()], dtype=bool)
    if not held.any():
        return None
    name = str(project.model_versions.get(pk=model))
    p = np.stack([known[item] for item in at[held].tolist()])
    return Chances(f"what {name} said before the rows were labelled", places[held], p)


def _chunks(items: Array) -> Iterator[Array]:
    return (items[start : start + AT_ONCE] for start in range(0, len(items), AT_ONCE))
