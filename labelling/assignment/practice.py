"""The qualification: training items with feedback, before a labeller is given real work."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from django.db.models import Exists, F, Max, OuterRef, Q, QuerySet, Window
from django.db.models.functions import RowNumber

from labelling.assignment import desks, queries
from labelling.assignment.models import LET_GO, Label, Lease, LeaseState
from labelling.ids import new_token
from labelling.projects.models import Member, PolicyVersion, Project
from labelling.projects.queries import same_answers
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
    newest = _answers([labeller_id]).order_by("-id").values_list("answer", "item__golds__answer")
    same = same_answers(policy.project_id)
    return _practice([same(answer, known) for answer, known in newest[: policy.qualification_items]], policy)


def practice_of_each(*, labellers: Collection[int], policy: PolicyVersion) -> dict[int, Practice]:
    """The same of many labellers, by row id, in one statement; those without an answer are left out."""
    newest = (
        _answers(labellers)
        .annotate(nth=Window(RowNumber(), partition_by=[F("labeller")], order_by=F("id").desc()))
        .filter(nth__lte=policy.qualification_items)
        .values_list("labeller", "answer", "item__golds__answer")
    )
    same, right = same_answers(policy.project_id), dict[int, list[bool]]()
    for labeller, answer, known in newest:
        right.setdefault(labeller, []).append(same(answer, known))
    return {labeller: _practice(told, policy) for labeller, told in right.items()}


def _answers(labellers: Collection[int]) -> QuerySet[Label]:
    """Standing answers to training items whose answer is still known, given since their labeller's practice began."""
    return Label.objects.standing().filter(
        Q(labeller__practise_since=None) | Q(at__gte=F("labeller__practise_since")),
        labeller__in=labellers,
        item__purpose=Purpose.TRAINING,
        item__golds__closed_at=None,
        item__golds__isnull=False,
    )


def _practice(right: Sequence[bool], policy: PolicyVersion) -> Practice:
    return Practice(done=len(right), of=policy.qualification_items, right=sum(right), needed=needed_of(policy))


def needed_of(policy: PolicyVersion) -> int:
    """How many of the practice's answers must be right."""
    return ceil(round(policy.qualification_pass * policy.qualification_items, 6))


def training_items(project: Project) -> int:
    """How many items there are to practise on."""
    return _to_practise_on(project.pk).count()


def _to_practise_on(project_id: int) -> QuerySet[Item]:
    known = Item.objects.filter(project=project_id, purpose=Purpose.TRAINING, held_at=None)
    return known.select_related("example").order_by("n_exposed", "id")


def lease_practice(asking: desks.Asking, *, count: int, now: datetime) -> list[Lease]:
    """Lease training items: those the labeller never had, those given to the fewest first; then those they let go of;
    then those they answered before they were asked to practise again. The labeller's row is locked."""
    desks.seen(labeller_id=asking.labeller_id, now=now)
    expires_at = now + timedelta(seconds=asking.policy.lease_seconds)
    return (
        _lease_unseen(asking, count, now, expires_at)
        or _lease_let_go(asking, count, now, expires_at)
        or _lease_once_more(asking, count, now, expires_at)
    )


def _lease_unseen(asking: desks.Asking, count: int, now: datetime, expires_at: datetime) -> list[Lease]:
    unseen = queries.unseen_known(
        labeller_id=asking.labeller_id, project_id=asking.project_id, purpose=Purpose.TRAINING,
        queues=desks.open_queues(asking),
    )  # fmt: skip
    items = list(unseen.select_for_update(skip_locked=True, no_key=True, of=("self",))[:count])
    Item.objects.filter(pk__in=[item.pk for item in items]).update(n_exposed=F("n_exposed") + 1)
    return _lease_new(asking, [(item, item.pass_number) for item in items], now, expires_at)


def _lease_let_go(asking: desks.Asking, count: int, now: datetime, expires_at: datetime) -> list[Lease]:
    let_go = Lease.objects.filter(
        labeller=asking.labeller_id, state__in=LET_GO, item__purpose=Purpose.TRAINING, item__held_at=None
    )
    leases = list(let_go.select_related("item__example").order_by("leased_at", "id")[:count])
    for lease in leases:
        lease.token, lease.state = new_token(), LeaseState.LIVE
        lease.leased_at, lease.expires_at = now, expires_at
    Lease.objects.bulk_update(leases, ["token", "state", "leased_at", "expires_at"])
    return leases


def _lease_once_more(asking: desks.Asking, count: int, now: datetime, expires_at: datetime) -> list[Lease]:
    """What the labeller had since they were asked to practise again, does not come a second time."""
    since = Member.objects.values_list("practise_since", flat=True).get(pk=asking.labeller_id)
    if since is None:
        return []
    own = Lease.objects.filter(labeller=asking.labeller_id, item=OuterRef("pk"))
    last = Lease.objects.filter(labeller=asking.labeller_id)
    items = list(
        _to_practise_on(asking.project_id).filter(Exists(own), ~Exists(own.filter(leased_at__gte=since)))[:count]
    )
    passes = dict(last.filter(item__in=items).values("item").annotate(n=Max("pass_number")).values_list("item", "n"))
    return _lease_new(asking, [(item, passes[item.pk] + 1) for item in items], now, expires_at)


def _lease_new(
    asking: desks.Asking, items: Sequence[tuple[Item, int]], now: datetime, expires_at: datetime
) -> list[Lease]:
    return Lease.objects.bulk_create(
        [
            Lease(labeller_id=asking.labeller_id, item=item, pass_number=number, leased_at=now, expires_at=expires_at)
            for item, number in items
        ]
    )


def feedback_on(label: Label) -> Feedback | None:
    """What to tell of an answer: only of training items, of which everything may be known."""
    if label.item.purpose != Purpose.TRAINING:
        return None
    gold = Gold.objects.filter(item=label.item_id, closed_at=None).first()
    if gold is None:
        return None
    right = same_answers(label.project_id)(label.answer, gold.answer)
    return Feedback(right=right, answer=gold.answer, reason=gold.reason)


def qualify_if_passed(*, labeller_id: int, policy: PolicyVersion, now: datetime) -> bool:
    """Let a labeller in who has passed; whether they were let in just now. The labeller's row is locked."""
    if not policy.qualification_items or not practice_of(labeller_id=labeller_id, policy=policy).passed:
        return False
    return bool(Member.objects.filter(pk=labeller_id, qualified_at=None).update(qualified_at=now))
