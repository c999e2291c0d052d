"""Checking what a version would hold now, in the background: asked for, done, kept."""

from datetime import datetime
from typing import Any

from django.db import transaction

from labelling.datasets.checks import history
from labelling.datasets.checks.checking import checked
from labelling.datasets.checks.models import Occasion
from labelling.datasets.draft import prepared
from labelling.jobs.actions import enqueue
from labelling.jobs.models import Job
from labelling.projects.models import Project, User

KIND = "check"


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


def job_of(project: Project) -> Job | None:
    """The newest job that checks, whatever became of it."""
    return Job.objects.filter(kind=KIND, key=project.public_id).order_by("-id").first()
