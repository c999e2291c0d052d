"""Webhooks, for owners: which addresses are told of what, their secrets, and the log of what they were told."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from frontend.views.access import OWNER, attempt, project_page, show
from frontend.views.acting import acting_owner, one, page_of
from frontend.views.blame import blame
from labelling.errors import QuorumError
from labelling.projects.models import Project
from labelling.webhooks import actions, announcing, queries
from labelling.webhooks.addresses import LONGEST_URL
from labelling.webhooks.kinds import Kind
from labelling.webhooks.models import Delivery, Endpoint

INPUT = {"class": "input"}
PLAIN = INPUT | {"autocapitalize": "none", "spellcheck": "false", "autocomplete": "off"}


class WebhookForm(forms.Form):
    """The verb judges the address."""

    url = forms.CharField(
        label="Address", max_length=LONGEST_URL, widget=forms.URLInput(attrs=PLAIN | {"placeholder": "https://"}),
        help_text="It gets a POST for each event, and answers with a status from 200 to 299 within 15 seconds.",
    )  # fmt: skip
    description = forms.CharField(
        label="What it is for", required=False, max_length=actions.LONGEST_DESCRIPTION,
        widget=forms.TextInput(attrs=INPUT | {"dir": "auto"}),
    )  # fmt: skip
    kinds = forms.MultipleChoiceField(
        label="Events", required=False, choices=Kind.choices, widget=forms.CheckboxSelectMultiple,
        help_text="None marked: all, also those of later releases.",
    )  # fmt: skip


@project_page(OWNER)
@require_http_methods(["GET", "HEAD", "POST"])
def webhooks(request: HttpRequest, project: Project) -> HttpResponse:
    """Every webhook of the project, and the form for another one."""
    form = WebhookForm(request.POST or None, auto_id="webhook-%s")
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.create_endpoint(
                project=project, by=acting_owner(request), now=timezone.now(), **form.cleaned_data
            )
            return redirect("webhook", project.slug, made.public_id)
        except QuorumError as error:
            blame(form, error)
    page = page_of(queries.endpoints(project), request)
    return show(request, "settings", project, status=422 if form.errors else 200, part="webhooks", form=form,
                page=page)  # fmt: skip


@project_page(OWNER)
@require_http_methods(["GET", "HEAD", "POST"])
def webhook(request: HttpRequest, project: Project, public_id: str) -> HttpResponse:
    """One webhook: what it is told, its secret, and the log."""
    endpoint = one(queries.endpoints(project), public_id, "webhook")
    act = request.POST.get("do", "")
    if request.method == "POST" and act == "reveal":
        by = acting_owner(request)
        return _page(
            request, project, endpoint, secret=actions.reveal_secret(endpoint=endpoint, by=by, now=timezone.now())
        )
    if request.method == "POST" and act == "save":
        form = _changed(request, endpoint)
        return _page(request, project, endpoint, form=form) if form else redirect("webhook", project.slug, public_id)
    if request.method == "POST":
        _do(request, endpoint, act)
        gone = act == "remove"
        return redirect("settings_webhooks", project.slug) if gone else redirect("webhook", project.slug, public_id)
    return _page(request, project, endpoint)


# What a button does, and what is said once it is done.
VERBS: dict[str, tuple[Callable[..., Any], str]] = {
    "test": (announcing.send_test, "A test event is on its way. How it went stands below."),
    "rotate": (
        actions.rotate_secret,
        "There is a new secret. For 24 hours messages are signed with the old one too: change the receiver until then.",
    ),
    "disable": (actions.disable_endpoint, "Disabled: nothing more is sent. What waited is stopped."),
    "enable": (actions.enable_endpoint, "Enabled, from the next event on. What it missed can be sent again below."),
    "remove": (actions.remove_endpoint, "The webhook is removed, and its secret forgotten."),
}


def _do(request: HttpRequest, endpoint: Endpoint, act: str) -> None:
    by, now = acting_owner(request), timezone.now()
    if act in VERBS:
        verb, done = VERBS[act]
        attempt(request, lambda: verb(endpoint=endpoint, by=by, now=now), done)
        return
    rows = Delivery.objects.filter(endpoint=endpoint).select_related("message")
    delivery = one(rows, request.POST.get("of", ""), "delivery")
    attempt(
        request, lambda: announcing.send_again(delivery=delivery, by=by, now=now),
        "The message is on its way again, under the same id.",
    )  # fmt: skip


def _changed(request: HttpRequest, endpoint: Endpoint) -> WebhookForm | None:
    """The form with its errors; None when it is saved."""
    form = WebhookForm(request.POST, auto_id="webhook-%s")
    if form.is_valid():
        try:
            actions.change_endpoint(
                endpoint=endpoint, changes=form.cleaned_data, by=acting_owner(request), now=timezone.now()
            )
            return None
        except QuorumError as error:
            blame(form, error)
    return form


def _page(
    request: HttpRequest, project: Project, endpoint: Endpoint, *, form: WebhookForm | None = None, secret: str = ""
) -> HttpResponse:
    kept = {"url": endpoint.url, "description": endpoint.description, "kinds": endpoint.kinds}
    page = page_of(queries.deliveries(endpoint), request, newest_first=True)
    under_way = any(row.next_at and not row.n_tries for row in page.rows)
    response = show(
        request, "webhook", project, status=422 if form else 200, endpoint=endpoint, secret=secret, now=timezone.now(),
        form=form or WebhookForm(initial=kept, auto_id="webhook-%s"), given=form is not None,
        kinds=[Kind(kind).label for kind in endpoint.kinds],
        page=page, under_way=under_way, days=settings.WEBHOOK_DAYS,
    )  # fmt: skip
    if secret:
        response["Cache-Control"] = "no-store"
        response["Referrer-Policy"] = "no-referrer"
    return response
