"""A version before it is one: what changed since the one before, read once, hashed, checked, in files of its own.

Reading once means that what was checked is what is frozen. Only items that a note says changed are read again, unless
there is no version yet or the label schema is another one. Memory is bounded by the rows of one segment.

Reading takes long the first time. So it is done ahead, holding nothing (`started`); who then holds the project's row
reads again what was noted since (`prepared`).
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from django.db import connection, transaction

from labelling import blobs, canonical
from labelling.datasets import approved, compaction, content
from labelling.datasets.checks import kept as sketches
from labelling.datasets.fresh import Fresh
from labelling.datasets.models import ChangedItem, Version
from labelling.datasets.reading import rows_of
from labelling.datasets.rows import Part, Rows
from labelling.projects.models import PolicyVersion, Project
from labelling.sampling.models import Item
from labelling.scratch import scratch_folder
from labelling.statements import one_of

MILLION = canonical.MILLION


@dataclass
class Draft:
    """What a version would hold. `data`: what data_id is the hash of; `rows`: all of its rows; `removed`: rows of the
    version before that it lacks or has otherwise; `added`: rows that the version before lacks or has otherwise;
    `notes`: the ids of the notes that were heeded."""

    data: dict[str, Any]
    lineage_root: str
    rows: Rows
    before: Rows
    removed: Rows
    added: Rows
    notes: list[int] = field(repr=False)

    @property
    def n_rows(self) -> int:
        return self.rows.n_rows

    @property
    def data_id(self) -> str:
        return content.identify(self.data)


@dataclass
class Start:
    """What was read of a project's approved items while nobody had to wait. notes: int64 (n, 2), as of before it was
    read; before: the rows of the version `parent`; parts: those that stay of it, and new ones."""

    parent: int | None
    schema: int
    notes: np.ndarray = field(repr=False)
    before: Rows
    parts: list[Part]


@contextmanager
def started(*, project: Project) -> Iterator[Start]:
    """Read what is approved of a project since its newest version, and hold nobody up: `prepared` reads again what
    changes meanwhile. The files of new segments are gone when the block ends."""
    with scratch_folder() as folder:
        with _reading():
            parent = project.versions.order_by("-number").first()
            start = _start(project, parent, folder)
        yield start


@contextmanager
def prepared(*, project: Project, parent: Version | None, start: Start | None = None) -> Iterator[Draft]:
    """Read what is approved of a project since `parent`, its newest version. Call it inside a transaction.

    start: what was read before; then only what a note says has changed since is read again. The files of new segments
    are gone when the block ends.
    """
    schema, policy = project.schema_in_force, project.policy_in_force
    with scratch_folder() as folder:
        if start is None or (start.parent, start.schema) != (parent.pk if parent else None, schema.pk):
            start = _start(project, parent, folder / "start")
        elif parent:
            start = _opened_again(start, parent)
        notes, parts, before = _notes(project), start.parts, start.before
        since = np.unique(notes[~np.isin(notes[:, 0], start.notes[:, 0]), 1])
        if len(since):
            parts = _read_again(project, parts, since.tolist(), folder / "since")
            parts = _without_erased(parts, since.tolist(), folder / "erased")
        stays = {id(part.opened): part.live for part in parts}
        removed = [Part(part.opened, part.live & ~stays.pop(id(part.opened), np.False_), part.segment)
                   for part in before.parts]  # fmt: skip
        added = [part for part in parts if id(part.opened) in stays]
        rows = Rows(compaction.tidied(parts, folder))
        data = content.data_of(kind=schema.kind, schema=schema.definition, split_rule=split_rule(policy),
                               rows=rows.n_rows, root=rows.root())  # fmt: skip
        yield Draft(data, rows.lineage_root().hex(), rows, before, Rows(removed), Rows(added), notes[:, 0].tolist())


def _reading() -> AbstractContextManager[Any]:
    """On SQLite a transaction would keep everybody else from writing."""
    return transaction.atomic() if connection.vendor == "postgresql" else nullcontext()


def _start(project: Project, parent: Version | None, folder: Path) -> Start:
    notes, schema = _notes(project), project.schema_in_force
    before = rows_of(parent) if parent else Rows([])
    whole = parent is None or parent.schema_id != schema.pk
    items = None if whole else np.unique(notes[:, 1]).tolist()
    parts = _read_again(project, before.parts, items, folder)
    return Start(parent.pk if parent else None, schema.pk, notes, before, parts)


def _opened_again(start: Start, parent: Version) -> Start:
    """The same rows. An erasure may have replaced what its segments said."""
    before = rows_of(parent)
    opened = {part.segment: part.opened for part in before.parts}
    parts = [Part(opened[part.segment], part.live, part.segment) if part.segment else part for part in start.parts]
    return replace(start, before=before, parts=parts)


def _notes(project: Project) -> np.ndarray:
    """(id of the note, id of the item) of each note, int64 (n, 2)."""
    noted = ChangedItem.objects.filter(project=project).values_list("pk", "item_id").iterator(chunk_size=10_000)
    return np.fromiter(chain.from_iterable(noted), np.int64).reshape(-1, 2)


def _read_again(project: Project, parts: list[Part], items: list[int] | None, folder: Path) -> list[Part]:
    """The parts, with the rows of these items (ids, None: of all) as they are now."""
    fresh = Fresh(project, folder, Rows(parts), items)
    for raw in approved.read(project, items):
        fresh.add(raw)
    fresh.finish()
    kept = [part.without(rows) for part, rows in zip(fresh.before.parts, fresh.replaced(), strict=True)]
    return kept + fresh.parts


def _without_erased(parts: list[Part], items: list[int], folder: Path) -> list[Part]:
    """The same rows. What was erased after it was read is in no file of a segment that is to be stored."""
    if not Item.objects.filter(pk__in=one_of(items), example__payload=None).exists():
        return parts
    found = []
    for number, part in enumerate(parts):
        if part.segment is None and not part.live.all():
            sketches.forget(blobs.digest_of(part.opened.files.content))
            found += [compaction.merged([part], folder / str(number))] if part.n_live else []
        else:
            found.append(part)
    return found


def split_rule(policy: PolicyVersion) -> dict[str, Any]:
    """How items got their split, with shares in millionths."""
    return {
        "by": "hash of the group, or of the key where there is none; assigned once",
        "test": round(policy.test_share * MILLION),
        "validation": round(policy.validation_share * MILLION),
    }


def policy_settings(policy: PolicyVersion) -> dict[str, Any]:
    """Every setting of a policy without floats: shares and confidences in millionths."""
    left_out = {"id", "project", "created_at", "created_by"}
    values = {field.name: getattr(policy, field.name) for field in policy._meta.concrete_fields
              if field.name not in left_out}  # fmt: skip
    return {name: round(value * MILLION) if isinstance(value, float) else value for name, value in values.items()}


def manifest_of(
    draft: Draft, *, project: Project, parent: str | None, checks: dict[str, Any], code: str
) -> dict[str, Any]:
    """What version_id is the hash of. parent: the version_id before this one. No author, time or message."""
    guideline = project.guideline_in_force
    return {
        "data": draft.data,
        "data_id": draft.data_id,
        "lineage_root": draft.lineage_root,
        "schema": project.schema_in_force.number,
        "guideline": {"number": guideline.number, "digest": canonical.digest(guideline.text)},
        "policy": policy_settings(project.policy_in_force),
        "code": code,
        "checks": canonical.digest(canonical.dumps(checks)),
        # So that a row can't be passed off as one of a split that an export leaves out.
        "splits": checks.get("splits", {}),
        "parent": parent,
    }
