"""How far the labellers agree: over time, by class, slice and guideline version, and every two of them."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from frontend import agreement as words
from frontend import pictures
from frontend.views.access import READERS, project_page, show
from labelling.projects.models import Member, Project
from labelling.reliability import queries

READINGS = 200


@project_page(*READERS)
@require_safe
def agreement(request: HttpRequest, project: Project) -> HttpResponse:
    fixed = project.policy_in_force.mode == "fixed"
    readings = list(queries.readings(project).reverse()[:READINGS])[::-1]
    matrix = queries.matrix(project)
    members = Member.objects.filter(project=project, public_id__in=matrix.labellers if matrix else [])
    return show(
        request, "agreement", project,
        yardstick=readings[-1] if readings else None,
        everything=queries.newest_agreement(project, scope=queries.ALL),
        course=pictures.agreement(readings),
        facets=words.facets(queries.facets(project), fixed=fixed),
        pairs=words.pairs(matrix, {member.public_id: member for member in members}),
        fixed=fixed,
    )  # fmt: skip
