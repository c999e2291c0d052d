"""Why a labeller who asked for work got none: a stable word, and a sentence that says what to do."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q
from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy

from labelling.assignment.desks import Asking
from labelling.assignment.models import Lease, LeaseState
from labelling.assignment.winning import Search
from labelling.sampling.models import Item, Purpose, State


@dataclass(frozen=True)
class Reason:
    """Why there is less to label than was asked for, in a stable word and in a sentence."""

    code: str
    message: str | Promise
    until: datetime | None = None


PAUSED = Reason("paused", gettext_lazy("The owner has paused this project. Nothing you did is lost."))
SUSPENDED = Reason("suspended", gettext_lazy("You get no new items in this project. Ask its owner why."))
DAILY_LIMIT = Reason(
    "daily_limit",
    gettext_lazy(
        "You have been given as many items as one day (UTC) allows here. Go on tomorrow, or where you left some open."
    ),
)
HANDS_FULL = Reason(
    "hands_full", gettext_lazy("You hold a hundred items already. Answer some of them, or give them back, first.")
)
BUDGET_SPENT = Reason("budget_spent", gettext_lazy("The project's budget is spent, so there is no more work for now."))
ALL_SEEN = Reason(
    "all_seen", gettext_lazy("You have answered everything that is open. What is left needs other people.")
)
WAITING = Reason("waiting", gettext_lazy("The last answers are being worked out. Look again in a moment."))
NOTHING_OPEN = Reason(
    "nothing_open", gettext_lazy("There is nothing to label now. All items are done, or none were sampled yet.")
)
SKILLS_MISSING = Reason(
    "skills_missing",
    gettext_lazy("What is open needs a skill that is not noted for you. Tell the owner if you have it."),
)
SHARE_REACHED = Reason(
    "share_reached",
    gettext_lazy("You have done your share of what is open, so that no one person decides it. Others do the rest."),
)
NOT_QUALIFIED = Reason(
    "not_qualified",
    gettext_lazy(
        "You have done all the practice items there are, and that was not enough. Ask the owner how to go on."
    ),
)
PRACTICE_MISSING = Reason(
    "practice_missing",
    gettext_lazy("Work begins with practice items here, and there are none yet. Ask the owner for them."),
)


def why_nothing(*, asking: Asking, search: Search, now: datetime) -> Reason:
    """In words: why a labeller who asked got nothing. Every question stops at the first row."""
    items = Item.objects.filter(project=asking.project_id, purpose=Purpose.WORK, state=State.OPEN)
    theirs = Q(queue=None) | Q(queue__in=search.queues)
    free = items.filter(is_open=True)
    anything_free = free.exists()
    if anything_free:
        if not free.filter(theirs).exists():
            return SKILLS_MISSING
        if search.full_parts and not free.filter(theirs).exclude(part__in=search.full_parts).exists():
            return SHARE_REACHED
    held = _held_elsewhere(asking, now)
    if held or anything_free:
        return held or ALL_SEEN
    next_back = (
        Lease.objects.filter(labeller__project=asking.project_id, state=LeaseState.LIVE, expires_at__gt=now)
        .exclude(labeller=asking.labeller_id)
        .filter(Exists(Item.objects.filter(pk=OuterRef("item"), purpose=Purpose.WORK)))
        .order_by("expires_at")
        .values_list("expires_at", flat=True)
        .first()
    )
    if next_back:
        back = gettext("Everything open is with other people. If they leave it, it is back by %(time)s UTC.")
        return Reason("all_leased", back % {"time": f"{next_back:%H:%M}"}, next_back)
    return WAITING if items.exists() else NOTHING_OPEN


def _held_elsewhere(asking: Asking, now: datetime) -> Reason | None:
    """What is open for them is theirs already: leased by another page of theirs, or one that was killed.

    Gold counts, or what is said would tell it apart.
    """
    if not asking.n_live:
        return None
    own = Lease.objects.filter(labeller=asking.labeller_id, state=LeaseState.LIVE, expires_at__gt=now)
    until = own.order_by("expires_at").values_list("expires_at", flat=True).first()
    if until is None:
        return None
    held = gettext(
        "What is open for you is still held by another page or device of yours."
        " It comes back when that page is closed, or by %(time)s UTC."
    )
    return Reason("held_elsewhere", held % {"time": f"{until:%H:%M}"}, until)


def why_no_practice(asking: Asking) -> Reason:
    """Why a labeller who must qualify got no training item."""
    practice = Item.objects.filter(project=asking.project_id, purpose=Purpose.TRAINING, held_at=None)
    return NOT_QUALIFIED if practice.exists() else PRACTICE_MISSING
