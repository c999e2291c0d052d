"""What a labeller sees of their own pay, of what was excluded or withheld, and of their appeals."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q

from frontend.views.acting import one
from labelling.assignment.models import Batch, RejectedLabel, Rejection, Scope
from labelling.pay import queries
from labelling.pay.models import Withholding
from labelling.projects.models import Member, Project
from labelling.reliability.appeals import appeals
from labelling.reliability.models import Appeal

LAST = 30
CENT = 10_000
LEAST_MS = 600_000


@dataclass(frozen=True)
class Matter:
    """Something a labeller may appeal against. open: it still stands; appeal: their newest one about it."""

    kind: str
    row: Any
    state: str
    appeal: Appeal | None

    @property
    def is_open(self) -> bool:
        return self.state in {"standing", "confirmed"}

    @property
    def may_appeal(self) -> bool:
        return self.is_open and (self.appeal is None or self.appeal.answered_at is not None)


def of_labeller(project: Project, labeller: Member, batches: Iterable[Batch], now: datetime) -> dict[str, Any]:
    """Totals of all time, the account of these batches, what is excluded or withheld, and the appeals."""
    closed = [batch for batch in batches if batch.closed_at]
    earned = queries.earnings(batches=queries.batches_of(project, [labeller]), now=now)
    newest = {_about(appeal): appeal for appeal in appeals(project).filter(labeller=labeller).order_by("pk")}
    totals = earned.get(labeller.pk, queries.NOTHING)
    return {
        "totals": totals,
        "an_hour": _an_hour(totals),
        "lines": {line.batch.pk: line for line in queries.lines_of(closed, now=now, to_labeller=True)},
        "withholdings": [
            Matter("withholding", row, queries.state_of(row, now), newest.get(("withholding", row.pk)))
            for row in queries.withholdings(project).filter(labeller=labeller).order_by("-pk")[:LAST]
        ],
        "rejections": [
            Matter("rejection", row, "lifted" if row.lifted_at else "standing", newest.get(("rejection", row.pk)))
            for row in rejections_of(project, labeller)
        ],
        "card": Matter("card", labeller, "standing", newest.get(("card", None))),
    }


def _an_hour(totals: queries.Earnings) -> int | None:
    """Micro-units that an hour of work came to, in whole hundredths; None for so little work that it says nothing."""
    return round(totals.earned / totals.hours / CENT) * CENT if totals.worked_ms >= LEAST_MS else None


def _about(appeal: Appeal) -> tuple[str, int | None]:
    return appeal.subject, appeal.rejection_id or appeal.withholding_id


def rejections_of(project: Project, labeller: Member) -> list[Rejection]:
    """Rejections that cover labels of theirs, the newest first; those of several people's labels too."""
    covered = RejectedLabel.objects.filter(rejection=OuterRef("pk"), label__labeller=labeller)
    theirs = Q(labeller=labeller) | Q(Exists(covered), labeller=None)
    mine = Count("covered", filter=Q(covered__label__labeller=labeller))
    rows = Rejection.objects.filter(theirs, project=project).select_related("batch").annotate(n_mine=mine)
    return list(rows.order_by("-pk")[:LAST])


def whole(matters: Iterable[Matter]) -> Matter | None:
    """The open rejection of everything they gave, if there is one."""
    return next((one for one in matters if one.is_open and one.row.scope == Scope.LABELLER), None)


def subject_of(project: Project, kind: str, public_id: str) -> dict[str, Any]:
    """What a form's appeal is about; the card is about nothing else. Raises NotFound for what is not of the project."""
    if kind == Appeal.Subject.CARD:
        return {}
    if kind == Appeal.Subject.REJECTION:
        return {"rejection": one(Rejection.objects.filter(project=project), public_id, "rejection")}
    return {"withholding": one(Withholding.objects.filter(project=project), public_id, "withholding")}
