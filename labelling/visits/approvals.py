"""What an owner is to approve, to reject and to pay as a bonus at the marketplace, visit by visit.

Statistics alone reject nobody: that takes a withholding which a person confirmed (docs/decisions/0021-pay.md).
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.db.models import Exists, OuterRef

from labelling.assignment import worked
from labelling.assignment.models import Batch, Label, RejectedLabel
from labelling.pay.models import WithheldLabel, Withholding, in_force
from labelling.pay.queries import with_money
from labelling.sampling.models import Purpose
from labelling.visits.models import Entrance, Stretch, Visit
from labelling.visits.queries import code_of, visits_of

# Who has not finished by then has left; what they gave is due all the same.
LEFT_AFTER = timedelta(days=7)
WORKERS_AT_ONCE = 100


class Advice(models.TextChoices):
    APPROVE = "approve"
    WAIT = "wait"
    RETURN = "return"
    REJECT = "reject"


@dataclass
class Given:
    """The standing labels of one visit. Money in micro-units, of closed batches: what they earned, less what is
    withheld; what of that is due. n_open: in batches that are not closed yet."""

    n: int = 0
    n_counted: int = 0
    n_excluded: int = 0
    n_open: int = 0
    n_withheld: int = 0
    n_confirmed: int = 0
    notices: list[str] = field(default_factory=list)
    shares: dict[int, int] = field(default_factory=dict)
    due: int = 0

    @property
    def earned(self) -> int:
        return sum(self.shares.values())


@dataclass(frozen=True)
class Approval:
    """What to do about one visit, and why. bonus: micro-units to pay beside the marketplace's reward."""

    visit: Visit
    given: Given
    advice: Advice
    reason: str

    @property
    def code(self) -> str:
        return code_of(self.visit)

    @property
    def reward(self) -> int:
        """What the marketplace itself pays for the visit, once it is approved."""
        return self.visit.worker.entrance.reward if self.advice == Advice.APPROVE else 0

    @property
    def bonus(self) -> int:
        if self.advice in {Advice.WAIT, Advice.REJECT}:
            return 0
        paid_before = self.given.earned - self.given.due
        return max(0, self.given.due - max(0, self.reward - paid_before))


def all_approvals(entrance: Entrance, *, now: datetime) -> Iterator[Approval]:
    """Every visit of an entrance, in the order in which they were begun, read some hundreds at a time."""
    last = 0
    while chunk := list(visits_of(entrance).filter(pk__gt=last).order_by("pk")[:WORKERS_AT_ONCE]):
        yield from approvals(chunk, now=now)
        last = chunk[-1].pk


def approvals(visits: Sequence[Visit], *, now: datetime) -> list[Approval]:
    """Of a few visits, in their order; reads all labels of their workers."""
    given = _given({visit.worker_id for visit in visits}, now)
    return [_advised(visit, given.get(visit.pk, Given()), now) for visit in visits]


def _advised(visit: Visit, given: Given, now: datetime) -> Approval:
    advice, reason = _advice(visit, given, now)
    return Approval(visit, given, advice, reason)


def _advice(visit: Visit, given: Given, now: datetime) -> tuple[Advice, str]:
    if given.n and given.n_confirmed == given.n:
        return Advice.REJECT, f"An owner looked and confirmed that no pay is due: {'; '.join(given.notices)}"
    if given.n_withheld > given.n_confirmed:
        return Advice.WAIT, f"The pay of {_labels(given.n_withheld)} is withheld, and nobody has confirmed it yet."
    progress = f"{given.n} of {_labels(visit.n_labels)} given"
    if visit.completed_at is None and now - visit.begun_at < LEFT_AFTER:
        return Advice.WAIT, f"{progress}; not complete, so no code was shown yet."
    if visit.completed_at is None:
        return Advice.RETURN, f"{progress}, and left. There is nothing to approve; what was given is due as a bonus."
    notes = [f"{progress}."]
    if visit.ended_early:
        notes.append("There was no more work for them.")
    if given.n_excluded:
        notes.append(f"{_labels(given.n_excluded)} excluded, which takes no pay away.")
    if given.n_confirmed:
        notes.append(f"The pay of {_labels(given.n_confirmed)} is withheld: {'; '.join(given.notices)}")
    if given.n_open:
        notes.append(f"{_labels(given.n_open)} in a batch that is still open: the bonus may grow.")
    return Advice.APPROVE, " ".join(notes)


def _labels(n: int) -> str:
    return f"{n} label{'' if n == 1 else 's'}"


def _given(workers: set[int], now: datetime) -> dict[int, Given]:
    """By visit."""
    visit_of = _by_stretch(workers)
    labels = _labels_of(workers)
    batches = {row.pk: row for row in with_money(Batch.objects.filter(labeller__worker__in=workers), now=now)}
    worth = _worth(batches.values())
    withheld = {
        row.label_id: row.withholding
        for row in WithheldLabel.objects.filter(
            in_force(now, "withholding__"), label__labeller__worker__in=workers
        ).select_related("withholding")
    }  # fmt: skip
    found: dict[int, Given] = {}
    for label in labels:
        given = found.setdefault(visit_of(label["labeller__worker"], label["pk"]), Given())
        _count(given, label, withheld.get(label["pk"]))
        batch = batches[label["batch"]]
        if batch.closed_at is None:
            given.n_open += 1
        elif label["pk"] not in withheld:
            amount = worth[batch.pk][label["pk"]] if batch.pk in worth else batch.price
            given.shares[batch.pk] = given.shares.get(batch.pk, 0) + amount
    _share_out(
        found, {pk: row.amount - row.withheld_now - row.paid_net for pk, row in batches.items() if row.closed_at}
    )
    return found


def _by_stretch(workers: set[int]) -> Callable[[int, int], int]:
    """The visit of a worker's label, by both ids."""
    rows: dict[int, tuple[list[int], list[int]]] = {}
    for worker, after, visit in (
        Stretch.objects.filter(worker__in=workers).order_by("pk").values_list("worker_id", "after_label", "visit_id")
    ):
        afters, visits = rows.setdefault(worker, ([], []))
        afters.append(after)
        visits.append(visit)

    def visit_of(worker: int, label: int) -> int:
        afters, visits = rows[worker]
        return visits[max(0, bisect_left(afters, label) - 1)]

    return visit_of


def _labels_of(workers: set[int]) -> Iterable[dict[str, Any]]:
    """Standing labels, oldest first, with what says whether they count."""
    rejected = Exists(RejectedLabel.objects.filter(label=OuterRef("pk"), lifted_at=None))
    rows = Label.objects.standing().filter(labeller__worker__in=workers).annotate(rejected=rejected).order_by("pk")
    fields = ("pk", "labeller__worker", "batch", "rejected", "item__purpose", "pass_number", "item__pass_number")
    return rows.values(*fields).iterator(2000)


def _count(given: Given, label: dict[str, Any], withheld: Withholding | None) -> None:
    given.n += 1
    given.n_excluded += label["rejected"]
    of_now = label["item__purpose"] == Purpose.WORK and label["pass_number"] == label["item__pass_number"]
    given.n_counted += of_now and not label["rejected"]
    if withheld is None:
        return
    given.n_withheld += 1
    given.n_confirmed += withheld.confirmed_at is not None
    if withheld.confirmed_at and withheld.notice not in given.notices:
        given.notices.append(withheld.notice)


def _worth(batches: Iterable[Batch]) -> dict[int, dict[int, int]]:
    """{batch: {label: micro-units}} of closed batches that are paid by the hour."""
    return {row.pk: worked.account_of(row).amounts for row in batches if row.closed_at and row.pay_hour is not None}


def _share_out(found: dict[int, Given], due: dict[int, int]) -> None:
    """What is due of a batch whose labels belong to several visits: the earlier visit's first."""
    for _, given in sorted(found.items()):
        for batch, share in given.shares.items():
            part = min(share, due[batch])
            due[batch] -= part
            given.due += part
