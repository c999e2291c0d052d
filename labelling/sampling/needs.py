"""What items need of who labels them: read from texts and examples, and kept as a small number of queues."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from labelling import canonical
from labelling.errors import Conflict
from labelling.projects import checks
from labelling.projects.models import Project
from labelling.sampling.models import Queue

MOST_QUEUES = 64

Needs = Mapping[str, int]


class TooManyQueues(Conflict):
    """The project's items need too many different things; use the same tags and levels for more of them."""


def parse_needs(texts: Iterable[str]) -> dict[str, int]:
    """{"lang:de": 2} of "lang:de=2"; a tag alone needs level 1. Raises Invalid."""
    needs: dict[str, Any] = {}
    for text in texts:
        tag, _, level = text.strip().partition("=")
        if tag.strip() in needs:
            raise checks.invalid("needs", f"names {tag.strip()} twice")
        needs[tag.strip()] = int(level) if level.strip().isascii() and level.strip().isdigit() else level.strip() or 1
    return checks.check_needs(needs)


def in_words(needs: Needs) -> str:
    """As "lang:de 2, law 1"; by tag, since PostgreSQL keeps the keys of JSON in an order of its own."""
    return ", ".join(f"{tag} {level}" for tag, level in sorted(needs.items()))


def joined(one: Needs, other: Needs) -> dict[str, int]:
    """Both together: of a tag that stands in both, the greater level. Raises Invalid when they are too many."""
    return checks.check_needs({tag: max(one.get(tag, 0), other.get(tag, 0)) for tag in {*one, *other}})


def key_of(needs: Needs) -> str:
    """The needs as canonical JSON text."""
    return canonical.dumps(dict(needs))


def queue_for(*, project: Project, needs: Needs) -> Queue | None:
    """The queue of items that need this; None for those that need nothing. Raises Invalid, TooManyQueues."""
    checked = checks.check_needs(dict(needs))
    return queues_for(project=project, wanted=[checked])[key_of(checked)] if checked else None


def queues_of(project: Project) -> QuerySet[Queue]:
    """All of the project's queues, by what they need."""
    return Queue.objects.filter(project=project).order_by("key")


@transaction.atomic
def queues_for(*, project: Project, wanted: Collection[Needs]) -> dict[str, Queue]:
    """The queue of each of the needs, by its key; those that are missing are made. Raises TooManyQueues.

    A labeller's next item is looked for in every queue, so a project has at most MOST_QUEUES of them.
    """
    by_key = {key_of(needs): needs for needs in wanted if needs}
    found = {queue.key: queue for queue in Queue.objects.filter(project=project, key__in=by_key)}
    if len(found) == len(by_key):
        return found
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    there = {queue.key: queue for queue in Queue.objects.filter(project=project)}
    missing = [Queue(project=project, needs=dict(by_key[key]), key=key) for key in sorted(by_key.keys() - there.keys())]
    if len(there) + len(missing) > MOST_QUEUES:
        raise TooManyQueues(
            f"needs: items of a project may need at most {MOST_QUEUES} different things; there are {len(there)} and "
            f"{len(missing)} would come, the first of them {missing[0]}. Use the same tags and levels for more items"
        )
    Queue.objects.bulk_create(missing)
    return {key: queue for key, queue in [*there.items(), *((one.key, one) for one in missing)] if key in by_key}
