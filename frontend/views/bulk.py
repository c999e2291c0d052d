"""What an owner does to many items at once: first what it would change, then done, then how far it is."""

from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from frontend.order import read_boost
from frontend.views.access import OWNER, project_page, sentence, show
from frontend.views.acting import UNREADABLE, acting_owner, one, typed
from frontend.views.item_table import read_filter
from labelling.errors import Invalid, QuorumError
from labelling.jobs.models import Job
from labelling.loop import bulk
from labelling.projects.models import Project

TICKED = "ticked"
# (act, as a button says it, as a heading asks it)
SAID = {
    bulk.MORE: ("Ask for more labels", "Ask for more labels?"),
    bulk.AFRESH: ("Have them labelled afresh", "Have them labelled afresh?"),
    bulk.PRIORITISE: ("Change their priority", "Change their priority?"),
    bulk.HOLD: ("Hold them back from versions", "Hold them back from versions?"),
    bulk.UNHOLD: ("Take them off hold", "Take them off hold?"),
}


@project_page(OWNER)
@require_http_methods(["GET", "HEAD", "POST"])
def act(request: HttpRequest, project: Project) -> HttpResponse:
    """What it would change; sent with a reason, it is done: at once, or by a job if there are many."""
    asked = read_filter(request)
    fault, preview, chosen, wanted = "; ".join(asked.errors), None, None, None
    try:
        if not fault:
            chosen, wanted = _chosen(request, project, asked.where), _act(request)
            preview = bulk.preview(chosen=chosen, act=wanted)
            if request.method == "POST":
                return _start(request, project, chosen, wanted)
    except QuorumError as error:
        fault = sentence(error)
    return show(
        request, "act", project, status=UNREADABLE if fault else 200, fault=fault, preview=preview, act=wanted,
        asked=asked, ticked=chosen.ids if chosen else (), said=SAID.get(asked.given.get("do", "")),
        back=_table(project, asked.address), reason=request.POST.get("reason", ""), at_once=bulk.AT_ONCE,
        left=preview.room - preview.cost if preview and preview.room is not None else None,
    )  # fmt: skip


def _chosen(request: HttpRequest, project: Project, where: dict[str, object]) -> bulk.Chosen:
    if request.GET.get("scope") != TICKED:
        return bulk.Chosen(project, where)
    ids = [text for text in request.GET.getlist("item") if "\x00" not in text]
    if not ids:
        raise Invalid("No item is ticked. Go back and tick some, or choose all that match.")
    return bulk.Chosen(project, {}, ids)


def _act(request: HttpRequest, reason: str = "") -> bulk.Act:
    text = request.GET.get("n_more", "1")
    n_more = int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 0
    boost = read_boost(request.GET.get("boost", "0"))
    return bulk.Act(request.GET.get("do", ""), n_more, boost, reason)


def _start(request: HttpRequest, project: Project, chosen: bulk.Chosen, wanted: bulk.Act) -> HttpResponse:
    by, reason = acting_owner(request), typed(request, "reason")
    started = bulk.start(chosen=chosen, act=_act(request, reason), by=by, now=timezone.now())
    if started.job:
        return redirect("items_job", project.slug, started.job.public_id)
    items = "item was" if started.changed == 1 else "items were"
    left = f", {started.left_alone} left alone" if started.left_alone else ""
    messages.success(request, f"Done: {started.changed} {items} changed{left}.")
    return redirect(_table(project, read_filter(request).address))


def _table(project: Project, address: dict[str, str]) -> str:
    return reverse("items", args=[project.slug]) + (f"?{urlencode(address)}" if address else "")


@project_page(OWNER)
@require_safe
def job(request: HttpRequest, project: Project, public_id: str) -> HttpResponse:
    """How far a job over many items is."""
    found = one(Job.objects.filter(project_id=project.pk, kind=bulk.KIND), public_id, "job")
    asked = found.arguments
    return show(
        request, "items_job", project, job=found, act=asked["act"], said=SAID[asked["act"]["do"]],
        changed=asked["changed"], left_alone=asked["left_alone"],
        back=_table(project, {name: _shown(value) for name, value in asked["where"].items()}),
    )  # fmt: skip


def _shown(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
