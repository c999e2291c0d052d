"""What is known of each labeller, and of how far they agree: derived anew with each fit, read by pages."""

from django.db import models
from django.db.models import Q

from labelling.assignment.models import Rejection
from labelling.consensus.models import Fit
from labelling.ids import new_id
from labelling.pay.models import Withholding
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
    adjusted = models.FloatField(null=True, help_text="agreement, had their items been as hard as everybody's")
    adjusted_low = models.FloatField(null=True)
    adjusted_high = models.FloatField(null=True)
    quality = models.FloatField(null=True, help_text="cost-based: 0 for any spammer, 1 for perfect")
    quality_low = models.FloatField(null=True)
    quality_high = models.FloatField(null=True)
    suspicion = models.FloatField(null=True, help_text="higher is worse")
    gold_given = models.PositiveIntegerField(default=0)
    gold_right = models.PositiveIntegerField(default=0)
    gold_blocks = models.JSONField(default=list)
    agreement_blocks = models.JSONField(
        default=list, help_text="[like the others, of] a block of twenty answers to work, in the order given"
    )
    confusion = models.JSONField(default=list, help_text="rows: the likely truth; columns: what they answered")
    median_seconds = models.FloatField(null=True)
    seconds = models.JSONField(default=list, help_text="10th, 50th and 90th percentile of active seconds")
    drift = models.JSONField(default=list, help_text="[{n, share, low, high}], a window of labels each, oldest first")
    copies = models.JSONField(
        default=list, help_text="[{labeller, shared, same, expected, log_evidence}], likeliest first"
    )
    computed_at = models.DateTimeField()


class Flag(models.Model):
    """Evidence that a labeller's answers are worth nothing, by a test that may be looked at after every answer. It
    changes nothing by itself unless the policy says so. An owner closes it: upheld, or dismissed.

    log_evidence: natural log of the e-value. since: from which of their labels on, counted from 0. evidence: figures.
    """

    class Kind(models.TextChoices):
        RANDOM = "random", "answers at random"
        CONSTANT = "constant", "gives the same answer whatever is asked"
        PRIOR = "prior", "answers as often as the classes come, without looking"
        COPYING = "copying", "copies somebody else's answers"
        ADVERSARIAL = "adversarial", "answers against what is right"
        WENT_BAD = "went_bad", "was reliable and is no more"

    class Outcome(models.TextChoices):
        UPHELD = "upheld", "the work is unreliable"
        DISMISSED = "dismissed", "the work is fine"

    public_id = models.CharField(max_length=16, unique=True, default=new_id, editable=False)
    labeller = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="flags")
    kind = models.CharField(max_length=12, choices=Kind)
    log_evidence = models.FloatField()
    since = models.PositiveIntegerField(default=0)
    evidence = models.JSONField(default=dict)
    fit = models.ForeignKey(Fit, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True)
    answered = models.TextField(blank=True, help_text="what the owner says to it")
    closed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["labeller", "kind"], condition=Q(closed_at=None), name="flag_one_open_a_kind"
            ),
            models.CheckConstraint(
                condition=(Q(closed_at=None) & Q(outcome="")) | (Q(closed_at__isnull=False) & ~Q(outcome="")),
                name="flag_closed_with_outcome",
            ),
        ]


class AgreementMatrix(models.Model):
    """How far each two labellers agree, as of one fit: those with the most labels. cells: [[i, j, shared, percent,
    kappa]], indices into labellers (public ids)."""

    fit = models.OneToOneField(Fit, on_delete=models.PROTECT, primary_key=True, related_name="agreement_matrix")
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    labellers = models.JSONField()
    cells = models.JSONField()
    n_left_out = models.PositiveIntegerField(default=0)


class StrengthReading(models.Model):
    """How strong those are who wrote what labellers compare, as of one fit, and how evenly they chose between sides.

    authors: [{"name", "log_strength", "low", "high", "score", "score_low", "score_high", "compared", "group"}], the
    strongest first; scores are shares won against the middle of all. pairs: [[i, j, won, tied, lost]], indices into
    authors. lead: [value, low, high], how much stronger the first is than the second, if anything tells. sides:
    [[public id of a labeller, answers for the side shown first, answers for either]].
    """

    fit = models.OneToOneField(Fit, on_delete=models.PROTECT, primary_key=True, related_name="strengths")
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    authors = models.JSONField(default=list)
    pairs = models.JSONField(default=list)
    lead = models.JSONField(null=True)
    tie = models.FloatField(default=0.0)
    sides = models.JSONField(default=list)
    n_labels = models.PositiveIntegerField(default=0)
    n_items = models.PositiveIntegerField(default=0)
    n_unnamed = models.PositiveIntegerField(default=0, help_text="answers on items that don't say who wrote both")
    n_left_out = models.PositiveIntegerField(default=0, help_text="authors with fewer comparisons than those kept")


class AgreementReading(models.Model):
    """How far labellers agree as of one fit. `scope`: yardstick (the headline) or all (flattered by early stopping).
    `facet`: overall, or one class, slice or guideline version, which `name` names."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="agreement_readings")
    fit = models.ForeignKey(Fit, on_delete=models.PROTECT, related_name="agreement_readings")
    scope = models.CharField(max_length=10)
    facet = models.CharField(max_length=10, default="overall")
    name = models.CharField(max_length=200, default="", blank=True)
    alpha = models.FloatField(null=True)
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)
    percent = models.FloatField(null=True)
    ac1 = models.FloatField(null=True, help_text="Gwet's AC1")
    fleiss = models.FloatField(null=True, help_text="Fleiss' kappa")
    n_items = models.PositiveIntegerField()
    n_labels = models.PositiveIntegerField()
    seed = models.BigIntegerField()
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["fit", "scope", "facet", "name"], name="agreement_reading_once")]


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


class Appeal(models.Model):
    """A labeller says why something is wrong: a rejection, a withholding, or what their card and flags say of them. An
    owner answers it once. Moot: the matter was settled before it was answered."""

    class Subject(models.TextChoices):
        REJECTION = "rejection", "a rejection"
        WITHHOLDING = "withholding", "a withholding"
        CARD = "card", "the card"

    class Outcome(models.TextChoices):
        GRANTED = "granted", "the labeller is right"
        REFUSED = "refused", "it stays as it is"
        MOOT = "moot", "settled before it was answered"

    public_id = models.CharField(max_length=16, unique=True, default=new_id, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="appeals")
    labeller = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="appeals")
    subject = models.CharField(max_length=12, choices=Subject)
    rejection = models.ForeignKey(Rejection, null=True, on_delete=models.PROTECT, related_name="appeals")
    withholding = models.ForeignKey(Withholding, null=True, on_delete=models.PROTECT, related_name="appeals")
    why = models.TextField()
    at = models.DateTimeField()
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True)
    answer = models.TextField(blank=True, help_text="what the owner says to it")
    answered_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["labeller", "rejection"],
                condition=Q(answered_at=None, rejection__isnull=False),
                name="appeal_one_open_a_rejection",
            ),
            models.UniqueConstraint(
                fields=["withholding"],
                condition=Q(answered_at=None, withholding__isnull=False),
                name="appeal_one_open_a_withholding",
            ),
            models.UniqueConstraint(
                fields=["labeller"], condition=Q(answered_at=None, subject="card"), name="appeal_one_open_a_card"
            ),
            models.CheckConstraint(
                condition=Q(subject="rejection", rejection__isnull=False, withholding=None)
                | Q(subject="withholding", rejection=None, withholding__isnull=False)
                | Q(subject="card", rejection=None, withholding=None),
                name="appeal_of_one_subject",
            ),
            models.CheckConstraint(
                condition=Q(answered_at=None, outcome="", answered_by=None)
                | Q(answered_at__isnull=False, outcome="moot")
                | Q(answered_at__isnull=False, outcome__in=["granted", "refused"], answered_by__isnull=False),
                name="appeal_answered_with_outcome",
            ),
        ]
        indexes = [
            models.Index(fields=["project", "id"], condition=Q(answered_at=None), name="appeal_waiting"),
        ]


class PullReading(models.Model):
    """How much the model's answer pulled those who were shown it, as of one fit: how alike labels are to it, 0 to 1,
    where it was shown and where chance withheld it. same: the share of labels that are the model's answer to the
    letter. Of the newest labels."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="pull_readings")
    fit = models.OneToOneField(Fit, on_delete=models.PROTECT, related_name="pull_reading")
    n_shown = models.PositiveIntegerField(help_text="items")
    n_withheld = models.PositiveIntegerField(help_text="items")
    shown = models.FloatField(null=True)
    shown_low = models.FloatField(null=True)
    shown_high = models.FloatField(null=True)
    withheld = models.FloatField(null=True)
    withheld_low = models.FloatField(null=True)
    withheld_high = models.FloatField(null=True)
    difference = models.FloatField(null=True)
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)
    same_shown = models.FloatField(null=True)
    same_withheld = models.FloatField(null=True)
    seconds_shown = models.FloatField(null=True, help_text="median active seconds of a label")
    seconds_withheld = models.FloatField(null=True)
