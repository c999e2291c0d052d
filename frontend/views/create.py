"""Making a project: its question, its answers, and what labellers are shown."""

import secrets
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from frontend.views.access import ENGLISH
from frontend.views.blame import blame
from frontend.views.question import island, pretty, read_definition
from labelling.errors import QuorumError
from labelling.projects.actions import create_project
from labelling.projects.checks import MAX_GUIDELINE, MAX_SLUG, check_schema
from labelling.projects.models import Mode, Project
from labelling.projects.queries import may_create
from labelling.schemas import KINDS

INPUT = {"class": "input"}
SEED_BITS = 62
WHERE = {"policy.mode": "mode"}
FIRST_KIND = "single_choice"


class NewProjectForm(forms.Form):
    """What only the verb can judge (a slug that is taken, answers that are alike) it says itself."""

    name = forms.CharField(max_length=200, widget=forms.TextInput(attrs=INPUT))
    slug = forms.CharField(
        label="Short name for addresses", max_length=MAX_SLUG, help_text="Lower-case letters, digits and hyphens.",
        widget=forms.TextInput(attrs=INPUT | {"autocapitalize": "none", "spellcheck": "false"}),
    )  # fmt: skip
    guideline = forms.CharField(
        required=False, strip=False, max_length=MAX_GUIDELINE,
        help_text="Markdown; can be written later. Say what each answer means, with examples.",
        widget=forms.Textarea(attrs=INPUT | {"rows": 8}),
    )  # fmt: skip
    mode = forms.ChoiceField(
        label="Labels for an item", choices=((Mode.ADAPTIVE, "As many as it needs, 2 to 5"), (Mode.FIXED, "Always 5")),
        help_text="These numbers, prices and the budget are set on the project's policy page afterwards.",
        widget=forms.Select(attrs=INPUT),
    )  # fmt: skip


@login_required
def create(request: HttpRequest) -> HttpResponse:
    """The form for a new project; who makes it owns it."""
    if not may_create(request.user):  # type: ignore[arg-type]  # signed in
        return render(request, "frontend/create.html", {"form": None, "content_language": ENGLISH}, status=403)
    form = NewProjectForm(request.POST or None)
    faults: list[dict[str, object]] = []
    if request.method == "POST":
        definition, faults = _definition(request)
        project = _made(request, form, definition) if form.is_valid() and not faults else None
        if project is not None:
            messages.success(request, f"{project.name} is there. Next: look at its policy, invite people, send data.")
            return redirect("settings", project.slug)
    kind = request.POST.get("kind", FIRST_KIND)
    kind = kind if kind in KINDS else FIRST_KIND
    text = request.POST.get("definition") or pretty(KINDS[kind].example)
    return render(
        request, "frontend/create.html",
        {"form": form, "content_language": ENGLISH,
         "island": island(kind, text, errors=faults, examples=[], kinds=sorted(KINDS))},
        status=422 if form.errors or faults else 200,
    )  # fmt: skip


def _definition(request: HttpRequest) -> tuple[dict[str, Any], list[dict[str, object]]]:
    """The question's definition, cleaned, and what is wrong with it."""
    try:
        return check_schema(request.POST.get("kind", ""), read_definition(request.POST.get("definition", ""))), []
    except QuorumError as error:
        return {}, error.errors


def _made(request: HttpRequest, form: NewProjectForm, definition: dict[str, Any]) -> Project | None:
    """The project, or None and the errors beside the fields."""
    given = form.cleaned_data
    try:
        return create_project(
            slug=given["slug"], name=given["name"], kind=request.POST["kind"], definition=definition,
            guideline=given["guideline"], policy={"mode": given["mode"]},
            by=request.user, seed=secrets.randbits(SEED_BITS), now=timezone.now(),  # type: ignore[arg-type]  # signed in
        )  # fmt: skip
    except QuorumError as error:
        if error.errors:
            blame(form, error, WHERE)
        else:
            form.add_error("slug", str(error).removeprefix("slug: "))
        return None
