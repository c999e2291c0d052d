"""Making gold: items whose answer is known, chosen by hand, promoted from an expert's decision, or drawn at random.

Origin is never asked of people where it matters: only an item that the system drew becomes gold of the origin
probability, whoever answers it.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Count, F, QuerySet

from labelling import canonical
from labelling.assignment.models import Lease
from labelling.audit.actions import record
from labelling.consensus.models import Authority, Resolution
from labelling.consensus.queries import standing_resolution
from labelling.errors import Conflict
from labelling.loop.resolve import locked
from labelling.projects import checks
from labelling.projects.models import Project, User
from labelling.sampling import chance
from labelling.sampling.actions import add_gold, check_known_answer
from labelling.sampling.models import Gold, Item, Purpose, SamplingRound, State
from labelling.stats.draw import fractions

LONGEST = 2000
MOST_DRAWN = 1_000
BY_PEOPLE = (Gold.Origin.CHOSEN, Gold.Origin.DECISION)


class GoldAlready(Conflict):
    """The item's answer is known already; another one comes by a dispute, so that who it hurt gets credit."""

    code = "gold_already"


class NothingToPromote(Conflict):
    """Only the answer of an expert can be promoted."""

    code = "nothing_to_promote"


class NothingToDraw(Conflict):
    """The round has fewer unlabelled items than were asked for."""

    code = "nothing_to_draw"


class NotDrawn(Conflict):
    """The item doesn't wait for an answer."""

    code = "not_drawn"


@dataclass(frozen=True)
class Made:
    """created: now; else the item had this answer already."""

    gold: Gold
    created: bool


@dataclass(frozen=True)
class Drawn:
    """items: by key; seed: with which they were drawn from n_candidates."""

    items: list[Item]
    seed: int
    n_candidates: int


@transaction.atomic
def make_gold(
    *,
    item: Item,
    answer: Any,
    reason: str,
    by: User,
    now: datetime,
    purpose: str = Purpose.GOLD,
    origin: str | None = None,
) -> Made:
    """Make an item gold or training: by hand, from the decision that stands, or by answering one that was drawn.

    origin: chosen (the default) or decision, whose answer may be left out (None). The same again changes nothing.
    Raises Invalid, AlreadyLabelled, GoldAlready, NothingToPromote.
    """
    if origin is not None and origin not in BY_PEOPLE:
        raise checks.invalid("origin", "must be chosen or decision; probability is given to items drawn at random")
    item = locked(item)
    if item.purpose == Purpose.ERASED:
        raise Conflict("The content of this item was erased: it can't be gold.")
    if is_waiting(item):
        if origin is not None or purpose != Purpose.GOLD:
            raise checks.invalid("origin", "this item was drawn at random to be gold: leave origin and purpose out")
        return Made(answer_drawn(item=item, answer=answer, reason=reason, by=by, now=now), created=True)
    if item.purpose != Purpose.WORK:
        return Made(_same(item, answer, purpose), created=False)
    if origin == Gold.Origin.DECISION:
        return Made(_promote(item, answer, purpose, reason, by, now), created=True)
    if answer is None:
        raise checks.invalid("answer", "say which answer is right")
    gold = add_gold(item=item, answer=answer, origin=Gold.Origin.CHOSEN, by=by, reason=reason, now=now, purpose=purpose)
    return Made(gold, created=True)


def _same(item: Item, answer: Any, purpose: str) -> Gold:
    gold = Gold.objects.filter(item=item, closed_at=None).first()
    if gold is None:
        raise GoldAlready("This item was gold and is retired: it is given to nobody any more.")
    if purpose != item.purpose or (answer is not None and check_known_answer(item, answer) != gold.answer):
        raise GoldAlready(
            f"This item is {item.purpose} with another answer or purpose. Dispute it on the page Gold: correcting it "
            "there puts right the record of everybody who answered it."
        )
    return gold


def _promote(item: Item, answer: Any, purpose: str, reason: str, by: User, now: datetime) -> Gold:
    """The item leaves the work for good: its labels are of a pass that is over, and it is in no later version."""
    standing = standing_resolution(item)
    if standing is None or standing.authority != Authority.EXPERT or not standing.answer:
        raise NothingToPromote("No expert's answer stands for this item. Choose it by hand, or have it decided first.")
    if answer is not None and check_known_answer(item, answer) != standing.answer:
        raise checks.invalid("answer", "is not what the expert decided; leave it out")
    if purpose not in (Purpose.GOLD, Purpose.TRAINING):
        raise checks.invalid("purpose", "must be gold or training")
    if item.n_active:
        raise Conflict("Somebody holds this item at the moment. Try again when they have answered or let go of it.")
    text = check_known_answer(item, canonical.loads(standing.answer))
    reason = checks.check_text(reason, field="reason", most=LONGEST, empty=True) or standing.reason
    Resolution.objects.filter(pk=standing.pk).update(closed_at=now, closed_because="made_gold")
    _leave_work(item, purpose, now)
    gold = Gold.objects.create(
        item=item, answer=text, reason=reason, origin=Gold.Origin.DECISION, created_at=now, created_by=by
    )
    record("gold.promoted", item, by=by, now=now, project_id=item.project_id, answer=text, purpose=purpose,
           resolution=standing.public_id, reason=reason)  # fmt: skip
    return gold


def _leave_work(item: Item, purpose: str, now: datetime) -> None:
    """The first run of gold is the next pass; who had the item before has seen it, and gets it no more."""
    seen = Lease.objects.filter(item=item).aggregate(n=Count("labeller", distinct=True))["n"]
    Item.objects.filter(pk=item.pk).update(
        purpose=purpose, state=State.OPEN, state_at=now, pass_number=F("pass_number") + 1, n_done=0, n_abstained=0,
        target=chance.first_target(item.project.policy_in_force, yardstick=item.is_yardstick), n_exposed=seen,
    )  # fmt: skip


def untouched(items: QuerySet[Item]) -> QuerySet[Item]:
    """Those that nobody was ever given."""
    return items.filter(purpose=Purpose.WORK, state=State.OPEN, n_active=0, n_done=0, leases=None, held_at=None)


def may_be_gold(item: Item, standing: Resolution | None) -> bool:
    """Whether an owner can make it gold now: it is work, and nobody was given it or an expert's answer stands."""
    if item.purpose != Purpose.WORK:
        return False
    decided = standing is not None and standing.authority == Authority.EXPERT and bool(standing.answer)
    return decided or untouched(Item.objects.filter(pk=item.pk)).exists()


@transaction.atomic
def draw_gold(*, sampling_round: SamplingRound, n: int, by: User, now: datetime, seed: int | None = None) -> Drawn:
    """Draw n gold items at random from those of a round that nobody was given, each equally likely.

    They leave the work and wait for an answer (`answer_drawn`). seed: follows from the project's and from how many of
    the round were drawn before, if None. Raises Invalid, NothingToDraw.
    """
    if isinstance(n, bool) or not isinstance(n, int) or not 1 <= n <= MOST_DRAWN:
        raise checks.invalid("n", f"must be a whole number from 1 to {MOST_DRAWN:,}")
    project = Project.objects.select_for_update(no_key=True).get(pk=sampling_round.project_id)
    items = Item.objects.filter(round=sampling_round)
    if seed is None:
        seed = _seed(project, sampling_round, items.exclude(purpose=Purpose.WORK).count())
    free = list(untouched(items).order_by("pk").values_list("pk", "example__external_id"))
    if len(free) < n:
        raise NothingToDraw(
            f"Round {sampling_round.number} has {len(free)} items that nobody was given; draw at most so many, or draw "
            "a new round first."
        )
    drawn = fractions(len(free), [key for _, key in free], checks.check_seed(seed)).argsort(kind="stable")[:n]
    chosen = sorted(free[at][0] for at in drawn)
    list(Item.objects.filter(pk__in=chosen).order_by("pk").select_for_update(no_key=True).values_list("pk"))
    if untouched(Item.objects.filter(pk__in=chosen)).update(purpose=Purpose.GOLD, held_at=now) != n:
        raise NothingToDraw("Somebody was given one of the drawn items just now. Nothing was changed; draw again.")
    made = list(Item.objects.filter(pk__in=chosen).select_related("example").order_by("example__external_id"))
    record("gold.drawn", sampling_round, by=by, now=now, project_id=project.pk, n=n, n_candidates=len(free),
           seed=seed, items=[item.public_id for item in made])  # fmt: skip
    return Drawn(made, seed, len(free))


def _seed(project: Project, sampling_round: SamplingRound, before: int) -> int:
    return int(chance.fraction(project.seed, f"gold of round {sampling_round.number}", str(before)) * 2**53)


def waiting(project: Project) -> QuerySet[Item]:
    """Items that were drawn to be gold and wait for an answer, in the order of their rows."""
    rows = Item.objects.filter(project=project, purpose=Purpose.GOLD, golds=None, held_at__isnull=False)
    return rows.select_related("example").order_by("pk")


def is_waiting(item: Item) -> bool:
    """Whether an item was drawn to be gold and has no answer yet."""
    return item.purpose == Purpose.GOLD and item.held_at is not None and not Gold.objects.filter(item=item).exists()


@transaction.atomic
def answer_drawn(*, item: Item, answer: Any, reason: str, by: User, now: datetime) -> Gold:
    """Say what is right of an item that was drawn: from now on it is gold of the origin probability.

    Raises Invalid, NotDrawn.
    """
    item = locked(item)
    if not is_waiting(item):
        raise NotDrawn("This item doesn't wait for an answer: it was answered meanwhile, or was never drawn.")
    text = check_known_answer(item, answer)
    reason = checks.check_text(reason, field="reason", most=LONGEST, empty=True)
    gold = Gold.objects.create(
        item=item, answer=text, reason=reason, origin=Gold.Origin.PROBABILITY, created_at=now, created_by=by
    )
    Item.objects.filter(pk=item.pk).update(held_at=None)
    record("gold.answered", item, by=by, now=now, project_id=item.project_id, answer=text, reason=reason)
    return gold


@transaction.atomic
def leave_out(*, item: Item, reason: str, by: User, now: datetime) -> Item:
    """Give a drawn item that nobody can answer back to the work. Raises Invalid without a reason, NotDrawn."""
    reason = checks.check_text(reason, field="reason", most=LONGEST)
    item = locked(item)
    if not is_waiting(item):
        raise NotDrawn("This item doesn't wait for an answer: it was answered meanwhile, or was never drawn.")
    Item.objects.filter(pk=item.pk).update(purpose=Purpose.WORK, held_at=None)
    record("gold.left_out", item, by=by, now=now, project_id=item.project_id, reason=reason)
    return item
