"""Signing in and out, joining by a link, and the list of one's projects."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth import login, password_validation
from django.contrib.auth.decorators import login_required
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView, LogoutView
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from labelling.errors import QuorumError
from labelling.projects.actions import accept_invitation
from labelling.projects.models import Member, Role, User
from labelling.projects.queries import invitation_of, may_create, memberships

START_PAGE = {Role.OWNER: "overview", Role.AUDITOR: "overview", Role.EXPERT: "cases", Role.LABELLER: "label"}


NAMES_LOOKED_AT = 1000


class SignInForm(AuthenticationForm):
    def clean_username(self) -> str:
        return without_blanks(self.cleaned_data["username"])


class SignIn(LoginView):
    redirect_authenticated_user = True
    authentication_form = SignInForm


class SignOut(LogoutView):
    template_name = "frontend/signed_out.html"
    next_page = None


@login_required
def home(request: HttpRequest) -> HttpResponse:
    """One's projects, each with what one may do there."""
    found: dict[int, dict[str, Any]] = {}
    user: User = request.user  # type: ignore[assignment]  # signed in
    for member in memberships(user):
        entry = found.setdefault(member.project_id, {"project": member.project, "roles": []})
        entry["roles"].append({"name": member.get_role_display(), "page": START_PAGE[Role(member.role)]})
    return render(request, "frontend/home.html", {"projects": list(found.values()), "may_create": may_create(user)})


def without_blanks(name: str) -> str:
    """Names are typed as "Anna Berg" on a phone: a user name has no blanks, at the sign-up as at the sign-in."""
    return ".".join(name.split())


def free_name(name: str) -> str:
    """The name with the first number that nobody has with it."""
    taken = set(User.objects.filter(username__startswith=name).values_list("username", flat=True)[:NAMES_LOOKED_AT])
    numbered = (f"{name[:140]}{number}" for number in range(2, len(taken) + 3))
    return next(one for one in numbered if one not in taken)


class JoinForm(forms.ModelForm):
    """A user name and a password for somebody who comes by an invitation."""

    password = forms.CharField(widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}))

    class Meta:
        model = User
        fields = ("username",)

    def clean_username(self) -> str:
        """Where the name is taken, the next free one stands in the field."""
        name = without_blanks(self.cleaned_data["username"])
        if not User.objects.filter(username=name).exists():
            return name
        free = free_name(name)
        self.data = {**self.data.dict(), "username": free}  # type: ignore[attr-defined]  # a QueryDict: it is bound
        raise forms.ValidationError(
            _("Somebody already exists who is called %(name)s. %(free)s is free.") % {"name": name, "free": free}
        )

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        password_validation.validate_password(password)
        return password


def join(request: HttpRequest, secret: str) -> HttpResponse:
    """Open an invitation: sign up with a name and a password, or join as who is signed in."""
    invitation = invitation_of(secret=secret, now=timezone.now())
    if invitation is None:
        return render(request, "frontend/join_over.html", status=404)
    form = JoinForm(request.POST or None)
    if request.method == "POST":
        try:
            member = _accept(request, form, secret)
        except QuorumError as error:
            messages.error(request, str(error))
        except IntegrityError:
            form.add_error("username", _("Somebody has just taken this name. Choose another."))
        else:
            if member is not None:
                return redirect(START_PAGE[Role(member.role)], member.project.slug)
    question = invitation.project.schema_in_force.definition.get("question", "")
    return render(request, "frontend/join.html", {"invitation": invitation, "form": form, "question": question})


def _accept(request: HttpRequest, form: JoinForm, secret: str) -> Member | None:
    now = timezone.now()
    if request.user.is_authenticated:
        return accept_invitation(secret=secret, user=request.user, now=now)
    if not form.is_valid():
        return None
    with transaction.atomic():
        user: User = form.save(commit=False)
        user.set_password(form.cleaned_data["password"])
        user.save()
        member = accept_invitation(secret=secret, user=user, now=now)
    login(request, user, backend="django.contrib.auth.backends.ModelBackend")
    return member
