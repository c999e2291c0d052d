"""What an owner does to many items at once: looked at first, then done at once or, if they are many, in the background.

A job goes through the items by id, a chunk a transaction. Its place is kept in its row, in the transaction of the
chunk, so that a job that is run again after a crash, or by two workers, does no item twice.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

from django.db import transaction
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Sum

from labelling.audit.actions import record
from labelling.consensus.models import Authority, Resolution
from labelling.consensus.states import NotAllowed
from labelling.errors import Invalid
from labelling.ids import new_id
from labelling.jobs.actions import enqueue
from labelling.jobs.models import Job
from labelling.loop import resolve
from labelling.loop.item_filter import matching, plain, within
from labelling.projects.models import Account, PolicyVersion, Project, User
from labelling.sampling.chance import first_target
from labelling.sampling.models import Item, Purpose, State

KIND = "items"
AT_ONCE = 100
CHUNK = 50
COUNTED = 10_000
MOST_TICKED = 500

MORE, AFRESH, PRIORITISE, HOLD, UNHOLD = "more", "afresh", "prioritise", "hold", "unhold"
ACTS = (MORE, AFRESH, PRIORITISE, HOLD, UNHOLD)


@dataclass(frozen=True)
class Act:
    """What to do: one of ACTS, with its number and its reason. Raises Invalid for one that can't be done."""

    do: str
    n_more: int = 1
    boost: float = 0
    reason: str = ""

    def __post_init__(self) -> None:
        if self.do not in ACTS:
            raise _refused("do", f"must be one of {', '.join(ACTS)}")
        if self.do == MORE and not 1 <= self.n_more <= resolve.MOST_MORE:
            raise _refused("n_more", f"must be 1 to {resolve.MOST_MORE}")
        if self.do == PRIORITISE and not -resolve.MOST_BOOST <= self.boost <= resolve.MOST_BOOST:
            raise _refused("boost", f"must be -{resolve.MOST_BOOST} to {resolve.MOST_BOOST}")


@dataclass(frozen=True)
class Chosen:
    """Items of a project: those that match a filter, or those ticked (public ids), which need no filter."""

    project: Project
    where: Mapping[str, Any] = field(default_factory=dict)
    ids: Sequence[str] = ()

    def rows(self) -> QuerySet[Item]:
        if not self.ids:
            return matching(self.project, self.where)
        if len(self.ids) > MOST_TICKED:
            raise _refused("items", f"are more than {MOST_TICKED}; choose them by a filter")
        return Item.objects.filter(project=self.project, public_id__in=self.ids)

    def first_rows(self) -> tuple[QuerySet[Item], bool]:
        """As many as may be looked at in one request, and whether those are all that there are to look at."""
        last = None if self.ids else within(self.project, self.where)
        rows = self.rows().order_by("pk")
        return (rows if last is None else rows.filter(pk__lte=last)), last is None


@dataclass(frozen=True)
class Preview:
    """What an act would do. n_items: that match, all of them if `exact`, else at least so many; ruled, not_work: of
    those, left alone since an expert, an engineer or gold decided, or since they are gold or training; changed: the
    others that the act changes; slots: labels that it asks for; cost: their price; room: what is left of the budget
    (micro-units; None: no budget)."""

    n_items: int
    exact: bool
    ruled: int
    not_work: int
    changed: int
    slots: int
    cost: int
    room: int | None


@dataclass(frozen=True)
class Started:
    """What became of an act: how many items it changed and left alone, or the job that does it."""

    changed: int = 0
    left_alone: int = 0
    job: Job | None = None


def preview(*, chosen: Chosen, act: Act) -> Preview:
    """What the act would do to them; changes nothing. Looks at no more than COUNTED items."""
    policy = chosen.project.policy_in_force
    rows, all_seen = chosen.first_rows()
    by_crowd = Resolution.objects.filter(item=OuterRef("pk"), closed_at=None, authority=Authority.CROWD)
    seen = Item.objects.filter(pk__in=rows.values("pk")[:COUNTED]).annotate(by_crowd=Exists(by_crowd))
    work, ruled = Q(purpose=Purpose.WORK), Q(state=State.DISCARDED) | Q(state=State.RESOLVED, by_crowd=False)
    changes = {
        MORE: work & ~ruled, AFRESH: work & ~ruled, PRIORITISE: work & ~Q(boost=act.boost), HOLD: Q(held_at=None),
        UNHOLD: Q(held_at__isnull=False),
    }[act.do]  # fmt: skip
    sums = seen.aggregate(
        n=Count("pk"), ruled=Count("pk", filter=work & ruled), not_work=Count("pk", filter=~work),
        changed=Count("pk", filter=changes), yardsticks=Count("pk", filter=changes & Q(is_yardstick=True)),
        unfilled=Sum(F("target") - F("n_done") - F("n_active"), filter=changes & ~Q(state=State.OPEN)),
    )  # fmt: skip
    slots = _slots(act, policy, sums)
    reopens = act.do in (MORE, AFRESH)
    n_more_than_seen = sums["n"] == COUNTED and rows.values("pk")[COUNTED : COUNTED + 1].exists()
    return Preview(
        n_items=sums["n"], exact=all_seen and not n_more_than_seen, ruled=sums["ruled"] if reopens else 0,
        not_work=sums["not_work"] if act.do not in (HOLD, UNHOLD) else 0, changed=sums["changed"], slots=slots,
        cost=slots * policy.price_label, room=_room(chosen.project),
    )  # fmt: skip


def _slots(act: Act, policy: PolicyVersion, sums: dict[str, Any]) -> int:
    if act.do == MORE:
        return int(sums["changed"] * act.n_more + (sums["unfilled"] or 0))
    if act.do == AFRESH:
        others = sums["changed"] - sums["yardsticks"]
        return int(
            sums["yardsticks"] * first_target(policy, yardstick=True) + others * first_target(policy, yardstick=False)
        )
    return 0


def _room(project: Project) -> int | None:
    account = Account.objects.get(project=project)
    return None if account.budget is None else account.budget - account.reserved - account.spent


def start(
    *, chosen: Chosen, act: Act, by: User | None, now: datetime, at_once: int | None = None
) -> Started:  # fmt: skip
    """Do it: up to `at_once` (AT_ONCE) items now, more of them as a job with progress."""
    most = AT_ONCE if at_once is None else at_once
    rows, all_seen = chosen.first_rows()
    items = list(rows[: most + 1]) if all_seen else []
    if all_seen and len(items) <= most:
        changed = sum(_done(item, act, by, now) for item in items)
        return Started(changed=changed, left_alone=len(items) - changed)
    up_to = Item.objects.filter(project=chosen.project).order_by("-pk").values_list("pk", flat=True)[0]
    with transaction.atomic():
        key = new_id()
        job = enqueue(
            KIND, key=key, now=now, project_id=chosen.project.pk, project=chosen.project.pk, by_id=by and by.pk,
            where=plain(chosen.where), ids=list(chosen.ids), act=asdict(act), key_of_job=key, position=0, up_to=up_to,
            changed=0, left_alone=0,
        )  # fmt: skip
        assert job is not None
        record("items.asked", chosen.project, by=by, now=now, project_id=chosen.project.pk, job=job.public_id,
               where=plain(chosen.where), **asdict(act))  # fmt: skip
    return Started(job=job)


def _done(item: Item, act: Act, by: User | None, now: datetime) -> bool:
    """Whether the act changed the item, judged as the item is now."""
    if act.do == PRIORITISE:
        return bool(resolve.prioritise(items=[item], boost=act.boost, reason=act.reason, by=by, now=now))
    if act.do == HOLD:
        return resolve.hold(item=item, reason=act.reason, by=by, now=now)
    if act.do == UNHOLD:
        try:
            return resolve.unhold(item=item, reason=act.reason, by=by, now=now)
        except NotAllowed:
            return False
    return bool(
        resolve.requeue(
            items=[item], n_more=act.n_more, afresh=act.do == AFRESH, reason=act.reason, by=by, now=now
        )
    )  # fmt: skip


def bulk_job(*, now: datetime, key_of_job: str, project: int, by_id: int | None, **_: Any) -> dict[str, Any]:
    """The handler of the job "items": goes on where the job's row says it has come to."""
    began = monotonic()
    found = Project.objects.select_related("policy", "schema", "guideline").get(pk=project)
    by = User.objects.get(pk=by_id) if by_id else None
    _count(found, key_of_job)
    while True:
        rest = _chunk(found, key_of_job, by, now + timedelta(seconds=monotonic() - began))
        if rest is not None:
            return rest


def _chunk(project: Project, key: str, by: User | None, now: datetime) -> dict[str, Any] | None:
    """The next items and the job's new place, together or not at all. The result, when there are no more items."""
    with transaction.atomic():
        # Whoever has the job's row is the only one at work on it; a second worker waits, and goes on from there.
        job = Job.objects.select_for_update(no_key=True).get(kind=KIND, key=key)
        asked = job.arguments
        rows = Chosen(project, asked["where"], asked["ids"]).rows()
        rows = rows.filter(pk__gt=asked["position"], pk__lte=asked["up_to"]).order_by("pk")
        # In PostgreSQL the filter is looked at again once the lock is there: what changed meanwhile is left out.
        items = list(rows.select_for_update(no_key=True, of=("self",))[:CHUNK])
        if not items:
            return {"changed": asked["changed"], "left_alone": asked["left_alone"]}
        changed = sum(_done(item, Act(**asked["act"]), by, now) for item in items)
        asked["position"] = items[-1].pk
        asked["changed"] += changed
        asked["left_alone"] += len(items) - changed
        # The time of the claim moves on, or a long job would be taken for one whose worker died.
        Job.objects.filter(pk=job.pk).update(arguments=asked, done=F("done") + len(items), started_at=now)
    return None


def _count(project: Project, key: str) -> None:
    """How much there is to do, once: background work may count a project."""
    job = Job.objects.get(kind=KIND, key=key)
    if job.total is None:
        asked = job.arguments
        rows = Chosen(project, asked["where"], asked["ids"]).rows().filter(pk__lte=asked["up_to"])
        Job.objects.filter(pk=job.pk).update(total=rows.count())


def _refused(where: str, message: str) -> Invalid:
    return Invalid(f"{where}: {message}", errors=[{"where": where, "message": message}])
