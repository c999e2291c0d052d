"""Do the odds hold? What posteriors promised when items were stopped, and what they kept."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from frontend import calibration as words
from frontend.views.access import READERS, project_page, show
from labelling.consensus.queries import newest_calibration
from labelling.projects.models import Project


@project_page(*READERS)
@require_safe
def calibration(request: HttpRequest, project: Project) -> HttpResponse:
    newest = newest_calibration(project)
    if newest is None:
        return show(request, "calibration", project, calibration=None)
    return show(
        request, "calibration", project, calibration=newest, picture=words.picture(newest),
        sources=words.sources(newest), yardstick=words.yardstick(newest), model_vote=words.model_vote(newest),
        models=words.model_rows(newest), model_name=words.model_name(newest),
        fixed=project.policy_in_force.truth_model != "auto",
    )  # fmt: skip
