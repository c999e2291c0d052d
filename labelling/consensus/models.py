"""Fits, decisions to stop, and resolutions."""

from django.db import models
from django.db.models import Q

from labelling.assignment.models import Label
from labelling.ids import new_id
from labelling.projects.models import Member, PolicyVersion, Project, SchemaVersion, User
from labelling.sampling.models import Item


class Fit(models.Model):
    """A numbered estimate of the labellers' confusion matrices: a cold-start function of the counted labels.

    `prior`: float64 bytes (k,); `pooled`: float64 bytes (k, k), the confusion of a labeller nothing is known of.
    `method`: which model of truth. `up_to`: id of the newest label seen. `temperature` calibrates posteriors (1: as
    they are), from `n_calibration` stops on gold that was drawn by probability; `isotonic`: float64 bytes (2, m), the
    confidences that posteriors promise and the ones they keep, where the data allow more than a temperature.
    `guessing`, `damping`: how the model weighs evidence beside its matrices. `price`: bits that a label must be worth
    to be bought. `kinds`: float64 bytes (2, m), how often the labellers to come are right, by kind, and each kind's
    share; with `worth` it is what another label is weighed against an expert by.
    `followed_at`: when everything that follows from it was done; a refit that was cut off goes on from here.
    """

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="fits")
    number = models.PositiveIntegerField()
    schema = models.ForeignKey(SchemaVersion, on_delete=models.PROTECT, related_name="+")
    method = models.CharField(max_length=40)
    n_labels = models.PositiveIntegerField()
    up_to = models.BigIntegerField()
    prior = models.BinaryField()
    pooled = models.BinaryField()
    temperature = models.FloatField(default=1.0)
    n_calibration = models.PositiveIntegerField(default=0)
    isotonic = models.BinaryField(null=True)
    guessing = models.FloatField(default=0.0, help_text="the share of labels that is taken to be given blindly")
    damping = models.FloatField(default=0.0, help_text="how much less each further label of an item tells")
    price = models.FloatField(default=0.0)
    worth = models.FloatField(null=True, help_text="what a right answer is worth, in labels; steers to cost_per_item")
    kinds = models.BinaryField(null=True)
    created_at = models.DateTimeField()
    followed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "number"], name="fit_number_once")]


class FitRow(models.Model):
    """One labeller's confusion matrix in a fit: float64 bytes (k, k), a row a true class.

    A row of its own, so that a label looks up a few labellers and not the whole fit.
    """

    fit = models.ForeignKey(Fit, on_delete=models.PROTECT, related_name="rows", db_index=False)
    labeller = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+", db_index=False)
    confusion = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["fit", "labeller"], name="fit_row_once")]


class FitStep(models.Model):
    """Something that follows from a fit and is done: a refit that was cut off doesn't do it again."""

    fit = models.ForeignKey(Fit, on_delete=models.PROTECT, related_name="steps", db_index=False)
    name = models.CharField(max_length=40)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["fit", "name"], name="fit_step_once")]


class StoppingDecision(models.Model):
    """Why an item got another label, was stopped or was contested: with the fit and the policy that said so."""

    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="stopping_decisions")
    pass_number = models.PositiveSmallIntegerField()
    after_label = models.ForeignKey(Label, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    n_labels = models.PositiveSmallIntegerField()
    verdict = models.CharField(max_length=10, choices=[("stop", "stop"), ("more", "more"), ("contest", "contest")])
    confidence = models.FloatField()
    posterior = models.JSONField(help_text="{class: probability in millionths}")
    information = models.FloatField(null=True, help_text="bits the next label is expected to give")
    price = models.FloatField(null=True, help_text="bits a label had to be worth")
    fit = models.ForeignKey(Fit, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    policy = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()


class Calibration(models.Model):
    """What posteriors promised at the moment of stopping and what they kept, as of one fit: on items whose truth is
    known without regard to how hard they are (gold drawn by probability, yardstick items and audited items).

    bins: [{"low", "high", "n", "promised", "kept", "kept_low", "kept_high"}], of corrected posteriors, each corrected
    by what the other items say; bins_before: of uncorrected ones. n counts items; several runs of one gold item are a
    share of it each. n_promised, n_kept: how many live stops at `promised` or more there were, and how many were right.
    chosen, calibrated: how many items each fold had. candidates: {model of truth: what its held-out posteriors lost},
    and why one was taken.
    """

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="calibrations")
    fit = models.OneToOneField(Fit, on_delete=models.PROTECT, related_name="calibration")
    bins = models.JSONField(default=list)
    bins_before = models.JSONField(default=list)
    promised = models.FloatField(null=True, help_text="the policy's stop_confidence")
    n_promised = models.PositiveIntegerField(default=0)
    n_kept = models.PositiveIntegerField(default=0)
    n_yardstick = models.PositiveIntegerField(default=0, help_text="that would have stopped early")
    n_yardstick_same = models.PositiveIntegerField(default=0, help_text="at the answer of all labels")
    error = models.FloatField(null=True, help_text="expected calibration error, corrected posteriors")
    error_before = models.FloatField(null=True, help_text="the same, uncorrected")
    log_loss = models.FloatField(null=True)
    log_loss_before = models.FloatField(null=True)
    n_chosen = models.PositiveIntegerField(default=0, help_text="items that chose the model of truth")
    n_calibrated = models.PositiveIntegerField(default=0, help_text="items that calibrated it")
    by_source = models.JSONField(default=dict, help_text="{gold, yardstick, audit: items}")
    n_voted = models.PositiveIntegerField(null=True, help_text="items a model said something of; empty: not asked")
    n_flipped = models.PositiveIntegerField(null=True, help_text="of these, with its vote the answer is another")
    candidates = models.JSONField(default=dict)
    reason = models.TextField(blank=True)
    at = models.DateTimeField()


class Simulation(models.Model):
    """What other policies would have cost and got right on a project's own labels. `result`: as of the command."""

    public_id = models.CharField(max_length=16, unique=True, default=new_id, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="simulations")
    options = models.JSONField(default=dict)
    seed = models.BigIntegerField()
    result = models.JSONField(null=True)
    error = models.TextField(blank=True)
    asked_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)


class Forecast(models.Model):
    """What is still to come until every item is settled, as of one fit: medians with an interval of `level`."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="forecasts")
    fit = models.OneToOneField(Fit, on_delete=models.PROTECT, related_name="forecast")
    n_open = models.PositiveIntegerField(help_text="items that still need labels")
    labels = models.FloatField()
    labels_low = models.FloatField()
    labels_high = models.FloatField()
    decisions = models.FloatField(help_text="by experts")
    decisions_low = models.FloatField()
    decisions_high = models.FloatField()
    cost = models.BigIntegerField(help_text="micro-units")
    cost_low = models.BigIntegerField()
    cost_high = models.BigIntegerField()
    level = models.FloatField()
    seed = models.BigIntegerField()
    at = models.DateTimeField()


class Authority(models.IntegerChoices):
    """Whose word stands: the higher one."""

    CROWD = 1
    ENGINEER = 2
    EXPERT = 3
    GOLD = 4


class Resolution(models.Model):
    """The answer of an item, or that it has none (discarded), and where that came from. Closed when replaced."""

    public_id = models.CharField(max_length=16, unique=True, default=new_id, editable=False)
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="resolutions")
    pass_number = models.PositiveSmallIntegerField()
    authority = models.PositiveSmallIntegerField(choices=Authority)
    answer = models.TextField(blank=True, help_text="canonical JSON; empty: discarded")
    discard_reason = models.CharField(max_length=200, blank=True)
    reason = models.TextField(blank=True)
    confidence = models.FloatField(null=True)
    posterior = models.JSONField(null=True, help_text="{class: probability in millionths}")
    decision = models.ForeignKey(StoppingDecision, null=True, on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    closed_because = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["item"], condition=Q(closed_at=None), name="resolution_one_standing"),
            models.CheckConstraint(
                condition=(Q(answer="") & ~Q(discard_reason="")) | (~Q(answer="") & Q(discard_reason="")),
                name="resolution_answer_or_discard",
            ),
        ]


class AuditedAnswer(models.Model):
    """What an expert answered of an item drawn for the audit, before seeing what the crowd said; whether or not it
    agrees with `resolution`, the crowd's that was audited. Its pass is the one whose labels it is held against."""

    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="audited_answers")
    pass_number = models.PositiveSmallIntegerField()
    answer = models.TextField(help_text="canonical JSON")
    resolution = models.OneToOneField(Resolution, on_delete=models.PROTECT, related_name="audited_answer")
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
