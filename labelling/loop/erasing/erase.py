"""Erasing the content of examples: from the database at once, from everything that was published right after it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from labelling.assignment.models import Lease, LeaseState
from labelling.audit.actions import record
from labelling.datasets.models import Erasure
from labelling.errors import NotFound
from labelling.ingest.models import Example, Prediction
from labelling.jobs import actions as jobs
from labelling.loop.crowd import enqueue_refit
from labelling.loop.erasing.finish import KIND, erase_job
from labelling.loop.erasing.quotes import empty_quotes
from labelling.projects import checks
from labelling.projects.actions import renew_salt_key
from labelling.projects.models import Project, User
from labelling.reliability.models import GoldDispute
from labelling.sampling import near_index
from labelling.sampling.models import Gold, Item, Purpose, State

MOST_AT_ONCE = 1_000
# As many are also taken out of the versions while the caller waits.
FEW = 20
LONGEST_REASON = 2_000


class UnknownKeys(NotFound):
    """The project has no examples with these keys, or none of this group."""

    code = "unknown_keys"


@dataclass(frozen=True)
class Erased:
    """erasures: what this call erased, by key; already: the keys of those that had been erased before."""

    erasures: list[Erasure]
    already: list[str]


def erase(
    *, project: Project, reason: str, by: User | None, now: datetime, keys: Sequence[str] = (), group: str = "",
) -> Erased:  # fmt: skip
    """Erase the content of the examples with these keys (external ids), or of all examples of a group, for ever.

    One transaction empties the database; a job then empties the versions and exports, for few examples before this
    returns. Again is harmless. Raises Invalid, UnknownKeys.
    """
    reason = checks.check_text(reason, field="reason", most=LONGEST_REASON)
    with transaction.atomic():
        examples, already = _locked(find(project=project, keys=keys, group=group), project)
        erasures = _erase(examples, project, reason, by, now) if examples else []
        job = jobs.enqueue(KIND, key=str(project.pk), project_id=project.pk, now=now, project=project.pk)
    if job is not None and len(erasures) <= FEW:
        jobs.run(job.pk, handlers={KIND: erase_job}, now=now)
    found = Erasure.objects.filter(pk__in=[erasure.pk for erasure in erasures])
    return Erased(list(found.select_related("example", "by").order_by("example__external_id")), already)


def find(*, project: Project, keys: Sequence[str] = (), group: str = "") -> list[Example]:
    """The examples that are meant. Raises Invalid, UnknownKeys, which names each key that is not there."""
    wanted = list(dict.fromkeys(keys))
    if bool(wanted) == bool(group):
        raise checks.invalid("keys", "give the keys of the examples, or one group")
    meant = Q(group=group) if group else Q(external_id__in=wanted)
    found = list(Example.objects.filter(meant, project=project).order_by("pk")[: MOST_AT_ONCE + 1])
    if len(found) > MOST_AT_ONCE or len(wanted) > MOST_AT_ONCE:
        raise checks.invalid("keys", f"at most {MOST_AT_ONCE:,} examples can be erased at once")
    missing = sorted(set(wanted) - {example.external_id for example in found})
    if missing or not found:
        named = ", ".join(repr(key) for key in missing[:20]) if missing else f"group {group!r}"
        more = f" and {len(missing) - 20} more" if len(missing) > 20 else ""
        raise UnknownKeys(
            f"{project.slug} has no example {named}{more}. Nothing was erased; correct the keys and ask again.",
            errors=[{"where": "keys", "message": key} for key in missing] or [{"where": "group", "message": group}],
        )
    return found


def _locked(examples: list[Example], project: Project) -> tuple[list[Example], list[str]]:
    """Those that are still to be erased, and the keys of the others. Whoever labels, rules or publishes them waits."""
    ids = [example.pk for example in examples]
    _lock_items(ids)
    # Publishing, sampling and ingest hold it too.
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    _lock_items(ids)
    rows = list(Example.objects.filter(pk__in=ids).order_by("pk"))
    already = sorted(example.external_id for example in rows if example.erased_at is not None)
    return [example for example in rows if example.erased_at is None], already


def _lock_items(examples: list[int]) -> None:
    list(Item.objects.filter(example__in=examples).order_by("pk").select_for_update(no_key=True).values_list("pk"))


def _erase(
    examples: list[Example], project: Project, reason: str, by: User | None, now: datetime
) -> list[Erasure]:  # fmt: skip
    ids = [example.pk for example in examples]
    items = {item.example_id: item for item in Item.objects.filter(example__in=ids).order_by("pk")}
    erasures = Erasure.objects.bulk_create(
        Erasure(project=project, example=example, item=items.get(example.pk), reason=reason, at=now, by=by)
        for example in examples
    )
    Example.objects.filter(pk__in=ids).update(payload=None, salt=None, metadata={}, erased_at=now)
    Prediction.objects.filter(example__in=ids).update(answer=None, explanation=None)
    renew_salt_key(project=project)
    near_index.forget([item.pk for item in items.values()])
    _take_out(list(items.values()), by, now)
    empty_quotes(project=project, items=list(items.values()))
    if any(item.n_done for item in items.values()):
        enqueue_refit(project_id=project.pk, now=now)
    for erasure in erasures:
        record("example.erased", erasure, by=by, now=now, project_id=project.pk, key=erasure.example.external_id,
               reason=reason)  # fmt: skip
    return erasures


def _take_out(items: Collection[Item], by: User | None, now: datetime) -> None:
    """Nobody is asked about them any more, and what was said of them counts for nothing."""
    live = Lease.objects.filter(item__in=items, state=LeaseState.LIVE)
    # One that is locked waits for its item, and will find that this is erased.
    ended = list(live.select_for_update(skip_locked=True, no_key=True).values_list("pk", flat=True))
    Lease.objects.filter(pk__in=ended).update(state=LeaseState.EXPIRED)
    golds = Gold.objects.filter(item__in=items, closed_at=None)
    GoldDispute.objects.filter(gold__in=golds, closed_at=None).update(
        outcome=GoldDispute.Outcome.RETIRED, closed_by=by, closed_at=now
    )
    golds.update(closed_at=now)
    of_them = Item.objects.filter(pk__in=[item.pk for item in items])
    unsettled = of_them.filter(Q(state__in=[State.OPEN, State.CONTESTED]))
    unsettled.update(state=State.DISCARDED, state_at=now)
    of_them.update(purpose=Purpose.ERASED, n_active=0)


def as_json(erasure: Erasure) -> dict[str, Any]:
    """What commands print."""
    return {"id": erasure.public_id, "key": erasure.example.external_id, "at": erasure.at.isoformat(),
            "done_at": erasure.done_at.isoformat() if erasure.done_at else None, "rows": erasure.n_rows}  # fmt: skip
