"""Who is there to label, and what there is to be labelled: reads that cost the same however large the project is.

Items are read through the index of the queues, a few of each. Only the labellers are gone through, once.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta

from django.db.models import Count, Exists, F, Max, OuterRef, Q, QuerySet, Subquery

from labelling.assignment.models import Desk, Label, Lease, LeaseState, Portion
from labelling.projects.models import Member, PolicyVersion, Project, Role, Skill
from labelling.sampling.models import Item, Purpose, Queue, State

HERE = timedelta(minutes=5)
NEWEST = 200
HEAD = 25
PEOPLE = 20


@dataclass(frozen=True)
class Crowd:
    """The labellers of a project: how many there are, are not suspended, are qualified, practise, asked for work in
    the last five minutes; and when one last did."""

    n: int
    active: int
    qualified: int
    practising: int
    here: int
    last_seen: datetime | None


@dataclass(frozen=True)
class Line:
    """Open items that need the same. queue: None where they need nothing; able: labellers who may have them."""

    queue: int | None
    needs: dict[str, int] = field(default_factory=dict)
    able: int = 0


def crowd_of(*, project: Project, now: datetime) -> Crowd:
    labellers = Member.objects.filter(project=project, role=Role.LABELLER)
    active = Q(suspended_at=None)
    return Crowd(
        **labellers.aggregate(
            n=Count("pk"),
            active=Count("pk", filter=active),
            qualified=Count("pk", filter=active & Q(qualified_at__isnull=False)),
            practising=Count("pk", filter=active & Q(qualified_at=None, desk__seen_at__isnull=False)),
            here=Count("pk", filter=active & Q(desk__seen_at__gte=now - HERE)),
            last_seen=Max("desk__seen_at"),
        )
    )


def at_work(*, project: Project, now: datetime) -> tuple[int, bool]:
    """How many people labelled in the last five minutes, and whether there may have been more of them."""
    newest = Label.objects.filter(project=project).order_by("-id").values_list("labeller", "at")[:NEWEST]
    recent = [labeller for labeller, at in newest if at >= now - HERE]
    return len(set(recent)), len(recent) == NEWEST


def lines(*, project: Project, policy: PolicyVersion, crowd: Crowd) -> list[Line]:
    """The open items, by what they need; none where there is no open place on any item."""
    may = crowd.qualified if policy.qualification_items else crowd.active
    found = [Line(None, able=may)] if _open(project, None).exists() else []
    waiting = Item.objects.filter(project=project, queue=OuterRef("pk"), is_open=True)
    queues = dict(Queue.objects.filter(Exists(waiting), project=project).order_by("id").values_list("pk", "needs"))
    able = _able(project, policy, queues)
    return found + [Line(queue, needs, able[f"queue_{queue}"]) for queue, needs in queues.items()]


def _able(project: Project, policy: PolicyVersion, queues: dict[int, dict[str, int]]) -> dict[str, int]:
    """How many labellers have what each queue needs, in one statement."""
    if not queues:
        return {}
    labellers = Member.objects.filter(project=project, role=Role.LABELLER, suspended_at=None)
    if policy.qualification_items:
        labellers = labellers.filter(qualified_at__isnull=False)
    return labellers.aggregate(
        **{f"queue_{queue}": Count("pk", filter=_have(needs)) for queue, needs in queues.items()}
    )


def _have(needs: dict[str, int]) -> Q:
    have = Q()
    for tag, level in needs.items():
        have &= Q(Exists(Skill.objects.filter(member=OuterRef("pk"), tag=tag, level__gte=level)))
    return have


def _open(project: Project, queue: int | None) -> QuerySet[Item]:
    """In the order of work. The queue comes first, or the index would not give that order where it is NULL."""
    return Item.objects.filter(project=project, queue=queue, is_open=True).order_by("queue", F("priority").desc(), "id")


def head_that_all_had(*, project: Project, line: Line) -> Item | None:
    """The first item of a line, if everybody who may have it, and those after it, has had them in this pass."""
    had = Q(leases__state__in=[LeaseState.LIVE, LeaseState.DONE], leases__labeller__suspended_at=None)
    head = list(
        Item.objects.filter(pk__in=_open(project, line.queue).values("pk")[:HEAD])
        .annotate(n_had=Count("leases", filter=had & Q(leases__pass_number=F("pass_number"))))
        .order_by(F("priority").desc(), "id")
    )
    all_had = all(item.n_had >= line.able for item in head)
    return head[0] if head and all_had else None


def next_back(*, project: Project) -> datetime | None:
    """When the time of the first of the items that somebody holds is over."""
    # Not by a join with the items, which SQLite may begin with all items of the project.
    purpose = Item.objects.filter(pk=OuterRef("item")).values("purpose")
    live = Lease.objects.filter(labeller__project=project, state=LeaseState.LIVE).annotate(purpose=Subquery(purpose))
    return live.filter(purpose=Purpose.WORK).order_by("expires_at").values_list("expires_at", flat=True).first()


def are_unsettled(*, project: Project) -> bool:
    """Whether items are open that have no open place: all their labels are in, or somebody holds them."""
    return Item.objects.filter(project=project, state=State.OPEN, purpose=Purpose.WORK).exists()


def n_contested(*, project: Project, most: int) -> int:
    """Items that wait for an expert, counted to `most`."""
    return Item.objects.filter(project=project, state=State.CONTESTED).order_by("id").values("pk")[:most].count()


def are_sampled(*, project: Project) -> bool:
    # In the order of an index: a scan that stops at the first row may have gone through all other projects' items.
    return Item.objects.filter(project=project).order_by("state", "id").values("pk").first() is not None


def n_training(*, project: Project, most: int) -> int:
    """Training items that can be handed out, counted to `most`."""
    practice = Item.objects.filter(project=project, purpose=Purpose.TRAINING, held_at=None)
    return practice.values("pk")[:most].count()


def _present(project: Project, now: datetime) -> QuerySet[Desk]:
    here = Desk.objects.filter(labeller__project=project, labeller__suspended_at=None, seen_at__gte=now - HERE)
    return here.order_by("-seen_at")


def all_reached_the_days_limit(*, project: Project, limit: int, now: datetime) -> bool:
    """Whether everybody who is here gave that many labels since midnight (UTC); False when nobody is."""
    midnight = datetime.combine(now.astimezone(UTC).date(), time.min, UTC)
    own = Label.objects.filter(labeller=OuterRef("labeller"), withdrawn_at=None).order_by("-id")
    here = _present(project, now).annotate(at_limit=Subquery(own.values("at")[limit - 1 : limit]))
    reached = [at is not None and at >= midnight for at in here.values_list("at_limit", flat=True)[:PEOPLE]]
    return bool(reached) and all(reached)


def all_reached_their_share(*, project: Project, line: Line, share: float, now: datetime) -> bool:
    """Whether everybody who is here was given their share of the parts that the next items are of."""
    here = set(_present(project, now).values_list("labeller", flat=True)[:PEOPLE])
    parts = set(_open(project, line.queue).values_list("part", flat=True)[:HEAD])
    if not here or not parts or None in parts:
        return False
    # As leasing rounds: a share of 3.0000000000000004 items is 3.
    full = Portion.objects.filter(labeller__in=here, part__in=parts, n_given__gte=share * F("part__n_items") - 1e-6)
    return full.count() == len(here) * len(parts)
