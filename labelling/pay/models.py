"""What was paid, and what is withheld. What was earned stands in the batches."""

from datetime import datetime

from django.db import models
from django.db.models import Q

from labelling.assignment.models import Batch, Label, Rejection
from labelling.ids import new_id
from labelling.projects.models import Member, Project, User


class Payment(models.Model):
    """An owner wrote down that a labeller was paid what was due for batches closed up to a time. Frozen.

    A mistake is put right by another row of the same amount below zero, which `corrects` it.
    """

    public_id = models.CharField(max_length=16, unique=True, default=new_id, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="payments")
    labeller = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="payments")
    amount = models.BigIntegerField(help_text="micro-units; below zero in a correction")
    up_to = models.DateTimeField(help_text="batches closed until then")
    reference = models.CharField(max_length=200, help_text="how it was paid, as a bank's reference")
    reason = models.TextField(blank=True, help_text="of a correction")
    corrects = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="correction")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(corrects=None, amount__gt=0) | Q(corrects__isnull=False, amount__lt=0),
                name="payment_above_zero_or_correction",
            ),
        ]


class PaidPart(models.Model):
    """What a payment paid of one batch. The number, which counts a batch's parts, keeps two from paying it at once."""

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="parts")
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="paid_parts", db_index=False)
    number = models.PositiveSmallIntegerField()
    amount = models.BigIntegerField(help_text="micro-units; below zero in a correction")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["batch", "number"], name="paid_part_number_once"),
            models.CheckConstraint(condition=~Q(amount=0), name="paid_part_of_something"),
        ]


def in_force(now: datetime, path: str = "") -> Q:
    """A withholding stands at `now`: not ended, and confirmed or not yet lapsed, whether or not a sweep came by since.

    path: how the filtered rows name it, with two underscores at the end.
    """
    lasts = Q(**{f"{path}confirmed_at__isnull": False}) | Q(**{f"{path}lapses_at__gt": now})
    return Q(**{f"{path}ended_at": None}) & lasts


class WithholdingQuerySet(models.QuerySet["Withholding"]):
    def standing(self, now: datetime) -> "WithholdingQuerySet":
        return self.filter(in_force(now))

    def lapsed(self, now: datetime) -> "WithholdingQuerySet":
        """Not ended on record, but over at `now`."""
        return self.filter(ended_at=None, confirmed_at=None, lapses_at__lte=now)


class Withholding(models.Model):
    """Some labels are not paid for the present: on what evidence, with what notice. Closed, not deleted, when it ends.

    It lapses by itself unless an owner confirms it after the labeller was heard: not before `heard_from`, or when an
    appeal was answered. What lapsed or was lifted can't be withheld again.
    """

    class Ending(models.TextChoices):
        LIFTED = "lifted", "an owner lifted it"
        LAPSED = "lapsed", "its days were over"

    public_id = models.CharField(max_length=16, unique=True, default=new_id, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="withholdings")
    labeller = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="withholdings")
    batch = models.ForeignKey(Batch, null=True, on_delete=models.PROTECT, related_name="withholdings")
    rejection = models.ForeignKey(Rejection, null=True, on_delete=models.PROTECT, related_name="withholdings")
    evidence = models.TextField(help_text="what a person saw")
    notice = models.TextField(help_text="what the labeller is told")
    n_labels = models.PositiveIntegerField()
    amount = models.PositiveBigIntegerField(help_text="micro-units")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    heard_from = models.DateTimeField(help_text="from then on it can be confirmed without an appeal")
    lapses_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    confirmed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    confirm_reason = models.TextField(blank=True)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    ending = models.CharField(max_length=10, choices=Ending, blank=True)
    end_reason = models.TextField(blank=True)

    objects = WithholdingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(evidence="") & ~Q(notice=""), name="withholding_with_evidence"),
            models.CheckConstraint(condition=Q(batch=None) | Q(rejection=None), name="withholding_one_subject"),
            models.CheckConstraint(
                condition=Q(confirmed_at=None, confirmed_by=None)
                | Q(confirmed_at__isnull=False, confirmed_by__isnull=False),
                name="withholding_confirmed_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, ending="")
                | Q(ended_at__isnull=False, ending="lifted", ended_by__isnull=False)
                | Q(ended_at__isnull=False, ending="lapsed", ended_by=None, confirmed_at=None),
                name="withholding_ended_somehow",
            ),
        ]
        indexes = [
            models.Index(
                fields=["lapses_at"], condition=Q(ended_at=None, confirmed_at=None), name="withholding_to_lapse"
            ),
        ]


class WithheldBatch(models.Model):
    """How much of one batch a withholding holds back."""

    withholding = models.ForeignKey(Withholding, on_delete=models.PROTECT, related_name="batches", db_index=False)
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="withheld")
    n_labels = models.PositiveSmallIntegerField()
    amount = models.PositiveBigIntegerField(help_text="micro-units")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["withholding", "batch"], name="withheld_batch_once")]


class WithheldLabel(models.Model):
    """Which labels a withholding covers: a label is withheld once in its life."""

    withholding = models.ForeignKey(Withholding, on_delete=models.PROTECT, related_name="labels")
    label = models.OneToOneField(Label, on_delete=models.PROTECT, related_name="withheld")
