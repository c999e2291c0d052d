"""The append-only record of privileged acts. Labels and leases are their own record."""

from django.conf import settings
from django.db import models


class Entry(models.Model):
    """Who did what to what, and when; written in the transaction of the act. Frozen below Python."""

    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    action = models.CharField(max_length=60)
    project_id = models.BigIntegerField(null=True)
    subject_kind = models.CharField(max_length=40)
    subject_id = models.CharField(max_length=64)
    detail = models.JSONField(default=dict)

    class Meta:
        indexes = [
            models.Index(fields=["project_id", "-id"], name="entry_by_project"),
            models.Index(fields=["subject_id", "-id"], name="entry_by_subject"),
        ]
        verbose_name_plural = "entries"

    def __str__(self) -> str:
        return f"{self.action} {self.subject_kind} {self.subject_id}"
