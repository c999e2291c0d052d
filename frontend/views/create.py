"""Making a project: its question, its answers, and what labellers are shown."""

import secrets
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from frontend.views.blame import blame
from labelling.errors import QuorumError
from labelling.projects.actions import create_project
from labelling.projects.checks import MAX_GUIDELINE, MAX_SLUG
from labelling.projects.models import Mode, Project
from labelling.projects.queries import may_create

INPUT = {"class": "input"}
INPUTS = (("text", "One text"), ("text_pair", "Two texts side by side"))
SEED_BITS = 62
# What the verb calls a field that has another name here.
WHERE = {"input.kind": "input_kind", "input.fields": "shown_fields", "definition": "question", "policy.mode": "mode"}


class NewProjectForm(forms.Form):
    """What only the verb can judge (a slug that is taken, answers that are alike) it says itself."""

    name = forms.CharField(max_length=200, widget=forms.TextInput(attrs=INPUT))
    slug = forms.CharField(
        label="Short name for addresses", max_length=MAX_SLUG, help_text="Lower-case letters, digits and hyphens.",
        widget=forms.TextInput(attrs=INPUT | {"autocapitalize": "none", "spellcheck": "false"}),
    )  # fmt: skip
    question = forms.CharField(
        max_length=2000, help_text="Such as “Does the offer answer the request?”", widget=forms.TextInput(attrs=INPUT)
    )
    choices = forms.CharField(
        label="Answers, one a line", help_text="Two or more. The first gets key 1, the second key 2, and so on.",
        widget=forms.Textarea(attrs=INPUT | {"rows": 4}),
    )  # fmt: skip
    input_kind = forms.ChoiceField(label="What labellers see", choices=INPUTS, widget=forms.Select(attrs=INPUT))
    shown_fields = forms.CharField(
        label="Fields of the data to show", initial="text",
        help_text="Names of fields in your lines of data, with commas between: one for one text, two for two.",
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
        return render(request, "frontend/create.html", {"form": None}, status=403)
    form = NewProjectForm(request.POST or None)
    if request.method == "POST":
        project = _made(request, form) if form.is_valid() else None
        if project is not None:
            messages.success(request, f"{project.name} is there. Next: look at its policy, invite people, send data.")
            return redirect("settings", project.slug)
    return render(request, "frontend/create.html", {"form": form}, status=422 if form.errors else 200)


def _made(request: HttpRequest, form: NewProjectForm) -> Project | None:
    """The project, or None and the errors beside the fields."""
    given = form.cleaned_data
    try:
        return create_project(
            slug=given["slug"], name=given["name"], kind="single_choice", definition=_definition(given),
            guideline=given["guideline"], policy={"mode": given["mode"]},
            by=request.user, seed=secrets.randbits(SEED_BITS), now=timezone.now(),  # type: ignore[arg-type]  # signed in
        )  # fmt: skip
    except QuorumError as error:
        if error.errors:
            blame(form, error, WHERE | _each_choice(given["choices"]))
        else:
            form.add_error("slug", str(error).removeprefix("slug: "))
        return None


def _definition(given: dict[str, Any]) -> dict[str, Any]:
    fields = [name.strip() for name in given["shown_fields"].split(",") if name.strip()]
    return {
        "question": given["question"],
        "input": {"kind": given["input_kind"], "fields": fields},
        "choices": [_choice(name, number) for number, name in enumerate(_lines(given["choices"]), start=1)],
    }


def _choice(name: str, number: int) -> dict[str, str]:
    return {"name": name, "key": str(number)} if number <= 9 else {"name": name}


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _each_choice(text: str) -> dict[str, str]:
    """Faults of one answer stand beside the field that holds them all."""
    parts = ("", ".name", ".key")
    return {f"choices[{number}]{part}": "choices" for number in range(len(_lines(text))) for part in parts}
