"""The way in from a crowd marketplace, and a worker's visit: how far it is, and the code that ends it."""

from typing import Any
from urllib.parse import urlencode

from django.contrib.auth import login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from frontend.markdown import to_html
from frontend.views.access import LABELLER, attempt, project_page, show
from labelling.projects.models import Member, Project
from labelling.projects.queries import membership
from labelling.visits import queries
from labelling.visits.actions import complete_if_done, end_early, enter
from labelling.visits.errors import BadParameters, EntranceClosed, EntranceUnknown
from labelling.visits.models import Entrance, Visit
from labelling.visits.parameters import Came, is_preview, read

VISITS_SHOWN = 20
BACKEND = "django.contrib.auth.backends.ModelBackend"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def entrance(request: HttpRequest, secret: str) -> HttpResponse:
    """Where a marketplace sends its workers. Looking changes nothing; the button lets them in as a labeller."""
    try:
        found = queries.entrance_of(secret)
    except EntranceUnknown as error:
        return _refused(request, None, error, status=404)
    given = dict(request.GET.lists())
    if is_preview(found, given):
        return _page(request, found, preview=True)
    try:
        came = read(found, given)
        if request.method == "POST":
            return _let_in(request, found, came)
    except BadParameters as error:
        return _refused(request, found, error, status=422)
    except EntranceClosed as error:
        return _refused(request, found, error, status=409)
    return _page(request, found, other=_somebody_else(request, found, came))


def _let_in(request: HttpRequest, found: Entrance, came: Came) -> HttpResponse:
    """The session becomes the worker's: never another account, whatever the id looks like."""
    visit = enter(entrance=found, came=came, now=timezone.now())
    user = visit.worker.member.user
    if request.user.pk != user.pk:
        login(request, user, backend=BACKEND)
    return redirect("visit" if visit.completed_at else "label", found.project.slug)


def _somebody_else(request: HttpRequest, found: Entrance, came: Came) -> str:
    """The name of another account that is signed in here; going on signs it out."""
    user = request.user
    if not user.is_authenticated:
        return ""
    same = found.workers.filter(worker_id=came.worker_id, member__user=user.pk)
    return "" if same.exists() else user.get_full_name() or user.get_username()


def _page(request: HttpRequest, found: Entrance, **context: Any) -> HttpResponse:
    schema = found.project.schema_in_force
    return render(
        request,
        "frontend/enter.html",
        {
            "entrance": found,
            "question": schema.definition.get("question", ""),
            "guideline": to_html(found.project.guideline_in_force.text),
            "practice": found.project.policy_in_force.qualification_items,
            **context,
        },
    )


def _refused(request: HttpRequest, found: Entrance | None, error: Exception, *, status: int) -> HttpResponse:
    return render(request, "frontend/enter_refused.html", {"entrance": found, "error": error}, status=status)


@project_page(LABELLER)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def visit(request: HttpRequest, project: Project) -> HttpResponse:
    """A worker's visit: how far it is, then its code and the way back. A POST ends one that has no more work."""
    labeller = membership(user=request.user, project=project, role=LABELLER)  # type: ignore[arg-type]  # signed in
    found, now = queries.current_visit(labeller), timezone.now()
    if found is None:
        raise Http404("you came by no marketplace's link")
    if request.method == "POST":
        attempt(request, lambda: end_early(visit=found, now=now), _("Your visit is complete."))
        return redirect("visit", project.slug)
    complete_if_done(visit=found, now=now)
    return show(request, "visit", project, visit=found, **progress_of(found))


def progress_of(found: Visit) -> dict[str, Any]:
    return {
        "given": queries.n_given(found, most=max(found.n_labels, 10_000)),
        "code": queries.code_of(found),
        "way_back": queries.way_back(found),
        "entrance": found.worker.entrance,
    }


def visits_of(labeller: Member) -> list[dict[str, Any]]:
    """A worker's newest assignments, each with its code once it is complete; none for who came by no marketplace."""
    newest = Visit.objects.filter(worker__member=labeller).select_related(*queries.WHOLE).order_by("-pk")
    return [{"visit": one, **progress_of(one)} for one in newest[:VISITS_SHOWN]]


def visit_config(project: Project, labeller: Member) -> dict[str, Any]:
    """For the workbench: how many answers of a visit are given, and where its code is; nothing, where there is none."""
    found = queries.current_visit(labeller)
    if found is None:
        return {}
    asked = found.n_labels
    given = asked if found.completed_at is not None else queries.n_given(found, most=asked)
    return {
        "visit": {"of": asked, "url": reverse("visit", args=[project.slug])},
        "session": {"goal": asked, "given": given},
    }


def link_of(request: HttpRequest, found: Entrance) -> str:
    """The address of an entrance, without parameters."""
    return request.build_absolute_uri(reverse("enter", args=[found.secret]))


def filled_link(request: HttpRequest, found: Entrance, placeholder: str) -> str:
    """The same with what the provider fills in, as it writes that: `{name}` in the placeholder is the parameter."""
    names = (found.worker_parameter, found.assignment_parameter, found.session_parameter)
    pairs = [(name, placeholder.replace("{name}", name)) for name in names if name]
    return f"{link_of(request, found)}?{urlencode(pairs, safe='{}%$')}"
