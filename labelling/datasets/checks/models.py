"""Reports of the checks, kept: of each version, of each one that was refused, and whenever somebody asked."""

from typing import Any

from django.db import models

from labelling.datasets.models import Version
from labelling.ids import new_id
from labelling.projects.models import PolicyVersion, Project, User


class Occasion(models.TextChoices):
    PUBLISHED = "published"
    REFUSED = "refused"
    ASKED = "asked"


class QualityReport(models.Model):
    """What the checks said at one time. Frozen. `report`: null where the version holds it; `metrics`: {name: whole
    number}, what is drawn over time (see `metrics`)."""

    public_id = models.CharField(max_length=16, unique=True, default=new_id, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="quality_reports")
    occasion = models.CharField(max_length=10, choices=Occasion)
    version = models.OneToOneField(Version, null=True, on_delete=models.PROTECT, related_name="quality_report")
    policy = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, related_name="+")
    verdict = models.CharField(max_length=10)
    n_rows = models.PositiveIntegerField()
    report = models.JSONField(null=True)
    metrics = models.JSONField()
    at = models.DateTimeField()
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["project", "-id"], name="quality_report_newest")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(version=None, report__isnull=False) | models.Q(version__isnull=False),
                name="quality_report_is_somewhere",
            )
        ]

    def __str__(self) -> str:
        return f"checks of {self.project_id} at {self.at}"

    @property
    def told(self) -> dict[str, Any]:
        """The report itself."""
        found: dict[str, Any] = self.report or (self.version.checks if self.version else {})
        return found
