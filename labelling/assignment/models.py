"""Leases, labels, batches, and rejections, since they change what counts."""

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy

from labelling.ids import new_id, new_token
from labelling.ingest.models import Prediction
from labelling.projects.models import GuidelineVersion, Member, PolicyVersion, Project, SchemaVersion, User
from labelling.sampling.models import Item, Part, Purpose


class LeaseState(models.TextChoices):
    LIVE = "live"
    DONE = "done"
    EXPIRED = "expired"
    RELEASED = "released"
    SKIPPED = "skipped"


# How a lease can end without an answer: its item may come back to the labeller.
LET_GO = (LeaseState.SKIPPED, LeaseState.RELEASED, LeaseState.EXPIRED)


class Lease(models.Model):
    """The right of one labeller to label one item in one pass until a time. Reopened with a new token, not repeated."""

    labeller = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="leases")
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="leases", db_index=False)
    pass_number = models.PositiveSmallIntegerField()
    token = models.CharField(max_length=32, unique=True, default=new_token)
    state = models.CharField(max_length=10, choices=LeaseState, default=LeaseState.LIVE)
    leased_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    suggestion = models.ForeignKey(
        Prediction, null=True, on_delete=models.PROTECT, related_name="+", db_index=False,
        help_text="the model's answer that the labeller was given to correct",
    )  # fmt: skip

    class Meta:
        constraints = [
            # The labeller first: the other order made leasing six to eight times slower.
            models.UniqueConstraint(fields=["labeller", "item", "pass_number"], name="lease_once"),
        ]
        indexes = [
            models.Index(fields=["expires_at"], condition=Q(state="live"), name="lease_live"),
            models.Index(fields=["item"], name="lease_by_item"),
            models.Index(fields=["labeller", "state"], condition=~Q(state="done"), name="lease_unfinished"),
        ]


class Desk(models.Model):
    """Where a labeller is: changed with every lease, under the lock of the labeller's row.

    n_leased: leases ever given, whose number says where hidden gold comes. seen_at: when they last asked for work.
    after_priority, after_id: own items at the head of the queue are not looked through again until `look_again_at`.
    """

    labeller = models.OneToOneField(Member, on_delete=models.PROTECT, primary_key=True, related_name="desk")
    n_leased = models.PositiveBigIntegerField(default=0)
    seen_at = models.DateTimeField(null=True)
    after_priority = models.FloatField(null=True)
    after_id = models.BigIntegerField(null=True)
    look_again_at = models.DateTimeField(null=True)


class Portion(models.Model):
    """How many items of a part a labeller was given; kept while the policy limits one labeller's share."""

    labeller = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="portions")
    part = models.ForeignKey(Part, on_delete=models.PROTECT, related_name="portions", db_index=False)
    n_given = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["labeller", "part"], name="portion_once")]


class Batch(models.Model):
    """A run of one labeller's consecutive labels. It reserves their price when it opens and spends it when it closes.

    The next one opens before this one is full, when leases are asked for that would not fit: every live lease has a
    place that is paid for. Labels go to the oldest batch with room. What it pays is promised when it opens and frozen
    when it closes: by the label at `price`; or by the hour, and then `price` is the most that one label can cost.
    """

    public_id = models.CharField(max_length=16, unique=True, default=new_id, editable=False)
    labeller = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="batches")
    number = models.PositiveIntegerField()
    size = models.PositiveSmallIntegerField()
    price = models.PositiveBigIntegerField(help_text="micro-units a label; paid by the hour: at most")
    pay_hour = models.PositiveBigIntegerField(null=True, help_text="micro-units an hour; empty: paid by the label")
    most_seconds = models.PositiveIntegerField(default=900, help_text="counted as worked on one label at most")
    n_labels = models.PositiveSmallIntegerField(default=0, help_text="standing labels")
    opened_at = models.DateTimeField()
    full_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    amount = models.PositiveBigIntegerField(null=True, help_text="micro-units earned; known when it is closed")
    worked_ms = models.PositiveBigIntegerField(null=True, help_text="time worked; empty: closed before it was kept")
    n_gold = models.PositiveSmallIntegerField(default=0, help_text="of the labels, as of closing")
    n_training = models.PositiveSmallIntegerField(default=0, help_text="of the labels, as of closing")
    n_abstained = models.PositiveSmallIntegerField(default=0, help_text="of the labels, as of closing")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["labeller", "number"], name="batch_number_once"),
            models.CheckConstraint(condition=Q(n_labels__gte=0, n_labels__lte=F("size")), name="batch_within_size"),
            models.CheckConstraint(condition=Q(closed_at=None) | Q(full_at__isnull=False), name="batch_full_first"),
            models.CheckConstraint(
                condition=Q(closed_at=None, amount=None) | Q(closed_at__isnull=False, amount__isnull=False),
                name="batch_earned_when_closed",
            ),
            models.CheckConstraint(
                condition=Q(amount=None) | Q(amount__lte=F("n_labels") * F("price")), name="batch_within_promise"
            ),
        ]
        indexes = [
            models.Index(fields=["labeller", "closed_at"], condition=Q(closed_at__isnull=False), name="batch_closed"),
            models.Index(fields=["full_at"], condition=Q(closed_at=None), name="batch_to_close"),
            models.Index(fields=["labeller", "number"], condition=Q(full_at=None), name="batch_with_room"),
        ]


class BatchReview(models.Model):
    """An owner accepted a batch. (A rejected one has a Rejection.)"""

    batch = models.OneToOneField(Batch, on_delete=models.PROTECT, related_name="review")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField(blank=True)
    at = models.DateTimeField()


class Abstention(models.TextChoices):
    UNCLEAR = "unclear", gettext_lazy("the guideline doesn't say")
    MISSING_INFORMATION = "missing_information", gettext_lazy("not enough information")
    NO_ANSWER_FITS = "no_answer_fits", gettext_lazy("no answer fits")
    BROKEN = "broken", gettext_lazy("the item is broken")


class Scope(models.TextChoices):
    LABEL = "label", "one label"
    BATCH = "batch", "a batch"
    RANGE = "range", "labels of one labeller, from one to another"
    LABELLER = "labeller", "all labels of a labeller, who gets no more work"
    QUERY = "query", "the labels that meet conditions"


class Rejection(models.Model):
    """Some labels no longer count: by whom, why, when. Closed, not deleted, when it is lifted.

    `where`: the conditions its labels met, by the names of `loop.label_filter`; `up_to`: the id of the newest label
    there was when it was decided. labeller: whose labels they are, if they are of one labeller. `n_labels`: how many
    it covers, once the last of them stopped counting at `covered_at`; NULL while it is under way. `restored_at`: when
    the last of them counted again (unless something else covers it) after it was lifted.
    """

    public_id = models.CharField(max_length=16, unique=True, default=new_id, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="rejections")
    scope = models.CharField(max_length=10, choices=Scope)
    labeller = models.ForeignKey(Member, null=True, on_delete=models.PROTECT, related_name="rejections")
    batch = models.ForeignKey(Batch, null=True, on_delete=models.PROTECT, related_name="rejections")
    label = models.ForeignKey("Label", null=True, on_delete=models.PROTECT, related_name="rejections", db_index=False)
    where = models.JSONField(default=dict)
    up_to = models.BigIntegerField(default=0)
    reason = models.TextField()
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    n_labels = models.PositiveIntegerField(null=True)
    covered_at = models.DateTimeField(null=True)
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    lift_reason = models.TextField(blank=True)
    restored_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["label"], condition=Q(lifted_at=None, scope="label"), name="rejection_one_open_a_label"
            ),
            models.UniqueConstraint(
                fields=["batch"], condition=Q(lifted_at=None, scope="batch"), name="rejection_one_open_a_batch"
            ),
            models.UniqueConstraint(
                fields=["labeller"], condition=Q(lifted_at=None, scope="labeller"), name="rejection_one_open_a_labeller"
            ),
            models.CheckConstraint(
                condition=Q(covered_at=None, n_labels=None) | Q(covered_at__isnull=False, n_labels__isnull=False),
                name="rejection_counted_when_covered",
            ),
            models.CheckConstraint(
                condition=Q(restored_at=None) | Q(lifted_at__isnull=False, covered_at__isnull=False),
                name="rejection_restored_after_lift",
            ),
        ]


class LabelQuerySet(models.QuerySet["Label"]):
    def standing(self) -> "LabelQuerySet":
        return self.filter(withdrawn_at=None)

    def of_current_pass(self) -> "LabelQuerySet":
        return self.filter(pass_number=F("item__pass_number"))

    def not_rejected(self) -> "LabelQuerySet":
        return self.filter(~Exists(RejectedLabel.objects.filter(label=OuterRef("pk"), lifted_at=None)))

    def counted(self) -> "LabelQuerySet":
        """Standing, of the current pass, covered by no open rejection; gold and training items never count."""
        return self.standing().of_current_pass().not_rejected().filter(item__purpose=Purpose.WORK)

    def answers(self) -> "LabelQuerySet":
        """Without the abstentions."""
        return self.filter(abstention="")


class Label(models.Model):
    """One labeller's answer, as canonical JSON; or an abstention with its reason. Frozen but for its withdrawal."""

    public_id = models.CharField(max_length=16, unique=True, default=new_id, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="labels", db_index=False)
    lease = models.ForeignKey(Lease, on_delete=models.PROTECT, related_name="labels", db_index=False)
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="labels")
    labeller = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="labels", db_index=False)
    pass_number = models.PositiveSmallIntegerField()
    token = models.CharField(max_length=32, unique=True, help_text="the lease's token when it was given")
    answer = models.TextField(blank=True)
    abstention = models.CharField(max_length=20, choices=Abstention, blank=True)
    note = models.TextField(blank=True)
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="labels")
    schema = models.ForeignKey(SchemaVersion, on_delete=models.PROTECT, related_name="+", db_index=False)
    guideline = models.ForeignKey(GuidelineVersion, on_delete=models.PROTECT, related_name="+", db_index=False)
    policy = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()
    wall_seconds = models.FloatField(null=True)
    active_seconds = models.FloatField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    objects = LabelQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["lease"], condition=Q(withdrawn_at=None), name="label_one_standing"),
            models.CheckConstraint(
                condition=(Q(answer="") & ~Q(abstention="")) | (~Q(answer="") & Q(abstention="")),
                name="label_answer_or_abstention",
            ),
        ]
        indexes = [
            models.Index(fields=["labeller", "-id"], name="label_by_labeller"),
            models.Index(fields=["project", "id"], name="label_by_project"),
        ]


class Draft(models.Model):
    """An answer that came after its lease's place was taken: it is no label, but its giver can see it again."""

    labeller = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="drafts")
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+", db_index=False)
    token = models.CharField(max_length=32, unique=True, help_text="the lease's token when it was given")
    answer = models.TextField(blank=True)
    abstention = models.CharField(max_length=20, choices=Abstention, blank=True)
    note = models.TextField(blank=True)
    refused_because = models.CharField(max_length=200)
    at = models.DateTimeField()
    put_away_at = models.DateTimeField(null=True, help_text="its giver has seen it")

    class Meta:
        indexes = [models.Index(fields=["labeller", "-id"], condition=Q(put_away_at=None), name="draft_to_see")]


class RejectedLabel(models.Model):
    """A label that a rejection covers: it counts again when every such row of it is lifted, and not before.

    A row of a large rejection is written, and lifted, with the chunk that its label is in; so this row, and not the
    rejection's, says whether the label counts.
    """

    rejection = models.ForeignKey(Rejection, on_delete=models.PROTECT, related_name="covered")
    label = models.ForeignKey(Label, on_delete=models.PROTECT, related_name="rejected_in", db_index=False)
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["label", "rejection"], name="rejected_label_once")]
        indexes = [models.Index(fields=["rejection", "label"], condition=Q(lifted_at=None), name="rejected_open")]
