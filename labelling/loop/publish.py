"""Publishing: check what is approved and freeze it as the next version, whole or not at all."""

from datetime import datetime
from typing import Any

from django.db import transaction

from labelling import canonical
from labelling.audit import actions as audit
from labelling.datasets import actions as datasets
from labelling.datasets.checks import FAIL, history
from labelling.datasets.checks.checking import checked, sketch_ahead
from labelling.datasets.checks.models import Occasion
from labelling.datasets.checks.verdicts import percent
from labelling.datasets.draft import Draft, Start, prepared, started
from labelling.datasets.models import Version
from labelling.datasets.telling import tell_published, tell_stopped
from labelling.errors import Conflict, Invalid, QuorumError
from labelling.loop import checking
from labelling.loop.recalling import recheck_first
from labelling.projects.limits import ADVICE, SHARE
from labelling.projects.models import Project, User


class NothingApproved(Invalid):
    """A version needs at least one approved item."""


class NothingChanged(Conflict):
    """The newest version already holds exactly these rows with this lineage."""


class ChecksFailed(Invalid):
    """A check failed. `report` is the checks' report; an owner may publish with a reason for overriding it."""

    code = "checks_failed"

    def __init__(self, report: dict[str, Any]) -> None:
        failed = [check for check in report["checks"] if check["verdict"] == FAIL]
        errors = [
            {"where": one["name"], "message": f"{one['summary']} {_limit(one)} {ADVICE[one['name']]}"} for one in failed
        ]
        said = " ".join(f"{one['where']}: {one['message']}" for one in errors)
        super().__init__(
            f"The checks stopped this version. {said} Correct the rows, or publish with a reason for overriding.",
            errors=errors,
        )
        self.report = report


def _limit(check: dict[str, Any]) -> str:
    limit, unit = check["fail"], check["unit"]
    return f"It stops a version above {percent(limit) if unit == SHARE else f'{limit:,} {unit}'}."


def publish(*, project: Project, by: User | None, message: str, now: datetime, override_reason: str = "") -> Version:
    """Freeze the approved items of a project as its next version.

    Raises NothingApproved, ChecksFailed (unless override_reason says why it may pass) or NothingChanged; then nothing
    is written.
    """
    try:
        return _publish(project, by=by, message=message, now=now, override_reason=override_reason)
    except ChecksFailed as refusal:
        tell_stopped(project, refusal.report, now=now)
        history.keep(refusal.report, project=project, now=now, by=by, occasion=Occasion.REFUSED)
        raise


def _publish(project: Project, *, by: User | None, message: str, now: datetime, override_reason: str) -> Version:
    project = Project.objects.get(pk=project.pk)
    # What takes long is done before anybody has to wait for the project's row.
    with started(project=project) as start:
        sketch_ahead(start, project=project)
        return _frozen(project, start, by=by, message=message, now=now, override_reason=override_reason)


def _frozen(
    project: Project, start: Start, *, by: User | None, message: str, now: datetime, override_reason: str
) -> Version:  # fmt: skip
    with transaction.atomic():
        # The lock makes numbers follow one another, and a rejection wait until it can see this version.
        project = Project.objects.select_for_update(no_key=True).get(pk=project.pk)
        parent = project.versions.order_by("-number").first()
        with prepared(project=project, parent=parent, start=start) as draft:
            report = _checked(draft, project, parent, now)
            _refuse(draft, report, project, parent, override_reason.strip())
            version = datasets.freeze_draft(
                draft=draft, report=report, project=project, parent=parent, by=by, message=message.strip(),
                override_reason=override_reason.strip(), now=now,
            )  # fmt: skip
        audit.record(
            "version.published", version, by=by, now=now, project_id=project.pk, number=version.number,
            rows=version.n_rows, data_id=version.data_id, verdict=report["verdict"],
            override_reason=override_reason.strip(),
        )  # fmt: skip
        history.keep(report, project=project, now=now, by=by, occasion=Occasion.PUBLISHED, version=version)
        tell_published(version, now=now)
        if parent is None:
            recheck_first(version, now=now)
        checking.follow(version, now=now)
    return version


def _checked(draft: Draft, project: Project, parent: Version | None, now: datetime) -> dict[str, Any]:
    """The checks' report of a draft."""
    return checked(draft, project=project, before=parent.checks if parent else None, now=now)


def _refuse(
    draft: Draft, report: dict[str, Any], project: Project, parent: Version | None, override_reason: str
) -> None:
    if not draft.n_rows:
        raise NothingApproved(
            f"{project.slug} has no approved item yet: publishing needs items that are resolved with an answer and not "
            "on hold. Label some items, or decide contested ones, first."
        )
    if report["verdict"] == FAIL and not override_reason:
        raise ChecksFailed(report)
    if parent and parent.data_id == draft.data_id:
        before = canonical.loads(parent.manifest)
        if before["lineage_root"] == draft.lineage_root:
            raise NothingChanged(
                f"Nothing changed since {parent}: the same {parent.n_rows} rows from the same labels. "
                "Publish again when items were resolved, corrected or rejected."
            )


def publish_job(
    *, project: int, by_id: int | None, message: str, override_reason: str = "", now: datetime
) -> dict[str, Any]:
    """The background job: what publishing said. A refusal is a result, not a failure to be repeated."""
    found = Project.objects.get(pk=project)
    by = User.objects.get(pk=by_id) if by_id else None
    try:
        version = publish(project=found, by=by, message=message, override_reason=override_reason, now=now)
    except QuorumError as error:
        return {"error": str(error), "code": error.code, "errors": error.errors}
    return {"number": version.number, "rows": version.n_rows, "data_id": version.data_id}
