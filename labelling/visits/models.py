"""Entrances for crowd marketplaces: who came by which, and which of their labels belong to which assignment."""

from django.db import models
from django.db.models import F, Q

from labelling.ids import new_id, new_token
from labelling.projects.models import Member, Project, User


class Entrance(models.Model):
    """A way into a project from a marketplace. Its address is known to everybody who works there, so the secret in it
    keeps strangers out and nothing more: it stands here in clear, for its owner to copy again.

    The parameters name what the provider puts into the address. `fixed_code`: the code that every complete visit
    shows; empty: each visit has its own. `return_url`: where {code} and the parameters' values are put in.
    """

    public_id = models.CharField(max_length=16, unique=True, default=new_id, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="entrances")
    provider = models.CharField(max_length=60)
    secret = models.CharField(max_length=32, unique=True, default=new_token)
    worker_parameter = models.CharField(max_length=40)
    assignment_parameter = models.CharField(max_length=40, blank=True)
    session_parameter = models.CharField(max_length=40, blank=True)
    n_labels = models.PositiveSmallIntegerField(help_text="that make a visit complete")
    fixed_code = models.CharField(max_length=100, blank=True)
    return_url = models.CharField(max_length=500, blank=True)
    reward = models.PositiveBigIntegerField(default=0, help_text="micro-units the marketplace pays for a visit")
    most_workers = models.PositiveIntegerField(default=500)
    n_workers = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(n_labels__gte=1), name="entrance_wants_labels"),
            models.CheckConstraint(condition=Q(n_workers__lte=F("most_workers")), name="entrance_within_workers"),
            models.CheckConstraint(
                condition=~Q(worker_parameter="")
                & ~Q(worker_parameter=F("assignment_parameter"))
                & ~Q(worker_parameter=F("session_parameter"))
                & (Q(assignment_parameter="") | ~Q(assignment_parameter=F("session_parameter"))),
                name="entrance_parameters_differ",
            ),
            models.CheckConstraint(
                condition=Q(closed_at=None, closed_by=None) | Q(closed_at__isnull=False, closed_by__isnull=False),
                name="entrance_closed_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return self.provider


class Worker(models.Model):
    """A worker of a marketplace, who is one labeller. The id is for owners only; others see the member's name."""

    entrance = models.ForeignKey(Entrance, on_delete=models.PROTECT, related_name="workers", db_index=False)
    worker_id = models.CharField(max_length=100)
    member = models.OneToOneField(Member, on_delete=models.PROTECT, related_name="worker")
    number = models.PositiveIntegerField(help_text="of the entrance's workers, from 1")
    came_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["entrance", "worker_id"], name="worker_once_an_entrance"),
            models.UniqueConstraint(fields=["entrance", "number"], name="worker_number_once"),
            models.CheckConstraint(condition=~Q(worker_id=""), name="worker_has_id"),
        ]


class Visit(models.Model):
    """What one worker does for one assignment. `n_labels`: how many they were asked for; `code`: its own, if it has
    one. It is complete with so many standing labels, or when there was no more work for them (`ended_early`)."""

    public_id = models.CharField(max_length=16, unique=True, default=new_id, editable=False)
    worker = models.ForeignKey(Worker, on_delete=models.PROTECT, related_name="visits", db_index=False)
    assignment = models.CharField(max_length=100, blank=True)
    session = models.CharField(max_length=100, blank=True)
    n_labels = models.PositiveSmallIntegerField()
    code = models.CharField(max_length=20, blank=True)
    begun_at = models.DateTimeField()
    completed_at = models.DateTimeField(null=True)
    ended_early = models.CharField(max_length=40, blank=True, help_text="why there was no more work")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["worker", "assignment", "session"], name="visit_once_an_assignment"),
            models.UniqueConstraint(fields=["code"], condition=~Q(code=""), name="visit_code_once"),
            models.CheckConstraint(
                condition=Q(ended_early="") | Q(completed_at__isnull=False), name="visit_ended_when_complete"
            ),
        ]


class Stretch(models.Model):
    """A run of a worker's labels that belongs to a visit: those after `after_label` up to `up_to_label` (empty: it
    goes on). A worker who opens another assignment, or comes back to one, begins the next stretch."""

    worker = models.ForeignKey(Worker, on_delete=models.PROTECT, related_name="stretches", db_index=False)
    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="stretches")
    after_label = models.BigIntegerField()
    up_to_label = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["worker"], condition=Q(up_to_label=None), name="stretch_one_goes_on"),
            models.CheckConstraint(
                condition=Q(up_to_label=None) | Q(up_to_label__gte=F("after_label")), name="stretch_in_order"
            ),
        ]
