"""Labels stop counting, or count again, with what follows for their items, whose rows the caller has locked."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from django.db.models import F, Q, Value
from django.db.models.functions import Greatest

from labelling.assignment.models import Label, RejectedLabel, Rejection
from labelling.consensus.models import Authority, Resolution
from labelling.consensus.states import Event
from labelling.loop.crowd import judge_if_due
from labelling.projects.models import Project
from labelling.sampling.models import Item, State

CHUNK = 500
# Item and why the label abstains, empty for an answer.
Given = tuple[int, str]


def cover(*, rejection: Rejection, labels: Sequence[int], now: datetime) -> int:
    """Make those of these labels (ids) that still stand stop counting; returns how many.

    Their slots reopen, and what the crowd had said of their items is open again.
    """
    covered = 0
    for part in parts(labels):
        rows = Label.objects.filter(pk__in=part)
        lost = list(rows.counted().values_list("item_id", "abstention"))
        standing = list(rows.standing().order_by("pk").values_list("pk", flat=True))
        RejectedLabel.objects.bulk_create([RejectedLabel(rejection=rejection, label_id=pk) for pk in standing])
        _take_from_items(lost, now)
        covered += len(standing)
    return covered


def restore(*, rejection: Rejection, labels: Sequence[int], project: Project, now: datetime) -> int:
    """Make these labels (ids) count again, unless another rejection covers them too; returns how many rows it lifted.

    Never refuses for want of room: the target of an item that was topped up meanwhile is raised.
    """
    lifted = 0
    for part in parts(labels):
        mine = RejectedLabel.objects.filter(rejection=rejection, label__in=part, lifted_at=None)
        lifted += mine.update(lifted_at=now)
        _give_to_items(list(Label.objects.filter(pk__in=part).counted().values_list("item_id", "abstention")), now)
        items = Label.objects.filter(pk__in=part).counted().values("item")
        for item in Item.objects.filter(pk__in=items).order_by("id"):
            judge_if_due(item=item, project=project, after_label=None, now=now)
    return lifted


def parts(values: Sequence[int]) -> Iterator[Sequence[int]]:
    return (values[start : start + CHUNK] for start in range(0, len(values), CHUNK))


def _alike(labels: Iterable[Given]) -> dict[tuple[int, int], list[int]]:
    """{(labels, abstentions among them): items of which so many}: those are changed together."""
    given, abstained = Counter[int](), Counter[int]()
    for item, abstention in labels:
        given[item] += 1
        abstained[item] += bool(abstention)
    alike = defaultdict(list)
    for item, n in given.items():
        alike[n, abstained[item]].append(item)
    return alike


def _take_from_items(lost: Sequence[Given], now: datetime) -> None:
    for (n, abstained), ids in _alike(lost).items():
        Item.objects.filter(pk__in=ids).update(n_done=F("n_done") - n, n_abstained=F("n_abstained") - abstained)
    ids = sorted({item for item, _ in lost})
    standing = Resolution.objects.filter(closed_at=None, item__in=ids)
    ruled = standing.exclude(authority=Authority.CROWD).values("item")
    reopened = Q(state=State.CONTESTED) | Q(state=State.RESOLVED) & ~Q(pk__in=ruled)
    Item.objects.filter(reopened, pk__in=ids).update(state=State.OPEN, state_at=now)
    standing.filter(authority=Authority.CROWD).update(
        closed_at=Greatest(F("at"), Value(now)), closed_because=Event.LABELS_LOST.value
    )


def _give_to_items(restored: Sequence[Given], now: datetime) -> None:
    for (n, abstained), ids in _alike(restored).items():
        Item.objects.filter(pk__in=ids).update(
            target=Greatest(F("target"), F("n_active") + F("n_done") + n),
            n_done=F("n_done") + n, n_abstained=F("n_abstained") + abstained,
        )  # fmt: skip
