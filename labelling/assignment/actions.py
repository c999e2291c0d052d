"""Who labels what next: leases won, kept, let go of and run out; batches closed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Case, Count, Exists, F, OuterRef, When
from django.utils.translation import gettext

from labelling.assignment import desks, money, practice, queries, reasons, searching
from labelling.assignment.desks import Asking
from labelling.assignment.errors import BudgetSpent, LeaseExpired, LeaseUnknown
from labelling.assignment.models import Batch, Lease, LeaseState
from labelling.assignment.practice import Practice
from labelling.assignment.reasons import BUDGET_SPENT, DAILY_LIMIT, HANDS_FULL, PAUSED, SUSPENDED, Reason
from labelling.assignment.suggesting import with_suggestions
from labelling.assignment.winning import Won
from labelling.projects import rules
from labelling.projects.models import ApiToken, Member, SchemaVersion
from labelling.sampling.models import Item, Purpose

MOST_AT_ONCE = 50
# Live leases of one labeller, so that nobody holds a project and its budget.
MOST_HELD = 100
SWEEP_AT_ONCE = 5000
LOCKED_AT_ONCE = 1000
CLOSES_AFTER_LABELS = 10
CLOSES_AFTER = timedelta(minutes=10)
FULL_WHEN_IDLE = timedelta(days=1)


@dataclass(frozen=True)
class LeaseReply:
    """What was leased, in the order to show it, and to whom; `reason` says why it is nothing."""

    asking: Asking
    won: list[Won]
    reason: Reason | None

    @property
    def leases(self) -> list[Lease]:
        return [one.lease for one in self.won]

    @property
    def schema(self) -> SchemaVersion:
        """What the labeller is asked, and so which fields they are shown."""
        return rules.schema(self.asking.project_key, self.asking.schema_id)

    @property
    def practice(self) -> Practice | None:
        """How far the labeller is with the qualification, while there is one to pass."""
        if not self.asking.must_practise:
            return None
        return practice.practice_of(labeller_id=self.asking.labeller_id, policy=self.asking.policy)


def lease_items(*, labeller: Member, count: int, now: datetime) -> LeaseReply:
    """Lease up to `count` items to a labeller, the most valuable first, gold mixed in.

    Live leases never exceed what the labeller's batches have reserved money for, nor an item's target.
    """
    with transaction.atomic():
        return _lease(desks.lock(labeller_id=labeller.pk, now=now), count, now)


def lease_items_by_user(
    *, user_id: int, key: ApiToken | None, project: str, count: int, now: datetime
) -> LeaseReply | None:
    """The same for who comes over HTTP, perhaps with a remembered key; None when the user is no labeller of a project
    with that slug or public id, or the key stands no more or is for another one."""
    with transaction.atomic():
        asking = desks.lock_by_user(user_id=user_id, key=key, project=project, now=now)
        return None if asking is None else _lease(asking, count, now)


def _lease(asking: Asking, count: int, now: datetime) -> LeaseReply:
    reason = PAUSED if asking.paused else SUSPENDED if asking.suspended else None
    if reason is None and asking.must_practise:
        return _lease_practice(asking, now)
    policy = asking.policy
    count = min(count, MOST_AT_ONCE, MOST_HELD - asking.n_live)
    if reason is None and count <= 0:
        reason = HANDS_FULL
    if reason is None and policy.daily_limit is not None:
        count = min(count, desks.left_today(labeller_id=asking.labeller_id, limit=policy.daily_limit, now=now))
        reason = None if count else DAILY_LIMIT
    if reason is not None:
        desks.seen(labeller_id=asking.labeller_id, now=now)
        return LeaseReply(asking, [], reason)
    search = searching.search_for(asking, count, now)
    won, affordable = searching.fill(asking, search, now)
    if not won and affordable and expire(project_id=asking.project_id, now=now):
        won, affordable = searching.fill(asking, replace(search, start=None), now)
    if won:
        return LeaseReply(asking, with_suggestions(asking, won), None)
    return LeaseReply(
        asking, [], reasons.why_nothing(asking=asking, search=search, now=now) if affordable else BUDGET_SPENT
    )


def _lease_practice(asking: Asking, now: datetime) -> LeaseReply:
    if not searching.make_room(asking, 1, now):
        desks.seen(labeller_id=asking.labeller_id, now=now)
        return LeaseReply(asking, [], BUDGET_SPENT)
    # One at a time: what is told of an answer comes before the next item.
    leases = practice.lease_practice(asking, count=1, now=now)
    won = with_suggestions(asking, [Won(lease, lease.item.example.payload, (0.0, 0)) for lease in leases])
    return LeaseReply(asking, won, None if won else reasons.why_no_practice(asking))


def lease_item(*, labeller: Member, item: Item, now: datetime) -> Lease | None:
    """Lease one particular item to a labeller; None when it has no open slot, or the labeller had it in this pass.

    Raises BudgetSpent.
    """
    with transaction.atomic():
        asking = desks.lock(labeller_id=labeller.pk, now=now)
        if not searching.make_room(asking, 1, now):
            raise BudgetSpent(str(BUDGET_SPENT.message))
        free = queries.never_leased(labeller=labeller).filter(pk=item.pk).select_for_update(no_key=True, of=("self",))
        for one in free:
            expires_at = now + timedelta(seconds=asking.policy.lease_seconds)
            Item.objects.filter(pk=one.pk).update(n_active=F("n_active") + 1)
            return Lease.objects.create(
                labeller=labeller, item=one, pass_number=one.pass_number, leased_at=now, expires_at=expires_at
            )
        return None


def heartbeat(*, token: str, labeller: Member, now: datetime) -> Lease:
    """Keep a live lease for the policy's time from now on. Raises LeaseUnknown, or LeaseExpired when it is over."""
    lease = _own(token, labeller)
    expires_at = now + timedelta(seconds=labeller.project.policy_in_force.lease_seconds)
    if not Lease.objects.filter(pk=lease.pk, token=token, state=LeaseState.LIVE).update(expires_at=expires_at):
        raise LeaseExpired(gettext("This lease is over. Ask for the item again; your answer is kept on this device."))
    lease.expires_at = expires_at
    return lease


def release(*, token: str, labeller: Member, now: datetime) -> Lease:
    """Give an item back unlabelled; again is harmless."""
    return _let_go(token, labeller, LeaseState.RELEASED)


def skip(*, token: str, labeller: Member, now: datetime) -> Lease:
    """Not now: the item goes to others first, and comes back to this labeller when nothing else is left."""
    return _let_go(token, labeller, LeaseState.SKIPPED)


def _let_go(token: str, labeller: Member, state: LeaseState) -> Lease:
    with transaction.atomic():
        lease = _own(token, labeller)
        if Lease.objects.filter(pk=lease.pk, token=token, state=LeaseState.LIVE).update(state=state):
            _free_slots([lease])
        elif lease.state == LeaseState.DONE:
            raise LeaseExpired(gettext("This item is already answered; undo the answer to change it."))
        return lease


def _own(token: str, labeller: Member) -> Lease:
    lease = Lease.objects.filter(token=token, labeller=labeller).first()
    if lease is None:
        raise LeaseUnknown(gettext("There is no lease with this token for you. Ask for items again."))
    return lease


def _free_slots(leases: Sequence[Lease]) -> None:
    """Take ended leases off their items' counters; leases of an earlier pass were taken off when it ended."""
    ids = [lease.pk for lease in leases]
    # Before the passes are compared: an item that is sent back meanwhile begins the next one.
    lock_items({lease.item_id for lease in leases})
    held = (
        Lease.objects.filter(pk__in=ids, item__purpose=Purpose.WORK, pass_number=F("item__pass_number"))
        .values("item")
        .annotate(n=Count("pk"))
        .values_list("item", "n")
    )
    numbers = dict(held)
    if numbers:
        freed = Case(*(When(pk=item, then=n) for item, n in numbers.items()))
        Item.objects.filter(pk__in=numbers).update(n_active=F("n_active") - freed)


def lock_items(ids: Iterable[int]) -> None:
    """Lock items in the order of their ids, as everything that changes several of them does first."""
    ordered = sorted(ids)
    for start in range(0, len(ordered), LOCKED_AT_ONCE):
        part = ordered[start : start + LOCKED_AT_ONCE]
        list(Item.objects.filter(pk__in=part).order_by("id").select_for_update(no_key=True).values_list("pk"))


def expire(*, project_id: int | None = None, now: datetime, limit: int = SWEEP_AT_ONCE) -> int:
    """End live leases that ran out, of one project or of all; returns how many.

    Waits for nobody: a lease or an item that somebody is changing is left for the next time.
    """
    with transaction.atomic():
        over = Lease.objects.filter(state=LeaseState.LIVE, expires_at__lte=now).order_by("expires_at")
        if project_id is not None:
            over = over.filter(item__project=project_id)
        over = over.select_related("item")
        leases = list(over.select_for_update(skip_locked=True, no_key=True, of=("self", "item"))[:limit])
        if leases:
            Lease.objects.filter(pk__in=[lease.pk for lease in leases]).update(state=LeaseState.EXPIRED)
            _free_slots(leases)
        return len(leases)


def end_leases(leases: Sequence[Lease]) -> None:
    """End live leases whose rows are locked, as their labeller gets no more work."""
    Lease.objects.filter(pk__in=[lease.pk for lease in leases]).update(state=LeaseState.EXPIRED)
    _free_slots(leases)


def sweep(*, now: datetime) -> int:
    """End every live lease that ran out, some thousands at a time; returns how many."""
    total = 0
    while ended := expire(now=now, limit=500):
        total += ended
        if ended < 500 or total >= SWEEP_AT_ONCE:
            break
    return total


def close_batches(*, now: datetime) -> int:
    """Close batches ten labels or ten minutes after they filled, and fill up those left for a day; returns how many."""
    _fill_up_idle(now)
    ready = Batch.objects.filter(closed_at=None, full_at__lte=now - CLOSES_AFTER).select_related("labeller")
    return sum(money.settle(batch=batch, now=now) for batch in ready[:SWEEP_AT_ONCE])


def _fill_up_idle(now: datetime) -> None:
    """Never under a live lease: its place is in there, and is paid for. Whose row is locked is not idle."""
    working = Lease.objects.filter(labeller=OuterRef("labeller"), state=LeaseState.LIVE)
    idle = Batch.objects.filter(~Exists(working), full_at=None, opened_at__lte=now - FULL_WHEN_IDLE)
    with transaction.atomic():
        theirs = Member.objects.filter(pk__in=idle.values("labeller")).order_by("pk")
        free = theirs.select_for_update(skip_locked=True, no_key=True).values_list("pk", flat=True)
        resting = list(free[:LOCKED_AT_ONCE])
        # Looked at again under the lock.
        idle.filter(labeller__in=resting).update(full_at=now)
