"""Flagged labellers: the evidence, and what an owner makes of it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from frontend import flags as words
from frontend.views.access import READERS, attempt, project_page, show
from frontend.views.acting import UNREADABLE, acting_owner, may_act, one, typed
from labelling.loop.flags import settle_flag
from labelling.projects.models import Project
from labelling.reliability import queries
from labelling.reliability.models import Flag

MOST_OPEN = 50
LAST_CLOSED = 20

DONE = {
    Flag.Outcome.UPHELD.value: "The flag is upheld. Nothing else changed: suspend or reject them if it is due.",
    Flag.Outcome.DISMISSED.value: "The flag is dismissed, and what it had done by itself is taken back.",
}


@project_page(*READERS)
@require_http_methods(["GET", "HEAD", "POST"])
def flags(request: HttpRequest, project: Project) -> HttpResponse:
    status = 200
    if request.method == "POST":
        if _settle(request, project):
            return redirect("flags", project.slug)
        status = UNREADABLE
    every = queries.flags_of(project, is_open=True)
    return show(
        request, "flags", project, status=status, given=request.POST, may_act=may_act(request),
        policy=project.policy_in_force, flags=[words.told(flag) for flag in every[:MOST_OPEN]],
        more=every.count() > MOST_OPEN,
        closed=[words.told(flag) for flag in queries.flags_of(project, is_open=False)[:LAST_CLOSED]],
    )  # fmt: skip


def _settle(request: HttpRequest, project: Project) -> bool:
    by = acting_owner(request)
    flag = one(queries.flags_of(project), request.POST.get("flag", ""), "flag")
    outcome = request.POST.get("outcome", "")
    return attempt(
        request,
        lambda: settle_flag(flag=flag, outcome=outcome, answered=typed(request, "answered"), by=by, now=timezone.now()),
        DONE.get(outcome, ""),
    )
