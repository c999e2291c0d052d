"""Appeals: what waits for an owner's word, with the evidence at hand."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from frontend.views.access import READERS, attempt, project_page, show
from frontend.views.acting import UNREADABLE, acting_owner, may_act, one
from labelling.loop.appeals import answer_appeal
from labelling.projects.models import Project
from labelling.reliability import appeals as reliability
from labelling.reliability.models import Appeal

MOST_WAITING = 50
LAST_ANSWERED = 30

DONE = {
    Appeal.Outcome.GRANTED.value: "Granted, and what it was about is taken back.",
    Appeal.Outcome.REFUSED.value: "Refused. The labeller reads your answer.",
}


@project_page(*READERS)
@require_http_methods(["GET", "HEAD", "POST"])
def appeals(request: HttpRequest, project: Project) -> HttpResponse:
    now, status = timezone.now(), 200
    if request.method == "POST":
        if _answer(request, project):
            return redirect("appeals", project.slug)
        status = UNREADABLE
    every = reliability.appeals(project)
    waiting = list(reliability.waiting(project, now=now).select_related("labeller__scorecard")[: MOST_WAITING + 1])
    return show(
        request, "appeals", project, status=status, given=request.POST, may_act=may_act(request),
        waiting=waiting[:MOST_WAITING], more=len(waiting) > MOST_WAITING, policy=project.policy_in_force,
        answered=list(every.exclude(answered_at=None).order_by("-answered_at", "-pk")[:LAST_ANSWERED]),
    )  # fmt: skip


def _answer(request: HttpRequest, project: Project) -> bool:
    by = acting_owner(request)
    appeal = one(reliability.appeals(project), request.POST.get("appeal", ""), "appeal")
    outcome, answer = request.POST.get("outcome", ""), request.POST.get("answer", "")
    return attempt(
        request,
        lambda: answer_appeal(appeal=appeal, outcome=outcome, answer=answer, by=by, now=timezone.now()),
        DONE.get(outcome, ""),
    )
