"""Who may see a page, and what every page of a project shows around its content."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy

from labelling.errors import Forbidden, NotFound, QuorumError
from labelling.projects.models import Member, Project, Role
from labelling.projects.queries import project_for

OWNER, LABELLER, EXPERT, AUDITOR = Role.OWNER, Role.LABELLER, Role.EXPERT, Role.AUDITOR
READERS = (OWNER, AUDITOR)

View = Callable[..., HttpResponse]

# (URL name, what it is called, who sees it)
PAGES = (
    ("overview", gettext_lazy("Overview"), READERS),
    ("items", gettext_lazy("Items"), READERS),
    ("labellers", gettext_lazy("Labellers"), READERS),
    ("agreement", gettext_lazy("Quality"), READERS),
    ("sampling", gettext_lazy("Sampling"), READERS),
    ("gold", gettext_lazy("Gold"), READERS),
    ("versions", gettext_lazy("Versions"), READERS),
    ("cases", gettext_lazy("Experts"), (OWNER, EXPERT)),
    ("gold_answer", gettext_lazy("Gold to answer"), (EXPERT,)),
    ("label", gettext_lazy("Label"), (LABELLER,)),
    ("work", gettext_lazy("Your work"), (LABELLER,)),
    ("settings", gettext_lazy("Settings"), (OWNER,)),
)


def project_page(*roles: str) -> Callable[[View], View]:
    """A page of one project for members in one of `roles` (any role, if none is named).

    The view gets the project in the slug's place; `request.roles` holds the roles the user has there. Who is not a
    member gets 404, who lacks the role 403.
    """

    def wrap(view: View) -> View:
        @login_required
        @wraps(view)
        def guarded(request: HttpRequest, slug: str, **kwargs: Any) -> HttpResponse:
            try:
                project = project_for(user=request.user, reference=slug, roles=roles)  # type: ignore[arg-type]  # signed in
            except NotFound as error:
                raise Http404(str(error)) from error
            except Forbidden as error:
                raise PermissionDenied(str(error)) from error
            request.roles = _active_roles(request, project)  # type: ignore[attr-defined]  # ours, kept on it
            if roles and not request.roles & set(roles):  # type: ignore[attr-defined]  # set above
                raise PermissionDenied(gettext("Your membership of this project is suspended. Ask its owner why."))
            try:
                return view(request, project, **kwargs)
            except NotFound as error:
                raise Http404(str(error)) from error

        return guarded

    return wrap


def _active_roles(request: HttpRequest, project: Project) -> set[str]:
    """The roles that are not suspended. A suspended labeller still sees their own work; the API does the same."""
    held = Member.objects.filter(user=request.user, project=project)  # type: ignore[misc]  # signed in
    return set(held.filter(Q(suspended_at=None) | Q(role=LABELLER)).values_list("role", flat=True))


# What labellers and experts open. The other pages are English still: their views give `content_language`.
TRANSLATED = {"workbench", "work", "cases", "gold_answer", "visit"}
ENGLISH = settings.LANGUAGE_CODE


def show(request: HttpRequest, template: str, project: Project, *, status: int = 200, **context: Any) -> HttpResponse:
    """Render a project's page, with its navigation."""
    spoken = "" if template in TRANSLATED else ENGLISH
    shown = {"project": project, "nav": navigation(request, project), "content_language": spoken, **context}
    return render(
        request,
        f"frontend/{template}.html",
        {"roles": request.roles, **shown},  # type: ignore[attr-defined]  # as above
        status=status,
    )


def navigation(request: HttpRequest, project: Project) -> list[dict[str, Any]]:
    """The project's pages that this user may open; a page below one of them counts as it."""
    roles: set[str] = request.roles  # type: ignore[attr-defined]  # as above
    entries = [(reverse(name, args=[project.slug]), label) for name, label, who in PAGES if roles & set(who)]
    here = max((url for url, _ in entries if request.path.startswith(url)), key=len, default="")
    return [{"url": url, "label": label, "current": url == here} for url, label in entries]


def attempt(request: HttpRequest, act: Callable[[], Any], done: str) -> bool:
    """Do what a form asked for; say that it is done, or what stands against it. Nothing is half-done then."""
    try:
        act()
    except QuorumError as error:
        messages.error(request, sentence(error))
        return False
    messages.success(request, done)
    return True


def sentence(error: QuorumError) -> str:
    """What a refusal says, with its fields where it names some."""
    fields = [f"{fault['where']}: {fault['message']}" for fault in error.errors if fault.get("where")]
    said = str(error)
    return said if not fields or all(field in said for field in fields) else f"{said} ({'; '.join(fields)})"
