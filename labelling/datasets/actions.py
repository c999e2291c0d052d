"""Writing versions and recalls. Both are frozen below Python; `loop.publish` decides when."""

from datetime import datetime
from typing import Any

from django.db.models import Max

from labelling import blobs, canonical
from labelling.assignment.models import Label, LabelQuerySet, Rejection
from labelling.datasets.draft import Draft, manifest_of
from labelling.datasets.models import ChangedItem, Recall, Segment, SegmentContent, Version, VersionSegment
from labelling.datasets.release import CODE_VERSION
from labelling.datasets.rows import packed
from labelling.datasets.segments import Opened
from labelling.datasets.telling import tell_recalled
from labelling.datasets.tracing import rows_using
from labelling.projects.models import Project, User
from labelling.statements import one_of

NOTES = 50_000


def freeze_draft(
    *, draft: Draft, report: dict[str, Any], project: Project, parent: Version | None, by: User | None, message: str,
    override_reason: str, now: datetime,
) -> Version:  # fmt: skip
    """Write a checked draft as the project's next version; call it in a transaction that holds the project's row.

    Blobs are stored before the rows that name them: a crash in between leaves blobs that nothing names, and no version.
    """
    checks = {**report, "override_reason": override_reason}
    manifest = canonical.dumps(
        manifest_of(draft, project=project, parent=parent.version_id if parent else None, checks=checks,
                    code=CODE_VERSION)
    )  # fmt: skip
    version = Version.objects.create(
        project=project, number=parent.number + 1 if parent else 1, parent=parent,
        data_id=draft.data_id, version_id=canonical.digest(manifest), n_rows=draft.n_rows,
        schema=project.schema_in_force, guideline=project.guideline_in_force, policy=project.policy_in_force,
        split_rule=draft.data["split_rule"], manifest=manifest, checks=checks, message=message,
        created_at=now, created_by=by,
    )  # fmt: skip
    newest = Segment.objects.filter(project=project).aggregate(newest=Max("number"))["newest"] or 0
    for part in draft.rows.parts:
        if part.segment is None:
            newest += 1
            part.segment = _stored(part.opened, project, newest, now)
    VersionSegment.objects.bulk_create(
        VersionSegment(version=version, segment_id=part.segment or 0, n_live=part.n_live, deleted=packed(part.live))
        for part in draft.rows.parts
    )
    for at in range(0, len(draft.notes), NOTES):
        ChangedItem.objects.filter(pk__in=one_of(draft.notes[at : at + NOTES])).delete()
    return version


def _stored(opened: Opened, project: Project, number: int, now: datetime) -> int:
    """The id of a segment whose files are kept from now on."""
    index, lineage, content = (blobs.put(path) for path in (
        opened.files.index, opened.files.lineage, opened.files.content
    ))  # fmt: skip
    segment = Segment.objects.create(
        project=project, number=number, n_rows=opened.n_rows, index=index.digest, lineage=lineage.digest,
        n_bytes=index.n_bytes + lineage.n_bytes, created_at=now,
    )  # fmt: skip
    SegmentContent.objects.create(segment=segment, digest=content.digest, n_bytes=content.n_bytes, at=now)
    return segment.pk


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
        wanted = set(versions.values_list("pk", flat=True))
        for version_id, key in rows_using(rejection.project_id, of_items(given)):
            if version_id in wanted:
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


def of_items(labels: LabelQuerySet) -> dict[int, set[str]]:
    """{item: public ids} of some labels."""
    found: dict[int, set[str]] = {}
    for item_id, public_id in labels.values_list("item_id", "public_id").iterator(chunk_size=5_000):
        found.setdefault(item_id, set()).add(public_id)
    return found


def withdraw_recalls(*, rejection: Rejection, now: datetime) -> int:
    """Close the recalls of a rejection that is lifted; returns how many."""
    return Recall.objects.filter(rejection=rejection, withdrawn_at=None).update(withdrawn_at=now)
