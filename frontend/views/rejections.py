"""Throwing labels out and taking that back: what it would change is said first, and what was done is listed."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.contrib import messages
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from frontend import answers
from frontend.rejections import asked_in_words, conditions_in_words, fault_in_words
from frontend.views.access import READERS, attempt, project_page, sentence, show
from frontend.views.acting import UNREADABLE, acting_owner, may_act, one, page_of, typed
from labelling.assignment.models import Abstention, Batch, Label, RejectedLabel, Rejection
from labelling.errors import Invalid, NotFound, QuorumError
from labelling.loop import reject as rejecting
from labelling.loop.rejecting import target as targets
from labelling.loop.rejecting.carry_out import go_on
from labelling.loop.rejecting.conditions import CONDITIONS, refused
from labelling.loop.rejecting.preview import preview
from labelling.loop.rejecting.progress import with_progress
from labelling.loop.rejecting.target import Target
from labelling.projects.models import GuidelineVersion, Member, Project, Role

ENDS = ("from_label", "to_label", "since", "until")
NAMES = {"labeller", "zone", "see", *CONDITIONS}
MOST_LABELLERS = 500
LISTED = 50
DONE = "Rejected. These labels no longer count; what they had settled is open again."
BEGUN = "It is decided. The labels stop counting a few at a time; this page says how far it is."


def rejections_of(project: Project) -> QuerySet[Rejection]:
    """Newest first."""
    rows = Rejection.objects.filter(project=project).order_by("-id")
    return rows.select_related("project", "labeller", "batch", "label", "by", "lifted_by")


def rejections_about(labeller: Member) -> QuerySet[Rejection]:
    """Those of this labeller alone, and those by conditions that cover labels of theirs."""
    covering = RejectedLabel.objects.filter(label__labeller=labeller).values("rejection")
    return rejections_of(labeller.project).filter(Q(labeller=labeller) | Q(labeller=None, pk__in=covering))


def told(rejections: Any) -> list[dict[str, Any]]:
    """Each with what it is about, in words, and how far it is."""
    return [
        {"rejection": row, "words": conditions_in_words(row), "progress": progress}
        for row, progress in with_progress(rejections)
    ]


@project_page(*READERS)
@require_safe
def rejections(request: HttpRequest, project: Project) -> HttpResponse:
    page = page_of(rejections_of(project), request, newest_first=True)
    return show(request, "rejections", project, page=page, told=told(page.rows), may_act=may_act(request))


@project_page(*READERS)
@require_http_methods(["GET", "HEAD", "POST"])
def rejection(request: HttpRequest, project: Project, public_id: str) -> HttpResponse:
    """One of them: how far it is, and lifting it."""
    found, status = one(rejections_of(project), public_id, "rejection"), 200
    if request.method == "POST":
        acting_owner(request)
        if attempt(request, lambda: go_on(rejection=found, now=timezone.now()), "It goes on."):
            return redirect("rejection", project.slug, public_id)
        status = UNREADABLE
    return show(
        request, "rejection", project, status=status, **told([found])[0], may_act=may_act(request),
        recalls=found.recalls.select_related("version").order_by("version__number"),
        labels=Label.objects.filter(rejected_in__rejection=found).select_related("item__example", "labeller")
        .order_by("-pk")[:LISTED],
    )  # fmt: skip


@project_page(*READERS)
@require_POST
def lift(request: HttpRequest, project: Project, public_id: str) -> HttpResponse:
    by = acting_owner(request)
    found = one(rejections_of(project), public_id, "rejection")
    try:
        lifted = rejecting.lift(rejection=found, reason=typed(request, "reason"), by=by, now=timezone.now())
        whole = "Lifted. Exactly the labels it had closed count again, and its recalls are withdrawn."
        messages.success(request, whole if lifted.restored_at else "It is being lifted, a few labels at a time.")
    except QuorumError as error:
        messages.error(request, sentence(error))
    return redirect("rejection", project.slug, public_id)


@project_page(*READERS)
@require_http_methods(["GET", "HEAD", "POST"])
def reject(request: HttpRequest, project: Project) -> HttpResponse:
    """What rejecting would change; sent with a reason, it is done. Without anything named, the form for conditions."""
    target, said, fault = None, None, ""
    by_query = bool(request.GET.get("see")) or not any(request.GET.get(name) for name in ("labeller", "batch", "label"))
    try:
        target = _target(request, project)
        if target and request.method == "POST":
            by, reason = acting_owner(request), typed(request, "reason")
            made = rejecting.reject(target=target, reason=reason, by=by, now=timezone.now())
            messages.success(request, DONE if made.covered_at else BEGUN)
            return redirect("rejection", project.slug, made.public_id)
    except NotFound:
        raise
    except QuorumError as error:
        fault = fault_in_words(error)
    if target:
        said = preview(target=target)
    return show(
        request, "reject", project, status=UNREADABLE if fault else 200, target=target, preview=said, fault=fault,
        by_query=by_query, asked=asked_in_words(target) if target else None, given=request.GET,
        chosen=request.GET.getlist("labellers"), reason=request.POST.get("reason", ""), may_act=may_act(request),
        at_once=rejecting.AT_ONCE, open_rejection=_open_on(target), form=_choices(project) if by_query else None,
    )  # fmt: skip


def _open_on(target: Target | None) -> Rejection | None:
    """The open rejection of the same label, batch or labeller."""
    if target is None or target.labeller is None or target.scope == "range":
        return None
    same = {"scope": target.scope, "labeller": target.labeller, "batch": target.batch, "label": target.label}
    return Rejection.objects.filter(**same, lifted_at=None).first()


def _target(request: HttpRequest, project: Project) -> Target | None:
    """What the address names. None for the bare form. Raises NotFound, Invalid."""
    given = request.GET
    if unknown := sorted(set(given) - NAMES):
        raise Invalid(f"{unknown[0]}: is not a condition")
    if given.get("batch") and not given.get("see"):
        batches = Batch.objects.filter(labeller__project=project).select_related("labeller__project")
        return targets.a_batch(one(batches, given["batch"], "batch"))
    if given.get("label") and not given.get("see"):
        given_labels = Label.objects.filter(project=project).select_related("project", "labeller")
        return targets.a_label(one(given_labels, given["label"], "label"))
    where = _where(request)
    if given.get("labeller"):
        members = Member.objects.filter(project=project, role=Role.LABELLER).select_related("project")
        labeller = one(members, given["labeller"], "labeller")
        ends = {name: where[name] for name in ENDS if where.get(name)}
        return targets.a_range(labeller, ends) if ends else targets.a_labeller(labeller)
    if given.get("see") and not where:
        raise Invalid("Name at least one condition.")
    return targets.by_query(project, where) if given.get("see") else None


def _where(request: HttpRequest) -> dict[str, Any]:
    given = request.GET
    where: dict[str, Any] = {name: given[name] for name in CONDITIONS if given.get(name)}
    if labellers := [one for one in given.getlist("labellers") if one]:
        where["labellers"] = labellers
    for name in ("since", "until"):
        if name in where:
            where[name] = _in_zone(name, where[name], given.get("zone") or "UTC")
    if "guideline" in where:
        where["guideline"] = _number("guideline", where["guideline"], int)
    if "active_below" in where:
        where["active_below"] = _number("active_below", where["active_below"], float)
    return where


def _in_zone(name: str, text: str, zone: str) -> str:
    """The time that was picked, in the zone that was picked; a time that states its own zone keeps it."""
    try:
        known = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise refused("zone", f"{zone!r} is no time zone; write one such as Europe/Berlin") from error
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise refused(name, "must be a day and a time") from error
    return (at if at.tzinfo else at.replace(tzinfo=known)).isoformat()


def _number(name: str, text: str, kind: Any) -> Any:
    try:
        return kind(text)
    except ValueError as error:
        raise refused(name, "must be a number") from error


def _choices(project: Project) -> dict[str, Any]:
    """What the form for conditions offers."""
    members = Member.objects.filter(project=project, role=Role.LABELLER).order_by("name")
    guidelines = GuidelineVersion.objects.filter(project=project).order_by("-number")
    return {
        "labellers": members[:MOST_LABELLERS], "options": answers.options(project.schema_in_force),
        "abstentions": Abstention.choices, "guidelines": guidelines.values_list("number", flat=True)[:50],
    }  # fmt: skip


@project_page(*READERS)
@require_safe
def labels(request: HttpRequest, project: Project, public_id: str) -> HttpResponse:
    """A labeller's labels, the newest first, to pick where a range begins and ends."""
    members = Member.objects.filter(project=project, role=Role.LABELLER)
    member = one(members, public_id, "labeller")
    covered = RejectedLabel.objects.filter(label=OuterRef("pk"), lifted_at=None)
    rows = Label.objects.filter(labeller=member).select_related("item__example", "batch", "guideline")
    page = page_of(rows.annotate(is_rejected=Exists(covered)), request, newest_first=True)
    ends = {name: request.GET.get(name, "") for name in ("from_label", "to_label")}
    own = Label.objects.filter(labeller=member, public_id__in=[text for text in ends.values() if "\x00" not in text])
    picked = {label.public_id: label for label in own.select_related("item__example")}
    chosen = {name: picked.get(text) for name, text in ends.items()}
    query = urlencode({"labeller": member.public_id, **{name: text for name, text in ends.items() if chosen[name]}})
    return show(
        request, "labels", project, member=member, page=page, may_act=may_act(request), chosen=chosen,
        forward=f"{reverse('reject', args=[project.slug])}?{query}" if any(chosen.values()) else "",
    )  # fmt: skip
