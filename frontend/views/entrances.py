"""Entrances from crowd marketplaces, for owners: making and closing them, and what to approve and pay by worker id."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from frontend.views.access import READERS, attempt, project_page, show
from frontend.views.acting import acting_owner, may_act, one, page_of
from frontend.views.blame import blame
from frontend.views.entering import filled_link, link_of
from labelling.amounts import MICRO
from labelling.errors import QuorumError
from labelling.projects.checks import MAX_MONEY
from labelling.projects.models import Project
from labelling.visits import queries
from labelling.visits.actions import close_entrance, create_entrance
from labelling.visits.approvals import approvals
from labelling.visits.models import Entrance, Visit
from labelling.visits.providers import BY_NAME, PROVIDERS

INPUT = {"class": "input"}
PLAIN = INPUT | {"autocapitalize": "none", "spellcheck": "false", "autocomplete": "off"}
OTHER = "other"


def _text(label: str, most: int, help_text: str = "") -> forms.CharField:
    return forms.CharField(
        label=label, required=False, max_length=most, help_text=help_text, widget=forms.TextInput(attrs=PLAIN)
    )


def _number(label: str, initial: int, most: int, help_text: str = "") -> forms.IntegerField:
    return forms.IntegerField(
        label=label, initial=initial, min_value=1, max_value=most, help_text=help_text,
        widget=forms.NumberInput(attrs=INPUT),
    )  # fmt: skip


class EntranceForm(forms.Form):
    """What a provider calls things is filled in for those that are known; the verb judges the rest."""

    known = forms.ChoiceField(
        label="Marketplace", choices=[(one.name, one.name) for one in PROVIDERS] + [(OTHER, "Another one")],
        widget=forms.Select(attrs=INPUT),
    )  # fmt: skip
    n_labels = _number("Labels that make a visit complete", 20, 10_000)
    most_workers = _number("Workers at most", 500, 1_000_000, "More are turned away at the door.")
    reward = forms.DecimalField(
        label="What the marketplace pays for a visit", initial=0, min_value=0, max_value=MAX_MONEY // MICRO,
        decimal_places=6, widget=forms.NumberInput(attrs=INPUT | {"step": "any"}),
        help_text="The bonus is what somebody earned beyond it.",
    )  # fmt: skip
    fixed_code = _text("Completion code", 100, "Empty: each visit gets a code of its own.")
    provider = _text("Name of another marketplace", 60)
    worker_parameter = _text("Its parameter for the worker's id", 40, "Such as worker_id; labellers never see the ids.")
    assignment_parameter = _text("Its parameter for the assignment", 40, "Empty: one visit a worker.")
    session_parameter = _text("Its parameter for the session", 40)
    return_url = _text(
        "Address that takes the code back", 500,
        "With https://; {code}, {worker}, {assignment} and {session} are filled in. Empty: the code is typed in.",
    )  # fmt: skip

    def main(self) -> list[forms.BoundField]:
        return [self[name] for name in ("known", "n_labels", "most_workers", "reward", "fixed_code")]

    def more(self) -> list[forms.BoundField]:
        return [field for field in self if field not in self.main()]


@project_page(*READERS)
@require_http_methods(["GET", "HEAD", "POST"])
def entrances(request: HttpRequest, project: Project) -> HttpResponse:
    """Every entrance of the project, and the form for another one."""
    form = EntranceForm(request.POST or None, auto_id="entrance-%s")
    if request.method == "POST":
        made = _made(request, project, form) if form.is_valid() else None
        if made is not None:
            return redirect("entrance", project.slug, made.public_id)
    return show(
        request, "entrances", project, status=422 if form.errors else 200, form=form, may_act=may_act(request),
        policy=project.policy_in_force, page=page_of(queries.entrances(project), request, newest_first=True),
        given_more=any(form[name].data for name in ("provider", "worker_parameter", "return_url")),
    )  # fmt: skip


def _made(request: HttpRequest, project: Project, form: EntranceForm) -> Entrance | None:
    """The entrance, or None and the errors beside the fields."""
    values = dict(form.cleaned_data)
    known = values.pop("known")
    if known != OTHER:
        values["provider"] = known
    values["reward"] = int(values["reward"] * MICRO)
    try:
        return create_entrance(project=project, by=acting_owner(request), now=timezone.now(), **values)
    except QuorumError as error:
        blame(form, error)
        return None


@project_page(*READERS)
@require_http_methods(["GET", "HEAD", "POST"])
def entrance(request: HttpRequest, project: Project, public_id: str) -> HttpResponse:
    """One entrance: its link, its visits with what to do about each, and the way to close it."""
    found = one(queries.entrances(project), public_id, "entrance")
    if request.method == "POST":
        by = acting_owner(request)
        attempt(
            request, lambda: close_entrance(entrance=found, by=by, now=timezone.now()),
            "Closed: nobody new comes in. Who has begun can finish.",
        )  # fmt: skip
        return redirect("entrance", project.slug, found.public_id)
    page = page_of(queries.visits_of(found), request, newest_first=True)
    rows: list[Visit] = page.rows
    return show(
        request, "entrance", project, entrance=found, page=page, may_act=may_act(request),
        rows=approvals(rows, now=timezone.now()), policy=project.policy_in_force, csv=csv_address(project, found),
        **_links(request, found),
    )  # fmt: skip


def csv_address(project: Project, found: Entrance) -> str:
    """Where the visits are as CSV: with the API, which asks who may read it too."""
    return f"/api/v1/entrances/{found.public_id}/visits?format=csv"


def _links(request: HttpRequest, found: Entrance) -> dict[str, Any]:
    """Only owners are shown the secret."""
    if not may_act(request):
        return {"link": "", "ready": False}
    known = BY_NAME.get(found.provider)
    filled = known is not None and known.worker == found.worker_parameter
    placeholder = known.placeholder if known is not None and filled else "…"
    return {"link": filled_link(request, found, placeholder), "ready": filled, "bare": link_of(request, found)}
