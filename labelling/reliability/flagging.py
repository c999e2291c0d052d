"""Flags: evidence about a labeller is written down once, and an owner says what it was worth."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from labelling.audit import actions as audit
from labelling.consensus.models import Fit
from labelling.errors import Conflict
from labelling.projects import checks
from labelling.projects.models import Member, User
from labelling.reliability.models import Flag
from labelling.webhooks.announcing import announce, path_of
from labelling.webhooks.kinds import Kind as Event

LONGEST = 2000
# By how much evidence must have grown since an owner dismissed it to be raised again: a hundred times.
GROWN = math.log(100)

Kind, Outcome = Flag.Kind, Flag.Outcome


class AlreadyClosed(Conflict):
    """Somebody closed the flag before."""

    code = "already_closed"


@dataclass(frozen=True)
class Suspect:
    """What a test found. labeller: id; kind, log_evidence, since, evidence: as of the table."""

    labeller: int
    kind: str
    log_evidence: float
    since: int = 0
    evidence: dict[str, Any] = field(default_factory=dict)


def news(suspects: Iterable[Suspect]) -> list[Suspect]:
    """Those that are to be raised, strongest first: nobody has two flags open, of whatever kind.

    Who was cleared is flagged again only when the evidence has grown a hundred times; who was not, never, since that
    has been acted on.
    """
    found = sorted(suspects, key=lambda one: (-one.log_evidence, one.labeller, one.kind))
    before: dict[int, list[Flag]] = {}
    for flag in Flag.objects.filter(labeller__in={one.labeller for one in found}):
        before.setdefault(flag.labeller_id, []).append(flag)
    return [one for one in found if _is_news(one, before.get(one.labeller, []))]


def _is_news(suspect: Suspect, before: list[Flag]) -> bool:
    cleared = all(flag.outcome == Outcome.DISMISSED for flag in before)
    return cleared and all(suspect.log_evidence > flag.log_evidence + GROWN for flag in before)


@transaction.atomic
def raise_flag(*, fit: Fit, suspect: Suspect, now: datetime) -> Flag | None:
    """Write one flag; None when one of that kind is open by now."""
    member = Member.objects.select_for_update(no_key=True).get(pk=suspect.labeller)
    if Flag.objects.filter(labeller=member, kind=suspect.kind, closed_at=None).exists():
        return None
    flag = Flag.objects.create(
        labeller=member, kind=suspect.kind, log_evidence=suspect.log_evidence, since=suspect.since,
        evidence=suspect.evidence, fit=fit, at=now,
    )  # fmt: skip
    _tell(flag, member, now)
    audit.record("labeller.flagged", member, by=None, now=now, project_id=member.project_id, flag=flag.public_id,
                 kind=flag.kind, log_evidence=round(flag.log_evidence, 3))  # fmt: skip
    return flag


def _tell(flag: Flag, member: Member, now: datetime) -> None:
    """By ids alone: what the test saw are the labeller's answers."""
    project = member.project
    data = {
        "flag": flag.public_id, "labeller": member.public_id, "kind": flag.kind, "since": flag.since,
        "url": f"{path_of(project)}/flags",
    }  # fmt: skip
    announce(project=project, kind=Event.FLAGGED, data=data, now=now)


@transaction.atomic
def close_flag(*, flag: Flag, outcome: str, answered: str, by: User, now: datetime) -> Flag:
    """Say what a flag was worth: upheld or dismissed, and why. Nothing else follows from it here.

    Raises Invalid for an unknown outcome or without words, AlreadyClosed.
    """
    if outcome not in Outcome.values:
        raise checks.invalid("outcome", f"must be one of {', '.join(Outcome.values)}")
    answered = checks.check_text(answered, field="answered", most=LONGEST)
    said = {"outcome": outcome, "answered": answered, "closed_by": by, "closed_at": now}
    # Locks come in one order everywhere, the labeller's first.
    member = Member.objects.select_for_update(no_key=True).get(pk=flag.labeller_id)
    if not Flag.objects.filter(pk=flag.pk, closed_at=None).update(**said):
        raise AlreadyClosed("This flag is closed already. Load the page again to see what was said to it.")
    audit.record(f"flag.{outcome}", member, by=by, now=now, project_id=member.project_id, flag=flag.public_id,
                 kind=flag.kind, reason=answered)  # fmt: skip
    flag.refresh_from_db()
    return flag
