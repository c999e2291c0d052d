"""Does the model pull? What people answer who were shown the model's answer, and who were not."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from frontend import pull as words
from frontend.views.access import READERS, project_page, show
from labelling.projects.models import Project
from labelling.reliability.pull import newest_pull
from labelling.schemas import kind_of


@project_page(*READERS)
@require_safe
def pull(request: HttpRequest, project: Project) -> HttpResponse:
    reading, policy = newest_pull(project), project.policy_in_force
    return show(
        request, "pull", project, reading=reading, policy=policy,
        picture=words.picture(reading) if reading else None, seconds=words.seconds(reading) if reading else "",
        has_parts=kind_of(project.schema_in_force.kind).merging is not None,
    )  # fmt: skip
