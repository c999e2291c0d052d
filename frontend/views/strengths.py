"""Who is preferred, where labellers compare two; and whether they lean to a side."""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from frontend import strengths as words
from frontend.views.access import READERS, project_page, show
from labelling.projects.models import Member, Project
from labelling.reliability import queries
from labelling.schemas.preference import KIND


@project_page(*READERS)
@require_safe
def strengths(request: HttpRequest, project: Project) -> HttpResponse:
    reading = queries.strengths(project)
    if reading is None:
        return show(request, "strengths", project, compares=project.schema_in_force.kind == KIND.name, reading=None)
    found = Member.objects.filter(project=project, public_id__in=[one[0] for one in reading.sides])
    members = {member.public_id: member for member in found}
    return show(
        request, "strengths", project, reading=reading, preferred=words.preferred(reading),
        beaten=words.beaten(reading),
        sides=words.sides(reading, members, lambda one: reverse("labeller", args=[project.slug, one.public_id])),
    )  # fmt: skip
