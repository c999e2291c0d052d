"""Who may do what where: one call at the head of a view."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar, cast

from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from labelling.api.problems import ProjectNotFound
from labelling.api.scopes import SCOPES
from labelling.errors import Forbidden, NotFound
from labelling.projects import keys
from labelling.projects.models import ApiToken, Member, Project, Role, User

OWNER = (Role.OWNER,)
LABELLER = (Role.LABELLER,)
EXPERT = (Role.OWNER, Role.EXPERT)
READER = (Role.OWNER, Role.AUDITOR)
STAFF = (Role.OWNER, Role.AUDITOR, Role.EXPERT)
Row = TypeVar("Row", bound=Model)

ANYONE = (Role.OWNER, Role.AUDITOR, Role.EXPERT, Role.LABELLER)


def access(request: Request, project_ref: str, *, roles: Sequence[str], scope: str | None) -> tuple[Project, Member]:
    """The project and the caller's membership, the first of `roles` that they have. One query.

    `project_ref`: slug or public id. Raises ProjectNotFound for a project that isn't, that the caller is no member
    of, or that their token is not for; Forbidden for a missing role or scope.
    """
    members = {member.role: member for member in memberships(request, project_ref)}
    if not members:
        raise ProjectNotFound(f"There is no project {project_ref!r} of yours.")
    require_scope(request, scope)
    member = next((members[role] for role in roles if role in members), None)
    if member is None:
        raise Forbidden(f"This needs the role {' or '.join(roles)}; you are {' and '.join(sorted(members))} here.")
    if member.suspended_at and member.role != Role.LABELLER:
        raise Forbidden(gettext("Your membership of this project is suspended. Ask its owner why."))
    return member.project, member


def row_access(
    request: Request, rows: QuerySet[Row], public_id: str, *, roles: Sequence[str], scope: str | None,
    project_of: Callable[[Any], Project] = lambda row: row.project,
) -> tuple[Row, Member]:  # fmt: skip
    """The row of that public id, and the caller's membership of its project.

    Raises NotFound for a row that isn't or that is of a project that is none of the caller's; Forbidden as `access`.
    """
    noun = rows.model._meta.verbose_name
    row = rows.filter(public_id=public_id).first()
    if row is None:
        raise NotFound(f"There is no {noun} {public_id!r} of yours.")
    try:
        _, member = access(request, project_of(row).public_id, roles=roles, scope=scope)
    except ProjectNotFound:
        raise NotFound(f"There is no {noun} {public_id!r} of yours.") from None
    return row, member


def memberships(request: Request, project_ref: str) -> list[Member]:
    """The caller's memberships of a project, with the project and the rows in force."""
    found = Member.objects.filter(
        Q(project__slug=project_ref) | Q(project__public_id=project_ref), user=cast(User, request.user)
    ).select_related("project__schema", "project__guideline", "project__policy")
    token = request.auth
    if isinstance(token, ApiToken) and token.project_id:
        found = found.filter(project=token.project_id)
    return list(found)


def require_scope(request: Request, scope: str | None) -> None:
    """Raises Forbidden when the caller's token lacks a scope. A session is not bound by scopes."""
    token = request.auth
    if scope is not None and isinstance(token, ApiToken) and scope not in token.scopes:
        raise Forbidden(f"Your token lacks the scope {scope} ({SCOPES[scope]}).")


def key_of(request: Request, scope: str) -> ApiToken | None:
    """The caller's token; None for a session. Raises Forbidden when the token lacks the scope."""
    require_scope(request, scope)
    return request.auth if isinstance(request.auth, ApiToken) else None


def require_standing_key(request: Request, *, now: datetime) -> None:
    """Raises AuthenticationFailed when the caller's token, remembered perhaps, may be used no more."""
    if isinstance(request.auth, ApiToken) and not keys.stands(token=request.auth, now=now):
        raise AuthenticationFailed(gettext("This token is unknown, revoked or too old. Ask for another one."))


def require_free_token(request: Request) -> None:
    """Raises Forbidden for a token of one project, where the act concerns others."""
    token = request.auth
    if isinstance(token, ApiToken) and token.project_id:
        raise Forbidden(gettext("Your token is for one project only; this needs a token of a person, or a sign-in."))
