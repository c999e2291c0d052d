"""What was exported of versions, and who fetched what of it."""

from django.db import models
from django.db.models import Q

from labelling.datasets.content import SPLITS
from labelling.datasets.models import Version
from labelling.ids import new_id
from labelling.jobs.models import Job
from labelling.projects.models import ApiToken, User


class Export(models.Model):
    """The files of a version in one format, made once and kept as blobs.

    `key` is the digest of all that decides the bytes, so that asking twice makes one. `gone_at`: an erasure, or the
    loss of a file, took it out of use; its files' names and digests stay on record.
    """

    public_id = models.CharField(max_length=16, unique=True, default=new_id, editable=False)
    version = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="exports")
    format = models.CharField(max_length=40)
    options = models.JSONField(help_text="splits, and what else the format can be told")
    key = models.CharField(max_length=64)
    job = models.ForeignKey(Job, null=True, on_delete=models.SET_NULL, related_name="+")
    files = models.JSONField(default=list, help_text="[{name, bytes, sha256}], in the order of their names")
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    finished_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)
    gone_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["version", "key"], condition=Q(gone_at=None), name="export_once")
        ]

    def __str__(self) -> str:
        return f"{self.version} as {self.format}"

    @property
    def state(self) -> str:
        if self.gone_at:
            return "gone"
        if self.finished_at:
            return "finished"
        if self.failed_at or (self.job and self.job.failed_at):
            return "failed"
        return "running" if self.job and self.job.started_at else "waiting"

    @property
    def splits(self) -> tuple[str, ...]:
        return tuple(split for split in SPLITS if split in self.options["splits"])


class Download(models.Model):
    """Note that a file of an export was handed out, or a range of it. Frozen."""

    version = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="downloads")
    export = models.ForeignKey(Export, on_delete=models.PROTECT, related_name="downloads", db_index=False)
    name = models.CharField(max_length=200)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    token = models.ForeignKey(ApiToken, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    signed = models.BooleanField(help_text="by a signed address that this user or token asked for")
    address = models.GenericIPAddressField(null=True)
    at = models.DateTimeField()
    first_byte = models.PositiveBigIntegerField()
    n_bytes = models.PositiveBigIntegerField()
    status = models.PositiveSmallIntegerField()

    def __str__(self) -> str:
        return f"{self.name} of {self.version}"
