"""Frozen datasets. What is hashed is frozen below Python; content that may be erased sits apart from it."""

from django.db import models
from django.db.models import Q

from labelling.assignment.models import Rejection
from labelling.consensus.models import Resolution
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


class Segment(models.Model):
    """Up to 131,072 rows of a project's versions, written once and shared by all versions that hold any of them.

    Frozen. `index` (keys, splits, hashes) and `lineage` are blobs named by their SHA-256; what may have to be erased is
    a blob of its own, named by SegmentContent.
    """

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="segments")
    number = models.PositiveIntegerField()
    n_rows = models.PositiveIntegerField()
    index = models.CharField(max_length=64)
    lineage = models.CharField(max_length=64)
    n_bytes = models.PositiveBigIntegerField(help_text="of index and lineage")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "number"], name="segment_number_once")]

    def __str__(self) -> str:
        return f"segment {self.number} of {self.project.slug}"


class SegmentContent(models.Model):
    """What the rows of a segment say, with their salts: a blob. An erasure writes another one and closes this."""

    segment = models.ForeignKey(Segment, on_delete=models.PROTECT, related_name="contents")
    digest = models.CharField(max_length=64)
    n_bytes = models.PositiveBigIntegerField()
    at = models.DateTimeField()
    gone_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["segment"], condition=Q(gone_at=None), name="segment_content_one_standing")
        ]
        indexes = [models.Index(fields=["digest"], name="segment_content_digest")]


class VersionSegment(models.Model):
    """That a version holds the rows of a segment but those marked in `deleted`. Frozen."""

    version = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="parts")
    segment = models.ForeignKey(Segment, on_delete=models.PROTECT, related_name="uses")
    n_live = models.PositiveIntegerField()
    deleted = models.BinaryField(help_text="the deletion vector: a bit a row, compressed by zlib; empty: none")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["version", "segment"], name="version_segment_once")]


class ChangedItem(models.Model):
    """Note that an item's row may differ from that of the newest version; written by triggers (`labelling.changes`),
    taken away by the version that read the item again."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+", db_constraint=False)
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False)


class Alias(models.Model):
    """A name that moves from version to version: "production". `latest` is always the newest and no row."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="aliases")
    name = models.SlugField(max_length=60)
    version = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="aliases")
    moved_at = models.DateTimeField()
    moved_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "name"], name="alias_once")]

    def __str__(self) -> str:
        return self.name


class Erasure(models.Model):
    """Record that an example's content was erased. `item`: what was drawn of it; `done_at`: when the last stored copy
    was gone. Frozen rows of the item may lose what quotes it until then, and no longer."""

    public_id = models.CharField(max_length=16, unique=True, default=new_id, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="erasures")
    example = models.OneToOneField(Example, on_delete=models.PROTECT, related_name="erasure")
    item = models.OneToOneField(Item, null=True, on_delete=models.PROTECT, related_name="erasure")
    reason = models.TextField()
    at = models.DateTimeField()
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    done_at = models.DateTimeField(null=True)
    n_rows = models.PositiveIntegerField(null=True, help_text="rows of segments that were emptied")

    def __str__(self) -> str:
        return f"erasure of {self.example}"


class ErasedRow(models.Model):
    """That an erasure emptied a row of a published version: who has that split of it may hold what was erased."""

    erasure = models.ForeignKey(Erasure, on_delete=models.PROTECT, related_name="rows")
    version = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="erased_rows")
    split = models.CharField(max_length=10)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["erasure", "version"], name="erased_row_once")]


class Recall(models.Model):
    """Notice that a published version holds labels that no longer count. Withdrawn when the rejection is lifted."""

    public_id = models.CharField(max_length=16, unique=True, default=new_id, editable=False)
    version = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="recalls")
    rejection = models.ForeignKey(Rejection, null=True, on_delete=models.PROTECT, related_name="recalls")
    resolution = models.ForeignKey(
        Resolution,
        null=True,
        on_delete=models.PROTECT,
        related_name="recalls",
        help_text="the ruling that says otherwise",
    )
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
            ),
            models.UniqueConstraint(
                fields=["version", "resolution"], condition=Q(withdrawn_at=None), name="recall_once_a_ruling"
            ),
        ]
