"""Projects that were moved here from another tool, and the uploaded files that wait to be taken in."""

from django.db import models
from django.db.models import Q

from labelling.ids import new_id
from labelling.projects.models import Project, User


class Source(models.TextChoices):
    LABEL_STUDIO = "label_studio", "Label Studio"
    DOCCANO = "doccano", "doccano"


class ProjectImport(models.Model):
    """One move of a project, from the files to the report. The same files and options again are the same move.

    digest: SHA-256 of files and options. step: what is being done, `done` of `total`. error: why it was refused.
    """

    public_id = models.CharField(max_length=16, unique=True, default=new_id, editable=False)
    slug = models.CharField(max_length=60, unique=True)
    name = models.CharField(max_length=200)
    source = models.CharField(max_length=20, choices=Source)
    options = models.JSONField(default=dict)
    files = models.JSONField(default=list, help_text="names")
    digest = models.CharField(max_length=64)
    project = models.OneToOneField(Project, null=True, on_delete=models.PROTECT, related_name="imported")
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    step = models.CharField(max_length=30, blank=True)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    finished_at = models.DateTimeField(null=True)
    report = models.JSONField(null=True)
    error = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(finished_at=None) | Q(project__isnull=False, report__isnull=False),
                name="import_finished_with_report",
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} from {self.get_source_display()}"


class UploadedFile(models.Model):
    """A file of a move, kept until it is taken in or refused."""

    moved = models.ForeignKey(ProjectImport, on_delete=models.CASCADE, related_name="uploads")
    name = models.CharField(max_length=200)
    is_config = models.BooleanField(default=False)
    content = models.BinaryField()
