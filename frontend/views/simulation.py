"""What would more labels buy? Policies played on the project's own labels."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from frontend import simulation as words
from frontend.views.access import READERS, attempt, project_page, show
from frontend.views.acting import UNREADABLE, acting_owner, may_act
from labelling.errors import Invalid
from labelling.loop import simulating
from labelling.projects.models import Project, User


class WantedForm(forms.Form):
    costs = forms.CharField(max_length=100)
    seeds = forms.IntegerField(min_value=1, max_value=simulating.MOST_SEEDS)
    price = forms.FloatField(min_value=0.01, max_value=simulating.MOST_PRICE)
    accuracy = forms.FloatField(min_value=0.01, max_value=1)

    def wanted(self) -> simulating.Wanted:
        """Raises Invalid for what can't be read."""
        if not self.is_valid():
            raise Invalid("; ".join(f"{name}: {faults[0]}" for name, faults in self.errors.items()))
        given = self.cleaned_data
        try:
            costs = tuple(float(part) for part in given["costs"].replace(",", " ").split())
        except ValueError:
            raise Invalid("costs: must be numbers with blanks between, like 2 2.5 3") from None
        return simulating.Wanted(costs, given["seeds"], given["price"], given["accuracy"])


@project_page(*READERS)
@require_http_methods(["GET", "HEAD", "POST"])
def simulation(request: HttpRequest, project: Project) -> HttpResponse:
    status, form = 200, WantedForm(initial=usual(project))
    if request.method == "POST":
        form = WantedForm(request.POST)
        if _ask(request, project, form, acting_owner(request)):
            return redirect("simulation", project.slug)
        status = UNREADABLE
    newest = simulating.newest(project)
    return show(request, "simulation", project, status=status, form=form, may_act=may_act(request), **_shown(newest))


def usual(project: Project) -> dict[str, Any]:
    policy = project.policy_in_force
    price = policy.price_expert / policy.price_label if policy.price_label else 5.0
    return {"costs": "2 2.5 3", "seeds": 20, "price": price, "accuracy": policy.expert_accuracy}


def _ask(request: HttpRequest, project: Project, form: WantedForm, by: User) -> bool:
    done = "It is being played. That takes a minute or two; then look again."
    return attempt(
        request, lambda: simulating.ask(project=project, wanted=form.wanted(), by=by, now=timezone.now()), done
    )


def _shown(newest: Any) -> dict[str, Any]:
    if newest is None:
        return {"simulation": None}
    return {
        "simulation": newest, "picture": words.picture(newest), "rows": words.rows_of(newest),
        "basis": words.basis(newest), "job": simulating.job_of(newest),
    }  # fmt: skip
