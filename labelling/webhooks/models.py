"""Endpoints that are told of events, what they are told, and how that went."""

from django.db import models
from django.db.models import Q

from labelling.ids import new_id
from labelling.projects.models import Project, User
from labelling.webhooks.signing import new_secret


class EndpointQuerySet(models.QuerySet["Endpoint"]):
    def live(self) -> "EndpointQuerySet":
        """Those that are sent to: neither disabled nor removed."""
        return self.filter(disabled_at=None, removed_at=None)


class Endpoint(models.Model):
    """An address that gets events of a project. `kinds`: those it wants; empty: all.

    The secret stands in clear, since each message is signed with it. While it rotates, messages are signed with the
    one before too, until `previous_until`. `failing_since`: of the failures since the last success, the first.
    `busy_until`: a worker is sending to it, or it is left alone for a while after a slow failure.
    """

    class Why(models.TextChoices):
        OWNER = "owner", "an owner disabled it"
        GONE = "gone", "it answered 410: it is gone"
        FAILING = "failing", "it failed for three days"

    public_id = models.CharField(max_length=16, unique=True, default=new_id, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="webhooks")
    url = models.CharField(max_length=500)
    description = models.CharField(max_length=200, blank=True)
    kinds = models.JSONField(default=list)
    secret = models.CharField(max_length=100, default=new_secret)
    previous_secret = models.CharField(max_length=100, blank=True)
    previous_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    failing_since = models.DateTimeField(null=True)
    busy_until = models.DateTimeField(null=True)
    disabled_at = models.DateTimeField(null=True)
    disabled_why = models.CharField(max_length=10, choices=Why, blank=True)
    removed_at = models.DateTimeField(null=True)
    removed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    objects = EndpointQuerySet.as_manager()

    class Meta:
        verbose_name = "webhook"
        constraints = [
            models.CheckConstraint(
                condition=Q(disabled_at=None, disabled_why="") | (Q(disabled_at__isnull=False) & ~Q(disabled_why="")),
                name="endpoint_disabled_for_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(removed_at=None) | Q(secret="", previous_secret=""), name="endpoint_removed_without_secret"
            ),
        ]
        indexes = [
            models.Index(
                fields=["project"], condition=Q(disabled_at=None, removed_at=None), name="endpoint_live"
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.url


class Message(models.Model):
    """What was announced; its public id is the header webhook-id. Frozen: it is sent as it was, however late. Goes
    after a while (clearing.py)."""

    public_id = models.CharField(max_length=16, unique=True, default=new_id, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=40)
    body = models.TextField(help_text="JSON, as it is sent")
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["project", "kind", "-at"], name="message_by_kind")]


class Delivery(models.Model):
    """One message on its way to one endpoint. `next_at`: when it is tried next; `n_tries`: since it was announced, or
    last sent again by an owner; `n_attempts`: ever."""

    class State(models.TextChoices):
        WAITING = "waiting", "waiting"
        DELIVERED = "delivered", "delivered"
        FAILED = "failed", "failed"
        STOPPED = "stopped", "stopped: the endpoint was disabled"

    public_id = models.CharField(max_length=16, unique=True, default=new_id, editable=False)
    endpoint = models.ForeignKey(Endpoint, on_delete=models.PROTECT, related_name="deliveries", db_index=False)
    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="deliveries")
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    next_at = models.DateTimeField(null=True)
    n_tries = models.PositiveSmallIntegerField(default=0)
    n_attempts = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = "delivery"
        verbose_name_plural = "deliveries"
        constraints = [
            models.UniqueConstraint(fields=["endpoint", "message"], name="delivery_once_an_endpoint"),
            models.CheckConstraint(
                condition=Q(state="waiting", next_at__isnull=False) | (~Q(state="waiting") & Q(next_at=None)),
                name="delivery_waits_for_a_time",
            ),
        ]
        indexes = [models.Index(fields=["endpoint", "-id"], name="delivery_by_endpoint")]

    @property
    def last_attempt(self) -> "Attempt | None":
        """The newest, of attempts that were read with the delivery."""
        return next(reversed(self.attempts.all()), None)


class Attempt(models.Model):
    """One request. `status`: of the reply, None where there was none; `reply`: how its body began."""

    delivery = models.ForeignKey(Delivery, on_delete=models.PROTECT, related_name="attempts", db_index=False)
    number = models.PositiveIntegerField()
    at = models.DateTimeField()
    milliseconds = models.PositiveIntegerField()
    status = models.PositiveSmallIntegerField(null=True)
    error = models.CharField(max_length=300, blank=True)
    reply = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["delivery", "number"], name="attempt_number_once")]
        ordering = ["number"]
