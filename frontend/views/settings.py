"""An owner's settings: the guideline, the policy, the question, and whether the project is at work."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from experts.models import Decision
from frontend.markdown import to_html
from frontend.views.access import OWNER, attempt, project_page, show
from frontend.views.blame import blame
from frontend.views.policy_form import PolicyForm, filled_from
from labelling.errors import QuorumError
from labelling.loop.govern import change_policy
from labelling.projects import actions
from labelling.projects.checks import MAX_GUIDELINE
from labelling.projects.models import Account, Project
from labelling.projects.queries import names_of

VERSIONS_SHOWN = 20
STALE = (
    "Somebody saved version {current} while you wrote. What you wrote is kept below; "
    "compare, and save again to replace theirs."
)


class GuidelineForm(forms.Form):
    """`number`: the version that the text was taken from."""

    number = forms.IntegerField(widget=forms.HiddenInput)
    text = forms.CharField(
        required=False, strip=False, max_length=MAX_GUIDELINE, label="Text, in Markdown",
        help_text="Headings with #, lists with -, **bold**, tables. Labellers see it beside every item.",
        widget=forms.Textarea(attrs={"class": "input", "rows": 16, "dir": "auto"}),
    )  # fmt: skip


@project_page(OWNER)
def settings(request: HttpRequest, project: Project) -> HttpResponse:
    """The guideline, the question, and pausing."""
    if request.method != "POST":
        return _guideline_page(request, project, _guideline_form(request, project))
    if request.POST.get("do") in SWITCHES:
        verb, done = SWITCHES[request.POST["do"]]
        attempt(request, lambda: verb(project=project, by=request.user, now=timezone.now()), done)  # type: ignore[arg-type]  # signed in
        return redirect("settings", project.slug)
    form = GuidelineForm(request.POST)
    preview = "preview" in request.POST
    if form.is_valid() and not preview and _save_guideline(request, project, form):
        return redirect("settings", project.slug)
    shown = to_html(form.cleaned_data["text"]) if preview and form.is_valid() else None
    return _guideline_page(request, project, form, preview=shown, status=200 if shown is not None else 422)


SWITCHES = {
    "pause": (actions.pause_project, "Paused: nobody gets new items. Answers to items already handed out still count."),
    "resume": (actions.resume_project, "Resumed: labellers get items again."),
}


def _guideline_form(request: HttpRequest, project: Project) -> GuidelineForm:
    """The text in force; with `ruling` in the address, an expert's decision below it, ready to be edited and saved."""
    guideline = project.guideline_in_force
    text = guideline.text
    ruling = request.GET.get("ruling", "")
    decision = None
    if ruling and "\x00" not in ruling:
        decisions = Decision.objects.select_related("case__item__example")
        decision = decisions.filter(public_id=ruling, case__project=project).first()
    if decision is not None:
        text = f"{text.rstrip()}\n\n### Ruling on {decision.case.item.example.external_id}\n\n{decision.rationale}\n"
    return GuidelineForm(initial={"number": guideline.number, "text": text})


def _save_guideline(request: HttpRequest, project: Project, form: GuidelineForm) -> bool:
    current = project.guideline_in_force
    if form.cleaned_data["number"] != current.number:
        _stale(form, current.number)
        return False
    if form.cleaned_data["text"].strip() == current.text:
        messages.info(request, f"The text is that of version {current.number}; no new version was made.")
        return True
    try:
        row = actions.new_guideline(
            project=project, text=form.cleaned_data["text"], by=request.user, now=timezone.now()  # type: ignore[arg-type]  # signed in
        )  # fmt: skip
    except QuorumError as error:
        blame(form, error, {"guideline": "text"})
        return False
    messages.success(request, f"Guideline version {row.number} is in force; labellers are told that it changed.")
    return True


def _stale(form: forms.Form, current: int) -> None:
    """Refuse once, and let the same form be sent again on top of the version in force."""
    form.add_error(None, STALE.format(current=current))
    form.data = {**form.data.dict(), "number": str(current)}  # type: ignore[attr-defined]  # a QueryDict


def _guideline_page(
    request: HttpRequest, project: Project, form: GuidelineForm, *, preview: str | None = None, status: int = 200
) -> HttpResponse:
    versions = project.guidelineversions.select_related("created_by").order_by("-number")[:VERSIONS_SHOWN]
    schema = project.schema_in_force
    return show(request, "settings", project, status=status, part="guideline", form=form, preview=preview,
                versions=versions, guideline=project.guideline_in_force, schema=schema,
                names=names_of(schema))  # fmt: skip


@project_page(OWNER)
def policy(request: HttpRequest, project: Project) -> HttpResponse:
    """Every field of the policy; saving makes the next version."""
    form = filled_from(project.policy_in_force)
    if request.method == "POST":
        form = PolicyForm(request.POST)
        if form.is_valid() and _save_policy(request, project, form):
            return redirect("settings_policy", project.slug)
    versions = list(project.policyversions.select_related("created_by").order_by("-number")[:VERSIONS_SHOWN])
    return show(request, "settings", project, status=422 if form.errors else 200, part="policy", form=form,
                versions=versions, account=_account(project), policy=project.policy_in_force)  # fmt: skip


def _save_policy(request: HttpRequest, project: Project, form: PolicyForm) -> bool:
    current = project.policy_in_force
    if form.cleaned_data["number"] != current.number:
        _stale(form, current.number)
        return False
    changes = form.changes(current)
    if not changes:
        messages.info(request, f"Nothing differs from version {current.number}; no new version was made.")
        return True
    try:
        row = change_policy(project=project, changes=changes, by=request.user, now=timezone.now())  # type: ignore[arg-type]  # signed in
    except QuorumError as error:
        blame(form, error)
        return False
    messages.success(request, f"Policy version {row.number} is in force.")
    return True


def _account(project: Project) -> dict[str, Any]:
    """The account in units of the currency."""
    account = Account.objects.get(project=project)
    micro = {"spent": account.spent, "reserved": account.reserved, "budget": account.budget}
    return {name: None if value is None else value / 1_000_000 for name, value in micro.items()}
