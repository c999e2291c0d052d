"""Who labels what next: leases won, kept, let go of and run out; batches closed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b

from django.db import transaction
from django.db.models import Case, Count, F, When

from labelling.assignment import money, queries
from labelling.assignment.errors import BudgetSpent, LeaseExpired, LeaseUnknown
from labelling.assignment.models import Batch, Lease, LeaseState
from labelling.assignment.queries import Reason
from labelling.ids import new_token
from labelling.projects.models import Member, Project
from labelling.sampling.models import Item, Purpose

MOST_AT_ONCE = 50
SWEEP_AT_ONCE = 5000
LOCKED_AT_ONCE = 1000
CLOSES_AFTER_LABELS = 10
CLOSES_AFTER = timedelta(minutes=10)
FULL_WHEN_IDLE = timedelta(days=1)
GOLD_LOOK_AHEAD = 20

PAUSED = Reason("paused", "The owner has paused this project. Nothing you did is lost.")
SUSPENDED = Reason("suspended", "You get no new items in this project. Ask its owner why.")
BUDGET_SPENT = Reason("budget_spent", "The project's budget is spent, so there is no more work for now.")


@dataclass(frozen=True)
class LeaseReply:
    """What was leased, in the order to show it; `reason` says why it is nothing."""

    leases: list[Lease]
    reason: Reason | None


def lease_items(*, labeller: Member, count: int, now: datetime) -> LeaseReply:
    """Lease up to `count` items to a labeller, the most valuable first, gold mixed in.

    Live leases never exceed what the labeller's batches have reserved money for, nor an item's target.
    """
    with transaction.atomic():
        labeller = (
            Member.objects.select_for_update(no_key=True, of=("self",))
            .select_related("project__policy")
            .get(pk=labeller.pk)
        )
        project = labeller.project
        barred = PAUSED if project.paused_at else SUSPENDED if labeller.suspended_at else None
        if barred:
            return LeaseReply([], barred)
        count = min(count, MOST_AT_ONCE)
        affordable = _make_room(labeller, count, now)
        if not affordable:
            return LeaseReply([], BUDGET_SPENT)
        leases = _win(labeller, affordable, now)
        if not leases and expire(project=project, now=now):
            leases = _win(labeller, affordable, now)
        return LeaseReply(leases, None if leases else queries.why_nothing(labeller=labeller, project=project, now=now))


def lease_item(*, labeller: Member, item: Item, now: datetime) -> Lease | None:
    """Lease one particular item to a labeller; None when it has no open slot, or the labeller had it in this pass.

    Raises BudgetSpent.
    """
    with transaction.atomic():
        labeller = (
            Member.objects.select_for_update(no_key=True, of=("self",))
            .select_related("project__policy")
            .get(pk=labeller.pk)
        )
        if not _make_room(labeller, 1, now):
            raise BudgetSpent(BUDGET_SPENT.message)
        free = queries.never_leased(labeller=labeller).filter(pk=item.pk).select_for_update(no_key=True, of=("self",))
        leases = _lease_new(labeller, list(free), now)
        return leases[0] if leases else None


def _make_room(labeller: Member, count: int, now: datetime) -> int:
    room = queries.room(labeller=labeller)
    while room < count:
        batch = money.open_batch(labeller=labeller, policy=labeller.project.policy_in_force, now=now)
        if batch is None:
            break
        room += batch.size
    return max(0, min(room, count))


def _win(labeller: Member, count: int, now: datetime) -> list[Lease]:
    fresh = list(
        queries.never_leased(labeller=labeller).select_for_update(skip_locked=True, no_key=True, of=("self",))[:count]
    )
    shown = _mix_gold(labeller, fresh)[:count]
    leases = _lease_new(labeller, shown, now)
    if len(leases) < count:
        leases += _lease_again(labeller, count - len(leases), now)
    return leases


def _mix_gold(labeller: Member, items: Sequence[Item]) -> list[Item]:
    """Put gold before some items: which ones follows from a keyed hash, so nobody can tell where gold will come."""
    share = labeller.project.policy_in_force.gold_share
    places = [item for item in items if chance(labeller.project, "gold", labeller.public_id, item.public_id) < share]
    if not places:
        return list(items)
    gold = list(queries.unseen_gold(labeller=labeller)[:GOLD_LOOK_AHEAD])
    gold.sort(key=lambda item: chance(labeller.project, "which", labeller.public_id, item.public_id))
    before = dict(zip((item.pk for item in places), gold, strict=False))
    return [shown for item in items for shown in ([before[item.pk], item] if item.pk in before else [item])]


def chance(project: Project, *parts: str) -> float:
    """A number in [0, 1) that follows from the project's seed and the parts."""
    key = project.seed.to_bytes(8, "big", signed=True)
    digest = blake2b("\x1f".join(parts).encode(), key=key, digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64


def _lease_new(labeller: Member, items: Sequence[Item], now: datetime) -> list[Lease]:
    expires_at = now + timedelta(seconds=labeller.project.policy_in_force.lease_seconds)
    leases = [
        Lease(labeller=labeller, item=item, pass_number=item.pass_number, leased_at=now, expires_at=expires_at)
        for item in items
    ]
    _take_slots([item.pk for item in items])
    return Lease.objects.bulk_create(leases)


def _lease_again(labeller: Member, count: int, now: datetime) -> list[Lease]:
    waiting = queries.put_aside(labeller=labeller).select_related("item")
    leases = list(waiting.select_for_update(skip_locked=True, no_key=True, of=("self", "item"))[:count])
    for lease in leases:
        lease.token = new_token()
        lease.state, lease.leased_at = LeaseState.LIVE, now
        lease.expires_at = now + timedelta(seconds=labeller.project.policy_in_force.lease_seconds)
    _take_slots([lease.item_id for lease in leases])
    Lease.objects.bulk_update(leases, ["token", "state", "leased_at", "expires_at"])
    return leases


def _take_slots(item_ids: Sequence[int]) -> None:
    """The check constraint refuses what would go over a target; gold has no slots."""
    if item_ids:
        Item.objects.filter(pk__in=item_ids, purpose=Purpose.WORK).update(n_active=F("n_active") + 1)


def heartbeat(*, token: str, labeller: Member, now: datetime) -> Lease:
    """Keep a live lease for the policy's time from now on. Raises LeaseUnknown, or LeaseExpired when it is over."""
    lease = _own(token, labeller)
    expires_at = now + timedelta(seconds=labeller.project.policy_in_force.lease_seconds)
    if not Lease.objects.filter(pk=lease.pk, token=token, state=LeaseState.LIVE).update(expires_at=expires_at):
        raise LeaseExpired("This lease is over. Ask for the item again; your answer is kept on this device.")
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
            raise LeaseExpired("This item is already answered; undo the answer to change it.")
        return lease


def _own(token: str, labeller: Member) -> Lease:
    lease = Lease.objects.filter(token=token, labeller=labeller).first()
    if lease is None:
        raise LeaseUnknown("There is no lease with this token for you. Ask for items again.")
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


def expire(*, project: Project | None = None, now: datetime, limit: int = SWEEP_AT_ONCE) -> int:
    """End live leases that ran out, of one project or of all; returns how many.

    Waits for nobody: a lease or an item that somebody is changing is left for the next time.
    """
    with transaction.atomic():
        over = Lease.objects.filter(state=LeaseState.LIVE, expires_at__lte=now).order_by("expires_at")
        if project is not None:
            over = over.filter(item__project=project)
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
    Batch.objects.filter(full_at=None, opened_at__lte=now - FULL_WHEN_IDLE).update(full_at=now)
    ready = Batch.objects.filter(closed_at=None, full_at__lte=now - CLOSES_AFTER).select_related("labeller")
    return sum(money.settle(batch=batch, now=now) for batch in ready[:SWEEP_AT_ONCE])
