"""Keeping reports, and reading them as series."""

from datetime import datetime
from typing import Any

from django.db.models import F, QuerySet

from labelling.datasets.checks.metrics import metrics_of
from labelling.datasets.checks.models import Occasion, QualityReport
from labelling.datasets.models import Version
from labelling.projects.models import Project, User

# As many readings are drawn.
MOST_READINGS = 200


def keep(
    report: dict[str, Any], *, project: Project, now: datetime, by: User | None, occasion: Occasion,
    version: Version | None = None,
) -> QualityReport:  # fmt: skip
    """Keep what the checks said; of a version, which holds the report itself, the metrics alone."""
    return QualityReport.objects.create(
        project=project, occasion=occasion, version=version, policy=project.policy_in_force, verdict=report["verdict"],
        n_rows=report["n_rows"], report=None if version else report, metrics=metrics_of(report), at=now, by=by,
    )  # fmt: skip


def reports_of(project: Project) -> QuerySet[QualityReport]:
    """The newest first, without the reports themselves. searched: the version that was searched whole, by number."""
    kept = QualityReport.objects.filter(project=project).select_related("version", "by", "policy")
    return (
        kept.defer("report", "version__checks", "version__manifest")
        .annotate(searched=F("report__version"))
        .order_by("-id")
    )


def newest(project: Project) -> QualityReport | None:
    """The newest, with its report."""
    return QualityReport.objects.filter(project=project).select_related("version", "by").order_by("-id").first()


def readings(project: Project) -> list[QualityReport]:
    """The last reports, the oldest first. A refusal that was published right after counts as well: it is what there
    was then."""
    return list(reports_of(project)[:MOST_READINGS])[::-1]
