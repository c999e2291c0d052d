"""Reads of the path of a label; each touches a bounded number of rows, however large the project."""

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Sum

from labelling.assignment.models import LET_GO, Batch, Label, Lease, LeaseState
from labelling.projects.models import Member
from labelling.sampling.models import Item, Purpose

UNDO_REACH = 10


def never_leased(*, labeller: Member) -> QuerySet[Item]:
    """Open items this labeller had no lease on in the current pass, the most valuable first."""
    own = Lease.objects.filter(labeller=labeller, item=OuterRef("pk"), pass_number=OuterRef("pass_number"))
    return Item.objects.filter(~Exists(own), project=labeller.project_id, is_open=True).order_by(
        F("priority").desc(), "id"
    )


def put_aside(*, labeller_id: int, queues: tuple[int, ...]) -> QuerySet[Lease]:
    """Leases this labeller let go of (skipped, released, run out) on items that are open and theirs to have.

    Gold comes back as work does, or staying away would tell what it is; and never when there is only gold.
    """
    own = Lease.objects.filter(labeller=labeller_id, state__in=LET_GO)
    theirs = Q(item__queue=None) | Q(item__queue__in=queues)
    work = Q(theirs, item__is_open=True, pass_number=F("item__pass_number"))
    gold = Q(Exists(own.filter(work)), item__purpose=Purpose.GOLD, item__held_at=None)
    return own.filter(work | gold).order_by("leased_at", "id")


def unseen_known(*, labeller_id: int, project_id: int, purpose: str, queues: tuple[int, ...]) -> QuerySet[Item]:
    """Gold or training items this labeller was never given and has the skills for, those given to the fewest first."""
    theirs = Q(queue=None) | Q(queue__in=queues)
    own = Lease.objects.filter(labeller=labeller_id, item=OuterRef("pk"))
    known = Item.objects.filter(project=project_id, purpose=purpose, held_at=None)
    return known.filter(theirs, ~Exists(own)).select_related("example").order_by("n_exposed", "id")


def live_leases(*, labeller: Member | int) -> QuerySet[Lease]:
    return Lease.objects.filter(labeller=labeller, state=LeaseState.LIVE)


def room(*, labeller_id: int) -> int:
    """Labels this labeller's open batches still have a paid place for, live leases counted as used."""
    places = Batch.objects.filter(labeller=labeller_id, full_at=None).aggregate(n=Sum(F("size") - F("n_labels")))["n"]
    return (places or 0) - live_leases(labeller=labeller_id).count()


def last_labels(*, labeller: Member, limit: int = UNDO_REACH) -> QuerySet[Label]:
    """The labeller's newest standing labels, newest first."""
    return Label.objects.standing().filter(labeller=labeller).order_by("-id")[:limit]
