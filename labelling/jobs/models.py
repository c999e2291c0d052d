"""The outbox: what must happen is a row, written in the transaction of what made it necessary."""

from django.db import models
from django.db.models import Q

from labelling.ids import new_id


class Job(models.Model):
    """One piece of background work. A worker claims it by a conditional UPDATE; a lost message only delays it.

    `key` makes asking twice harmless: at most one job of a kind and key is waiting.
    """

    public_id = models.CharField(max_length=16, unique=True, default=new_id, editable=False)
    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=120)
    project_id = models.BigIntegerField(null=True)
    arguments = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    run_after = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(null=True)
    result = models.JSONField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "key"], condition=Q(started_at=None, failed_at=None), name="job_waits_once"
            )
        ]
        indexes = [
            models.Index(fields=["run_after"], condition=Q(finished_at=None, failed_at=None), name="job_unfinished")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"

    @property
    def state(self) -> str:
        if self.failed_at:
            return "failed"
        if self.finished_at:
            return "finished"
        return "running" if self.started_at else "waiting"
