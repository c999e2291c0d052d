"""A version before it is one: what changed since the one before, read once, hashed, checked, in files of its own.

Reading once means that what was checked is what is frozen. Only items that a note says changed are read again, unless
there is no version yet or the label schema is another one. Memory is bounded by the rows of one segment.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from labelling import canonical
from labelling.datasets import approved, compaction, content, texts
from labelling.datasets.lineages import Names, lineages_of
from labelling.datasets.models import ChangedItem, Version
from labelling.datasets.reading import rows_of
from labelling.datasets.rows import Part, Rows
from labelling.datasets.segments import GROUP_ROWS, SEGMENT_ROWS, Opened, Writer, content_batch, index_batch
from labelling.projects.models import PolicyVersion, Project, SchemaVersion
from labelling.scratch import scratch_folder

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


@contextmanager
def prepared(*, project: Project, parent: Version | None) -> Iterator[Draft]:
    """Read what is approved of a project since `parent`, its newest version. Call it inside a transaction.

    The files of new segments are gone when the block ends.
    """
    schema, policy = project.schema_in_force, project.policy_in_force
    noted = ChangedItem.objects.filter(project=project).values_list("pk", "item_id").iterator(chunk_size=10_000)
    notes = np.fromiter(chain.from_iterable(noted), np.int64).reshape(-1, 2)
    before = rows_of(parent) if parent else Rows([])
    whole = parent is None or parent.schema_id != schema.pk
    items = None if whole else np.unique(notes[:, 1]).tolist()
    with scratch_folder() as folder:
        fresh = _Fresh(project, folder, before, items)
        for raw in approved.read(project, items):
            fresh.add(raw)
        fresh.finish()
        kept = [part.without(rows) for part, rows in zip(before.parts, fresh.replaced(), strict=True)]
        removed = [Part(part.opened, part.live & ~stays.live, part.segment)
                   for part, stays in zip(before.parts, kept, strict=True)]  # fmt: skip
        rows = Rows(compaction.tidied(kept + fresh.parts, folder))
        data = content.data_of(kind=schema.kind, schema=schema.definition, split_rule=split_rule(policy),
                               rows=rows.n_rows, root=rows.root())  # fmt: skip
        yield Draft(data, rows.lineage_root().hex(), rows, before, Rows(removed), Rows(fresh.parts),
                    notes[:, 0].tolist())  # fmt: skip


class _Fresh:
    """Takes approved items as they are read; writes those that the version before lacks, or has otherwise.

    items: the ids of those that are read again, None for all.
    """

    def __init__(self, project: Project, folder: Path, before: Rows, items: list[int] | None) -> None:
        self.project, self.folder, self.before = project, folder, before
        self.names = Names(project)
        self.parts: list[Part] = []
        self.waiting: list[pa.RecordBatch] = []
        self.n_waiting = 0
        rows = [part.rows for part in before.parts] if items is None else before.of_items(items)
        opened = [part.opened for part in before.parts]
        self._part = np.concatenate([np.full(len(of), n) for n, of in enumerate(rows)] or [np.empty(0, int)])
        self._row = np.concatenate([*rows, np.empty(0, int)]).astype(np.int64)
        self._hashes = np.concatenate(
            [np.hstack([one.hashes("leaf")[of], one.hashes("lineage_hash")[of]])
             for one, of in zip(opened, rows, strict=True)] or [np.empty((0, 64), np.uint8)]
        )  # fmt: skip
        item = np.concatenate([one.numbers("item")[of] for one, of in zip(opened, rows, strict=True)]
                              or [np.empty(0, np.int64)])  # fmt: skip
        self._by_item = np.argsort(item, kind="stable")
        self._item = item[self._by_item]
        self._same = np.zeros(len(item), bool)

    def add(self, raw: pa.RecordBatch) -> None:
        self.waiting.append(raw)
        self.n_waiting += len(raw)
        if self.n_waiting >= SEGMENT_ROWS:
            whole = pa.Table.from_batches(self.waiting)
            self._write(whole.slice(0, SEGMENT_ROWS))
            self.waiting = whole.slice(SEGMENT_ROWS).to_batches()
            self.n_waiting = sum(map(len, self.waiting))

    def finish(self) -> None:
        if self.n_waiting:
            self._write(pa.Table.from_batches(self.waiting))
            self.waiting = []

    def replaced(self) -> list[np.ndarray]:
        """For each part of the version before, the numbers of its rows that don't stay."""
        gone = ~self._same
        return [self._row[gone & (self._part == number)] for number in range(len(self.before.parts))]

    def _write(self, raw: pa.Table) -> None:
        self.waiting = []
        raw = raw.sort_by("key").combine_chunks()
        writer: Writer | None = None
        for at in range(0, len(raw), GROUP_ROWS):
            for batch in raw.slice(at, GROUP_ROWS).to_batches():
                found = _hashed(batch, self.project.schema_in_force, self.names)
                new = self._new(found)
                if not new.any():
                    continue
                if writer is None:
                    writer = Writer(self.folder / f"new-{len(self.parts)}")
                writer.add(*(half.filter(pa.array(new)) for half in found))
        if writer:
            self.parts.append(Part(Opened(writer.close()), np.ones(writer.n_rows, bool)))

    def _new(self, found: "Hashed") -> np.ndarray:
        """bool (n,): which rows the version before has not; notes which of its rows are still so."""
        index = found[0]
        item = index.column("item").to_numpy()
        hashes = np.hstack([texts.bytes_of(index.column(name)) for name in ("leaf", "lineage_hash")])
        at = np.searchsorted(self._item, item)
        there = np.flatnonzero((at < len(self._item)) & (self._item[np.minimum(at, len(self._item) - 1)] == item)
                               if len(self._item) else np.zeros(len(item), bool))  # fmt: skip
        old = self._by_item[at[there]]
        same = (self._hashes[old] == hashes[there]).all(axis=1)
        self._same[old[same]] = True
        new = np.ones(len(item), bool)
        new[there[same]] = False
        return new


Hashed = tuple[pa.RecordBatch, pa.Array, pa.RecordBatch]


def _hashed(raw: pa.RecordBatch, schema: SchemaVersion, names: Names) -> Hashed:
    """Index, lineage and content of some approved items."""
    rows = approved.rows_of(raw, schema)
    lineages, salts = lineages_of(raw, names), raw.column("salt")
    index = index_batch(
        rows=rows,
        leaves=texts.leaves_of(salts, texts.texts_of(rows)),
        answers=texts.hashes_of(b"\x02", salts, rows.column("answer")),
        lineages=texts.digests(lineages),
        items=raw.column("item_id"),
        examples=raw.column("example_id"),
    )
    return index, lineages, content_batch(rows=rows, salts=salts)


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
