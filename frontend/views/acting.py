"""What the pages of owners share: who may act, forms that are shown again, lists that go on."""

from dataclasses import dataclass
from typing import Any, TypeVar, cast
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from frontend.views.access import OWNER
from labelling.errors import NotFound
from labelling.projects.checks import check_text
from labelling.projects.models import User

PAGE = 50
LARGEST_ID = 2**63 - 1
UNREADABLE = 422
LONG = 2000

M = TypeVar("M", bound=Model)


def may_act(request: HttpRequest) -> bool:
    """Owners act; auditors read."""
    roles: set[str] = request.roles  # type: ignore[attr-defined]  # set by `project_page`
    return OWNER in roles


def acting_owner(request: HttpRequest) -> User:
    """The owner who sent a form. Raises PermissionDenied for everybody else."""
    if not may_act(request):
        raise PermissionDenied("Only an owner of the project may change this; you may read it.")
    return cast(User, request.user)


def typed(request: HttpRequest, field: str, *, most: int = LONG, required: bool = True) -> str:
    """What was typed into a field, stripped. Raises Invalid if it is empty but required, too long or can't be kept."""
    return check_text(request.POST.get(field, ""), field=field, most=most, empty=not required)


@dataclass(frozen=True)
class Page:
    """rows: at most PAGE of them; more: the address of those that follow, empty on the last page; start: that of the
    first page, empty on it."""

    rows: list[Any]
    more: str
    start: str


def page_of(rows: QuerySet[Any], request: HttpRequest, *, newest_first: bool = False) -> Page:
    """The rows after the one that `after` in the address names, in the order they were made."""
    after = _position(request.GET.get("after", ""))
    if after:
        rows = rows.filter(pk__lt=after) if newest_first else rows.filter(pk__gt=after)
    found = list(rows.order_by("-pk" if newest_first else "pk")[: PAGE + 1])
    start = _address(request) if after else ""
    more = _address(request, after=str(found[PAGE - 1].pk)) if len(found) > PAGE else ""
    return Page(found[:PAGE], more, start)


def _address(request: HttpRequest, **changes: str) -> str:
    query = {name: value for name, value in request.GET.items() if name != "after" and value}
    return f"?{urlencode(query | changes)}"


def _position(text: str) -> int:
    readable = text.isascii() and text.isdigit() and len(text) < len(str(LARGEST_ID))
    return int(text) if readable else 0


def one(rows: QuerySet[M], public_id: str, what: str) -> M:
    """The row of that public id. Raises NotFound, which becomes a 404."""
    found = None if "\x00" in public_id else rows.filter(public_id=public_id).first()
    if found is None:
        raise NotFound(f"there is no {what} {public_id!r} in this project")
    return found
