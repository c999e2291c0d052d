"""The labeller's page, and what a labeller sees of their own work."""

from dataclasses import asdict
from typing import Any

from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from frontend import own_pay
from frontend.markdown import to_html
from frontend.own_pace import pace_of
from frontend.stories import payload_fields
from frontend.views.access import LABELLER, attempt, project_page, show
from frontend.views.acting import UNREADABLE
from frontend.views.entering import visit_config, visits_of
from frontend.views.offline import scripts_of
from labelling.assignment import drafts
from labelling.assignment.models import Batch, Draft, Label
from labelling.assignment.practice import Practice, practice_of
from labelling.projects.models import Member, Project
from labelling.projects.queries import membership, shown_fields
from labelling.reliability.appeals import raise_appeal
from labelling.reliability.credit import put_right_on
from labelling.reliability.queries import own_card

BATCHES_SHOWN = 50
DRAFTS_SHOWN = 50


@project_page(LABELLER)
def label(request: HttpRequest, project: Project) -> HttpResponse:
    """The workbench; everything it labels it asks of the API."""
    labeller = membership(user=request.user, project=project, role=LABELLER)  # type: ignore[arg-type]  # signed in
    scripts = scripts_of(project.schema_in_force)
    return show(request, "workbench", project, config=config_of(project, labeller), named_scripts=scripts)


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
        }
        if guideline.text.strip()
        else None,
        "practice": _practice(project, labeller),
        **visit_config(project, labeller),
        "urls": {"home": reverse("work", args=[project.slug]), "sign_in": reverse("sign_in")},
    }


def _practice(project: Project, labeller: Member) -> dict[str, int] | None:
    """How far the labeller is with what comes before real work, where there is such a thing."""
    policy = project.policy_in_force
    if not policy.qualification_items or labeller.qualified_at:
        return None
    return asdict(practice_of(labeller_id=labeller.pk, policy=policy))


def _practised(project: Project, labeller: Member) -> Practice | None:
    """How the practice went, or goes; None where there is none to do or none was done."""
    policy = project.policy_in_force
    told = practice_of(labeller_id=labeller.pk, policy=policy) if policy.qualification_items else None
    return told if told is not None and told.done else None


@project_page(LABELLER)
@require_http_methods(["GET", "HEAD", "POST"])
def work(request: HttpRequest, project: Project) -> HttpResponse:
    """A labeller's own record: pay, counts, answers that came too late, batches with what became of them, what was
    excluded or withheld with their appeals, and gold in whole blocks only. A POST puts a late answer away, or appeals.
    """
    labeller = membership(user=request.user, project=project, role=LABELLER)  # type: ignore[arg-type]  # signed in
    now, status = timezone.now(), 200
    if request.method == "POST":
        if _act(request, project, labeller):
            return redirect("work", project.slug)
        status = UNREADABLE
    batches = list(Batch.objects.filter(labeller=labeller).select_related("review").order_by("-number")[:BATCHES_SHOWN])
    own = own_pay.of_labeller(project, labeller, batches, now)
    by_batch = {one.row.batch_id: one.row for one in own["rejections"] if one.is_open and one.row.batch_id}
    card = own_card(labeller)
    return show(
        request, "work", project, status=status, labeller=labeller, own=own, policy=project.policy_in_force,
        batches=[
            {"batch": batch, "rejection": by_batch.get(batch.pk), "line": own["lines"].get(batch.pk)}
            for batch in batches
        ],
        whole=own_pay.whole(own["rejections"]), given=request.POST,
        card=card, blocks=card.gold_blocks,
        pace=pace_of(labeller, now=now), practice=_practised(project, labeller), visits=visits_of(labeller),
        n_given=Batch.objects.filter(labeller=labeller).aggregate(n=Sum("n_labels"))["n"] or 0,
        drafts=own_drafts(project, labeller), put_right=put_right_on(labeller=labeller, now=now),
    )  # fmt: skip


def _act(request: HttpRequest, project: Project, labeller: Member) -> bool:
    asked, now = request.POST, timezone.now()
    if "appeal" not in asked:
        drafts.put_away(token=asked.get("draft", "").replace("\x00", ""), labeller=labeller, now=now)
        return True
    about = own_pay.subject_of(project, asked["appeal"], asked.get("subject", ""))
    return attempt(
        request,
        lambda: raise_appeal(labeller=labeller, why=asked.get("why", ""), now=now, **about),
        "Sent. An owner of the project reads it; the answer will stand here.",
    )


def own_drafts(project: Project, labeller: Member) -> list[dict[str, Any]]:
    """Answers that came too late, with those fields of their items that the question shows."""
    newest = drafts.drafts_of(labeller=labeller)[:DRAFTS_SHOWN]
    return [{"draft": draft, "shown": _shown(project, draft), "why": drafts.why_refused(draft)} for draft in newest]


def _shown(project: Project, draft: Draft) -> list[tuple[str, str]]:
    """What its giver saw, and nothing else of the payload."""
    shown = shown_fields(project.schema_in_force)
    return [(name, text) for name, text in payload_fields(project, draft.item.example.payload) if name in shown]
