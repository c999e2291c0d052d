"""Moving a project here from another tool: the files, how far it is, and what came of it."""

from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from frontend.views.access import ENGLISH
from frontend.views.blame import blame
from labelling.errors import QuorumError
from labelling.incoming import offsets
from labelling.incoming.actions import slug_of
from labelling.incoming.found import NOTHING_TAKEN
from labelling.incoming.models import ProjectImport, Source
from labelling.incoming.opening import ENDINGS, Export
from labelling.incoming.options import Options
from labelling.incoming.uploads import State, job_of, state_of, upload
from labelling.projects.checks import MAX_SLUG
from labelling.projects.queries import may_create

INPUT = {"class": "input"}
PLAIN = INPUT | {"autocapitalize": "none", "spellcheck": "false"}
STEPS = {
    "items": "Items are taken in", "labels": "Labels are taken in", "agreement": "Items are judged by their labels",
    "version": "The first version is made",
}  # fmt: skip
COUNTED = [("", "Code points, as the tools count today"), (offsets.UTF_16, "UTF-16 code units, as older versions did")]
TONES = {
    State.RUNNING: "accent", State.FINISHED: "good", State.REFUSED: "bad", State.STOPPED: "bad", State.FAILED: "bad",
}  # fmt: skip
RECENT = 10


class Files(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files; cleaned, a list of them."""

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        single = super().clean
        return [single(one, initial) for one in data or []]


class MoveForm(forms.Form):
    SELDOM = ("question", "images", "pictures", "offsets")

    source = forms.ChoiceField(label="It comes from", choices=Source, widget=forms.Select(attrs=INPUT))
    exports = FilesField(
        label="Files", required=False, help_text="As exported: JSON, JSON_MIN, CSV or TSV; JSON Lines; or a zip of "
        "them. Of doccano one file for each labeller, called after them.",
        widget=Files(attrs=INPUT | {"accept": ",".join((*ENDINGS, ".zip")), "required": True}),
    )  # fmt: skip
    config = forms.FileField(
        label="Label config", required=False, help_text="Of Label Studio: the XML under Settings, Labeling Interface. "
        "Without it the question is read from the answers.",
        widget=forms.FileInput(attrs=INPUT | {"accept": ".xml,.txt"}),
    )  # fmt: skip
    name = forms.CharField(max_length=200, widget=forms.TextInput(attrs=INPUT))
    slug = forms.CharField(
        label="Short name for addresses", required=False, max_length=MAX_SLUG, widget=forms.TextInput(attrs=PLAIN),
        help_text="Lower-case letters, digits and hyphens; made of the name if left empty.",
    )  # fmt: skip
    question = forms.CharField(
        required=False, max_length=200, widget=forms.TextInput(attrs=PLAIN),
        help_text="Of Label Studio, if it asks several: the name of the tag. The first if left empty.",
    )  # fmt: skip
    images = forms.CharField(
        label="Address before pictures", required=False, max_length=500, widget=forms.TextInput(attrs=PLAIN),
        help_text="Where pictures lie whose names are no addresses, like https://pictures.example/",
    )  # fmt: skip
    pictures = forms.FileField(
        label="Pictures, for their sizes", required=False, help_text="Of doccano, for boxes in pixels whose lines say "
        "no width and height: the pictures as zip. Only their sizes are kept; the address above says where they lie.",
        widget=forms.FileInput(attrs=INPUT | {"accept": ".zip"}),
    )  # fmt: skip
    offsets = forms.ChoiceField(
        label="Places of spans are counted in", required=False, choices=COUNTED, widget=forms.Select(attrs=INPUT),
        help_text="It matters for texts with emoji or the like. Label Studio says which text a span covers, and that "
        "decides; doccano doesn't. If spans come out too far to the right here, take the other.",
    )  # fmt: skip

    def first(self) -> list[forms.BoundField]:
        return [field for field in self if field.name not in self.SELDOM]

    def seldom(self) -> list[forms.BoundField]:
        return [self[name] for name in self.SELDOM]

    def seldom_is_used(self) -> bool:
        return any(field.errors or field.data for field in self.seldom())


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def move(request: HttpRequest) -> HttpResponse:
    """The form; who sends it owns the project."""
    if not may_create(request.user):  # type: ignore[arg-type]  # signed in
        return render(request, "frontend/create.html", {"form": None, "content_language": ENGLISH}, status=403)
    form = MoveForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        moved = _uploaded(request, form)
        if moved is not None:
            return redirect("moved", moved.public_id)
    own = ProjectImport.objects.filter(by=request.user.pk).select_related("project").order_by("-pk")[:RECENT]
    context = {"form": form, "earlier": [_told(one) for one in own], "content_language": ENGLISH}
    return render(request, "frontend/move.html", context, status=422 if form.errors else 200)


def _uploaded(request: HttpRequest, form: MoveForm) -> ProjectImport | None:
    given = form.cleaned_data
    files = [Export(file.name or "export", file.read()) for file in given["exports"]]
    try:
        return upload(
            source=given["source"], files=files, config=given["config"].read() if given["config"] else None,
            options=Options(given["question"], given["images"] or "/", given["offsets"]),
            slug=given["slug"] or slug_of(given["name"]), name=given["name"],
            pictures=Export(given["pictures"].name, given["pictures"].read()) if given["pictures"] else None,
            by=request.user, now=timezone.now(),  # type: ignore[arg-type]  # signed in
        )  # fmt: skip
    except QuorumError as error:
        blame(form, error, {"project": "slug", "files": "exports"})
        return None


@login_required
@require_safe
def moved(request: HttpRequest, public_id: str) -> HttpResponse:
    """How far it is, and its report, for who asked for it."""
    found = ProjectImport.objects.select_related("project").filter(public_id=public_id, by=request.user.pk).first()
    if found is None:
        raise Http404
    context: dict[str, Any] = {
        **_told(found), "report": found.report, "content_language": ENGLISH,
        "faults": [line for line in found.error.splitlines() if line != NOTHING_TAKEN],
        "others": (found.report or {}).get("questions_not_taken", {}).items(),
    }  # fmt: skip
    return render(request, "frontend/moved.html", context)


def _told(found: ProjectImport) -> dict[str, Any]:
    """A move with where it stands."""
    job = None if found.report or found.error else job_of(found)
    state = state_of(found, job)
    return {
        "moved": found, "job": job, "state": state.value, "state_name": state.label, "tone": TONES.get(state, ""),
        "step": STEPS.get(found.step, "The files are read"),
    }  # fmt: skip
