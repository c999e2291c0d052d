"""Which columns beside an example's own may quote its content, and what they become when it is erased.

Every other column that people or programs fill in freely is listed in docs/decisions/0040, with why it stays.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db.models import QuerySet

from labelling import canonical
from labelling.assignment.models import Draft, Label
from labelling.audit.models import Entry
from labelling.projects.models import Project
from labelling.reliability.models import GoldDispute
from labelling.sampling.models import Gold, Item
from labelling.schemas import kind_of

# What an audit entry says in somebody's own words, or quotes.
SAID = ("after", "answer", "answered", "before", "discard_reason", "note", "rationale", "reason")


@dataclass(frozen=True)
class Quoting:
    """Columns of rows that belong to an item, found through `item`. answers: hold an answer; words: what somebody
    wrote; named: words that can't be empty where there are any."""

    model: str
    answers: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    named: tuple[str, ...] = ()
    item: str = "item"


QUOTING = (
    Quoting("labelling.Label", answers=("answer",), words=("note",)),
    Quoting("labelling.Gold", answers=("answer",), words=("reason",)),
    Quoting("labelling.GoldDispute", words=("reason", "answered"), item="gold__item"),
    Quoting("labelling.Resolution", answers=("answer",), words=("reason",), named=("discard_reason",)),
    Quoting("labelling.Recall", words=("reason",), item="resolution__item"),
    Quoting("labelling.AuditedAnswer", answers=("answer",)),
    # By its name: the stage of experts stands above this one.
    Quoting("experts.Decision", answers=("answer",), words=("rationale",), item="case__item"),
)
NAMED_INSTEAD = "erased"


def empty_quotes(*, project: Project, items: Collection[Item]) -> None:
    """Take what may quote these items' content out of every row about them; call it while their erasure is on record
    and not done. Answers of kinds that quote nothing stay."""
    without = kind_of(project.schema_in_force.kind).without_content
    for quoting in QUOTING:
        rows = apps.get_model(quoting.model)._default_manager.filter(**{f"{quoting.item}__in": items})
        if without is not None:
            _become(rows, quoting.answers, canonical.dumps(without))
        _become(rows, quoting.words, "")
        _become(rows, quoting.named, NAMED_INSTEAD)
    Draft.objects.filter(item__in=items).delete()
    _empty_entries(project, items)


def _become(rows: QuerySet[Any], columns: Collection[str], text: str) -> None:
    for column in columns:
        ids = list(rows.exclude(**{column: ""}).exclude(**{column: text}).values_list("pk", flat=True))
        rows.model._default_manager.filter(pk__in=ids).update(**{column: text})


def _empty_entries(project: Project, items: Collection[Item]) -> None:
    """The audit keeps who did what and when."""
    entries = Entry.objects.filter(project_id=project.pk, subject_id__in=_subjects(items))
    for entry in entries:
        detail = {name: value for name, value in entry.detail.items()
                  if name not in SAID or not isinstance(value, str)}  # fmt: skip
        if detail != entry.detail:
            Entry.objects.filter(pk=entry.pk).update(detail=detail)


def _subjects(items: Collection[Item]) -> list[str]:
    """How audit entries name the items and what is theirs."""
    cases = apps.get_model("experts.Case")._default_manager.filter(item__in=items)
    golds = Gold.objects.filter(item__in=items)
    found = [item.public_id for item in items]
    for rows in (cases, Label.objects.filter(item__in=items), GoldDispute.objects.filter(gold__in=golds)):
        found += rows.values_list("public_id", flat=True)
    return found
