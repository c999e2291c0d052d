"""Erasing the content of examples: what it would touch is said first, and what was erased is listed."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from frontend.views.access import OWNER, READERS, project_page, sentence, show
from frontend.views.acting import UNREADABLE, acting_owner, may_act, one, page_of, typed
from labelling.datasets.models import ErasedRow
from labelling.errors import QuorumError
from labelling.loop.erasing.erase import erase, find
from labelling.loop.erasing.told import Touched, erasures_of, holders_of, touched
from labelling.projects.checks import check_text, invalid
from labelling.projects.models import Project

MOST_TYPED = 200_000
LISTED = 100


@project_page(*READERS)
@require_safe
def erasures(request: HttpRequest, project: Project) -> HttpResponse:
    page = page_of(erasures_of(project), request, newest_first=True)
    return show(request, "erasures", project, page=page, may_act=may_act(request))


@project_page(*READERS)
@require_safe
def erasure(request: HttpRequest, project: Project, public_id: str) -> HttpResponse:
    found = one(erasures_of(project), public_id, "erasure")
    rows = ErasedRow.objects.filter(erasure=found).select_related("version").order_by("-version__number")
    return show(request, "erasure", project, erasure=found, rows=list(rows), holders=holders_of([found]))


@project_page(OWNER)
@require_http_methods(["GET", "HEAD", "POST"])
def erase_page(request: HttpRequest, project: Project) -> HttpResponse:
    """Keys in, from a form or a link, then what would be touched, then a confirmation that is typed."""
    asked = request.POST if request.method == "POST" else request.GET
    given = {name: asked.get(name, "") for name in ("keys", "group", "reason")}
    preview, fault = None, ""
    if given["keys"] or given["group"] or request.method == "POST":
        try:
            meant = _meant(given)
            preview = touched(project=project, examples=find(project=project, **meant))
            if "confirmation" in request.POST:
                return _erased(request, project, preview, meant)
        except QuorumError as error:
            fault = sentence(error)
    return show(
        request, "erase", project, status=UNREADABLE if fault else 200, given=given, fault=fault, preview=preview,
        phrase=phrase_of(preview) if preview else "", listed=LISTED,
    )  # fmt: skip


def _meant(given: dict[str, str]) -> dict[str, Any]:
    """Keys, one a line, or a group."""
    keys = check_text(given["keys"], field="keys", most=MOST_TYPED, empty=True)
    group = check_text(given["group"], field="group", most=200, empty=True)
    return {"keys": [line.strip() for line in keys.splitlines() if line.strip()], "group": group}


def phrase_of(preview: Touched) -> str:
    """What has to be typed before anything is erased."""
    return f"erase {len(preview.examples)}"


def _erased(request: HttpRequest, project: Project, preview: Touched, meant: dict[str, Any]) -> HttpResponse:
    if request.POST["confirmation"].strip() != phrase_of(preview):
        raise invalid("confirmation", f"must be “{phrase_of(preview)}”; nothing was erased")
    done = erase(
        project=project, reason=typed(request, "reason"), by=acting_owner(request), now=timezone.now(), **meant
    )
    n = len(done.erasures)
    messages.success(request, f"Erased: {n} example{'' if n == 1 else 's'}. Every id still verifies.")
    if n == 1:
        return redirect("erasure", project.slug, done.erasures[0].public_id)
    return redirect("erasures", project.slug)
