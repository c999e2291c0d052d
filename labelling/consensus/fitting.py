"""Making a fit: a cold-start function of a project's counted labels."""

from datetime import datetime

from django.db import transaction
from django.db.models import Max

from labelling.consensus.judging import pooled_confusion
from labelling.consensus.models import Fit, FitRow
from labelling.consensus.queries import Counted
from labelling.projects.models import Project
from labelling.stats import truth

METHOD = "one-coin start, pooled Dawid-Skene"


def fit_project(*, project: Project, counted: Counted, now: datetime) -> tuple[Fit, truth.Truth]:
    """Estimate every labeller's confusion matrix and store it as the project's next fit.

    Returns the fit and the Truth behind it, whose posterior has a row for each of `counted.item_ids`.
    """
    k = len(counted.classes)
    estimate = truth.infer(counted.items, counted.workers, counted.labels, k)
    pooled = estimate.pooled if counted.labels.size else pooled_confusion(None, k)
    with transaction.atomic():
        Project.objects.select_for_update(no_key=True).get(pk=project.pk)
        last = Fit.objects.filter(project=project).aggregate(last=Max("number"))["last"] or 0
        fit = Fit.objects.create(
            project=project, number=last + 1, schema=project.schema_in_force, method=METHOD,
            n_labels=counted.labels.size, up_to=counted.up_to, prior=estimate.prior.tobytes(), pooled=pooled.tobytes(),
            created_at=now,
        )  # fmt: skip
        FitRow.objects.bulk_create(
            [
                FitRow(fit=fit, labeller_id=labeller, confusion=confusion.tobytes())
                for labeller, confusion in zip(counted.labeller_ids, estimate.confusion, strict=True)
            ],
            batch_size=500,
        )
    return fit, estimate
