"""Examples in, and rounds of items out of them."""

import json
from typing import Any, BinaryIO, cast

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from frontend.views.access import READERS, attempt, project_page, show
from frontend.views.acting import UNREADABLE, acting_owner, may_act
from labelling.errors import Invalid, NotFound
from labelling.ingest.actions import IngestReport, ingest
from labelling.ingest.models import Example, Prediction
from labelling.ingest.parsing import lines_of
from labelling.ingest.queries import models_of
from labelling.projects.models import Project
from labelling.projects.queries import classes_of, shown_fields, tags_of
from labelling.sampling.actions import STRATEGIES, sample
from labelling.sampling.needs import in_words, parse_needs, queues_of
from labelling.sampling.queries import rounds_of

MOST_ROUNDS = 200
COUNT_TO = 10_000

TITLES = {"least_confidence": "Least confidence", "bald": "BALD"}
HELP = {
    "margin": "The model's two best answers are close to each other, or the probability is close to where the "
    "product cuts it. The usual choice.",
    "least_confidence": "The model's best answer is itself unlikely.",
    "entropy": "The model spreads its belief over many answers; looks at all of them.",
    "bald": "Several passes of the model contradict each other: it would learn from the answer. Needs passes in the "
    "predictions.",
    "uniform": "Chance alone: for measuring, and when there is no model yet.",
}


class RoundForm(forms.Form):
    budget = forms.IntegerField(label="Items", min_value=1, max_value=1_000_000)
    strategy = forms.ChoiceField(choices=[(name, name) for name in STRATEGIES], initial="margin")
    chance = forms.IntegerField(label="By chance, percent", min_value=0, max_value=100, initial=20)
    needs = forms.CharField(required=False, max_length=500)
    ignore_own_needs = forms.BooleanField(required=False)

    def clean_needs(self) -> dict[str, int]:
        """{tag: least level} of "lang:de=2, law"."""
        try:
            return parse_needs(text for text in self.cleaned_data["needs"].split(",") if text.strip())
        except Invalid as error:
            said = [f"{fault['where']} {fault['message']}".removeprefix("needs.") for fault in error.errors]
            raise forms.ValidationError(said) from error


@project_page(*READERS)
@require_http_methods(["GET", "HEAD", "POST"])
def sampling(request: HttpRequest, project: Project) -> HttpResponse:
    form, report, status = RoundForm(), None, 200
    if request.method == "POST" and request.POST.get("do") == "ingest":
        report = _ingest(request, project)
        if report is not None and not report.n_errors:
            return redirect("sampling", project.slug)
        status = UNREADABLE
    elif request.method == "POST":
        form = RoundForm(request.POST)
        if _sample(request, project, form):
            return redirect("sampling", project.slug)
        status = UNREADABLE
    return show(request, "sampling", project, status=status, form=form, report=report, **_shown(project, request))


def _shown(project: Project, request: HttpRequest) -> dict[str, Any]:
    models = list(models_of(project)[:1])
    rounds = list(rounds_of(project).select_related("created_by")[:MOST_ROUNDS])
    return {
        "examples": _counted(Example.objects.filter(project=project)),
        "predicted": _counted(Prediction.objects.filter(model_version__in=models)),
        "most": COUNT_TO,
        "model": models[0] if models else None,
        "rounds": [(one, in_words(one.needs)) for one in rounds],
        "tags": sorted({*tags_of(project), *(tag for queue in queues_of(project) for tag in queue.needs)}),
        "left": rounds[0].n_candidates - rounds[0].n_selected if rounds else None,
        "strategies": [(name, TITLES.get(name, name.capitalize()), HELP[name]) for name in STRATEGIES],
        "sample_line": _sample_line(project),
        "may_act": may_act(request),
    }


def _counted(rows: QuerySet[Any]) -> int:
    """Counts to COUNT_TO + 1 and no further, so that the page costs the same at any size."""
    return rows.order_by().values("pk")[: COUNT_TO + 1].count()


def _sample_line(project: Project) -> str:
    """A line as this project's label schema expects it."""
    names, shown = classes_of(project.schema_in_force), shown_fields(project.schema_in_force)
    line = {
        "id": "request-17",
        "payload": dict.fromkeys(shown, "…"),
        "model": "ranker@3",
        "probabilities": {name: round(1 / len(names), 3) for name in names},
    }
    return json.dumps(line, ensure_ascii=False)


def _ingest(request: HttpRequest, project: Project) -> IngestReport | None:
    """The report of what was taken in; None, if nothing was sent."""
    by = acting_owner(request)
    file = request.FILES.get("file")
    if file is None:
        messages.error(request, "Choose a file with one JSON object a line.")
        return None
    report = ingest(project=project, lines=lines_of(cast(BinaryIO, file)), by=by, now=timezone.now())
    said = (
        f"{report.created:,} new examples, {report.predictions:,} new predictions; "
        f"{report.repeated:,} lines brought nothing new."
    )
    if not report.lines:
        messages.warning(request, "The file has no lines. Nothing was taken in.")
    elif report.n_errors:
        refused = f"{report.n_errors:,} of {report.lines:,} lines were refused; the others are kept."
        messages.warning(request, f"{said} {refused}")
    else:
        messages.success(request, said)
    return report


def _sample(request: HttpRequest, project: Project, form: RoundForm) -> bool:
    by = acting_owner(request)
    if request.POST.get("do") != "sample":
        raise NotFound("this form asked for something that this page can't do")
    if not form.is_valid():
        return False
    asked = form.cleaned_data

    def draw() -> None:
        sample(
            project=project, budget=asked["budget"], strategy=asked["strategy"],
            probability_share=asked["chance"] / 100, by=by, seed=None, now=timezone.now(),
            needs=asked["needs"], ignore_own_needs=asked["ignore_own_needs"],
        )  # fmt: skip

    return attempt(request, draw, "The round is drawn; its items are open for labelling.")
