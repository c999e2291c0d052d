"""Which items: the one meaning of a filter, for the page, the API and what is done to many at once.

A filter is a dict of plain JSON values, by the names in `FILTERS`; what is not named narrows nothing. No request looks
at more than `LOOKED` items: a filter that no index serves goes through them in windows of that many, by id.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from labelling import canonical
from labelling.assignment.models import Label
from labelling.consensus.models import Authority, Resolution
from labelling.errors import Invalid
from labelling.projects.models import Project, SchemaVersion
from labelling.sampling.models import Item
from labelling.schemas import kind_of

LOOKED = 50_000
NOBODY = "none"
AUTHORITIES = {authority.name.lower(): authority for authority in Authority}
WHOSE = [*AUTHORITIES, NOBODY]

Narrow = Callable[[Project, Any], Q]


def matching(project: Project, where: Mapping[str, Any]) -> QuerySet[Item]:
    """The items of a project that a filter describes. Raises Invalid for a name or a value that it can't have."""
    rows = Item.objects.filter(project=project)
    for name, value in where.items():
        if name not in FILTERS:
            raise Invalid(
                f"{name}: is not a filter; the filters are {', '.join(FILTERS)}",
                errors=[{"where": name, "message": "is not a filter"}],
            )
        if value is not None and value != "":
            rows = rows.filter(FILTERS[name](project, value))
    return rows


def plain(where: Mapping[str, Any]) -> dict[str, Any]:
    """The filter as JSON holds it: without what narrows nothing, days as text."""
    kept = {name: value for name, value in where.items() if value is not None and value != ""}
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in kept.items()}


def within(project: Project, where: Mapping[str, Any], *, after: int = 0, backwards: bool = False) -> int | None:
    """The id of the last item to look at in one request, starting beyond `after`; None: all the rest may be seen."""
    if INDEXED.issuperset(plain(where)):
        return None
    base = matching(project, {name: value for name, value in where.items() if name in INDEXED})
    if after:
        base = base.filter(pk__lt=after) if backwards else base.filter(pk__gt=after)
    ids = base.order_by("-pk" if backwards else "pk").values_list("pk", flat=True)
    return next(iter(ids[LOOKED - 1 : LOOKED]), None)


def counted(project: Project, where: Mapping[str, Any], *, most: int) -> tuple[int, bool]:
    """How many items match, and whether that is all: no more than `most` are counted, in one window."""
    rows, last = matching(project, where), within(project, where)
    if last is not None:
        rows = rows.filter(pk__lte=last)
    n = rows.order_by("pk").values("pk")[: most + 1].count()
    return min(n, most), n <= most and last is None


def _same(column: str) -> Narrow:
    return lambda _, value: Q(**{column: value})


def _in_slice(_: Project, value: str) -> Q:
    return Q(example__slice=value)


def _of_standing(**conditions: Any) -> Q:
    return Q(Exists(Resolution.objects.filter(item=OuterRef("pk"), closed_at=None, **conditions)))


def texts_of_class(project: Project, name: str) -> list[str]:
    """The canonical answers that name a class, in whichever version of the label schema. Raises Invalid, also where
    answers have parts: no two need be the same."""
    kind = kind_of(project.schema_in_force.kind)
    if kind.merging:
        raise _refused("answer", f"can't be filtered by: answers of the kind {kind.name} have parts; leave it out")
    texts, known = set(), set()
    for schema in SchemaVersion.objects.filter(project=project):
        kind = kind_of(schema.kind)
        names = kind.classes(schema.definition)
        known |= set(names)
        if name in names:
            texts.add(canonical.dumps(kind.from_class(schema.definition, names.index(name))))
    if not texts:
        raise _refused("answer", f"{name!r} is not one of {', '.join(sorted(known))}")
    return sorted(texts)


def _answer(project: Project, name: str) -> Q:
    return _of_standing(answer__in=texts_of_class(project, name))


def _authority(_: Project, name: str) -> Q:
    if name == NOBODY:
        return ~_of_standing()
    if name not in AUTHORITIES:
        raise _refused("authority", f"must be one of {', '.join(WHOSE)}")
    return _of_standing(authority=AUTHORITIES[name])


def _given(**conditions: Any) -> Q:
    """Items with a standing label in their pass that is so."""
    labels = Label.objects.filter(item=OuterRef("pk"), pass_number=OuterRef("pass_number"), **conditions)
    return Q(Exists(labels.standing()))


def _disagreed(_: Project, wanted: bool) -> Q:
    """Items whose standing answers in their pass are not all the same."""
    answers = Label.objects.standing().answers()
    others = answers.filter(item=OuterRef("item"), pass_number=OuterRef("pass_number")).exclude(
        answer=OuterRef("answer")
    )
    first = answers.filter(Exists(others), item=OuterRef("pk"), pass_number=OuterRef("pass_number"))
    return Q(Exists(first)) if wanted else ~Q(Exists(first))


def _labeller(project: Project, public_id: str) -> Q:
    labels = Label.objects.filter(item=OuterRef("pk"), labeller__public_id=public_id, labeller__project=project)
    return Q(Exists(labels.standing()))


def _outdated(project: Project, wanted: bool) -> Q:
    older = _given(guideline__number__lt=project.guideline_in_force.number)
    return older if wanted else ~older


def _held(_: Project, wanted: bool) -> Q:
    return Q(held_at__isnull=not wanted)


def _day(value: Any) -> datetime:
    day = value if isinstance(value, date) else date.fromisoformat(value)
    return datetime.combine(day, time.min, UTC)


def _text(_: Project, value: str) -> Q:
    return Q(example__payload__icontains=canonical.payload_text(value)[1:-1])


def _refused(name: str, message: str) -> Invalid:
    return Invalid(f"{name}: {message}", errors=[{"where": name, "message": message}])


FILTERS: dict[str, Narrow] = {
    "q": _same("example__external_id__startswith"),
    "text": _text,
    "state": _same("state"),
    "purpose": _same("purpose"),
    "answer": _answer,
    "authority": _authority,
    "confidence_min": lambda _, value: _of_standing(confidence__gte=value),
    "confidence_max": lambda _, value: _of_standing(confidence__lte=value),
    "labels_min": _same("n_done__gte"),
    "labels_max": _same("n_done__lte"),
    "round": _same("round__number"),
    "slice": _in_slice,
    "split": _same("split"),
    "labeller": _labeller,
    "disagreed": _disagreed,
    "outdated": _outdated,
    "yardstick": _same("is_yardstick"),
    "audit": _same("is_audit"),
    "held": _held,
    "boosted": lambda _, wanted: ~Q(boost=0) if wanted else Q(boost=0),
    "made_after": lambda _, value: Q(created_at__gte=_day(value)),
    "made_before": lambda _, value: Q(created_at__lt=_day(value)),
}
# Those that an index serves, each alone and all together.
INDEXED = {"q", "state", "round", "labeller"}
