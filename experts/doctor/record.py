"""Invariant 4: a privileged act has its entry in the record; and what a rejection reaches is recalled."""

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet

from experts.doctor.findings import CHUNK, Check, Finding, within
from experts.models import Case
from labelling.assignment.models import Label, Rejection
from labelling.audit.models import Entry
from labelling.datasets.actions import of_items
from labelling.datasets.models import Recall, Version
from labelling.datasets.rulings import contradicted, rulings_of
from labelling.datasets.tracing import rows_using
from labelling.jobs.models import Job
from labelling.loop.recalling import JOB as RECALL
from labelling.pay.models import Payment, Withholding
from labelling.projects.models import Project
from labelling.reliability.models import Appeal


def acts_are_on_the_record(project_id: int | None) -> Iterator[Finding]:
    rejections, decided = Rejection.objects.all(), Case.objects.exclude(outcome__in=["", "dropped"])
    withholdings = Withholding.objects.all()
    recorded = (
        ("rejection", "labels.rejected", rejections),
        ("rejection", "rejection.lifted", rejections.exclude(lifted_at=None)),
        ("payment", "payment.recorded", Payment.objects.filter(corrects=None)),
        ("payment", "payment.corrected", Payment.objects.exclude(corrects=None)),
        ("withholding", "pay.withheld", withholdings),
        ("withholding", "withholding.confirmed", withholdings.exclude(confirmed_at=None)),
        ("withholding", "withholding.lifted", withholdings.filter(ending=Withholding.Ending.LIFTED)),
        ("withholding", "withholding.lapsed", withholdings.filter(ending=Withholding.Ending.LAPSED)),
        ("appeal", "appeal.granted", Appeal.objects.filter(outcome=Appeal.Outcome.GRANTED)),
        ("appeal", "appeal.refused", Appeal.objects.filter(outcome=Appeal.Outcome.REFUSED)),
        ("case", "case.decided", decided),
        ("version", "version.published", Version.objects.all()),
    )
    for kind, action, rows in recorded:
        for public_id in _unrecorded(action, rows, project_id):
            yield Finding("record", f"{kind} {public_id}", f"has no entry {action!r} in the record")


def _unrecorded(action: str, rows: QuerySet[Any], project_id: int | None) -> list[str]:
    entries = within(Entry.objects.filter(action=action), "project_id", project_id)
    known = set(entries.values_list("subject_id", flat=True).iterator(CHUNK))
    ids = within(rows, "project_id", project_id).order_by("pk").values_list("public_id", flat=True)
    return [public_id for public_id in ids.iterator(CHUNK) if public_id not in known]


def rejections_recall_what_they_reach(project_id: int | None) -> Iterator[Finding]:
    standing = within(Recall.objects.filter(withdrawn_at=None), "version__project_id", project_id)
    for recall in standing.exclude(rejection=None).exclude(rejection__restored_at=None).order_by("id"):
        yield Finding("recalls", f"recall {recall.public_id}", "stands, but its rejection was lifted")
    for rejection in within(Rejection.objects.filter(lifted_at=None).order_by("id"), "project_id", project_id):
        try:
            reached = _reached(rejection)
        except (ValueError, KeyError, TypeError) as error:
            message = f"a row it may reach has a lineage that can't be read ({type(error).__name__}: {error})"
            yield Finding("recalls", f"rejection {rejection.public_id}", message)
            continue
        recalled = dict(standing.filter(rejection=rejection).values_list("version_id", "keys"))
        for version in Version.objects.filter(pk__in=reached).order_by("number"):
            if reached[version.pk] - set(recalled.get(version.pk, [])):
                message = f"reaches rows of {version} that no standing recall names"
                yield Finding("recalls", f"rejection {rejection.public_id}", message)


def rulings_recall_what_they_contradict(project_id: int | None) -> Iterator[Finding]:
    """Of projects whose jobs are done: a recall by ruling is a job's work."""
    busy = Job.objects.filter(kind=RECALL, finished_at=None, failed_at=None).values("project_id")
    for project in within(Project.objects.exclude(pk__in=busy).order_by("id"), "pk", project_id):
        standing = Recall.objects.filter(version__project=project, withdrawn_at=None).exclude(resolution=None)
        for recall in standing.exclude(resolution__closed_at=None).order_by("id"):
            yield Finding("recalls", f"recall {recall.public_id}", "stands, but its ruling does not")
        known = set(standing.values_list("version_id", "resolution_id"))
        rulings = {ruling.item_id: ruling for ruling in rulings_of(project.pk).iterator(CHUNK)}
        for missing in contradicted(project, rulings, project.created_at):
            if (missing.version_id, missing.resolution_id) not in known:
                message = f"says otherwise than row {missing.keys[0]!r} of {missing.version}, which is not recalled"
                assert missing.resolution is not None, "these are recalls by ruling"
                yield Finding("recalls", f"ruling {missing.resolution.public_id}", message)


def _reached(rejection: Rejection) -> dict[int, set[str]]:
    """{version: keys of its rows that used a rejected label}."""
    covered = Label.objects.filter(rejected_in__rejection=rejection)
    reached: dict[int, set[str]] = {}
    for version_id, key in rows_using(rejection.project_id, of_items(covered)):
        reached.setdefault(version_id, set()).add(key)
    return reached


CHECKS: tuple[Check, ...] = (
    acts_are_on_the_record, rejections_recall_what_they_reach, rulings_recall_what_they_contradict,
)  # fmt: skip
