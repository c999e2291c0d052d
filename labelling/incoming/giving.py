"""Labels that were given elsewhere, written as if they had been given here: leases, batches and counters go with them.

They cost nothing here: their batches are closed at a price of nothing, since who gave them was paid elsewhere, if at
all. A chunk of labels is one transaction; what is there already is passed over, so that it can be repeated.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from django.db import transaction
from django.db.models import F, Q

from labelling.assignment.actions import lock_items
from labelling.assignment.models import Abstention, Batch, Label, Lease, LeaseState
from labelling.assignment.worked import Given as Worked
from labelling.assignment.worked import worked_ms
from labelling.ids import new_token
from labelling.incoming.planning import PlannedLabel
from labelling.projects.models import Member, Project
from labelling.sampling.models import Item, Purpose

AT_ONCE = 2_000
BATCH_SIZE = 100
IDS_AT_ONCE = 1_000
LONGEST_SECONDS = 7 * 86_400.0


@dataclass(frozen=True)
class _Given:
    """A label with its rows: who, what, when, and its batch by number."""

    planned: PlannedLabel
    labeller: Member
    item_id: int
    at: datetime
    batch: tuple[int, int]

    @property
    def seconds(self) -> float | None:
        return None if self.planned.seconds is None else min(self.planned.seconds, LONGEST_SECONDS)

    @property
    def leased_at(self) -> datetime:
        return self.at - timedelta(seconds=self.seconds or 0)


def give_labels(
    *, project: Project, labels: Sequence[PlannedLabel], members: dict[str, Member], now: datetime,
    progress: Callable[[int], None],
) -> int:  # fmt: skip
    """Write the labels in the order in which they were given; returns how many are there now.

    members: by what the other tool calls them. Labels without a time, or of the future, are given `now`.
    """
    items = dict(project.items.values_list("example__external_id", "pk"))
    given = _in_order(labels, members, items, now)
    batches = _batches(given)
    done = 0
    rest = iter(given)
    while chunk := list(islice(rest, AT_ONCE)):
        with transaction.atomic():
            _write(project, _missing(chunk), batches)
        done += len(chunk)
        progress(done)
    _close(project, given, batches, now)
    return done


def _in_order(
    labels: Sequence[PlannedLabel], members: dict[str, Member], items: dict[str, int], now: datetime
) -> list[_Given]:
    def when(one: PlannedLabel) -> datetime:
        return now if one.at is None else min(one.at, now)

    counted: Counter[int] = Counter()
    given = []
    for one in sorted(labels, key=lambda one: (when(one), one.item, one.labeller)):
        member = members[one.labeller]
        counted[member.pk] += 1
        batch = member.pk, 1 + (counted[member.pk] - 1) // BATCH_SIZE
        given.append(_Given(one, member, items[one.item], when(one), batch))
    return given


def _batches(given: Sequence[_Given]) -> dict[tuple[int, int], Batch]:
    """A batch for each hundred labels of one labeller, as large as what is in it; those that are there already stay."""
    size: Counter[tuple[int, int]] = Counter(one.batch for one in given)
    opened: dict[tuple[int, int], datetime] = {}
    for one in given:
        opened.setdefault(one.batch, one.at)
    labellers = {labeller for labeller, _ in size}
    with transaction.atomic():
        there = {(batch.labeller_id, batch.number) for batch in Batch.objects.filter(labeller__in=labellers)}
        Batch.objects.bulk_create([
            Batch(labeller_id=labeller, number=number, size=n, price=0, opened_at=opened[labeller, number])
            for (labeller, number), n in size.items() if (labeller, number) not in there
        ])  # fmt: skip
    rows = Batch.objects.filter(labeller__in=labellers)
    return {(batch.labeller_id, batch.number): batch for batch in rows}


def _missing(chunk: Sequence[_Given]) -> list[_Given]:
    """Those that are not there yet; their items are locked."""
    lock_items({one.item_id for one in chunk})
    there: set[tuple[int, int]] = set()
    for ids in _some(sorted({one.item_id for one in chunk})):
        there |= set(Lease.objects.filter(item__in=ids).values_list("labeller_id", "item_id"))
    return [one for one in chunk if (one.labeller.pk, one.item_id) not in there]


def _write(project: Project, chunk: Sequence[_Given], batches: dict[tuple[int, int], Batch]) -> None:
    """In a transaction, with the items locked."""
    leases = Lease.objects.bulk_create([
        Lease(
            labeller=one.labeller, item_id=one.item_id, pass_number=1, token=new_token(), state=LeaseState.DONE,
            leased_at=one.leased_at, expires_at=one.at,
        )
        for one in chunk
    ])  # fmt: skip
    Label.objects.bulk_create([
        Label(
            project=project, lease=lease, item_id=one.item_id, labeller=one.labeller, pass_number=1, token=lease.token,
            answer=one.planned.answer, abstention=_abstention(one.planned),
            note=one.planned.note, batch=batches[one.batch], schema=project.schema_in_force,
            guideline=project.guideline_in_force, policy=project.policy_in_force, at=one.at, wall_seconds=one.seconds,
            active_seconds=one.seconds,
        )
        for one, lease in zip(chunk, leases, strict=True)
    ])  # fmt: skip
    _fill(chunk, batches)
    _count(chunk)


def _abstention(planned: PlannedLabel) -> str:
    if planned.answer:
        return ""
    return planned.reason if planned.reason in Abstention.values else Abstention.UNCLEAR


def _fill(chunk: Sequence[_Given], batches: dict[tuple[int, int], Batch]) -> None:
    """Put the labels on their batches' counters; a batch is full with the last of its labels."""
    changed: dict[tuple[int, int], Batch] = {}
    for one in chunk:
        batch = changed.setdefault(one.batch, batches[one.batch])
        batch.n_labels += 1
        if batch.n_labels >= batch.size:
            batch.full_at = one.at
    Batch.objects.bulk_update(changed.values(), ["n_labels", "full_at"], batch_size=100)


def _count(chunk: Sequence[_Given]) -> None:
    """Put the labels on their items' counters: one statement for all items that got as many."""
    done = Counter(one.item_id for one in chunk)
    abstained = Counter(one.item_id for one in chunk if not one.planned.answer)
    alike: dict[tuple[int, int], list[int]] = {}
    for item, n in done.items():
        alike.setdefault((n, abstained[item]), []).append(item)
    for (n, gave_up), every in sorted(alike.items()):
        for ids in _some(every):
            rows = Item.objects.filter(pk__in=ids)
            rows.update(n_done=F("n_done") + n, n_abstained=F("n_abstained") + gave_up)
            rows.filter(~Q(purpose=Purpose.WORK)).update(n_exposed=F("n_exposed") + n)


def _close(project: Project, given: Sequence[_Given], batches: dict[tuple[int, int], Batch], now: datetime) -> None:
    """Close the batches, as `money.settle` does one by one, from what is at hand: they earn nothing, and nothing was
    reserved for them."""
    gold = set(project.items.exclude(purpose=Purpose.WORK).values_list("pk", flat=True))
    inside: dict[tuple[int, int], list[_Given]] = {}
    for one in given:
        inside.setdefault(one.batch, []).append(one)
    before: dict[int, datetime] = {}
    for key, batch in sorted(batches.items()):
        labels = inside.get(key, [])
        worked = worked_ms(
            [_as_worked(number, one) for number, one in enumerate(labels)], most_seconds=batch.most_seconds,
            before=before.get(key[0]),
        )  # fmt: skip
        before[key[0]] = labels[-1].at if labels else before[key[0]]
        batch.closed_at, batch.amount, batch.worked_ms = now, 0, sum(worked.values())
        batch.n_gold = sum(one.item_id in gold for one in labels)
        batch.n_abstained = sum(not one.planned.answer for one in labels)
    columns = ["closed_at", "amount", "worked_ms", "n_gold", "n_abstained"]
    Batch.objects.bulk_update(batches.values(), columns, batch_size=100)


def _as_worked(number: int, one: _Given) -> Worked:
    return Worked(
        label_id=number, leased_at=one.leased_at, at=one.at, wall_seconds=one.seconds, active_seconds=one.seconds,
        purpose=Purpose.WORK, abstained=not one.planned.answer,
    )  # fmt: skip


def _some(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), IDS_AT_ONCE):
        yield ids[start : start + IDS_AT_ONCE]
