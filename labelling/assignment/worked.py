"""How long somebody worked on each label of a batch, in their favour but never longer than time passed.

What a labeller's page reports is believed within bounds that the server knows.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import OuterRef

from labelling.assignment.models import Batch, Label
from labelling.sampling.models import Purpose

HOUR_MS = 3_600_000


@dataclass(frozen=True)
class Given:
    """One standing label of a batch: when its lease was given and it came, and the times reported with it.

    since: of an answer that was taken back and given anew, when the last one in between came.
    """

    label_id: int
    leased_at: datetime
    at: datetime
    wall_seconds: float | None
    active_seconds: float | None
    purpose: str
    abstained: bool
    since: datetime | None = None


def given_in(batch: Batch) -> list[Given]:
    """The standing labels of a batch in the order given; one statement, and one for each that was given anew."""
    taken_back = Label.objects.filter(labeller=OuterRef("labeller"), item=OuterRef("item"), withdrawn_at__isnull=False)
    rows = Label.objects.standing().filter(batch=batch).annotate(first=taken_back.order_by("id").values("id")[:1])
    fields = ("id", "lease__leased_at", "at", "wall_seconds", "active_seconds", "item__purpose", "abstention")
    return [
        Given(label, leased_at, at, wall, active, purpose, bool(abstention),
              since=None if first is None else _last_between(batch, item, first, label))
        for label, leased_at, at, wall, active, purpose, abstention, item, first
        in rows.order_by("at", "id").values_list(*fields, "item", "first")
    ]  # fmt: skip


def _last_between(batch: Batch, item: int, first: int, label: int) -> datetime | None:
    others = Label.objects.filter(labeller=batch.labeller_id, id__gt=first, id__lt=label).exclude(item=item)
    return others.order_by("-id").values_list("at", flat=True).first()


def last_before(batch: Batch, given: Sequence[Given]) -> datetime | None:
    """When the labeller's label before the batch's first one came."""
    if not given:
        return None
    first = min(one.label_id for one in given)
    # One that was taken back too: what a closed batch earned must not change when an earlier label is.
    before = Label.objects.filter(labeller=batch.labeller_id, id__lt=first).order_by("-id")
    return before.values_list("at", flat=True).first()


def worked_ms(given: Iterable[Given], *, most_seconds: int, before: datetime | None) -> dict[int, int]:
    """Milliseconds worked on each label, by its id.

    The greater of active and wall time, up to `most_seconds`; where neither was reported, the time since the label
    before it. Together the labels up to any of them never count for more than the time since the first was leased, or
    since `before`, the labeller's label before them: who works on two at once is paid for one.
    """
    given = list(given)
    if not given:
        return {}
    begun = min(one.leased_at for one in given)
    begun = last = max(begun, before) if before else begun
    counted, total = {}, 0
    for one in given:
        reported = [seconds for seconds in (one.wall_seconds, one.active_seconds) if seconds is not None]
        wanted = round(max(reported) * 1000) if reported else _ms(one.at - max(last, one.leased_at))
        room = _ms(one.at - begun) - total
        if one.since is not None:
            room = min(room, _ms(one.at - one.since))
        counted[one.label_id] = max(0, min(wanted, most_seconds * 1000, room))
        total += counted[one.label_id]
        last = one.at
    return counted


def _ms(span: timedelta) -> int:
    return max(0, span // timedelta(milliseconds=1))


def at_rate(milliseconds: int, pay_hour: int) -> int:
    """What so long costs, in micro-units, rounded up."""
    return -(-milliseconds * pay_hour // HOUR_MS)


@dataclass(frozen=True)
class Account:
    """What the labels of a batch come to. worked, amounts: by label id; amounts in micro-units."""

    worked: dict[int, int]
    amounts: dict[int, int]
    n_gold: int
    n_training: int
    n_abstained: int


def account_of(batch: Batch) -> Account:
    """The standing labels of a batch, each with its time and its pay; a few statements, however long the history."""
    given = given_in(batch)
    worked = worked_ms(given, most_seconds=batch.most_seconds, before=last_before(batch, given))
    hourly = batch.pay_hour
    return Account(
        worked=worked,
        amounts={label: batch.price if hourly is None else at_rate(ms, hourly) for label, ms in worked.items()},
        n_gold=sum(one.purpose == Purpose.GOLD for one in given),
        n_training=sum(one.purpose == Purpose.TRAINING for one in given),
        n_abstained=sum(one.abstained for one in given),
    )
