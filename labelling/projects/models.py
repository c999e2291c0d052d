"""Projects, the versioned rows that govern them, the people in them, their money and their keys."""

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy

from labelling.ids import new_id


class User(AbstractUser):
    public_id = models.CharField(max_length=16, unique=True, default=new_id, editable=False)


class Project(models.Model):
    """One labelling job. `schema`, `guideline` and `policy` point at the versions in force."""

    public_id = models.CharField(max_length=16, unique=True, default=new_id, editable=False)
    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=200)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    seed = models.BigIntegerField()
    salt_key = models.BinaryField(max_length=32)
    paused_at = models.DateTimeField(null=True)
    is_sample = models.BooleanField(default=False)
    schema = models.ForeignKey("SchemaVersion", null=True, on_delete=models.PROTECT, related_name="+")
    guideline = models.ForeignKey("GuidelineVersion", null=True, on_delete=models.PROTECT, related_name="+")
    policy = models.ForeignKey("PolicyVersion", null=True, on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return self.name

    @property
    def policy_in_force(self) -> "PolicyVersion":
        """The policy; a project has none only while it is being made."""
        assert self.policy is not None
        return self.policy

    @property
    def schema_in_force(self) -> "SchemaVersion":
        """The label schema; a project has none only while it is being made."""
        assert self.schema is not None
        return self.schema

    @property
    def guideline_in_force(self) -> "GuidelineVersion":
        """The guideline; a project has none only while it is being made."""
        assert self.guideline is not None
        return self.guideline


class VersionedRow(models.Model):
    """A numbered row of a project that is replaced, never changed."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="%(class)ss")
    number = models.PositiveIntegerField()
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        abstract = True
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["project", "number"], name="%(class)s_number_once")]


class SchemaVersion(VersionedRow):
    """The question and the answers it allows. `mapping`: {class of the version before: class of this one}."""

    kind = models.CharField(max_length=40)
    definition = models.JSONField()
    mapping = models.JSONField(null=True)


class GuidelineVersion(VersionedRow):
    text = models.TextField(help_text="Markdown")


class Mode(models.TextChoices):
    FIXED = "fixed", "fixed: every item gets the most"
    ADAPTIVE = "adaptive", "adaptive: each item gets as many as it needs"


class OnFlag(models.TextChoices):
    TELL = "tell", "tell the owners"
    SUSPEND = "suspend", "give no more work until an owner has looked"
    REJECT = "reject", "give no more work and reject the labels"


class TruthModel(models.TextChoices):
    AUTO = "auto", "automatic: what the known answers speak for"
    MAJORITY = "majority", "majority vote"
    WEIGHTED = "weighted_majority", "majority vote, weighted by agreement"
    ONE_COIN = "one_coin", "one accuracy a labeller"
    POOLED = "infer", "the default: a hierarchical model, believed with caution"
    DAWID_SKENE = "dawid_skene", "Dawid and Skene's: a confusion matrix a labeller"


class PolicyVersion(VersionedRow):
    """How many labels, when to stop, what is hidden among them, what they cost. Money in micro-units of `currency`."""

    mode = models.CharField(max_length=10, choices=Mode, default=Mode.ADAPTIVE)
    initial_labels = models.PositiveSmallIntegerField(default=2)
    minimum_labels = models.PositiveSmallIntegerField(default=2)
    maximum_labels = models.PositiveSmallIntegerField(default=5)
    stop_confidence = models.FloatField(default=0.95, help_text="stop when the posterior reaches this")
    contest_below = models.FloatField(default=0.80, help_text="at the maximum, below this an expert decides")
    abstentions_to_contest = models.PositiveSmallIntegerField(default=2)
    gold_share = models.FloatField(default=0.05)
    yardstick_share = models.FloatField(default=0.05)
    audit_share = models.FloatField(default=0.02)
    batch_size = models.PositiveSmallIntegerField(default=20)
    lease_seconds = models.PositiveIntegerField(default=900)
    fit_max_age = models.PositiveIntegerField(default=500, help_text="in labels")
    test_share = models.FloatField(default=0.1)
    validation_share = models.FloatField(default=0.1)
    near_threshold = models.FloatField(
        null=True, default=0.8, help_text="an item this like an older one takes its split; empty: none does"
    )
    threshold = models.FloatField(null=True, help_text="where the product cuts the first class's probability")
    labels_per_item = models.FloatField(null=True, help_text="wanted on average; the shadow price steers to it")
    cost_per_item = models.FloatField(
        null=True, help_text="wanted on average, in labels, with experts at their price; the worth of an answer steers"
    )
    least_quality = models.FloatField(
        default=0.0, help_text="labellers whose labels surely save less of the cost of not knowing get no more work"
    )
    expert_accuracy = models.FloatField(default=1.0, help_text="how often an expert's answer is right, for weighing")
    truth_model = models.CharField(max_length=20, choices=TruthModel, default=TruthModel.AUTO)
    model_votes = models.BooleanField(default=False, help_text="show what the model would change as one more labeller")
    suggest = models.BooleanField(
        default=False, help_text="labellers correct the model's answer instead of beginning with nothing"
    )
    suggest_withheld = models.FloatField(
        default=0.1, help_text="share of the items that begin with nothing all the same"
    )
    on_flag = models.CharField(max_length=10, choices=OnFlag, default=OnFlag.TELL)
    aging_days = models.FloatField(default=7.0, help_text="an item this much older outranks the most valuable new one")
    daily_limit = models.PositiveIntegerField(null=True, help_text="labels a labeller and day (UTC)")
    max_share = models.FloatField(null=True, help_text="of each slice of a round: the items one labeller may be given")
    qualification_items = models.PositiveSmallIntegerField(default=0, help_text="training items before real work")
    qualification_pass = models.FloatField(default=0.8, help_text="share of these that must be right")
    gold_exposure = models.PositiveIntegerField(null=True, help_text="people who may be given the same gold item")
    checks = models.JSONField(
        default=dict, help_text="limits of the checks before a version, where they differ from the defaults"
    )
    currency = models.CharField(max_length=10, default="labels")
    price_label = models.PositiveBigIntegerField(default=1_000_000)
    price_expert = models.PositiveBigIntegerField(default=5_000_000)
    pay_hour = models.PositiveBigIntegerField(null=True, help_text="micro-units an hour; empty: paid by the label")
    withholding_days = models.PositiveSmallIntegerField(default=30, help_text="then a withholding lapses")
    budget = models.PositiveBigIntegerField(null=True, help_text="a hard stop; empty: none")

    class Meta(VersionedRow.Meta):
        constraints = [
            *VersionedRow.Meta.constraints,
            models.CheckConstraint(
                condition=Q(minimum_labels__gte=1)
                & Q(initial_labels__gte=F("minimum_labels"))
                & Q(maximum_labels__gte=F("initial_labels")),
                name="policy_label_counts",
            ),
            models.CheckConstraint(
                condition=Q(gold_share__gte=0, gold_share__lte=0.5)
                & Q(yardstick_share__gte=0, yardstick_share__lte=1)
                & Q(audit_share__gte=0, audit_share__lte=1),
                name="policy_shares",
            ),
            models.CheckConstraint(
                condition=(Q(max_share=None) | Q(max_share__gt=0, max_share__lte=1))
                & Q(qualification_pass__gte=0, qualification_pass__lte=1)
                & Q(aging_days__gt=0)
                & (Q(labels_per_item=None) | Q(labels_per_item__gte=1))
                & (Q(cost_per_item=None) | Q(cost_per_item__gte=1))
                & Q(expert_accuracy__gt=0, expert_accuracy__lte=1)
                & Q(least_quality__gte=0, least_quality__lt=1)
                & Q(suggest_withheld__gte=0, suggest_withheld__lte=1)
                & (Q(near_threshold=None) | Q(near_threshold__gte=0.7, near_threshold__lte=1))
                & (Q(daily_limit=None) | Q(daily_limit__gte=1))
                & (Q(gold_exposure=None) | Q(gold_exposure__gte=1)),
                name="policy_limits",
            ),
            models.CheckConstraint(
                condition=Q(stop_confidence__gt=0, stop_confidence__lte=1)
                & Q(contest_below__gte=0, contest_below__lte=1),
                name="policy_confidences",
            ),
            models.CheckConstraint(condition=Q(batch_size__gte=1, batch_size__lte=1000), name="policy_batch_size"),
        ]


class Account(models.Model):
    """A project's money. Open batches reserve, closed ones spend; the check is the hard stop. Micro-units."""

    project = models.OneToOneField(Project, on_delete=models.PROTECT, primary_key=True)
    budget = models.BigIntegerField(null=True)
    reserved = models.BigIntegerField(default=0)
    spent = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(reserved__gte=0, spent__gte=0), name="account_not_negative"),
            models.CheckConstraint(
                condition=Q(budget=None) | Q(budget__gte=F("reserved") + F("spent")), name="account_within_budget"
            ),
        ]


class Role(models.TextChoices):
    OWNER = "owner", gettext_lazy("Owner")
    LABELLER = "labeller", gettext_lazy("Labeller")
    EXPERT = "expert", gettext_lazy("Expert")
    AUDITOR = "auditor", gettext_lazy("Auditor")


class Member(models.Model):
    """A person's role in a project. `name` is what others in the project see, and orders labellers in a fit."""

    public_id = models.CharField(max_length=16, unique=True, default=new_id, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="members")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role)
    name = models.CharField(max_length=150)
    joined_at = models.DateTimeField()
    suspended_at = models.DateTimeField(null=True, help_text="gets no more work")
    qualified_at = models.DateTimeField(null=True, help_text="passed the qualification, or was let in by an owner")
    practise_since = models.DateTimeField(null=True, help_text="earlier answers to training items count no more")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "user", "role"], name="member_once_a_role"),
            models.UniqueConstraint(fields=["project", "role", "name"], name="member_name_once"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.role})"


class Skill(models.Model):
    """What a labeller can do that some items need: a tag ("lang:de", "x-ray") and a level, 1 to 5."""

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="skills")
    tag = models.CharField(max_length=60)
    level = models.PositiveSmallIntegerField(default=1)
    granted_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    granted_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["member", "tag"], name="skill_once_a_tag"),
            models.CheckConstraint(condition=Q(level__gte=1, level__lte=5), name="skill_level"),
        ]

    def __str__(self) -> str:
        return f"{self.tag} {self.level}"


class Invitation(models.Model):
    """A link that makes who opens it a member. The link's secret is stored as its SHA-256 only."""

    public_id = models.CharField(max_length=16, unique=True, default=new_id, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="invitations")
    role = models.CharField(max_length=10, choices=Role)
    secret_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    expires_at = models.DateTimeField()
    uses_left = models.PositiveIntegerField()
    revoked_at = models.DateTimeField(null=True)


class ApiToken(models.Model):
    """A key for programs; stored as its SHA-256. `scopes`: which of `labelling.api.scopes` it may use."""

    public_id = models.CharField(max_length=16, unique=True, default=new_id, editable=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="api_tokens")
    project = models.ForeignKey(Project, null=True, on_delete=models.PROTECT, related_name="api_tokens")
    name = models.CharField(max_length=100)
    secret_hash = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField()
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
