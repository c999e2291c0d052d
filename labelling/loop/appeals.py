"""An appeal is answered with all that follows, in one transaction; a withholding ends with the appeals about it."""

from datetime import datetime

from django.db import transaction

from labelling.loop import flags, reject
from labelling.pay import withholding as pay
from labelling.pay.errors import NotHeardYet
from labelling.pay.models import Withholding
from labelling.projects.models import Member, User
from labelling.reliability import appeals
from labelling.reliability.models import Appeal, Flag


@transaction.atomic
def answer_appeal(*, appeal: Appeal, outcome: str, answer: str, by: User, now: datetime) -> Appeal:
    """Grant or refuse an appeal, once. The answer is the reason of what follows.

    Granted: the rejection or the withholding is lifted; of a card, its open flags are dismissed. Refused: a withholding
    is confirmed, since the labeller was heard; the rest stays as it is. Raises Invalid, AlreadyAnswered; and what
    lifting raises where the matter was settled otherwise meanwhile.
    """
    Member.objects.select_for_update(no_key=True).get(pk=appeal.labeller_id)
    closed = appeals.close_appeal(appeal=appeal, outcome=outcome, answer=answer, by=by, now=now)
    if closed.outcome == Appeal.Outcome.GRANTED:
        _grant(closed, by, now)
    elif closed.withholding is not None and closed.withholding.confirmed_at is None:
        pay.confirm(withholding=closed.withholding, reason=closed.answer, heard=True, by=by, now=now)
    return closed


def _grant(appeal: Appeal, by: User, now: datetime) -> None:
    if appeal.withholding is not None:
        pay.lift(withholding=appeal.withholding, reason=appeal.answer, by=by, now=now)
    elif appeal.rejection is not None:
        reject.lift(rejection=appeal.rejection, reason=appeal.answer, by=by, now=now)
    else:
        for flag in appeal.labeller.flags.filter(closed_at=None).order_by("pk"):
            flags.settle_flag(flag=flag, outcome=Flag.Outcome.DISMISSED, answered=appeal.answer, by=by, now=now)


@transaction.atomic
def lift_withholding(*, withholding: Withholding, reason: str, by: User, now: datetime) -> Withholding:
    """Lift it without an appeal, or before one is answered. Raises Invalid, WithholdingOver."""
    lifted = pay.lift(withholding=withholding, reason=reason, by=by, now=now)
    appeals.settle_without_answer(withholdings=[lifted], now=now)
    return lifted


@transaction.atomic
def confirm_withholding(*, withholding: Withholding, reason: str, by: User, now: datetime) -> Withholding:
    """Let it stand for good, once the labeller was heard or had time to be; an appeal that waits is answered instead.

    Raises Invalid, NotHeardYet, WithholdingOver.
    """
    Member.objects.select_for_update(no_key=True).get(pk=withholding.labeller_id)
    if withholding.appeals.filter(answered_at=None).exists():
        raise NotHeardYet("The labeller's appeal about this waits. Answer it: refusing it confirms the withholding.")
    heard = withholding.appeals.filter(outcome=Appeal.Outcome.REFUSED).exists()
    return pay.confirm(withholding=withholding, reason=reason, heard=heard, by=by, now=now)


def lapse_withholdings(*, now: datetime) -> int:
    """Close on record what lapsed, in the labellers' favour, with the appeals that nobody answered; how many."""
    over = pay.lapse(now=now)
    if over:
        appeals.settle_without_answer(withholdings=over, now=now)
    return len(over)
