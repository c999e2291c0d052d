"""Where a round's items belong: each to a part of the round, and to the queue of what it needs."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from django.db.models import F

from labelling.errors import Invalid
from labelling.ingest.models import Example
from labelling.projects import checks
from labelling.sampling.models import Part, SamplingRound
from labelling.sampling.needs import Needs, joined, key_of, queues_for

READ_AT_ONCE = 5_000
MOST_NAMED = 20


class Place(NamedTuple):
    part: int
    queue: int | None


def places_of(
    made: SamplingRound, examples: Sequence[int], *, needs: Needs, ignore_own_needs: bool
) -> dict[int, Place]:
    """Where the item of each example goes; makes the round's parts, and the queues that are not there yet.

    needs: of every item of the round; an example's metadata may need more under the key "needs".
    Raises Invalid naming the examples whose needs can't be read, TooManyQueues.
    """
    told = _told(examples, needs=needs, ignore_own_needs=ignore_own_needs)
    sizes = Counter(slice_name for slice_name, _ in told.values())
    parts = Part.objects.bulk_create(
        [Part(round=made, slice=name, n_items=sizes[name]) for name in sorted(sizes, key=str.encode)], READ_AT_ONCE
    )
    part_of = {part.slice: part.pk for part in parts}
    wanted = {key_of(one): one for _, one in told.values()}
    queues = queues_for(project=made.project, wanted=list(wanted.values()))
    queue_of = {key: queues[key].pk if key in queues else None for key in wanted}
    return {example: Place(part_of[name], queue_of[key_of(one)]) for example, (name, one) in told.items()}


def _told(examples: Sequence[int], *, needs: Needs, ignore_own_needs: bool) -> dict[int, tuple[str, Needs]]:
    """Of each example its slice, and what its item needs."""
    told: dict[int, tuple[str, Needs]] = {}
    faults: list[tuple[str, str]] = []
    for pk, external_id, slice_name, own in _read(examples):
        told[pk] = (slice_name, needs)
        if own is None or ignore_own_needs or len(faults) >= MOST_NAMED:
            continue
        try:
            told[pk] = (slice_name, joined(needs, checks.check_needs(own, field="metadata.needs")))
        except Invalid as error:
            faults += [(f"examples.{external_id}.{fault['where']}", str(fault["message"])) for fault in error.errors]
    if faults:
        faults[-1] = (
            faults[-1][0],
            f"{faults[-1][1]}. Draw the round without the examples' own needs, or correct them",
        )
    checks.refuse(faults)
    return told


def _read(examples: Sequence[int]) -> Iterator[tuple[int, str, str, Any]]:
    for start in range(0, len(examples), READ_AT_ONCE):
        rows = Example.objects.filter(pk__in=examples[start : start + READ_AT_ONCE]).annotate(own=F("metadata__needs"))
        yield from rows.values_list("pk", "external_id", "slice", "own").iterator(READ_AT_ONCE)
