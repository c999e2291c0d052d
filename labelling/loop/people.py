"""A person's work is stopped and goes on: what that means for the items they hold."""

from datetime import datetime

from django.db import transaction

from labelling.assignment.actions import end_leases, lock_items
from labelling.assignment.queries import live_leases
from labelling.projects import actions as projects
from labelling.projects.models import Member, User


@transaction.atomic
def suspend_labeller(*, member: Member, reason: str, by: User | None, now: datetime) -> Member:
    """The member gets no more work, and the items they hold go to others at once. Repeating changes nothing.

    What they gave stays as it is; an answer that comes after this is refused and kept as their draft. A member in
    another role holds no items, and is suspended all the same. Raises Invalid without a reason.
    """
    # Locks come in one order everywhere: labeller, leases, items by id.
    Member.objects.select_for_update(no_key=True).get(pk=member.pk)
    suspended = projects.suspend_member(member=member, reason=reason, by=by, now=now)
    live = list(live_leases(labeller=member).order_by("id").select_for_update(no_key=True))
    lock_items({lease.item_id for lease in live})
    end_leases(live)
    return suspended


@transaction.atomic
def resume_labeller(*, member: Member, by: User | None, now: datetime) -> Member:
    """The member gets work again; nothing of what was let go comes back by itself. Repeating changes nothing."""
    Member.objects.select_for_update(no_key=True).get(pk=member.pk)
    return projects.resume_member(member=member, by=by, now=now)
