"""Frozen datasets. What is hashed is frozen below Python; content that may be erased sits in a table of its own."""

from django.db import models
from django.db.models import Q

from labelling.assignment.models import Rejection
from labelling.ids import new_id
from labelling.ingest.models import Example
from labelling.projects.models import GuidelineVersion, PolicyVersion, Project, SchemaVersion, User
from labelling.sampling.models import Item


class Version(models.Model):
    """A numbered dataset. `data_id` depends on content alone; `version_id` also on where it came from."""

    public_id = models.CharField(max_length=16, unique=True, default=new_id, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="children")
    data_id = models.CharField(max_length=64)
    version_id = models.CharField(max_length=64)
    n_rows = models.PositiveIntegerField()
    schema = models.ForeignKey(SchemaVersion, on_delete=models.PROTECT, related_name="+")
    guideline = models.ForeignKey(GuidelineVersion, on_delete=models.PROTECT, related_name="+")
    policy = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, related_name="+")
    split_rule = models.JSONField()
    manifest = models.TextField(help_text="canonical JSON; version_id is its SHA-256")
    checks = models.JSONField(help_text="the checks' report")
    message = models.TextField(blank=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "number"], name="version_number_once")]
        ordering = ["number"]

    def __str__(self) -> str:
        return f"{self.project.slug}@{self.number}"


class VersionRow(models.Model):
    """One row of a version: key, leaf and hash. Frozen. `lineage` is canonical JSON; `lineage_hash` its SHA-256."""

    version = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="rows")
    position = models.PositiveIntegerField(help_text="in the order of the keys' UTF-8 bytes")
    key = models.CharField(max_length=200)
    split = models.CharField(max_length=10)
    leaf = models.CharField(max_length=64, help_text="SHA-256 of salt and canonical content")
    answer_hash = models.CharField(max_length=64, help_text="SHA-256 of the answer: what a diff calls relabelled")
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="version_rows", db_index=False)
    lineage = models.TextField()
    lineage_hash = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["version", "position"], name="version_row_position"),
            models.UniqueConstraint(fields=["version", "key"], name="version_row_key"),
        ]
        indexes = [models.Index(fields=["item"], name="version_row_item")]


class RowContent(models.Model):
    """What a leaf stands for. Shared by versions; `content` and `salt` go when the example is erased."""

    leaf = models.CharField(max_length=64, primary_key=True)
    example = models.ForeignKey(Example, on_delete=models.PROTECT, related_name="row_contents")
    content = models.TextField(null=True)
    salt = models.BinaryField(max_length=16, null=True)
    erased_at = models.DateTimeField(null=True)


class Recall(models.Model):
    """Notice that a published version holds labels that no longer count. Withdrawn when the rejection is lifted."""

    public_id = models.CharField(max_length=16, unique=True, default=new_id, editable=False)
    version = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="recalls")
    rejection = models.ForeignKey(Rejection, null=True, on_delete=models.PROTECT, related_name="recalls")
    reason = models.TextField()
    n_rows = models.PositiveIntegerField()
    keys = models.JSONField(help_text="the rows' keys, sorted")
    at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["version", "rejection"],
                condition=Q(withdrawn_at=None),
                name="recall_once",
            )
        ]
