"""What is known of each labeller, and of how far they agree: derived anew with each fit, read by pages."""

from django.db import models

from labelling.consensus.models import Fit
from labelling.projects.models import Member, Project


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
