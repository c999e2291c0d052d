"""What is known of each labeller, and of how far they agree: derived anew with each fit, read by pages."""

from django.db import models
from django.db.models import Q

from labelling.consensus.models import Fit
from labelling.ids import new_id
from labelling.projects.models import Member, Project, User
from labelling.sampling.models import Gold


class Scorecard(models.Model):
    """One labeller as of one fit. Shares are 0 to 1; `gold_blocks` are [right, given] a block of ten."""

    labeller = models.OneToOneField(Member, on_delete=models.PROTECT, primary_key=True, related_name="scorecard")
    fit = models.ForeignKey(Fit, on_delete=models.PROTECT, related_name="+")
    n_labels = models.PositiveIntegerField(help_text="counted answers")
    n_abstained = models.PositiveIntegerField(default=0)
    agreement = models.FloatField(null=True, help_text="with the others on the same items, own label left out")
    agreement_low = models.FloatField(null=True)
    agreement_high = models.FloatField(null=True)
    quality = models.FloatField(null=True, help_text="cost-based: 0 for any spammer, 1 for perfect")
    suspicion = models.FloatField(null=True, help_text="higher is worse")
    gold_given = models.PositiveIntegerField(default=0)
    gold_right = models.PositiveIntegerField(default=0)
    gold_blocks = models.JSONField(default=list)
    confusion = models.JSONField(default=list, help_text="rows: the likely truth; columns: what they answered")
    median_seconds = models.FloatField(null=True)
    computed_at = models.DateTimeField()


class AgreementReading(models.Model):
    """Krippendorff's alpha as of one fit. `scope`: yardstick (the headline) or all (flattered by early stopping)."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="agreement_readings")
    fit = models.ForeignKey(Fit, on_delete=models.PROTECT, related_name="agreement_readings")
    scope = models.CharField(max_length=10)
    alpha = models.FloatField(null=True)
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)
    percent = models.FloatField(null=True)
    n_items = models.PositiveIntegerField()
    n_labels = models.PositiveIntegerField()
    seed = models.BigIntegerField()
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["fit", "scope"], name="agreement_reading_once")]


class GoldDispute(models.Model):
    """A doubt about the known answer of a gold or training item; until it is closed the item is not handed out.

    `by`: who doubts, None for the system. `evidence`: what speaks for the doubt, as figures.
    """

    class Kind(models.TextChoices):
        DISPUTED = "disputed", "somebody says the answer is wrong"
        OUTVOTED = "outvoted", "reliable labellers answer otherwise"
        UNIFORM = "uniform", "suddenly everybody gets it right"
        FAST = "fast", "it is answered faster than other items"

    class Outcome(models.TextChoices):
        UPHELD = "upheld", "the answer was right"
        CORRECTED = "corrected", "the answer was wrong"
        RETIRED = "retired", "not handed out any more"

    public_id = models.CharField(max_length=16, unique=True, default=new_id, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="gold_disputes")
    gold = models.ForeignKey(Gold, on_delete=models.PROTECT, related_name="disputes")
    kind = models.CharField(max_length=10, choices=Kind)
    reason = models.TextField(blank=True)
    evidence = models.JSONField(default=dict)
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True)
    answered = models.TextField(blank=True, help_text="what the owner says to it")
    n_credited = models.PositiveIntegerField(default=0, help_text="labellers whose record it put right")
    closed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["gold", "kind"], condition=Q(closed_at=None), name="gold_dispute_one_open"),
            models.CheckConstraint(
                condition=(Q(closed_at=None) & Q(outcome="")) | (Q(closed_at__isnull=False) & ~Q(outcome="")),
                name="gold_dispute_closed_with_outcome",
            ),
        ]
