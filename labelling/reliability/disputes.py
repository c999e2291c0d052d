"""A known answer is disputed, and the dispute is settled: while it is open, the item is given to nobody."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext

from labelling.audit import actions as audit
from labelling.errors import Conflict, Invalid
from labelling.jobs.actions import enqueue
from labelling.projects import checks
from labelling.projects.models import Member, User
from labelling.reliability import credit
from labelling.reliability.models import GoldDispute
from labelling.sampling.actions import check_known_answer
from labelling.sampling.models import Gold, Item

LONGEST = 2000
MOST_OPEN_BY_ONE = 3
CLOSED = "This dispute is closed already. Load the page again to see what was said to it."

Kind, Outcome = GoldDispute.Kind, GoldDispute.Outcome


class NoKnownAnswer(Conflict):
    """Only an item whose known answer stands can be disputed."""

    code = "no_known_answer"


class AlreadyClosed(Conflict):
    """Somebody closed the dispute before."""

    code = "already_closed"


class TooManyDisputes(Conflict):
    """A labeller waits for answers to the disputes they raised before."""

    code = "too_many_disputes"


@dataclass(frozen=True)
class Raised:
    """created: now; else somebody had raised the same dispute, and what was said is added to it."""

    dispute: GoldDispute
    created: bool


@transaction.atomic
def raise_dispute(
    *,
    item: Item,
    reason: str,
    by: User | None,
    now: datetime,
    kind: str = Kind.DISPUTED,
    evidence: dict[str, Any] | None = None,
) -> Raised:
    """Dispute the known answer of an item, and give the item to nobody until that is settled.

    The same kind of dispute again is added to the open one. Raises Invalid without a reason, NoKnownAnswer.
    """
    reason = checks.check_text(reason, field="reason", most=LONGEST, empty=by is None)
    locked = Item.objects.select_for_update(no_key=True).get(pk=item.pk)
    gold = Gold.objects.filter(item=locked, closed_at=None).first()
    if gold is None:
        raise NoKnownAnswer(gettext("This item has no known answer that could be disputed."))
    before = GoldDispute.objects.filter(gold=gold, kind=kind, closed_at=None).first()
    if before is not None:
        return Raised(_add(before, reason, by, now), created=False)
    dispute = GoldDispute.objects.create(
        project_id=locked.project_id, gold=gold, kind=kind, reason=reason, evidence=evidence or {}, by=by, at=now
    )
    Item.objects.filter(pk=locked.pk, held_at=None).update(held_at=now)
    audit.record(
        "gold.disputed", locked, by=by, now=now, project_id=locked.project_id, dispute=dispute.public_id, kind=kind,
        reason=reason,
    )  # fmt: skip
    return Raised(dispute, created=True)


def _add(dispute: GoldDispute, reason: str, by: User | None, now: datetime) -> GoldDispute:
    """What else is said; the same words by the same person change nothing."""
    said = {"by": by.public_id if by else "", "reason": reason}
    also = dispute.evidence.get("also", [])
    if by is None or (dispute.by_id == by.pk and dispute.reason == reason):
        return dispute
    if said not in [{"by": one["by"], "reason": one["reason"]} for one in also]:
        dispute.evidence["also"] = [*also, {**said, "at": now.isoformat()}]
        dispute.save(update_fields=["evidence"])
    return dispute


def raise_as_labeller(*, item: Item, labeller: Member, reason: str, now: datetime) -> Raised:
    """The same by a labeller, of a training item whose answer they were shown.

    Each open dispute takes an item out of practice, so nobody has more than three. Raises also TooManyDisputes.
    """
    mine = GoldDispute.objects.filter(project=labeller.project_id, by=labeller.user_id, closed_at=None)
    if mine.exclude(gold__item=item).count() >= MOST_OPEN_BY_ONE:
        raise TooManyDisputes(f"You have {MOST_OPEN_BY_ONE} disputes open. The owner settles them first.")
    return raise_dispute(item=item, reason=reason, by=labeller.user, now=now)


@transaction.atomic
def close_dispute(
    *,
    dispute: GoldDispute,
    outcome: str,
    answered: str,
    by: User,
    now: datetime,
    answer: Any = None,
) -> GoldDispute:
    """Settle a dispute: upheld (the answer was right), corrected (`answer` is), or retired (given to nobody any more).

    answered: what is said to it. A correction writes a new known answer, of the same origin, and puts the record of
    everybody who answered the item right at once; rejections are not lifted by it. Correcting and retiring close all
    disputes about the answer. Raises Invalid, AlreadyClosed.
    """
    answered = checks.check_text(answered, field="answered", most=LONGEST)
    dispute.refresh_from_db()
    if dispute.closed_at is not None:
        raise AlreadyClosed(CLOSED)
    item, gold = dispute.gold.item, dispute.gold
    text = _checked(item, gold, outcome, answer)
    credit.lock_labellers(item)
    Item.objects.select_for_update(no_key=True).get(pk=item.pk)
    said = {"outcome": outcome, "answered": answered, "closed_by": by, "closed_at": now}
    if not GoldDispute.objects.filter(pk=dispute.pk, closed_at=None).update(**said):
        raise AlreadyClosed(CLOSED)
    if outcome != Outcome.UPHELD:
        _replace(gold, text, answered, by, now)
        GoldDispute.objects.filter(gold=gold, closed_at=None).update(**said)
        n = credit.give(item=item, before=gold.answer, after=text, by=by, now=now)
        GoldDispute.objects.filter(pk=dispute.pk).update(n_credited=n)
        # A refit that is under way read the old answer, and would write the old record over the new one.
        enqueue("refit", key=str(item.project_id), now=now, project_id=item.project_id, project=item.project_id)
    _let_go(item, outcome)
    audit.record(
        f"gold.{outcome}", item, by=by, now=now, project_id=item.project_id, dispute=dispute.public_id,
        reason=answered, before=gold.answer, after=gold.answer if outcome == Outcome.UPHELD else text,
    )  # fmt: skip
    dispute.refresh_from_db()
    return dispute


def _checked(item: Item, gold: Gold, outcome: str, answer: Any) -> str:
    """The corrected answer as canonical JSON; empty where there is none."""
    if outcome not in Outcome.values:
        raise checks.invalid("outcome", f"must be one of {', '.join(Outcome.values)}")
    if outcome != Outcome.CORRECTED:
        if answer is not None:
            raise checks.invalid("answer", gettext("is only for the outcome corrected; leave it out"))
        return ""
    if answer is None:
        raise checks.invalid("answer", gettext("say which answer is right"))
    text = check_known_answer(item, answer)
    if text == gold.answer:
        raise checks.invalid("answer", gettext("is the one that stands; uphold it, or name another"))
    return text


def _replace(gold: Gold, text: str, reason: str, by: User, now: datetime) -> None:
    """Close the known answer, and write the corrected one if there is one."""
    closed = Gold.objects.filter(pk=gold.pk, closed_at=None).update(closed_at=now)
    if not closed:
        raise Invalid(
            gettext("The known answer was replaced meanwhile, so this dispute is about none. Uphold it to close it.")
        )
    if text:
        Gold.objects.create(
            item_id=gold.item_id, answer=text, reason=reason, origin=gold.origin, created_at=now, created_by=by
        )


def _let_go(item: Item, outcome: str) -> None:
    """Give the item to people again, unless it is retired, disputed otherwise, or was on hold before."""
    disputes = GoldDispute.objects.filter(gold__item=item)
    if outcome == Outcome.RETIRED or disputes.filter(closed_at=None).exists():
        return
    Item.objects.filter(pk=item.pk, held_at__in=list(disputes.values_list("at", flat=True))).update(held_at=None)
