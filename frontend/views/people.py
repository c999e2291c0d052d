"""An owner's settings: who is in the project, invitation links, and tokens for programs.

A secret is shown in the answer to the form that made it and stored nowhere: no redirect follows, and no cache keeps it.
"""

from datetime import timedelta
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from frontend.views.access import OWNER, attempt, project_page, show
from frontend.views.acting import one, page_of
from frontend.views.blame import blame
from frontend.views.skills import ACTS, change_skills, shown_skills
from labelling.api.scopes import SCOPES
from labelling.errors import QuorumError
from labelling.loop.people import resume_labeller, suspend_labeller
from labelling.projects import actions
from labelling.projects.models import Project, Role

INPUT = {"class": "input"}
LONGEST_DAYS = 365
# What a role means to the person who chooses it.
ROLES = (
    (Role.LABELLER, "Labeller: labels items"),
    (Role.EXPERT, "Expert: decides what labellers disagree on"),
    (Role.AUDITOR, "Auditor: sees everything, changes nothing"),
    (Role.OWNER, "Owner: may do everything here"),
)


class InvitationForm(forms.Form):
    role = forms.ChoiceField(choices=ROLES, widget=forms.Select(attrs=INPUT))
    uses = forms.IntegerField(
        label="For how many people", min_value=1, max_value=10_000, initial=1, widget=forms.NumberInput(attrs=INPUT)
    )
    days = forms.IntegerField(
        label="Valid for days", min_value=1, max_value=LONGEST_DAYS, initial=7, widget=forms.NumberInput(attrs=INPUT)
    )


class TokenForm(forms.Form):
    name = forms.CharField(
        max_length=100, help_text="What will use it, such as “nightly import”.", widget=forms.TextInput(attrs=INPUT)
    )
    scopes = forms.MultipleChoiceField(
        label="What it may do", choices=[(scope, f"{scope}: {words}") for scope, words in SCOPES.items()],
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    days = forms.IntegerField(
        label="Valid for days", required=False, min_value=1, max_value=10 * LONGEST_DAYS, initial=90,
        help_text="Empty: until it is revoked.", widget=forms.NumberInput(attrs=INPUT),
    )  # fmt: skip


@project_page(OWNER)
def people(request: HttpRequest, project: Project) -> HttpResponse:
    """Members and invitation links."""
    form = InvitationForm(auto_id="invite-%s")
    link = ""
    if request.method == "POST":
        if request.POST.get("do") in ACTS:
            return change_skills(request, project)
        if request.POST.get("do") != "invite":
            return _change_people(request, project)
        form = InvitationForm(request.POST, auto_id="invite-%s")
        link = _invited(request, project, form) if form.is_valid() else ""
    now = timezone.now()
    live = project.invitations.filter(revoked_at=None, uses_left__gt=0, expires_at__gt=now)
    members = page_of(project.members.select_related("user"), request)
    return _page(request, project, "people", form, link, members=members, **shown_skills(project, members.rows),
                 invitations=live.select_related("created_by").order_by("-created_at", "-pk")[:100])  # fmt: skip


def _invited(request: HttpRequest, project: Project, form: InvitationForm) -> str:
    """The link, or nothing and the errors in the form."""
    given, now = form.cleaned_data, timezone.now()
    try:
        _, secret = actions.invite(
            project=project, role=given["role"], uses=given["uses"], expires_at=now + timedelta(days=given["days"]),
            by=request.user, now=now,  # type: ignore[arg-type]  # signed in
        )  # fmt: skip
    except QuorumError as error:
        blame(form, error)
        return ""
    return request.build_absolute_uri(reverse("join", args=[secret]))


def _change_people(request: HttpRequest, project: Project) -> HttpResponse:
    act, row = request.POST.get("do"), request.POST.get("of", "")
    who: dict[str, Any] = {"by": request.user, "now": timezone.now()}
    if act == "suspend":
        member = one(project.members.all(), row, "member")
        if member.user_id == request.user.pk and member.role == Role.OWNER:
            raise PermissionDenied("You can't suspend yourself as an owner: ask another owner to do it.")
        reason = request.POST.get("reason", "")
        done = f"{member.name} is suspended. What they did is untouched; items they held go to others."
        attempt(request, lambda: suspend_labeller(member=member, reason=reason, **who), done)
    elif act == "resume":
        member = one(project.members.all(), row, "member")
        attempt(request, lambda: resume_labeller(member=member, **who), f"{member.name} is back.")
    else:
        invitation = one(project.invitations.all(), row, "invitation")
        attempt(request, lambda: actions.revoke_invitation(invitation=invitation, **who), "The link is revoked.")
    return redirect("settings_people", project.slug)


@project_page(OWNER)
def tokens(request: HttpRequest, project: Project) -> HttpResponse:
    """Tokens with which programs use the API."""
    form = TokenForm(auto_id="token-%s")
    secret = ""
    if request.method == "POST":
        if request.POST.get("do") == "revoke":
            token = one(project.api_tokens.all(), request.POST.get("of", ""), "token")
            attempt(request, lambda: actions.revoke_token(token=token, by=request.user, now=timezone.now()),  # type: ignore[arg-type]  # signed in
                    f"The token “{token.name}” is revoked: it works no more.")  # fmt: skip
            return redirect("settings_tokens", project.slug)
        form = TokenForm(request.POST, auto_id="token-%s")
        secret = _issued(request, project, form) if form.is_valid() else ""
    live = page_of(project.api_tokens.filter(revoked_at=None).select_related("user"), request, newest_first=True)
    return _page(request, project, "tokens", form, secret, tokens=live, now=timezone.now())


def _issued(request: HttpRequest, project: Project, form: TokenForm) -> str:
    """The secret, or nothing and the errors in the form."""
    given, now = form.cleaned_data, timezone.now()
    try:
        _, secret = actions.issue_token(
            user=request.user, project=project, name=given["name"], scopes=given["scopes"],  # type: ignore[arg-type]  # signed in
            expires_at=now + timedelta(days=given["days"]) if given["days"] else None, by=request.user, now=now,  # type: ignore[arg-type]  # signed in
        )  # fmt: skip
    except QuorumError as error:
        blame(form, error)
        return ""
    return secret


def _page(
    request: HttpRequest, project: Project, part: str, form: forms.Form, secret: str, **context: Any
) -> HttpResponse:
    status = 422 if form.errors else 200
    response = show(request, "settings", project, status=status, part=part, form=form, secret=secret, **context)
    if secret:
        response["Cache-Control"] = "no-store"
        response["Referrer-Policy"] = "no-referrer"
    return response
