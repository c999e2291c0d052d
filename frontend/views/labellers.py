"""Who can be relied on; and throwing labels out, with what that changes said first."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Exists, F, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from frontend import pictures
from frontend.flags import told as flag_told
from frontend.views.access import READERS, attempt, project_page, show
from frontend.views.acting import UNREADABLE, acting_owner, may_act, one, page_of, typed
from frontend.views.rejections import rejections_about, rejections_of, told
from labelling.assignment.models import Batch, Rejection
from labelling.errors import NotFound
from labelling.loop.accept import accept_batch
from labelling.loop.people import resume_labeller, suspend_labeller
from labelling.projects.models import Member, Project, Role
from labelling.projects.queries import classes_of
from labelling.reliability.queries import flags_of

MOST_LABELLERS = 500
LAST_REJECTIONS = 10


def labellers_of(project: Project) -> QuerySet[Member]:
    """Worst first: by the most that can be said for them. Who is not known yet comes last."""
    rows = Member.objects.filter(project=project, role=Role.LABELLER).select_related("scorecard__fit", "user")
    return rows.order_by(F("scorecard__adjusted_high").asc(nulls_last=True), "name")


@project_page(*READERS)
@require_safe
def labellers(request: HttpRequest, project: Project) -> HttpResponse:
    members = list(labellers_of(project)[: MOST_LABELLERS + 1])
    rows = [(member, card_of(member)) for member in members[:MOST_LABELLERS]]
    known = [card for _, card in rows if card is not None]
    return show(
        request, "labellers", project, rows=rows, more=len(members) > MOST_LABELLERS,
        picture=pictures.reliability(known, lambda member: address_of(project, member)),
        told=told(rejections_of(project)[:LAST_REJECTIONS]), may_act=may_act(request),
        flagged=set(flags_of(project, is_open=True).values_list("labeller_id", flat=True)),
    )  # fmt: skip


def card_of(member: Any) -> Any:
    """The member's scorecard, or None; `doubtful` says whether its best is not enough."""
    card = getattr(member, "scorecard", None)
    if card is not None:
        card.doubtful = pictures.is_doubtful(card)
    return card


def address_of(project: Project, member: Member) -> str:
    return reverse("labeller", args=[project.slug, member.public_id])


@project_page(*READERS)
@require_http_methods(["GET", "HEAD", "POST"])
def labeller(request: HttpRequest, project: Project, public_id: str) -> HttpResponse:
    member: Any = one(labellers_of(project), public_id, "labeller")
    status = 200
    if request.method == "POST":
        if _change(request, member):
            return redirect("labeller", project.slug, public_id)
        status = UNREADABLE
    card = card_of(member)
    names = classes_of(project.schema_in_force)
    blocks = [(right, given) for right, given in card.gold_blocks] if card else []
    same_schema = card is not None and card.fit.schema_id == project.schema_id
    return show(
        request, "labeller", project, status=status, member=member, card=card, may_act=may_act(request),
        reason=request.POST.get("reason", ""), blocks=blocks,
        page=page_of(batches_of(member), request, newest_first=True),
        pictures=drawn(card, blocks, names if same_schema else []), flags=open_flags(member),
        told=told(rejections_about(member)[:LAST_REJECTIONS]),
    )  # fmt: skip


def drawn(card: Any, blocks: list[tuple[int, int]], names: Sequence[str]) -> list[pictures.Picture]:
    """names: of the classes, none if the card is of another label schema."""
    if card is None:
        return []
    mixed_up = pictures.mix_ups([card.confusion] if names else [], names)
    return [pictures.drift(card), pictures.gold(blocks), mixed_up]


def open_flags(member: Member) -> list[dict[str, Any]]:
    rows = flags_of(member.project, is_open=True).filter(labeller=member)
    return [flag_told(flag) for flag in rows]


def batches_of(member: Member) -> QuerySet[Batch]:
    open_rejection = Rejection.objects.filter(batch=OuterRef("pk"), lifted_at=None)
    return member.batches.select_related("review__by").annotate(is_rejected=Exists(open_rejection))


def _change(request: HttpRequest, member: Member) -> bool:
    by, now = acting_owner(request), timezone.now()
    asked = request.POST
    if asked.get("do") == "suspend":
        return attempt(
            request,
            lambda: suspend_labeller(member=member, reason=typed(request, "reason"), by=by, now=now),
            f"{member.name} gets no more items. The labels given so far still count.",
        )
    if asked.get("do") == "resume":
        return attempt(
            request, lambda: resume_labeller(member=member, by=by, now=now), f"{member.name} gets items again."
        )
    if asked.get("do") == "accept":
        batch = one(member.batches.all(), asked.get("batch", ""), "batch")
        said = f"Batch {batch.number} is accepted."
        return attempt(request, lambda: accept_batch(batch=batch, reason="", by=by, now=now), said)
    raise NotFound("this form asked for something that this page can't do")
