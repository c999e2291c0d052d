"""Checking what a version would hold now, in the background: asked for, done, kept."""

from datetime import datetime
from typing import Any

from django.db import transaction

from labelling.datasets.checks import FAIL, history
from labelling.datasets.checks.checking import checked, checked_whole
from labelling.datasets.checks.models import Occasion, QualityReport
from labelling.datasets.draft import prepared
from labelling.datasets.models import Version
from labelling.datasets.telling import tell_failed_later
from labelling.jobs.actions import enqueue
from labelling.jobs.models import Job
from labelling.projects.models import Project, User

KIND = "check"
# Of a version that is published: what publishing was too short for.
WHOLE = "check_whole"


@transaction.atomic
def ask(*, project: Project, by: User | None, now: datetime) -> Job:
    """Ask for the checks; the job that waits already, if there is one."""
    # Two who ask at once get one job between them.
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    asked = enqueue(KIND, key=project.public_id, now=now, project_id=project.pk, project=project.pk,
                    by_id=by.pk if by else None)  # fmt: skip
    return asked or Job.objects.get(kind=KIND, key=project.public_id, started_at=None, failed_at=None)


def check(*, project: Project, now: datetime) -> dict[str, Any]:
    """The checks' report of the version that publishing would make now, also of what takes long; writes nothing."""
    with transaction.atomic():
        newest = project.versions.order_by("-number").first()
        with prepared(project=project, parent=newest) as draft:
            return checked(draft, project=project, before=newest.checks if newest else None, now=now, thorough=True)


def check_job(*, project: int, by_id: int | None, now: datetime) -> dict[str, Any]:
    """The handler of the job "check". Done again, it says what there is then."""
    found = Project.objects.select_related("schema", "policy").get(pk=project)
    by = User.objects.get(pk=by_id) if by_id else None
    kept = history.keep(check(project=found, now=now), project=found, now=now, by=by, occasion=Occasion.ASKED)
    return {"report": kept.public_id, "verdict": kept.verdict, "rows": kept.n_rows}


def follow(version: Version, *, now: datetime) -> Job | None:
    """Have all rows of a version looked at, if its checks left some out. Call it in the transaction that publishes."""
    if not any(check.get("later") for check in version.checks["checks"]):
        return None
    return enqueue(WHOLE, key=version.public_id, now=now, project_id=version.project_id, version=version.pk)


def follow_job(*, version: int, now: datetime) -> dict[str, Any]:
    """The handler of the job "check_whole". A check that fails only now can stop nothing: webhooks are told."""
    found = Version.objects.select_related("project__schema", "project__policy", "schema", "parent").get(pk=version)
    report = checked_whole(found, now=now)
    later = {check["name"] for check in found.checks["checks"] if check.get("later")}
    with transaction.atomic():
        kept = history.keep(report, project=found.project, now=now, by=None, occasion=Occasion.ASKED)
        failed = [one for one in report["checks"] if one["name"] in later and one["verdict"] == FAIL]
        if failed:
            tell_failed_later(found, failed, now=now)
    return {"report": kept.public_id, "verdict": kept.verdict, "rows": kept.n_rows}


def followed(version: Version) -> tuple[Job | None, QualityReport | None]:
    """The job that looks at all rows of a version, and its report once it is done; None where nothing was left out."""
    job = Job.objects.filter(kind=WHOLE, key=version.public_id).order_by("-id").first()
    named = (job.result or {}).get("report") if job else None
    return job, QualityReport.objects.filter(public_id=named).first() if named else None


def job_of(project: Project) -> Job | None:
    """The newest job that checks, whatever became of it."""
    return Job.objects.filter(kind=KIND, key=project.public_id).order_by("-id").first()
