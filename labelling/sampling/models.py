"""Rounds of sampling and the items they chose."""

from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.utils.translation import gettext_lazy

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
    needs = models.JSONField(default=dict, help_text="{tag: least level} that its items ask of labellers")
    seed = models.BigIntegerField()
    model_version = models.ForeignKey(ModelVersion, null=True, on_delete=models.PROTECT, related_name="rounds")
    n_candidates = models.PositiveIntegerField()
    n_selected = models.PositiveIntegerField()
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "number"], name="round_number_once")]


class Part(models.Model):
    """One slice of a round, with how many items it got: what a labeller's greatest share is a share of."""

    round = models.ForeignKey(SamplingRound, on_delete=models.PROTECT, related_name="parts")
    slice = models.CharField(max_length=200, blank=True)
    n_items = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["round", "slice"], name="part_once")]

    def __str__(self) -> str:
        return f"{self.slice or 'all'} of round {self.round_id}"


class Queue(models.Model):
    """Items of a project that need the same skills. `needs`: {tag: least level}; `key`: the same as canonical JSON.

    An item without a queue needs nothing.
    """

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="queues")
    needs = models.JSONField()
    key = models.CharField(max_length=500)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "key"], name="queue_once")]

    def __str__(self) -> str:
        return ", ".join(f"{tag} {level}" for tag, level in self.needs.items())


class State(models.TextChoices):
    OPEN = "open", gettext_lazy("being labelled")
    CONTESTED = "contested", gettext_lazy("waits for an expert")
    RESOLVED = "resolved", gettext_lazy("has an answer")
    DISCARDED = "discarded", gettext_lazy("can't be labelled")


class Purpose(models.TextChoices):
    WORK = "work"
    GOLD = "gold"
    TRAINING = "training"
    ERASED = "erased"


class Split(models.TextChoices):
    TRAIN = "train"
    VALIDATION = "validation"
    TEST = "test"


class Item(models.Model):
    """An example selected to be labelled. The counters are kept in the statement that changes what they count.

    target: labels wanted in this pass; n_active: live leases; n_done: counted labels (abstentions with a reason
    included, since they were given and are paid); n_abstained: how many of those are abstentions. A gold item is
    labelled in runs, one after the other, through the same decisions as work; its counters are those of the run.

    priority, the order of work, is made of: value (0 to 1, what the next label is worth: the model's uncertainty, then
    the information it is expected to give); boost (the owner's word, -9 to 9); born (when it came, in the policy's
    aging_days since the project began), so that an old item overtakes new ones and none starves.
    """

    public_id = models.CharField(max_length=16, unique=True, default=new_id, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="items", db_index=False)
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
    n_exposed = models.PositiveIntegerField(
        default=0, help_text="of gold: people who answered it; of training: people it was given to"
    )
    queue = models.ForeignKey(Queue, null=True, on_delete=models.PROTECT, related_name="items", db_index=False)
    part = models.ForeignKey(Part, null=True, on_delete=models.PROTECT, related_name="items", db_index=False)
    value = models.FloatField(default=0.0)
    boost = models.FloatField(default=0.0)
    born = models.FloatField(default=0.0)
    priority = models.GeneratedField(
        expression=F("value") + F("boost") - F("born"), output_field=models.FloatField(), db_persist=True
    )
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
                condition=Q(value__gte=0, value__lte=1, boost__gte=-9, boost__lte=9), name="item_value_and_boost"
            ),
            models.CheckConstraint(
                condition=Q(inclusion_probability=None) | Q(inclusion_probability__gt=0, inclusion_probability__lte=1),
                name="item_inclusion_probability",
            ),
        ]
        indexes = [
            models.Index(
                F("project"), F("queue"), F("priority").desc(), F("id"), condition=Q(is_open=True), name="item_queue"
            ),
            models.Index(fields=["project", "id"], name="item_by_project"),
            models.Index(fields=["project", "state", "id"], name="item_by_state"),
            models.Index(
                fields=["project", "purpose", "n_exposed", "id"], condition=~Q(purpose="work"), name="item_known"
            ),
            models.Index(fields=["project", "id"], condition=Q(is_audit=True), name="item_audit"),
        ]


class NearPart(models.Model):
    """Keys of items, by which near-duplicates are looked up (see `near_index`). items: int64, ascending; keys: uint32,
    each key of all items one after the other; both little-endian. shown: which fields of the payload were read."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+", db_index=False)
    shown = models.CharField(max_length=32)
    n_items = models.PositiveIntegerField()
    last_item = models.BigIntegerField(help_text="the greatest id in it")
    items = models.BinaryField()
    keys = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "last_item"], name="near_part_once")]


class NearLink(models.Model):
    """Why an item is in its split: what it is like was there before. Frozen.

    inherits: it took that item's split; else it is like that item too, but stands in another split, because an older
    one decided or because its own group did.
    """

    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="near_links", db_index=False)
    of = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="near_followers")
    similarity = models.PositiveSmallIntegerField(
        null=True, help_text="Jaccard of the texts or equal bits of the pictures, out of 10,000; empty: the same group"
    )
    inherits = models.BooleanField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["item", "of"], name="near_link_once"),
            models.UniqueConstraint(fields=["item"], condition=Q(inherits=True), name="near_inherits_once"),
        ]

    @property
    def share(self) -> float | None:
        return None if self.similarity is None else self.similarity / 10_000


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
