"""The checks of what would be the next version: what they say now, and what they said before."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from frontend import data_checks
from frontend.views.access import READERS, attempt, project_page, show
from frontend.views.acting import acting_owner, may_act
from labelling.datasets.checks import history as kept
from labelling.loop import checking
from labelling.projects.models import Project

ASKED = "Asked for. The report comes here when a worker is done with it."


@project_page(*READERS)
@require_http_methods(["GET", "HEAD", "POST"])
def checks(request: HttpRequest, project: Project) -> HttpResponse:
    """The newest report; asking for another."""
    if request.method == "POST":
        by = acting_owner(request)
        attempt(request, lambda: checking.ask(project=project, by=by, now=timezone.now()), ASKED)
        return redirect("checks", project.slug)
    newest, job = kept.newest(project), checking.job_of(project)
    report = newest.told if newest else None
    return show(
        request, "checks", project, newest=newest, report=report, may_act=may_act(request),
        cards=data_checks.cards_of(report, project) if report else [],
        job=job if job and job.state in ("waiting", "running") else None, failed=job if job and job.failed_at else None,
    )  # fmt: skip


@project_page(*READERS)
@require_safe
def history(request: HttpRequest, project: Project) -> HttpResponse:
    """Quality over time."""
    readings = kept.readings(project)
    return show(request, "checks_history", project, readings=readings[::-1], groups=data_checks.over_time(readings))
