"""What labellers earned, what of it is withheld, paid and due: sums of batches, never of labels."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from labelling.assignment.models import Batch, RejectedLabel
from labelling.pay.models import PaidPart, Payment, WithheldBatch, Withholding, in_force
from labelling.projects.models import Member, Project

CHUNK = 500


@dataclass(frozen=True)
class Period:
    """Batches closed from `start` on and before `end`. start None: from the first one."""

    start: datetime | None
    end: datetime

    def of(self, batches: QuerySet[Batch]) -> QuerySet[Batch]:
        before = batches.filter(closed_at__lt=self.end)
        return before if self.start is None else before.filter(closed_at__gte=self.start)


@dataclass(frozen=True)
class Earnings:
    """Of one labeller, or of several together. Money in micro-units: earned = withheld + paid + due.

    n_gold, n_training and n_abstained are among n_labels; labellers are not told of n_gold.
    """

    n_batches: int = 0
    n_labels: int = 0
    n_gold: int = 0
    n_training: int = 0
    n_abstained: int = 0
    worked_ms: int = 0
    earned: int = 0
    withheld: int = 0
    paid: int = 0

    @property
    def due(self) -> int:
        return self.earned - self.withheld - self.paid

    @property
    def hours(self) -> float:
        return self.worked_ms / 3_600_000


NOTHING = Earnings()


def together(several: Iterable[Earnings]) -> Earnings:
    rows = list(several)
    return Earnings(**{field.name: sum(getattr(row, field.name) for row in rows) for field in fields(Earnings)})


def batches_of(project: Project, labellers: Iterable[Member] | None = None) -> QuerySet[Batch]:
    """Closed batches of a project, or of some of its labellers."""
    closed = Batch.objects.filter(labeller__project=project, closed_at__isnull=False)
    return closed if labellers is None else closed.filter(labeller__in=[one.pk for one in labellers])


def earnings(*, batches: QuerySet[Batch], now: datetime) -> dict[int, Earnings]:
    """By labeller's row id, of those who have one of these closed batches. Three statements."""
    sums = batches.order_by().values("labeller").annotate(
        n_batches=Count("pk"), n=Sum("n_labels"), gold=Sum("n_gold"), training=Sum("n_training"),
        abstained=Sum("n_abstained"), ms=Coalesce(Sum("worked_ms"), 0), earned=Sum("amount"),
    )  # fmt: skip
    held, paid = _by_labeller(held_parts(now), batches), _by_labeller(PaidPart.objects.all(), batches)
    return {
        row["labeller"]: Earnings(
            row["n_batches"], row["n"], row["gold"], row["training"], row["abstained"], int(row["ms"]),
            int(row["earned"]), held.get(row["labeller"], 0), paid.get(row["labeller"], 0),
        )
        for row in sums
    }  # fmt: skip


def _by_labeller(rows: QuerySet[Any], batches: QuerySet[Batch]) -> dict[int, int]:
    within = rows.filter(batch__in=batches.order_by().values("pk")).order_by()
    sums = within.values("batch__labeller").annotate(n=Sum("amount")).values_list("batch__labeller", "n")
    return {labeller: int(n) for labeller, n in sums}


def held_parts(now: datetime) -> QuerySet[WithheldBatch]:
    """What standing withholdings hold back, batch by batch."""
    return WithheldBatch.objects.filter(in_force(now, "withholding__"))


def with_money(batches: QuerySet[Batch], *, now: datetime) -> QuerySet[Any]:
    """Batches with what of them is `withheld` and `paid`, in micro-units."""
    held, paid = held_parts(now), PaidPart.objects.all()
    return batches.annotate(withheld_now=_of_batch(held), paid_net=_of_batch(paid))


def _of_batch(rows: QuerySet[Any]) -> Coalesce:
    own = rows.filter(batch=OuterRef("pk")).order_by().values("batch").annotate(n=Sum("amount")).values("n")
    return Coalesce(Subquery(own), 0)


def due_before(*, project: Project, before: datetime, now: datetime) -> dict[int, int]:
    """Micro-units due for all batches closed before a time, by labeller's row id."""
    found = earnings(batches=Period(None, before).of(batches_of(project)), now=now)
    return {labeller: one.due for labeller, one in found.items() if one.due}


def unpaid(*, labeller: Member, before: datetime, now: datetime) -> QuerySet[Any]:
    """Batches of a labeller closed before a time of which something is due."""
    closed = Batch.objects.filter(labeller=labeller, closed_at__lt=before)
    return with_money(closed, now=now).filter(amount__gt=F("withheld_now") + F("paid_net")).order_by("number")


@dataclass(frozen=True)
class Line:
    """One batch in the account of a labeller. Money in micro-units; reasons: why it is as it is, in words."""

    batch: Batch
    withheld: int
    n_withheld: int
    paid: int
    reasons: tuple[str, ...]

    @property
    def due(self) -> int:
        return (self.batch.amount or 0) - self.withheld - self.paid

    @property
    def state(self) -> str:
        """What holds of its money; several words where it is in parts."""
        parts = {"paid": self.paid, "withheld": self.withheld, "due": self.due}
        return " and ".join(word for word, amount in parts.items() if amount) or "nothing earned"

    @property
    def hours(self) -> float | None:
        return None if self.batch.worked_ms is None else self.batch.worked_ms / 3_600_000

    @property
    def rate(self) -> tuple[int, str]:
        """Micro-units, and for what."""
        if self.batch.pay_hour is None:
            return self.batch.price, "label"
        return self.batch.pay_hour, "hour"


def lines(*, batches: QuerySet[Batch], now: datetime, to_labeller: bool = False) -> Iterator[Line]:
    """The account batch by batch, in the order they were closed, read some hundreds at a time.

    to_labeller: with what a labeller is told, the notices, instead of the evidence and the payments' references.
    """
    ordered = batches.select_related("labeller").order_by("closed_at", "pk")
    last: tuple[datetime, int] | None = None
    while True:
        after = (
            ordered if last is None else ordered.filter(Q(closed_at__gt=last[0]) | Q(closed_at=last[0], pk__gt=last[1]))
        )
        chunk = list(after[:CHUNK])
        yield from _lines(chunk, now, to_labeller)
        if len(chunk) < CHUNK:
            return
        assert chunk[-1].closed_at is not None
        last = (chunk[-1].closed_at, chunk[-1].pk)


def lines_of(chunk: list[Batch], *, now: datetime, to_labeller: bool = False) -> list[Line]:
    """The same of a few closed batches, in their order."""
    return list(_lines(chunk, now, to_labeller))


def _lines(chunk: list[Batch], now: datetime, to_labeller: bool) -> Iterator[Line]:
    ids = [batch.pk for batch in chunk]
    reasons: dict[int, list[str]] = {pk: [] for pk in ids}
    held: dict[int, tuple[int, int]] = {}
    for part in held_parts(now).filter(batch__in=ids).select_related("withholding").order_by("pk"):
        n, amount = held.get(part.batch_id, (0, 0))
        held[part.batch_id] = (n + part.n_labels, amount + part.amount)
        said = part.withholding.notice if to_labeller else part.withholding.evidence
        reasons[part.batch_id].append(f"{_labels(part.n_labels)} withheld: {said}")
    paid: dict[int, int] = {}
    for one in PaidPart.objects.filter(batch__in=ids).select_related("payment").order_by("pk"):
        paid[one.batch_id] = paid.get(one.batch_id, 0) + one.amount
        word = "paid" if one.amount > 0 else "payment taken back"
        reasons[one.batch_id].append(f"{word} on {one.payment.at:%Y-%m-%d}: {one.payment.reference}")
    for pk, n, why in excluded(ids):
        reasons[pk].append(f"{_labels(n)} excluded, which takes no pay away: {why}")
    for batch in chunk:
        n, amount = held.get(batch.pk, (0, 0))
        yield Line(batch, amount, n, paid.get(batch.pk, 0), tuple(reasons[batch.pk]))


def _labels(n: int) -> str:
    return f"{n} label{'' if n == 1 else 's'}"


def excluded(batches: list[int]) -> list[tuple[int, int, str]]:
    """(batch, labels, reason) of each rejection that covers labels of these batches."""
    open_rows = RejectedLabel.objects.filter(label__batch__in=batches, lifted_at=None)
    grouped = open_rows.order_by().values("label__batch", "rejection__reason", "rejection").annotate(n=Count("pk"))
    ordered = grouped.order_by("label__batch", "rejection")
    return list(ordered.values_list("label__batch", "n", "rejection__reason"))


def payments(project: Project) -> QuerySet[Payment]:
    return Payment.objects.filter(project=project).select_related("labeller", "by", "corrects", "correction")


def withholdings(project: Project) -> QuerySet[Withholding]:
    people = ("labeller", "batch", "rejection", "by", "confirmed_by", "ended_by")
    return Withholding.objects.filter(project=project).select_related(*people)


def state_of(withholding: Withholding, now: datetime) -> str:
    """standing, confirmed, lapsed or lifted, as of `now`."""
    if withholding.ending:
        return withholding.ending
    if withholding.confirmed_at:
        return "confirmed"
    return "standing" if withholding.lapses_at > now else Withholding.Ending.LAPSED.value
