"""The labeller's page, and what a labeller sees of their own work."""

from dataclasses import asdict
from typing import Any

from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from frontend.markdown import to_html
from frontend.stories import payload_fields
from frontend.views.access import LABELLER, project_page, show
from labelling.assignment import drafts
from labelling.assignment.models import Batch, Draft, Label, Rejection
from labelling.assignment.practice import practice_of
from labelling.projects.models import Member, Project
from labelling.projects.queries import membership, shown_fields
from labelling.reliability.credit import put_right_on
from labelling.reliability.queries import card_of

GOLD_BLOCK = 10
BATCHES_SHOWN = 50
DRAFTS_SHOWN = 50


@project_page(LABELLER)
def label(request: HttpRequest, project: Project) -> HttpResponse:
    """The workbench; everything it labels it asks of the API."""
    labeller = membership(user=request.user, project=project, role=LABELLER)  # type: ignore[arg-type]  # signed in
    return show(request, "workbench", project, config=config_of(project, labeller))


def config_of(project: Project, labeller: Member) -> dict[str, Any]:
    """What the page's script starts from. It holds nothing that a labeller may not know."""
    schema, guideline = project.schema_in_force, project.guideline_in_force
    last = Label.objects.filter(labeller=labeller).order_by("-id").values_list("guideline", flat=True).first()
    return {
        "project": {"id": project.public_id, "name": project.name},
        "labeller": {"id": labeller.public_id},
        "schema": {"kind": schema.kind, **schema.definition},
        "guideline": {
            "number": guideline.number,
            "html": to_html(guideline.text),
            "changed": last is not None and last != guideline.pk,
        },
        "practice": _practice(project, labeller),
        "urls": {"home": reverse("work", args=[project.slug]), "sign_in": reverse("sign_in")},
    }


def _practice(project: Project, labeller: Member) -> dict[str, int] | None:
    """How far the labeller is with what comes before real work, where there is such a thing."""
    policy = project.policy_in_force
    if not policy.qualification_items or labeller.qualified_at:
        return None
    return asdict(practice_of(labeller_id=labeller.pk, policy=policy))


@project_page(LABELLER)
@require_http_methods(["GET", "HEAD", "POST"])
def work(request: HttpRequest, project: Project) -> HttpResponse:
    """A labeller's own record: counts, answers that came too late, batches with what became of them, and gold in whole
    blocks only. A POST puts one of these answers away."""
    labeller = membership(user=request.user, project=project, role=LABELLER)  # type: ignore[arg-type]  # signed in
    if request.method == "POST":
        token = request.POST.get("draft", "")
        drafts.put_away(token=token.replace("\x00", ""), labeller=labeller, now=timezone.now())
        return redirect("work", project.slug)
    batches = list(Batch.objects.filter(labeller=labeller).select_related("review").order_by("-number")[:BATCHES_SHOWN])
    rejections = Rejection.objects.filter(labeller=labeller, lifted_at=None).order_by("at")
    by_batch = {rejection.batch_id: rejection for rejection in rejections}
    card = card_of(labeller)
    return show(
        request, "work", project, labeller=labeller,
        batches=[{"batch": batch, "rejection": by_batch.get(batch.pk)} for batch in batches],
        rejection=by_batch.get(None),
        blocks=[block for block in card.gold_blocks if block[1] >= GOLD_BLOCK] if card else [],
        given=Batch.objects.filter(labeller=labeller).aggregate(n=Sum("n_labels"))["n"] or 0,
        drafts=own_drafts(project, labeller),
        put_right=put_right_on(labeller=labeller, now=timezone.now()),
    )  # fmt: skip


def own_drafts(project: Project, labeller: Member) -> list[dict[str, Any]]:
    """Answers that came too late, with those fields of their items that the question shows."""
    newest = drafts.drafts_of(labeller=labeller)[:DRAFTS_SHOWN]
    return [{"draft": draft, "shown": _shown(project, draft), "why": drafts.why_refused(draft)} for draft in newest]


def _shown(project: Project, draft: Draft) -> list[tuple[str, str]]:
    """What its giver saw, and nothing else of the payload."""
    shown = shown_fields(project.schema_in_force)
    return [(name, text) for name, text in payload_fields(project, draft.item.example.payload) if name in shown]
