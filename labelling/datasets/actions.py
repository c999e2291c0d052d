"""Writing versions and recalls. Both are frozen below Python; `loop.publish` decides when."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from itertools import islice
from typing import Any, TypeVar

from django.db.models import Min, QuerySet

from labelling import canonical
from labelling.assignment.models import Label, LabelQuerySet, Rejection
from labelling.consensus.models import Authority
from labelling.datasets.draft import Draft, DraftRow, manifest_of
from labelling.datasets.models import Recall, RowContent, Version, VersionRow
from labelling.datasets.release import CODE_VERSION
from labelling.datasets.telling import tell_recalled
from labelling.projects.models import Project, User

CHUNK = 500
T = TypeVar("T")


def freeze_draft(
    *, draft: Draft, project: Project, parent: Version | None, by: User | None, message: str, override_reason: str,
    now: datetime,
) -> Version:  # fmt: skip
    """Write a checked draft as the project's next version; call it in a transaction that holds the project's row."""
    schema, guideline, policy = project.schema, project.guideline, project.policy
    assert schema is not None and guideline is not None and policy is not None
    checks = {**draft.report, "override_reason": override_reason}
    manifest = canonical.dumps(
        manifest_of(draft, project=project, parent=parent.version_id if parent else None, checks=checks,
                    code=CODE_VERSION)
    )  # fmt: skip
    version = Version.objects.create(
        project=project, number=parent.number + 1 if parent else 1, parent=parent,
        data_id=draft.data_id, version_id=canonical.digest(manifest), n_rows=draft.n_rows,
        schema=schema, guideline=guideline, policy=policy,
        split_rule=draft.data["split_rule"], manifest=manifest, checks=checks, message=message,
        created_at=now, created_by=by,
    )  # fmt: skip
    for chunk in chunks(enumerate(draft.rows())):
        # Content is shared: a row that did not change since an earlier version is already there.
        RowContent.objects.bulk_create([_content(row) for _, row in chunk], ignore_conflicts=True)
        VersionRow.objects.bulk_create([_version_row(version, position, row) for position, row in chunk])
    return version


def _content(row: DraftRow) -> RowContent:
    return RowContent(leaf=row.leaf, example_id=row.example_id, content=row.text, salt=row.salt)


def _version_row(version: Version, position: int, row: DraftRow) -> VersionRow:
    return VersionRow(
        version=version, position=position, key=row.key, split=row.split, leaf=row.leaf, answer_hash=row.answer_hash,
        item_id=row.item_id, lineage=row.lineage, lineage_hash=row.lineage_hash,
    )  # fmt: skip


def recall_for(
    *, rejection: Rejection, now: datetime, labels: LabelQuerySet | None = None, after: int = 0
) -> list[Recall]:
    """Mark every version numbered above `after` with a crowd's answer that used a label this rejection covers, or of
    `labels`, which it is going to cover; safe to repeat.

    Call it in the rejection's transaction, after the covered labels are written. It locks the project's row, as
    publishing does: a version that is being written is seen, and the next one sees the rejection.
    """
    Project.objects.select_for_update(no_key=True).get(pk=rejection.project_id)
    versions = Version.objects.filter(project=rejection.project_id, number__gt=after)
    touched: dict[int, set[str]] = {}
    if versions.exists():
        given = Label.objects.filter(rejected_in__rejection=rejection) if labels is None else labels
        for version_id, key in _rows_using(given, set(versions.values_list("pk", flat=True))):
            touched.setdefault(version_id, set()).add(key)
    already = set(Recall.objects.filter(rejection=rejection, withdrawn_at=None).values_list("version_id", flat=True))
    recalls = Recall.objects.bulk_create(
        Recall(
            version_id=version_id,
            rejection=rejection,
            reason=rejection.reason,
            n_rows=len(keys),
            keys=sorted(keys, key=str.encode),
            at=now,
        )
        for version_id, keys in sorted(touched.items())
        if version_id not in already
    )
    tell_recalled(recalls, now=now)
    return recalls


def rows_using(rejection: Rejection) -> Iterator[tuple[int, str]]:
    """(version id, key) of each published row whose crowd's answer used a label the rejection covers."""
    yield from _rows_using(Label.objects.filter(rejected_in__rejection=rejection), None)


def _rows_using(labels: LabelQuerySet, versions: set[int] | None) -> Iterator[tuple[int, str]]:
    given = labels.order_by("item_id").values_list("item_id", "public_id")
    for chunk in chunks(given.iterator(chunk_size=CHUNK)):
        of_item: dict[int, set[str]] = {}
        for item_id, public_id in chunk:
            of_item.setdefault(item_id, set()).add(public_id)
        for version_id, key in rows_reached(list(of_item), of_item):
            if versions is None or version_id in versions:
                yield version_id, key


def rows_reached(
    items: Collection[int] | QuerySet[Label, Any], labels: Mapping[int, set[str]]
) -> Iterator[tuple[int, str]]:
    """(version id, key) of rows of these items (ids, or a query for them) whose crowd's answer used one of `labels`,
    the public ids of labels by item. A lineage that several versions share is read once."""
    rows = VersionRow.objects.filter(item__in=items)
    once = rows.values("lineage_hash").annotate(first=Min("pk")).values("first")
    texts = VersionRow.objects.filter(pk__in=once).values_list("item_id", "lineage_hash", "lineage")
    using = {digest for item, digest, text in texts.iterator(chunk_size=CHUNK) if _uses(text, labels.get(item, set()))}
    for version_id, key, digest in rows.values_list("version_id", "key", "lineage_hash").iterator(chunk_size=5_000):
        if digest in using:
            yield version_id, key


def _uses(text: str, labels: set[str]) -> bool:
    lineage = canonical.loads(text)
    crowd = lineage["resolution"]["authority"] == Authority.CROWD.name.lower()
    return crowd and any(label["id"] in labels for label in lineage["labels"])


def withdraw_recalls(*, rejection: Rejection, now: datetime) -> int:
    """Close the recalls of a rejection that is lifted; returns how many."""
    return Recall.objects.filter(rejection=rejection, withdrawn_at=None).update(withdrawn_at=now)


def chunks(values: Iterable[T]) -> Iterator[list[T]]:
    iterator = iter(values)
    while chunk := list(islice(iterator, CHUNK)):
        yield chunk
