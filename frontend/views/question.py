"""The label schema: a form for the definition of any kind, with a preview of the labeller's page."""

import json
from typing import Any

from csp.decorators import csp_replace
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from frontend.views.access import OWNER, project_page, sentence, show
from frontend.views.acting import UNREADABLE
from labelling import canonical
from labelling.api.label_kinds import told
from labelling.errors import Invalid, QuorumError
from labelling.ingest.models import Example
from labelling.loop.renaming import NEWEST, reach
from labelling.projects.actions import new_schema
from labelling.projects.checks import check_schema, invalid
from labelling.projects.models import Project, SchemaVersion
from labelling.projects.queries import names_of
from labelling.schemas import KINDS, kind_of

VERSIONS_SHOWN = 20
EXAMPLES, LONGEST_EXAMPLE = 5, 20_000
STALE = (
    "Somebody saved version {current} while you wrote. What you wrote is kept below; "
    "compare, and save again to replace theirs."
)
MAP = "map:"


@project_page(OWNER)
@require_http_methods(["GET", "HEAD", "POST"])
def question(request: HttpRequest, project: Project) -> HttpResponse:
    """The definition in force, to be changed; saving makes the next version. What is gone is mapped first."""
    before = project.schema_in_force
    text, errors, gone = pretty(before.definition), [], []
    if request.method == "POST":
        text = request.POST.get("definition", "")
        try:
            definition = check_schema(before.kind, read_definition(text))
            gone = [name for name in names_of(before) if name not in _names(before.kind, definition)]
            if _is_current(request, before) and _saved(request, project, definition, gone):
                return redirect("settings_question", project.slug)
        except QuorumError as error:
            errors = error.errors or [{"where": "", "message": sentence(error)}]
    return show(
        request, "settings", project, status=UNREADABLE if errors else 200, part="question", number=before.number,
        text=text, errors=errors, versions=_versions(project), mapping=_mapping(request, project, gone, text),
        newest=NEWEST,
        island=island(before.kind, text, errors=errors, examples=examples(project), kinds=[before.kind]),
    )  # fmt: skip


def _is_current(request: HttpRequest, before: SchemaVersion) -> bool:
    """Refuse once; the page then carries the number of the version in force."""
    if request.POST.get("number") == str(before.number):
        return True
    messages.error(request, STALE.format(current=before.number))
    return False


def _saved(request: HttpRequest, project: Project, definition: dict[str, Any], gone: list[str]) -> bool:
    """Whether the version is made, or nothing differs; not before it is said what becomes of each name that is gone."""
    before = project.schema_in_force
    if definition == before.definition:
        messages.info(request, f"Nothing differs from version {before.number}; no new version was made.")
        return True
    chosen = {name: request.POST.get(MAP + name, "") for name in gone}
    if any(not becomes for becomes in chosen.values()):
        messages.warning(request, "Not saved yet: say what becomes of the answers that are gone.")
        return False
    mapping = {name: chosen.get(name, name) for name in names_of(before)}
    row = new_schema(project=project, definition=definition, mapping=mapping, by=request.user, now=timezone.now())  # type: ignore[arg-type]  # signed in
    messages.success(request, f"Version {row.number} of the question is in force.")
    return True


def _mapping(request: HttpRequest, project: Project, gone: list[str], text: str) -> list[dict[str, Any]]:
    """What is gone, what it reaches, and what it may become; `renamed`: what the form saw it being renamed to."""
    if not gone:
        return []
    after = _names(project.schema_in_force.kind, read_definition(text))
    try:
        renamed = json.loads(request.POST.get("renamed") or "{}")
    except (ValueError, RecursionError):
        renamed = {}
    reached = reach(project=project, names=gone)
    return [
        {
            "name": name, "field": MAP + name, "reach": reached[name], "options": after,
            "chosen": request.POST.get(MAP + name) or (renamed.get(name) if isinstance(renamed, dict) else ""),
        }
        for name in gone
    ]  # fmt: skip


def _names(kind: str, definition: dict[str, Any]) -> list[str]:
    cleaned = kind_of(kind).check_definition(definition)
    return names_of(SchemaVersion(kind=kind, definition=cleaned))


def _versions(project: Project) -> list[dict[str, Any]]:
    """The newest versions, each with what it renamed or merged."""
    rows = project.schemaversions.select_related("created_by").order_by("-number")[:VERSIONS_SHOWN]
    return [
        {"row": row, "moved": [(old, new) for old, new in (row.mapping or {}).items() if old != new]} for row in rows
    ]


def read_definition(text: str) -> dict[str, Any]:
    """Raises Invalid for what is no JSON object."""
    try:
        definition = json.loads(text)
    except ValueError as error:
        raise invalid("definition", f"is not JSON: {error}") from error
    except RecursionError as error:
        raise invalid("definition", "is nested too deeply") from error
    if not isinstance(definition, dict):
        raise invalid("definition", "must be a JSON object, { … }")
    return definition


def pretty(definition: dict[str, Any]) -> str:
    return json.dumps(definition, ensure_ascii=False, indent=2)


def examples(project: Project) -> list[dict[str, Any]]:
    """The project's newest examples, for the preview."""
    rows = Example.objects.filter(project=project).exclude(payload=None).order_by("-pk")[:EXAMPLES]
    short = [row for row in rows if row.payload is not None and len(row.payload) <= LONGEST_EXAMPLE]
    payloads = [(row.external_id, canonical.loads(row.payload or "{}")) for row in short]
    return [{"key": key, "payload": payload} for key, payload in payloads if isinstance(payload, dict)]


def island(
    kind: str, text: str, *, errors: list[dict[str, Any]], examples: list[dict[str, Any]], kinds: list[str]
) -> dict[str, Any]:
    """What the script of the form needs (`frontend/src/question`)."""
    return {
        "kinds": [told(KINDS[name]) for name in kinds], "kind": kind, "text": text, "errors": errors,
        "examples": examples, "urls": {"check": reverse("check_question"), "preview": reverse("preview_question")},
    }  # fmt: skip


@login_required
@require_POST
def check(request: HttpRequest) -> JsonResponse:
    """A definition as it would be stored, or what is wrong with it where; nothing is kept."""
    try:
        definition = read_definition(request.POST.get("definition", ""))
        return JsonResponse({"definition": check_schema(request.POST.get("kind", ""), definition), "errors": []})
    except Invalid as error:
        return JsonResponse({"definition": None, "errors": error.errors})


@login_required
@require_safe
@csp_replace({"frame-ancestors": ["'self'"]})
@xframe_options_sameorigin
def preview(request: HttpRequest) -> HttpResponse:
    """The labeller's card, of whatever the page around it sends."""
    return render(request, "frontend/preview.html")
