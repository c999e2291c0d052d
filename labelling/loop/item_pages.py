"""Lists of items in an order of choice, page by page: a page costs the same wherever it is."""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F, FloatField, OuterRef, Prefetch, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from labelling.consensus.models import Resolution
from labelling.errors import Invalid
from labelling.loop.item_filter import INDEXED, LOOKED, matching, within
from labelling.projects.models import Project
from labelling.sampling.models import Item

MADE = "made"
_confidence = Subquery(Resolution.objects.filter(item=OuterRef("pk"), closed_at=None).values("confidence")[:1])
SORTS: dict[str, Any] = {
    MADE: F("pk"),
    "key": F("example__external_id"),
    "confidence": Coalesce(_confidence, Value(2.0), output_field=FloatField()),
    "labels": F("n_done"),
    "priority": F("priority"),
    "changed": F("state_at"),
}
# What is not decided comes after all that is, whichever way that is read.
DOWNWARDS = {"confidence": Coalesce(_confidence, Value(-1.0), output_field=FloatField())}
ORDERS = [sign + name for name in SORTS for sign in ("", "-")]


@dataclass(frozen=True)
class Found:
    """rows: a page of items; cursor: of the page that follows, empty on the last one.

    looked: there may be fewer rows than asked for, since so many items were looked at that the rest is for the next.
    """

    rows: list[Item]
    cursor: str
    looked: bool = False


def listed(rows: QuerySet[Item]) -> QuerySet[Item]:
    """With what a list shows: the example, and the resolution that stands as `standing` (a list of one or none)."""
    standing = Prefetch("resolutions", Resolution.objects.filter(closed_at=None), to_attr="standing")
    return rows.select_related("example").prefetch_related(standing)


def find(
    *, project: Project, where: Mapping[str, Any], sort: str = MADE, cursor: str = "", limit: int,
    only: Q | None = None,
) -> Found:  # fmt: skip
    """A page of the items that match. `sort`: one of ORDERS; `only`: what the reader may see at all.

    Raises Invalid for a filter, an order or a cursor that is none, and for an order that would have to sort more than
    LOOKED items: those as they were made can be read however many there are.
    """
    if sort not in ORDERS:
        raise _refused("sort", f"must be one of {', '.join(ORDERS)}")
    rows = listed(matching(project, where).filter(only or Q()))
    by_id = sort.removeprefix("-") == MADE
    return _as_made(project, where, rows, sort, cursor, limit) if by_id else _sorted(
        project, where, rows, sort, cursor, limit
    )  # fmt: skip


def _as_made(
    project: Project, where: Mapping[str, Any], rows: QuerySet[Item], sort: str, cursor: str, limit: int
) -> Found:
    backwards = sort.startswith("-")
    after = _decode(cursor, sort)[1] if cursor else 0
    if after:
        rows = rows.filter(pk__lt=after) if backwards else rows.filter(pk__gt=after)
    last = within(project, where, after=after, backwards=backwards)
    if last is not None:
        rows = rows.filter(pk__gte=last) if backwards else rows.filter(pk__lte=last)
    found = list(rows.order_by("-pk" if backwards else "pk")[: limit + 1])
    if len(found) > limit:
        return Found(found[:limit], _encode(sort, None, found[limit - 1].pk))
    return Found(found, "" if last is None else _encode(sort, None, last), looked=last is not None)


def _sorted(
    project: Project, where: Mapping[str, Any], rows: QuerySet[Item], sort: str, cursor: str, limit: int
) -> Found:
    base = matching(project, {name: value for name, value in where.items() if name in INDEXED})
    if base.order_by("pk").values("pk")[LOOKED : LOOKED + 1].exists():
        raise _refused(
            "sort",
            f"only up to {LOOKED:,} items are sorted that way; narrow them by state, round, labeller or the beginning "
            "of the key, or list them as they were made",
        )
    downwards, name = sort.startswith("-"), sort.removeprefix("-")
    rows = rows.annotate(sorted_by=(DOWNWARDS if downwards and name in DOWNWARDS else SORTS)[name])
    if cursor:
        value, pk = _decode(cursor, sort)
        beyond = "lt" if downwards else "gt"
        rows = rows.filter(Q(**{f"sorted_by__{beyond}": value}) | Q(sorted_by=value, **{f"pk__{beyond}": pk}))
    sign = "-" if downwards else ""
    found: list[Any] = list(rows.order_by(f"{sign}sorted_by", f"{sign}pk")[: limit + 1])
    more = len(found) > limit
    return Found(found[:limit], _encode(sort, found[limit - 1].sorted_by, found[limit - 1].pk) if more else "")


def _encode(sort: str, value: Any, pk: int) -> str:
    kept = value.isoformat() if isinstance(value, datetime) else value
    return base64.urlsafe_b64encode(json.dumps([sort, kept, pk]).encode()).decode().rstrip("=")


def _decode(cursor: str, sort: str) -> tuple[Any, int]:
    """The sort value and the id after which to go on."""
    try:
        of, value, pk = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
        if of == sort and type(pk) is int and 0 < pk < 2**63:
            return _value(sort.removeprefix("-"), value), pk
    except (binascii.Error, ValueError, TypeError, OverflowError, AttributeError):
        pass
    raise _refused("cursor", "is not one of this list; use `next` of the page before, or leave it out")


def _value(name: str, value: Any) -> Any:
    """The value as its column compares it. Raises ValueError or TypeError for what the column can't hold."""
    if name == MADE:
        return None
    if name == "changed":
        at = datetime.fromisoformat(value)
        if at.tzinfo is None:
            raise ValueError("a time has a zone")
        return at
    if name == "key":
        if b"\x00" in value.encode():
            raise ValueError("a key has no NUL")
        return value
    number = float(value)
    if not -1e9 < number < 1e9:
        raise ValueError("out of range")
    return number


def _refused(name: str, message: str) -> Invalid:
    return Invalid(f"{name}: {message}", errors=[{"where": name, "message": message}])
