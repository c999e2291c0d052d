"""What a rejection is about, in words."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from frontend.views.access import sentence
from labelling.assignment.models import Abstention, Rejection, Scope
from labelling.errors import QuorumError
from labelling.loop.rejecting.target import Target
from labelling.projects.models import Member

# Conditions as the form for them calls them.
FIELDS = {
    "since": "Given since", "until": "Given before", "zone": "Time zone", "labellers": "Labellers", "answer": "Answer",
    "abstention": "Could not decide", "slice": "Slice", "guideline": "Guideline",
    "active_below": "Active for less than",
}  # fmt: skip


def fault_in_words(error: QuorumError) -> str:
    """What stands against a rejection, by the names that the form has for its fields."""
    told = [(FIELDS.get(str(one["where"])), str(one["message"])) for one in error.errors]
    if not told or not all(field for field, _ in told):
        return sentence(error)
    return "; ".join(f"{field}: {message.replace('than since', 'than “Given since”')}" for field, message in told)


def conditions_in_words(rejection: Rejection) -> str:
    """As in "Batch 3 of lara"."""
    name = rejection.labeller.name if rejection.labeller else ""
    return _said(rejection.scope, name, rejection.where, batch=rejection.batch.number if rejection.batch else None)


def asked_in_words(target: Target) -> dict[str, str]:
    """The same of what is about to be rejected: as a sentence, and to follow on "Reject" in a heading."""
    name = target.labeller.name if target.labeller else ""
    said = _said(target.scope, name, target.where, batch=target.batch.number if target.batch else None)
    return {"sentence": said, "heading": said[0].lower() + said[1:]}


def _said(scope: str, labeller: str, where: Mapping[str, Any], *, batch: int | None) -> str:
    if scope == Scope.LABELLER:
        return f"All labels of {labeller}"
    if scope == Scope.BATCH:
        return f"Batch {batch} of {labeller}"
    if scope == Scope.LABEL:
        return f"One label of {labeller}"
    if scope == Scope.RANGE:
        ends = {name: value for name, value in where.items() if name != "labellers"}
        return f"Labels of {labeller}{_listed(ends)}"
    return f"All labels{_listed(where)}"


def _listed(where: Mapping[str, Any]) -> str:
    parts = [WORDS[name](value) for name, value in where.items() if name in WORDS]
    return f" {', '.join(parts)}" if parts else ""


def _names(ids: list[str]) -> str:
    names = list(Member.objects.filter(public_id__in=ids).order_by("name").values_list("name", flat=True)[:4])
    more = len(ids) - len(names[:3])
    return f"by {', '.join(names)}" if more <= 1 else f"by {', '.join(names[:3])} and {more} others"


def _at(text: str) -> str:
    at = datetime.fromisoformat(text)
    offset = at.strftime("%z")
    return f"{at:%-d %b %Y, %H:%M} ({'UTC' if offset == '+0000' else f'UTC{offset[:3]}:{offset[3:]}'})"


WORDS = {
    "labellers": _names,
    "since": lambda text: f"given since {_at(text)}",
    "until": lambda text: f"given before {_at(text)}",
    "answer": lambda name: f"that answer “{name}”",
    "abstention": lambda reason: f"that abstain: {Abstention(reason).label}",
    "slice": lambda name: f"of the slice “{name}”",
    "guideline": lambda number: f"under guideline {number}",
    "active_below": lambda seconds: f"given in under {seconds:g} s",
    "batch": lambda _: "of one batch",
    "label": lambda _: "by its id",
    "from_label": lambda _: "from the one picked",
    "to_label": lambda _: "up to the one picked",
}
