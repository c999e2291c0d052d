"""Reads of the path of a label; each touches a bounded number of rows, however large the project."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Sum

from labelling.assignment.models import Batch, Label, Lease, LeaseState
from labelling.projects.models import Member
from labelling.sampling.models import Item, Purpose, State

if TYPE_CHECKING:
    from labelling.assignment.desks import Asking
    from labelling.assignment.winning import Search

UNDO_REACH = 10


@dataclass(frozen=True)
class Reason:
    """Why there is less to label than was asked for, in a stable word and in a sentence."""

    code: str
    message: str
    until: datetime | None = None


ALL_SEEN = Reason("all_seen", "You have answered everything that is open. What is left needs other people.")
WAITING = Reason("waiting", "The last answers are being worked out. Look again in a moment.")
NOTHING_OPEN = Reason("nothing_open", "There is nothing to label now. All items are done, or none were sampled yet.")
SKILLS_MISSING = Reason(
    "skills_missing", "What is open needs a skill that is not noted for you. Tell the owner if you have it."
)
SHARE_REACHED = Reason(
    "share_reached", "You have done your share of what is open, so that no one person decides it. Others do the rest."
)
NOT_QUALIFIED = Reason(
    "not_qualified",
    "You have done all the practice items there are, and that was not enough. Ask the owner how to go on.",
)
PRACTICE_MISSING = Reason(
    "practice_missing", "Work begins with practice items here, and there are none yet. Ask the owner for them."
)


def never_leased(*, labeller: Member) -> QuerySet[Item]:
    """Open items this labeller had no lease on in the current pass, the most valuable first."""
    own = Lease.objects.filter(labeller=labeller, item=OuterRef("pk"), pass_number=OuterRef("pass_number"))
    return Item.objects.filter(~Exists(own), project=labeller.project_id, is_open=True).order_by(
        F("priority").desc(), "id"
    )


def put_aside(*, asking: "Asking") -> QuerySet[Lease]:
    """Leases this labeller let go of (skipped, released, run out) on items that are open and theirs to have."""
    let_go = [LeaseState.SKIPPED, LeaseState.RELEASED, LeaseState.EXPIRED]
    return Lease.objects.filter(
        labeller=asking.labeller_id, state__in=let_go, item__is_open=True, pass_number=F("item__pass_number")
    ).order_by("leased_at", "id")


def unseen_known(*, labeller_id: int, project_id: int, purpose: str) -> QuerySet[Item]:
    """Gold or training items this labeller was never given, those given to the fewest first."""
    own = Lease.objects.filter(labeller=labeller_id, item=OuterRef("pk"))
    known = Item.objects.filter(project=project_id, purpose=purpose, held_at=None)
    return known.filter(~Exists(own)).select_related("example").order_by("n_exposed", "id")


def live_leases(*, labeller: Member | int) -> QuerySet[Lease]:
    return Lease.objects.filter(labeller=labeller, state=LeaseState.LIVE)


def room(*, labeller_id: int) -> int:
    """Labels this labeller's open batches still have a paid place for, live leases counted as used."""
    places = Batch.objects.filter(labeller=labeller_id, full_at=None).aggregate(n=Sum(F("size") - F("n_labels")))["n"]
    return (places or 0) - live_leases(labeller=labeller_id).count()


def last_labels(*, labeller: Member, limit: int = UNDO_REACH) -> QuerySet[Label]:
    """The labeller's newest standing labels, newest first."""
    return Label.objects.standing().filter(labeller=labeller).order_by("-id")[:limit]


def why_nothing(*, asking: "Asking", search: "Search", now: datetime) -> Reason:
    """In words: why a labeller who asked got nothing. Every question stops at the first row."""
    items = Item.objects.filter(project=asking.project_id, purpose=Purpose.WORK, state=State.OPEN)
    theirs = Q(queue=None) | Q(queue__in=search.queues)
    free = items.filter(is_open=True)
    if free.exists():
        if not free.filter(theirs).exists():
            return SKILLS_MISSING
        if search.full_parts and not free.filter(theirs).exclude(part__in=search.full_parts).exists():
            return SHARE_REACHED
        return ALL_SEEN
    next_back = (
        Lease.objects.filter(labeller__project=asking.project_id, state=LeaseState.LIVE, expires_at__gt=now)
        .exclude(labeller=asking.labeller_id)
        .filter(Exists(Item.objects.filter(pk=OuterRef("item"), purpose=Purpose.WORK)))
        .order_by("expires_at")
        .values_list("expires_at", flat=True)
        .first()
    )
    if next_back:
        back = f"{next_back:%H:%M} UTC"
        return Reason(
            "all_leased", f"Everything open is with other people. If they leave it, it is back by {back}.", next_back
        )
    return WAITING if items.exists() else NOTHING_OPEN


def why_no_practice(asking: "Asking") -> Reason:
    """Why a labeller who must qualify got no training item."""
    practice = Item.objects.filter(project=asking.project_id, purpose=Purpose.TRAINING, held_at=None)
    return NOT_QUALIFIED if practice.exists() else PRACTICE_MISSING
