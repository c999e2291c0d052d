"""The qualification: training items with feedback, before a labeller is given real work."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from django.db.models import F

from labelling.assignment import desks, queries
from labelling.assignment.models import Label, Lease
from labelling.projects.models import Member, PolicyVersion
from labelling.sampling.models import Gold, Item, Purpose


@dataclass(frozen=True)
class Practice:
    """How far a labeller is: of the newest `of` answers to training items, `right` were right; `needed` must be."""

    done: int
    of: int
    right: int
    needed: int

    @property
    def passed(self) -> bool:
        return self.done >= self.of and self.right >= self.needed


@dataclass(frozen=True)
class Feedback:
    """What a labeller is told of a training item: the known answer as canonical JSON, and the reason given with it."""

    right: bool
    answer: str
    reason: str


def practice_of(*, labeller_id: int, policy: PolicyVersion) -> Practice:
    """Reads as many labels as the policy asks for."""
    of = policy.qualification_items
    labels = Label.objects.standing().filter(labeller=labeller_id, item__purpose=Purpose.TRAINING)
    newest = list(labels.order_by("-id").values_list("item", "answer")[:of])
    truth = dict(known_answers([item for item, _ in newest]))
    right = sum(truth.get(item) == answer for item, answer in newest)
    return Practice(done=len(newest), of=of, right=right, needed=ceil(round(policy.qualification_pass * of, 6)))


def known_answers(items: list[int]) -> list[tuple[int, str]]:
    """(item, known answer) of gold and training items."""
    return list(Gold.objects.filter(item__in=items, closed_at=None).values_list("item", "answer"))


def lease_practice(asking: desks.Asking, *, count: int, now: datetime) -> list[Lease]:
    """Lease training items the labeller never had, those least shown first. The labeller's row is locked."""
    unseen = queries.unseen_known(
        labeller_id=asking.labeller_id, project_id=asking.project_id, purpose=Purpose.TRAINING
    )
    items = list(unseen.select_for_update(skip_locked=True, no_key=True, of=("self",))[:count])
    expires_at = now + timedelta(seconds=asking.policy.lease_seconds)
    Item.objects.filter(pk__in=[item.pk for item in items]).update(n_exposed=F("n_exposed") + 1)
    desks.seen(labeller_id=asking.labeller_id, now=now)
    return Lease.objects.bulk_create(
        [
            Lease(labeller_id=asking.labeller_id, item=item, pass_number=item.pass_number, leased_at=now,
                  expires_at=expires_at)
            for item in items
        ]
    )  # fmt: skip


def feedback_on(label: Label) -> Feedback | None:
    """What to tell of an answer: only of training items, of which everything may be known."""
    if label.item.purpose != Purpose.TRAINING:
        return None
    gold = Gold.objects.filter(item=label.item_id, closed_at=None).first()
    if gold is None:
        return None
    return Feedback(right=gold.answer == label.answer, answer=gold.answer, reason=gold.reason)


def qualify_if_passed(*, labeller_id: int, policy: PolicyVersion, now: datetime) -> bool:
    """Let a labeller in who has passed; whether they were let in just now. The labeller's row is locked."""
    if not policy.qualification_items or not practice_of(labeller_id=labeller_id, policy=policy).passed:
        return False
    return bool(Member.objects.filter(pk=labeller_id, qualified_at=None).update(qualified_at=now))
