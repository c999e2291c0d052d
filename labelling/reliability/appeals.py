"""A labeller appeals; an owner's answer is written once. What follows from it, `loop.appeals` does."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext

from labelling.assignment.models import RejectedLabel, Rejection
from labelling.audit.actions import record
from labelling.errors import Conflict, Invalid, NotFound
from labelling.pay.models import Withholding, in_force
from labelling.projects.checks import check_text, invalid
from labelling.projects.models import Member, Project, User
from labelling.reliability.models import Appeal

LONGEST = 5000
Subject, Outcome = Appeal.Subject, Appeal.Outcome


class NothingToAppeal(Conflict):
    """What it was about no longer stands."""

    code = "nothing_to_appeal"


class AppealWaits(Conflict):
    """The labeller's appeal about it waits for an answer."""

    code = "appeal_waits"


class AlreadyAnswered(Conflict):
    """Somebody answered the appeal before."""

    code = "already_answered"


@dataclass(frozen=True)
class Raised:
    """created: now; else the same had been said before, and waits for an answer."""

    appeal: Appeal
    created: bool


@transaction.atomic
def raise_appeal(
    *, labeller: Member, why: str, now: datetime, rejection: Rejection | None = None,
    withholding: Withholding | None = None,
) -> Raised:  # fmt: skip
    """Say why a rejection or a withholding is wrong; or, with neither, why the labeller's card and flags are.

    One appeal about each waits at a time; the same words again are harmless. Raises Invalid, NotFound for what is not
    the labeller's, NothingToAppeal, AppealWaits.
    """
    why = check_text(why, field="why", most=LONGEST)
    if rejection is not None and withholding is not None:
        raise Invalid(gettext("Name a rejection or a withholding, or neither."))
    Member.objects.select_for_update(no_key=True).get(pk=labeller.pk)
    subject = _check_subject(labeller, rejection, withholding, now)
    about = {"subject": subject, "rejection": rejection, "withholding": withholding}
    before = Appeal.objects.filter(labeller=labeller, answered_at=None, **about).first()
    if before is not None and before.why == why:
        return Raised(before, created=False)
    if before is not None:
        raise AppealWaits(gettext("Your appeal about this waits for an answer."))
    appeal = Appeal.objects.create(project_id=labeller.project_id, labeller=labeller, why=why, at=now, **about)
    record("appeal.raised", appeal, by=labeller.user, now=now, project_id=labeller.project_id, about=subject)
    return Raised(appeal, created=True)


def _check_subject(
    labeller: Member, rejection: Rejection | None, withholding: Withholding | None, now: datetime
) -> Appeal.Subject:
    if withholding is not None:
        if withholding.labeller_id != labeller.pk:
            raise NotFound(f"There is no withholding {withholding.public_id!r} of yours.")
        if not Withholding.objects.standing(now).filter(pk=withholding.pk).exists():
            raise NothingToAppeal(gettext("This withholding is over: your labels are paid."))
        return Subject.WITHHOLDING
    if rejection is None:
        return Subject.CARD
    theirs = RejectedLabel.objects.filter(rejection=rejection, label__labeller=labeller)
    if rejection.labeller_id != labeller.pk and not theirs.exists():
        raise NotFound(f"There is no rejection {rejection.public_id!r} of labels of yours.")
    if not Rejection.objects.filter(pk=rejection.pk, lifted_at=None).exists():
        raise NothingToAppeal(gettext("This rejection was lifted: your labels count."))
    return Subject.REJECTION


def close_appeal(*, appeal: Appeal, outcome: str, answer: str, by: User, now: datetime) -> Appeal:
    """Write an owner's answer, granted or refused, in the caller's transaction. Raises Invalid, AlreadyAnswered."""
    answer = check_text(answer, field="answer", most=LONGEST)
    if outcome not in {Outcome.GRANTED, Outcome.REFUSED}:
        raise invalid("outcome", f"must be one of {Outcome.GRANTED}, {Outcome.REFUSED}")
    said = {"outcome": outcome, "answer": answer, "answered_by": by, "answered_at": now}
    if not Appeal.objects.filter(pk=appeal.pk, answered_at=None).update(**said):
        raise AlreadyAnswered(gettext("This appeal is answered already. Load the page again to see what was said."))
    record(f"appeal.{outcome}", appeal, by=by, now=now, project_id=appeal.project_id, answer=answer,
           about=appeal.subject)  # fmt: skip
    appeal.refresh_from_db()
    return appeal


def settle_without_answer(
    *, now: datetime, rejections: Iterable[Rejection] = (), withholdings: Iterable[Withholding] = ()
) -> int:
    """Close the waiting appeals about what no longer stands; how many."""
    about = Q(rejection__in=list(rejections)) | Q(withholding__in=list(withholdings))
    return Appeal.objects.filter(about, answered_at=None).update(outcome=Outcome.MOOT, answered_at=now)


def appeals(project: Project) -> QuerySet[Appeal]:
    related = ("labeller", "rejection__batch", "rejection__by", "withholding__batch", "withholding__by", "answered_by")
    return Appeal.objects.filter(project=project).select_related(*related)


def waiting(project: Project, *, now: datetime) -> QuerySet[Appeal]:
    """Appeals that an owner is to answer: those about what still stands, the oldest first."""
    stands = Q(subject=Subject.CARD) | Q(rejection__lifted_at=None, subject=Subject.REJECTION)
    stands |= Q(in_force(now, "withholding__"), subject=Subject.WITHHOLDING)
    return appeals(project).filter(stands, answered_at=None).order_by("id")
