"""Reads of the path of a label; each touches a bounded number of rows, however large the project."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, F, OuterRef, QuerySet, Sum

from labelling.assignment.models import Batch, Label, Lease, LeaseState
from labelling.projects.models import Member, Project
from labelling.sampling.models import Item, Purpose, State

UNDO_REACH = 10


@dataclass(frozen=True)
class Reason:
    """Why there is less to label than was asked for, in a stable word and in a sentence."""

    code: str
    message: str


def never_leased(*, labeller: Member) -> QuerySet[Item]:
    """Open items this labeller had no lease on in the current pass, the most valuable first."""
    own = Lease.objects.filter(labeller=labeller, item=OuterRef("pk"), pass_number=OuterRef("pass_number"))
    return Item.objects.filter(~Exists(own), project=labeller.project_id, is_open=True).order_by(
        F("priority").desc(), "id"
    )


def put_aside(*, labeller: Member) -> QuerySet[Lease]:
    """Leases this labeller let go of (skipped, released, run out) on items that are still open."""
    let_go = [LeaseState.SKIPPED, LeaseState.RELEASED, LeaseState.EXPIRED]
    return Lease.objects.filter(
        labeller=labeller, state__in=let_go, item__is_open=True, pass_number=F("item__pass_number")
    ).order_by("leased_at", "id")


def unseen_gold(*, labeller: Member) -> QuerySet[Item]:
    """Gold this labeller was never given."""
    own = Lease.objects.filter(labeller=labeller, item=OuterRef("pk"))
    return Item.objects.filter(~Exists(own), project=labeller.project_id, purpose=Purpose.GOLD).order_by("id")


def live_leases(*, labeller: Member) -> QuerySet[Lease]:
    return Lease.objects.filter(labeller=labeller, state=LeaseState.LIVE)


def room(*, labeller: Member) -> int:
    """Labels this labeller's open batches still have a paid place for, live leases counted as used."""
    places = Batch.objects.filter(labeller=labeller, full_at=None).aggregate(n=Sum(F("size") - F("n_labels")))["n"]
    return (places or 0) - live_leases(labeller=labeller).count()


def last_labels(*, labeller: Member, limit: int = UNDO_REACH) -> QuerySet[Label]:
    """The labeller's newest standing labels, newest first."""
    return Label.objects.standing().filter(labeller=labeller).order_by("-id")[:limit]


def why_nothing(*, labeller: Member, project: Project, now: datetime) -> Reason:
    """In words: why a labeller who asked got nothing. Every question stops at the first row."""
    items = Item.objects.filter(project=project, purpose=Purpose.WORK, state=State.OPEN)
    if items.filter(is_open=True).exists():
        return Reason("all_seen", "You have answered everything that is open. What is left needs other people.")
    next_back = (
        Lease.objects.filter(item__project=project, state=LeaseState.LIVE, expires_at__gt=now)
        .exclude(labeller=labeller)
        .order_by("expires_at")
        .values_list("expires_at", flat=True)
        .first()
    )
    if next_back:
        back = f"{next_back:%H:%M} UTC"
        return Reason("all_leased", f"Everything open is with other people. If they leave it, it is back by {back}.")
    if items.exists():
        return Reason("waiting", "The last answers are being worked out. Look again in a moment.")
    return Reason("nothing_open", "There is nothing to label now. All items are done, or none were sampled yet.")
