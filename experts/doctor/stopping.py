"""Invariant 10: a decision names its policy and a fit that was not older than the policy allows."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from experts.doctor.findings import CHUNK, Check, Finding, within
from labelling.assignment.models import Label
from labelling.consensus.models import StoppingDecision
from labelling.projects.models import Project

# Labels given at the same moment, whose transactions were still open when the age was counted.
IN_FLIGHT = 64


def fits_young_enough(project_id: int | None) -> Iterator[Finding]:
    for project in within(Project.objects.order_by("id"), "id", project_id):
        yield from _of_project(project)


def _of_project(project: Project) -> Iterator[Finding]:
    label_ids = _label_ids(project)
    fitted: dict[int, int] = {}
    decisions = StoppingDecision.objects.filter(item__project=project).select_related("fit", "policy", "after_label")
    for decision in decisions.order_by("id").iterator(CHUNK):
        message = _foreign(decision, project) or _too_old(decision, label_ids) or _without_fit(decision, fitted)
        if message:
            yield Finding("stopping", f"stopping decision {decision.pk}", message)


def _foreign(decision: StoppingDecision, project: Project) -> str | None:
    if decision.policy.project_id != project.pk:
        return "names another project's policy"
    if decision.fit is not None and decision.fit.project_id != project.pk:
        return "names another project's fit"
    return None


def _too_old(decision: StoppingDecision, label_ids: npt.NDArray[np.int64]) -> str | None:
    if decision.after_label_id is None:
        return None
    up_to = decision.fit.up_to if decision.fit else 0
    seen, given = np.searchsorted(label_ids, [up_to, decision.after_label_id], side="right")
    if given - seen <= decision.policy.fit_max_age + IN_FLIGHT:
        return None
    fit = f"used fit {decision.fit.number}" if decision.fit else "used no fit"
    return f"{fit} {given - seen} labels later; the policy allows {decision.policy.fit_max_age}"


def _without_fit(decision: StoppingDecision, fitted: dict[int, int]) -> str | None:
    """fitted: the first label after which a decision used a fit, by schema; filled as decisions go by."""
    label = decision.after_label
    if label is None:
        return None
    if decision.fit is not None:
        fitted.setdefault(label.schema_id, label.pk)
    elif label.pk > fitted.get(label.schema_id, label.pk) + IN_FLIGHT:
        return "names no fit, although decisions before it used one"
    return None


def _label_ids(project: Project) -> npt.NDArray[np.int64]:
    """Ids of the project's labels, ascending: int64 (n_labels,), eight bytes a label."""
    ids = Label.objects.filter(project=project).order_by("id").values_list("id", flat=True)
    return np.fromiter(ids.iterator(CHUNK), dtype=np.int64)


CHECKS: tuple[Check, ...] = (fits_young_enough,)
