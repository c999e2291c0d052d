"""The labeller's page, and what a labeller sees of their own work."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from frontend.markdown import to_html
from frontend.views.access import LABELLER, project_page, show
from labelling.assignment.models import Batch, Label, Rejection
from labelling.projects.models import Member, Project
from labelling.projects.queries import membership
from labelling.reliability.queries import card_of

GOLD_BLOCK = 10
BATCHES_SHOWN = 50


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
        "urls": {"home": reverse("work", args=[project.slug]), "sign_in": reverse("sign_in")},
    }


@project_page(LABELLER)
def work(request: HttpRequest, project: Project) -> HttpResponse:
    """A labeller's own record: counts, batches with what became of them, and gold in whole blocks only."""
    labeller = membership(user=request.user, project=project, role=LABELLER)  # type: ignore[arg-type]  # signed in
    batches = list(Batch.objects.filter(labeller=labeller).select_related("review").order_by("-number")[:BATCHES_SHOWN])
    rejections = Rejection.objects.filter(labeller=labeller, lifted_at=None).order_by("at")
    by_batch = {rejection.batch_id: rejection for rejection in rejections}
    card = card_of(labeller)
    return show(
        request, "work", project, labeller=labeller,
        batches=[{"batch": batch, "rejection": by_batch.get(batch.pk)} for batch in batches],
        rejection=by_batch.get(None),
        blocks=[block for block in card.gold_blocks if block[1] >= GOLD_BLOCK] if card else [],
        given=Label.objects.standing().filter(labeller=labeller).count(),
    )  # fmt: skip
