"""What follows from a flag: nothing, unless the policy says so; and what an owner's word about it undoes."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from labelling.assignment.models import Rejection, Scope
from labelling.consensus.models import Fit
from labelling.loop import people, reject
from labelling.projects.models import Member, OnFlag, PolicyVersion, Project, User
from labelling.reliability import flagging
from labelling.reliability.flagging import Suspect
from labelling.reliability.models import Flag

NO_MORE = {OnFlag.SUSPEND, OnFlag.REJECT}


def follow_suspects(*, fit: Fit, suspects: Iterable[Suspect], policy: PolicyVersion, now: datetime) -> list[Flag]:
    """Raise the flags that are new, and do with each labeller what the policy says, in one transaction a flag."""
    raised = [_follow(fit, suspect, policy, now) for suspect in flagging.news(suspects)]
    return [flag for flag in raised if flag is not None]


@transaction.atomic
def _follow(fit: Fit, suspect: Suspect, policy: PolicyVersion, now: datetime) -> Flag | None:
    flag = flagging.raise_flag(fit=fit, suspect=suspect, now=now)
    if flag is None or policy.on_flag not in NO_MORE:
        return flag
    # Which test it was is for owners: who knows it can answer around it.
    reason = "Flagged by the system. An owner will look at it."
    if policy.on_flag == OnFlag.REJECT:
        # Before the items of their leases, as everywhere: a rejection needs the project's row.
        Project.objects.select_for_update(no_key=True).get(pk=flag.labeller.project_id)
    if flag.labeller.suspended_at is None:
        people.suspend_labeller(member=flag.labeller, reason=reason, by=None, now=now)
    if policy.on_flag == OnFlag.REJECT and not _whole_rejections(flag).filter(lifted_at=None).exists():
        reject.reject(labeller=flag.labeller, reason=reason, by=None, now=now)
    return flag


@transaction.atomic
def settle_flag(*, flag: Flag, outcome: str, answered: str, by: User, now: datetime) -> Flag:
    """Close a flag. Dismissing the last one takes back what flags did by themselves: the labeller gets work again, and
    a rejection that came with a flag is lifted. Who was suspended by a person stays so.

    Upholding changes nothing more: rejecting and withholding are steps of their own. Raises Invalid, AlreadyClosed.
    """
    closed = flagging.close_flag(flag=flag, outcome=outcome, answered=answered, by=by, now=now)
    if outcome == Flag.Outcome.DISMISSED and not closed.labeller.flags.exclude(outcome=outcome).exists():
        _take_back(closed, answered, by, now)
    return closed


def _take_back(flag: Flag, reason: str, by: User, now: datetime) -> None:
    times = list(flag.labeller.flags.values_list("at", flat=True))
    for rejection in _whole_rejections(flag).filter(by=None, at__in=times, lifted_at=None):
        reject.lift(rejection=rejection, reason=reason, by=by, now=now)
    labeller = Member.objects.get(pk=flag.labeller_id)
    if labeller.suspended_at in times:
        people.resume_labeller(member=labeller, by=by, now=now)


def _whole_rejections(flag: Flag) -> QuerySet[Rejection]:
    """Of all a labeller's labels."""
    return Rejection.objects.filter(labeller=flag.labeller, scope=Scope.LABELLER)
