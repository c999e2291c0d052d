"""Rounds of sampling and the items they chose."""

from django.db import models
from django.db.models import Case, F, Q, Value, When

from labelling.ids import new_id
from labelling.ingest.models import Example, ModelVersion
from labelling.projects.models import Project, User


class SamplingRound(models.Model):
    """One draw: what was asked, from how many, with which seed. Its items carry their inclusion probabilities."""

    public_id = models.CharField(max_length=16, unique=True, default=new_id, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="rounds")
    number = models.PositiveIntegerField()
    strategy = models.CharField(max_length=30)
    budget = models.PositiveIntegerField()
    probability_share = models.FloatField()
    threshold = models.FloatField(null=True)
    seed = models.BigIntegerField()
    model_version = models.ForeignKey(ModelVersion, null=True, on_delete=models.PROTECT, related_name="rounds")
    n_candidates = models.PositiveIntegerField()
    n_selected = models.PositiveIntegerField()
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "number"], name="round_number_once")]


class State(models.TextChoices):
    OPEN = "open", "being labelled"
    CONTESTED = "contested", "waits for an expert"
    RESOLVED = "resolved", "has an answer"
    DISCARDED = "discarded", "can't be labelled"


class Purpose(models.TextChoices):
    WORK = "work"
    GOLD = "gold"
    TRAINING = "training"


class Split(models.TextChoices):
    TRAIN = "train"
    VALIDATION = "validation"
    TEST = "test"


class Item(models.Model):
    """An example selected to be labelled. The counters are kept in the statement that changes what they count.

    target: labels wanted in this pass; n_active: live leases; n_done: counted labels (abstentions with a reason
    included, since they were given and are paid); n_abstained: how many of those are abstentions.
    """

    public_id = models.CharField(max_length=16, unique=True, default=new_id, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="items")
    example = models.OneToOneField(Example, on_delete=models.PROTECT, related_name="item")
    round = models.ForeignKey(SamplingRound, null=True, on_delete=models.PROTECT, related_name="items")
    inclusion_probability = models.FloatField(null=True)
    by_probability = models.BooleanField(default=False)
    purpose = models.CharField(max_length=10, choices=Purpose, default=Purpose.WORK)
    is_yardstick = models.BooleanField(default=False)
    is_audit = models.BooleanField(default=False)
    split = models.CharField(max_length=10, choices=Split)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    pass_number = models.PositiveSmallIntegerField(default=1)
    target = models.PositiveSmallIntegerField()
    n_active = models.PositiveSmallIntegerField(default=0)
    n_done = models.PositiveSmallIntegerField(default=0)
    n_abstained = models.PositiveSmallIntegerField(default=0)
    priority = models.FloatField(default=0.0)
    held_at = models.DateTimeField(null=True, help_text="an owner keeps it out of versions")
    created_at = models.DateTimeField()
    state_at = models.DateTimeField()
    is_open = models.GeneratedField(
        expression=Case(
            When(Q(state="open", purpose="work") & Q(n_active__lt=F("target") - F("n_done")), then=Value(True)),
            default=Value(False),
        ),
        output_field=models.BooleanField(),
        db_persist=True,
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(purpose="work")
                | Q(n_active__gte=0, n_done__gte=0, n_active__lte=F("target") - F("n_done")),
                name="item_never_over_target",
            ),
            models.CheckConstraint(
                condition=Q(n_abstained__gte=0, n_abstained__lte=F("n_done")), name="item_abstentions_are_done"
            ),
            models.CheckConstraint(
                condition=Q(inclusion_probability=None) | Q(inclusion_probability__gt=0, inclusion_probability__lte=1),
                name="item_inclusion_probability",
            ),
        ]
        indexes = [
            models.Index(F("project"), F("priority").desc(), F("id"), condition=Q(is_open=True), name="item_queue"),
            models.Index(fields=["project", "state", "id"], name="item_by_state"),
            models.Index(fields=["project", "id"], condition=Q(purpose="gold"), name="item_gold"),
            models.Index(fields=["project", "id"], condition=Q(is_audit=True), name="item_audit"),
        ]


class Gold(models.Model):
    """The known answer of a gold or training item. Frozen: a wrong answer is closed and another row is written."""

    class Origin(models.TextChoices):
        PROBABILITY = "probability", "drawn at random"
        CHOSEN = "chosen", "chosen by hand"
        DECISION = "decision", "promoted from a decision"

    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="golds")
    answer = models.TextField(help_text="canonical JSON")
    reason = models.TextField(blank=True)
    origin = models.CharField(max_length=12, choices=Origin)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["item"], condition=Q(closed_at=None), name="gold_one_answer")]
