"""Looking for a labeller's next items: where in the queue, with how much gold, and with money set aside for each."""

from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import blake2b

from django.db.models import F

from labelling.assignment import desks, money, queries
from labelling.assignment.desks import Asking
from labelling.assignment.models import Lease, LeaseState
from labelling.assignment.winning import Position, Search, Won, win, window_end
from labelling.ids import new_token
from labelling.projects.models import Member
from labelling.sampling.models import Item, Purpose

# Entries of the queue that are looked at: few, since the next item mostly stands near the head; then more.
NARROW = 80
WINDOWS = (2_000, 20_000)
LOOK_AGAIN_AFTER = timedelta(minutes=1)


def search_for(asking: Asking, count: int, now: datetime) -> Search:
    """What this labeller may have, from where they are in the queue."""
    full_parts, nearest = desks.shares(asking)
    policy = asking.policy
    return Search(
        labeller_id=asking.labeller_id, project_id=asking.project_id, count=min(count, nearest or count), now=now,
        expires_at=now + timedelta(seconds=policy.lease_seconds), queues=desks.open_queues(asking),
        full_parts=full_parts, start=asking.start, window=NARROW + 2 * count, gold_exposure=policy.gold_exposure,
        keep_portions=policy.max_share is not None,
    )  # fmt: skip


def fill(asking: Asking, search: Search, now: datetime) -> tuple[list[Won], bool]:
    """Lease what is wanted, reserving money for another batch when it is needed; False: the budget has none."""
    won: list[Won] = []
    while True:
        found, room = _look(asking, replace(search, count=search.count - len(won)), len(won), now)
        won += found
        if room and len(won) < search.count:
            won += _lease_again(asking, min(room, search.count - len(won)), search.queues, now)
        if room or len(won) == search.count:
            return won, True
        if not open_batch(asking, now):
            return won, False


def _look(asking: Asking, search: Search, before: int, now: datetime) -> tuple[list[Won], int]:
    """Search from where the labeller is in the queue, in wider windows where it holds little but their own.

    Returns what was leased and how many more leases are paid for.
    """
    search = _with_gold(asking, search, before)
    won, room, end = _widening(search)
    if room and len(won) < search.count and search.start is not None and end is None:
        desks.remember(asking, None, until=now)
        more, room, end = _widening(replace(search, start=None, count=search.count - len(won), gold_places=()))
        won += more
    if end is not None:
        desks.remember(asking, won[0].position if won else end, until=now + LOOK_AGAIN_AFTER)
    return won, room


def _widening(search: Search) -> tuple[list[Won], int, Position | None]:
    """What window after window holds, the room that is left, and the end of the last window that was looked through."""
    won, room = win(search)
    wanted, end = search.count, None
    for wider in WINDOWS:
        if len(won) == wanted or not room:
            break
        end = window_end(search)
        if end is None:
            break
        search = replace(search, start=(end[0], end[1] + 1), window=wider, count=wanted - len(won), gold_places=())
        more, room = win(search)
        won += more
    return won, room, end


def open_batch(asking: Asking, now: datetime) -> bool:
    """Reserve money for the labeller's next batch; False: the budget has none."""
    labeller = Member(pk=asking.labeller_id, project_id=asking.project_id)
    return money.open_batch(labeller=labeller, policy=asking.policy, now=now) is not None


def _with_gold(asking: Asking, search: Search, before: int) -> Search:
    """Which of the next places hidden gold takes: a keyed hash of a labeller and a place, so nobody can foresee it."""
    share = asking.policy.gold_share
    first = asking.n_leased + before + 1
    places = [at for at in range(search.count) if chance(asking.seed, "gold", asking.labeller_key, first + at) < share]
    salt = f"{chance(asking.seed, 'which', asking.labeller_key, first):.17f}"
    return replace(search, gold_places=tuple(at + 1 for at in places), salt=salt)


def chance(seed: int, *parts: object) -> float:
    """A number in [0, 1) that follows from a project's seed and the parts."""
    key = seed.to_bytes(8, "big", signed=True)
    digest = blake2b("\x1f".join(map(str, parts)).encode(), key=key, digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64


def make_room(asking: Asking, count: int, now: datetime) -> bool:
    """Reserve money until `count` more leases are paid for; whether at least one is."""
    room = queries.room(labeller_id=asking.labeller_id)
    while room < count and open_batch(asking, now):
        room += asking.policy.batch_size
    return room > 0


def _lease_again(asking: Asking, count: int, queues: tuple[int, ...], now: datetime) -> list[Won]:
    """Items the labeller let go of, when nothing else is left for them."""
    waiting = queries.put_aside(labeller_id=asking.labeller_id, queues=queues).select_related("item__example")
    leases = list(waiting.select_for_update(skip_locked=True, no_key=True, of=("self", "item"))[:count])
    for lease in leases:
        lease.token = new_token()
        lease.state, lease.leased_at = LeaseState.LIVE, now
        lease.expires_at = now + timedelta(seconds=asking.policy.lease_seconds)
    work = Item.objects.filter(pk__in=[lease.item_id for lease in leases], purpose=Purpose.WORK)
    work.update(n_active=F("n_active") + 1)
    Lease.objects.bulk_update(leases, ["token", "state", "leased_at", "expires_at"])
    return [Won(lease, lease.item.example.payload, (lease.item.priority, lease.item_id)) for lease in leases]
