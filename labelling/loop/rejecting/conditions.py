"""Which labels: the one meaning of the conditions that a rejection names, for the page, the API and the job.

Conditions are a dict of plain JSON values, by the names in `CONDITIONS`; a label must meet all of them. They look only
at what never changes of a label, so that they say the same today and while a job works through them.
"""

import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from django.db.models import Q

from labelling.assignment.models import Abstention, Batch, Label, LabelQuerySet
from labelling.errors import Invalid
from labelling.loop.item_filter import texts_of_class
from labelling.projects.models import GuidelineVersion, Member, Project, Role

MOST_LABELLERS = 500
LONGEST_SECONDS = 7 * 86_400

Narrow = Callable[[Project, Any], Q]


def labels_where(project: Project, where: Mapping[str, Any]) -> LabelQuerySet:
    """The standing labels of a project that meet the conditions. Raises Invalid for a name or a value that can't be,
    and where there is no condition at all."""
    where = plain(where)
    unknown = sorted(set(where) - set(CONDITIONS))
    if unknown:
        raise refused(unknown[0], f"is not a condition; the conditions are {', '.join(CONDITIONS)}")
    if not where:
        raise Invalid(f"Name at least one condition: {', '.join(CONDITIONS)}.")
    rows = Label.objects.standing().filter(project=project)
    for name, value in where.items():
        rows = rows.filter(CONDITIONS[name](project, value))
    since, until = where.get("since"), where.get("until")
    if since and until and moment("since", since) >= moment("until", until):
        raise refused("until", "must be later than since")
    return rows


def plain(where: Mapping[str, Any]) -> dict[str, Any]:
    """The conditions as JSON holds them: without what names nothing, times as text, lists sorted."""
    kept = {name: value for name, value in where.items() if value is not None and value not in ("", [])}
    return {name: _plain(value) for name, value in kept.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return sorted(value) if isinstance(value, list | tuple) and all(isinstance(one, str) for one in value) else value


def moment(name: str, value: Any) -> datetime:
    """A time with its zone. Raises Invalid where it states none."""
    try:
        read = value if isinstance(value, datetime) else datetime.fromisoformat(value)
        if read.utcoffset() is not None:
            read.astimezone(UTC)  # The first and the last hours of all can't be.
            return read
    except (TypeError, ValueError, OverflowError) as error:
        raise refused(name, "must be a day and time such as 2026-03-03T10:00+01:00") from error
    raise refused(name, "must state its time zone, as in 2026-03-03T10:00+01:00")


def _labellers(project: Project, value: Any) -> Q:
    ids = [value] if isinstance(value, str) else value
    if not isinstance(ids, list | tuple) or not all(isinstance(one, str) for one in ids):
        raise refused("labellers", "must be a list of labellers' ids")
    if len(ids) > MOST_LABELLERS:
        raise refused("labellers", f"are more than {MOST_LABELLERS}")
    readable = [one for one in ids if "\x00" not in one]
    rows = Member.objects.filter(project=project, role=Role.LABELLER, public_id__in=readable)
    found = dict(rows.values_list("public_id", "pk"))
    if missing := [one for one in ids if one not in found]:
        raise refused("labellers", f"{missing[0]!r} is not a labeller of this project")
    return Q(labeller__in=sorted(found.values()))


def _batch(project: Project, public_id: Any) -> Q:
    batch = _found("batch", Batch.objects.filter(labeller__project=project), public_id)
    return Q(batch=batch)


def _label(project: Project, public_id: Any) -> Q:
    return Q(pk=_found("label", Label.objects.filter(project=project), public_id).pk)


def _from_label(project: Project, public_id: Any) -> Q:
    label = _found("from_label", Label.objects.filter(project=project), public_id)
    return Q(labeller=label.labeller_id, pk__gte=label.pk)


def _to_label(project: Project, public_id: Any) -> Q:
    label = _found("to_label", Label.objects.filter(project=project), public_id)
    return Q(labeller=label.labeller_id, pk__lte=label.pk)


def _found(name: str, rows: Any, public_id: Any) -> Any:
    readable = isinstance(public_id, str) and "\x00" not in public_id
    found = rows.filter(public_id=public_id).first() if readable else None
    if found is None:
        what = "batch" if name == "batch" else "label"
        raise refused(name, f"there is no {what} {public_id!r} in this project")
    return found


def _guideline(project: Project, number: Any) -> Q:
    whole = isinstance(number, int) and not isinstance(number, bool)
    known = list(GuidelineVersion.objects.filter(project=project).order_by("number").values_list("number", flat=True))
    if not whole or number not in known:
        raise refused("guideline", f"must be the number of a guideline: 1 to {known[-1]}")
    return Q(guideline__number=number)


def _seconds(_: Project, value: Any) -> Q:
    number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    if not number or not 0 < value <= LONGEST_SECONDS:
        raise refused("active_below", f"must be seconds above 0, at most {LONGEST_SECONDS}")
    return Q(active_seconds__lt=value)


def _abstention(_: Project, value: Any) -> Q:
    if value not in Abstention.values:
        raise refused("abstention", f"must be one of {', '.join(Abstention.values)}")
    return Q(abstention=value)


def _answer(project: Project, name: Any) -> Q:
    return Q(answer__in=texts_of_class(project, str(name)))


def _slice(_: Project, name: Any) -> Q:
    if not isinstance(name, str) or "\x00" in name or len(name) > 200:
        raise refused("slice", "must be the name of a slice")
    return Q(item__example__slice=name)


def refused(name: str, message: str) -> Invalid:
    return Invalid(f"{name}: {message}", errors=[{"where": name, "message": message}])


CONDITIONS: dict[str, Narrow] = {
    "labellers": _labellers,
    "since": lambda _, value: Q(at__gte=moment("since", value)),
    "until": lambda _, value: Q(at__lt=moment("until", value)),
    "answer": _answer,
    "abstention": _abstention,
    "slice": _slice,
    "guideline": _guideline,
    "active_below": _seconds,
    "batch": _batch,
    "label": _label,
    "from_label": _from_label,
    "to_label": _to_label,
}
# Those that an index serves, whatever the others are.
INDEXED = {"labellers", "batch", "label", "from_label", "to_label"}
