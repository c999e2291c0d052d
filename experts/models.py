"""Cases for experts, and what they decided."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy

from labelling.consensus.models import Resolution
from labelling.ids import new_id
from labelling.projects.models import Project, User
from labelling.sampling.models import Item


class Case(models.Model):
    """A contested item (or an audited one) in the experts' queue. Closed by a decision, or when no longer contested."""

    class Reason(models.TextChoices):
        DISAGREEMENT = "disagreement", gettext_lazy("the labellers disagree")
        ABSTENTIONS = "abstentions", gettext_lazy("several labellers could not decide")
        AUDIT = "audit", gettext_lazy("drawn to check the crowd")

    public_id = models.CharField(max_length=16, unique=True, default=new_id, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="cases")
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="cases")
    pass_number = models.PositiveSmallIntegerField()
    reason = models.CharField(max_length=20, choices=Reason)
    value = models.FloatField(default=0.0, help_text="entropy of the posterior in bits: what a decision is worth")
    opened_at = models.DateTimeField()
    claimed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="claimed_cases")
    claimed_until = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=20, blank=True, help_text="answered, discarded, sent_back or dropped")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["item"], condition=Q(closed_at=None), name="case_one_open_an_item")
        ]
        indexes = [
            models.Index(fields=["project", "-value", "opened_at"], condition=Q(closed_at=None), name="case_queue")
        ]


class Decision(models.Model):
    """What an expert said, and why. Frozen."""

    class Kind(models.TextChoices):
        ANSWER = "answer", gettext_lazy("Answer")
        DISCARD = "discard", gettext_lazy("Discard")
        SEND_BACK = "send_back", gettext_lazy("Send Back")

    public_id = models.CharField(max_length=16, unique=True, default=new_id, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="decisions")
    kind = models.CharField(max_length=10, choices=Kind)
    answer = models.TextField(blank=True, help_text="canonical JSON")
    rationale = models.TextField()
    resolution = models.ForeignKey(Resolution, null=True, on_delete=models.PROTECT, related_name="+")
    price = models.PositiveBigIntegerField(default=0)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
