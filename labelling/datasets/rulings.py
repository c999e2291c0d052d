"""Recalls by ruling: a version is recalled where somebody with more authority has ruled otherwise than its row says.

A recall by ruling stands exactly as long as its ruling does: another ruling, or asking for more labels, withdraws it.
"""

from collections.abc import Callable, Collection, Iterator
from datetime import datetime

import numpy as np
from django.db import transaction
from django.db.models import QuerySet

from labelling.consensus.models import Authority, Resolution
from labelling.datasets.models import Recall
from labelling.datasets.telling import tell_recalled
from labelling.datasets.tracing import Found, rows_of_items
from labelling.projects.models import Project
from labelling.projects.queries import in_words_of

CHUNK = 500


def recall_ruled(*, project_id: int, resolutions: Collection[int], now: datetime) -> list[Recall]:
    """Recall each version with a row that one of these rulings (ids) contradicts, and withdraw the recalls of rulings
    that no longer stand. Safe to repeat.

    Locks the project's row, as publishing does: a version that is being written is seen, and the next one sees the
    ruling. Opens each segment once, however many rulings there are.
    """
    with transaction.atomic():
        project = Project.objects.select_for_update(no_key=True).get(pk=project_id)
        withdraw_superseded(project_id=project_id, now=now)
        standing: dict[int, Resolution] = {}
        for chunk in _chunks(sorted(resolutions)):
            standing |= {ruling.item_id: ruling for ruling in rulings_of(project_id).filter(pk__in=chunk)}
        recalls = list(contradicted(project, standing, now)) if standing else []
        already = set()
        for chunk in _chunks([ruling.pk for ruling in standing.values()]):
            known = Recall.objects.filter(resolution__in=chunk, withdrawn_at=None)
            already |= set(known.values_list("version_id", "resolution_id"))
        new = [recall for recall in recalls if (recall.version_id, recall.resolution_id) not in already]
        made = Recall.objects.bulk_create(new, batch_size=CHUNK)
        tell_recalled(made, now=now)
        return made


def withdraw_superseded(*, project_id: int, now: datetime) -> int:
    """Close the recalls whose ruling no longer stands; returns how many."""
    over = Recall.objects.filter(
        version__project=project_id, withdrawn_at=None, resolution__isnull=False, resolution__closed_at__isnull=False
    )
    return Recall.objects.filter(pk__in=over.values("pk")).update(withdrawn_at=now)


def rulings_of(project_id: int) -> QuerySet[Resolution]:
    """The rulings of a project that stand."""
    standing = Resolution.objects.filter(closed_at=None, item__project=project_id)
    return standing.exclude(authority=Authority.CROWD)


def contradicted(project: Project, rulings: dict[int, Resolution], now: datetime) -> Iterator[Recall]:
    """A recall for each version and ruling. rulings: {item: the ruling}."""
    words = in_words_of(project.schema_in_force)
    wanted = {item: words(ruling.answer) if ruling.answer else "" for item, ruling in rulings.items()}
    for found in rows_of_items(project.pk, list(rulings)):
        differs = _differing(found, wanted, words)
        for version_id, held in found.versions():
            for at in (held & differs).nonzero()[0]:
                ruling = rulings[int(found.items[at])]
                yield Recall(
                    version_id=version_id, resolution=ruling, reason=ruling.reason or ruling.discard_reason, n_rows=1,
                    keys=[found.opened.key(int(found.rows[at])).decode()], at=now,
                )  # fmt: skip


def _differing(found: Found, wanted: dict[int, str], words: Callable[[str], str]) -> np.ndarray:
    """bool a row: its answer is another one than the ruling's, in the words of the schema in force. Erased rows say
    nothing any more."""
    answers = found.opened.content(found.rows, ["answer"])["answer"].to_pylist()
    return np.array([
        answer is not None and words(answer) != wanted[int(item)]
        for item, answer in zip(found.items, answers, strict=True)
    ])  # fmt: skip


def _chunks(values: list[int]) -> Iterator[list[int]]:
    return (values[at : at + CHUNK] for at in range(0, len(values), CHUNK))
