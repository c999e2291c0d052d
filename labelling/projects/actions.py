"""Making projects, replacing what governs them, and letting people and programs in."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeVar

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext

from labelling.audit import actions as audit
from labelling.errors import Conflict, NotFound
from labelling.projects import checks
from labelling.projects.models import (
    Account,
    ApiToken,
    GuidelineVersion,
    Invitation,
    Member,
    PolicyVersion,
    Project,
    Role,
    SchemaVersion,
    User,
)
from labelling.projects.queries import names_of, secret_hash

SALT_BYTES = 32
Row = TypeVar("Row", SchemaVersion, GuidelineVersion, PolicyVersion)


def renew_salt_key(*, project: Project) -> None:
    """Another key for the salts of examples to come, at random: who kept the old one can no longer try what an erased
    example's hashes were made of. Examples keep the salts that they have."""
    project.salt_key = secrets.token_bytes(SALT_BYTES)
    project.save(update_fields=["salt_key"])


class Taken(Conflict):
    """The name is in use; choose another one."""


class InvitationOver(Conflict):
    """The link was used up, revoked, or is too old; ask the project's owner for a new one."""


@transaction.atomic
def create_project(
    *,
    slug: str,
    name: str,
    kind: str,
    definition: dict[str, Any],
    guideline: str,
    policy: dict[str, Any],
    by: User | None,
    seed: int,
    now: datetime,
    salt_key: bytes | None = None,
    is_sample: bool = False,
) -> Project:
    """A project with version 1 of schema, guideline and policy, its account, and `by` as its owner.

    policy: the fields that differ from the default. salt_key: 32 bytes; at random unless given, and given only where
    two runs must hash alike. Raises Invalid naming each field at fault, Taken if the slug is in use.
    """
    if salt_key is not None and len(salt_key) != SALT_BYTES:
        raise checks.invalid("salt_key", f"must be {SALT_BYTES} bytes")
    cleaned = checks.check_schema(kind, definition)
    text = checks.check_text(guideline, field="guideline", most=checks.MAX_GUIDELINE, empty=True)
    values = checks.check_policy(policy)
    project = _insert_project(
        slug=checks.check_slug(slug),
        name=checks.check_text(name, field="name", most=200),
        created_at=now,
        created_by=by,
        seed=checks.check_seed(seed),
        salt_key=salt_key or secrets.token_bytes(SALT_BYTES),
        is_sample=is_sample,
    )
    first: dict[str, Any] = {"project": project, "number": 1, "created_at": now, "created_by": by}
    project.schema = SchemaVersion.objects.create(**first, kind=kind, definition=cleaned)
    project.guideline = GuidelineVersion.objects.create(**first, text=text)
    project.policy = _insert_policy(PolicyVersion(**first), values)
    project.save(update_fields=["schema", "guideline", "policy"])
    Account.objects.create(project=project, budget=project.policy.budget)
    audit.record("project.created", project, by=by, now=now, project_id=project.pk, slug=slug)
    if by is not None:
        add_member(project=project, user=by, role=Role.OWNER, name=by.get_username(), by=by, now=now)
    return project


@transaction.atomic
def new_schema(
    *, project: Project, definition: dict[str, Any], mapping: dict[str, str] | None, by: User | None, now: datetime
) -> SchemaVersion:
    """The next version of the label schema, of the same kind; it is in force at once.

    mapping: {class before: class after}, of answers with parts {label before: label after}; needed as soon as one of
    the version before is gone. Raises Invalid.
    """
    locked = _lock(project)
    before = locked.schemaversions.latest("number")
    cleaned = checks.check_schema(before.kind, definition)
    row = SchemaVersion(kind=before.kind, definition=cleaned, **_next(before, by=by, now=now))
    row.mapping = checks.check_mapping(mapping, before=names_of(before), after=names_of(row))
    return _put_in_force("schema", row, project=project, by=by, now=now, mapping=row.mapping)


@transaction.atomic
def new_guideline(*, project: Project, text: str, by: User | None, now: datetime) -> GuidelineVersion:
    """The next version of the guideline (Markdown); it is in force at once."""
    before = _lock(project).guidelineversions.latest("number")
    cleaned = checks.check_text(text, field="guideline", most=checks.MAX_GUIDELINE, empty=True)
    row = GuidelineVersion(text=cleaned, **_next(before, by=by, now=now))
    return _put_in_force("guideline", row, project=project, by=by, now=now)


@transaction.atomic
def new_policy(*, project: Project, changes: dict[str, Any], by: User | None, now: datetime) -> PolicyVersion:
    """The policy in force with `changes`; it is in force at once.

    The account's budget follows; a lowered budget stops at what is already reserved and spent, and the new version
    says that figure. Raises Invalid naming each field at fault.
    """
    cleaned = checks.check_policy(changes)
    before = _lock(project).policyversions.latest("number")
    values = {name: getattr(before, name) for name in checks.POLICY_FIELDS} | cleaned
    account = Account.objects.select_for_update().get(project=project)
    if values["budget"] is not None:
        values["budget"] = max(values["budget"], account.reserved + account.spent)
    row = _insert_policy(PolicyVersion(**_next(before, by=by, now=now)), values)
    Account.objects.filter(pk=account.pk).update(budget=row.budget)
    return _put_in_force("policy", row, project=project, by=by, now=now, changes=cleaned)


@transaction.atomic
def add_member(*, project: Project, user: User, role: str, name: str, by: User | None, now: datetime) -> Member:
    """Raises Invalid for an unknown role or an empty name, Taken if the user or the name is there in that role."""
    checks.refuse([] if role in Role.values else [("role", f"must be one of {', '.join(Role.values)}")])
    cleaned = checks.check_text(name, field="name", most=150)
    if Member.objects.filter(project=project, user=user, role=role).exists():
        raise Taken(f"{user.get_username()} is already {role} of {project.slug}")
    try:
        with transaction.atomic():
            member = Member.objects.create(project=project, user=user, role=role, name=cleaned, joined_at=now)
    except IntegrityError as error:
        raise Taken(f"name: another {role} of {project.slug} is called {cleaned!r}") from error
    audit.record("member.added", member, by=by, now=now, project_id=project.pk, role=role, name=cleaned)
    return member


@transaction.atomic
def suspend_member(*, member: Member, reason: str, by: User | None, now: datetime) -> Member:
    """The member gets no more work. Nothing that was done is touched. Repeating changes nothing."""
    cleaned = checks.check_text(reason, field="reason", most=2000)
    if Member.objects.filter(pk=member.pk, suspended_at=None).update(suspended_at=now):
        audit.record("member.suspended", member, by=by, now=now, project_id=member.project_id, reason=cleaned)
    member.refresh_from_db(fields=["suspended_at"])
    return member


@transaction.atomic
def resume_member(*, member: Member, by: User | None, now: datetime) -> Member:
    if Member.objects.filter(pk=member.pk, suspended_at__isnull=False).update(suspended_at=None):
        audit.record("member.resumed", member, by=by, now=now, project_id=member.project_id)
    member.refresh_from_db(fields=["suspended_at"])
    return member


@transaction.atomic
def pause_project(*, project: Project, by: User | None, now: datetime) -> Project:
    """No more leases until it is resumed; live leases can still be answered. Repeating changes nothing."""
    if Project.objects.filter(pk=project.pk, paused_at=None).update(paused_at=now):
        audit.record("project.paused", project, by=by, now=now, project_id=project.pk)
    project.refresh_from_db(fields=["paused_at"])
    return project


@transaction.atomic
def resume_project(*, project: Project, by: User | None, now: datetime) -> Project:
    if Project.objects.filter(pk=project.pk, paused_at__isnull=False).update(paused_at=None):
        audit.record("project.resumed", project, by=by, now=now, project_id=project.pk)
    project.refresh_from_db(fields=["paused_at"])
    return project


@transaction.atomic
def invite(
    *, project: Project, role: str, uses: int, expires_at: datetime, by: User, now: datetime
) -> tuple[Invitation, str]:
    """A link for up to `uses` people. The secret in it is returned once and stored only as its hash."""
    whole = isinstance(uses, int) and not isinstance(uses, bool)
    checks.refuse(
        ([] if role in Role.values else [("role", f"must be one of {', '.join(Role.values)}")])
        + ([] if whole and 1 <= uses <= 10_000 else [("uses", "must be a whole number from 1 to 10,000")])
        + ([] if expires_at > now else [("expires_at", "must be later than now")])
    )
    secret = secrets.token_urlsafe(32)
    invitation = Invitation.objects.create(
        project=project, role=role, uses_left=uses, expires_at=expires_at, created_at=now, created_by=by,
        secret_hash=secret_hash(secret),
    )  # fmt: skip
    audit.record("invitation.made", invitation, by=by, now=now, project_id=project.pk, role=role, uses=uses)
    return invitation, secret


@transaction.atomic
def revoke_invitation(*, invitation: Invitation, by: User | None, now: datetime) -> Invitation:
    if Invitation.objects.filter(pk=invitation.pk, revoked_at=None).update(revoked_at=now):
        audit.record("invitation.revoked", invitation, by=by, now=now, project_id=invitation.project_id)
    invitation.refresh_from_db(fields=["revoked_at"])
    return invitation


@transaction.atomic
def accept_invitation(*, secret: str, user: User, now: datetime) -> Member:
    """Make the user a member. Who has the role already gets it back, and the link loses no use.

    Raises NotFound for a link that never was, InvitationOver for one that can't be used any more.
    """
    invitation = Invitation.objects.select_related("project").filter(secret_hash=secret_hash(secret)).first()
    if invitation is None:
        raise NotFound(gettext("this invitation link is not known; check that it was copied whole"))
    project, role = invitation.project, invitation.role
    member = Member.objects.filter(project=project, user=user, role=role).first()
    if member is not None:
        return member
    usable = Invitation.objects.filter(pk=invitation.pk, revoked_at=None, uses_left__gt=0, expires_at__gt=now)
    if not usable.update(uses_left=F("uses_left") - 1):
        raise InvitationOver(gettext("this invitation was used up, revoked or is too old; ask the owner for a new one"))
    name = _free_name(project, role, user.get_username())
    return add_member(project=project, user=user, role=role, name=name, by=user, now=now)


@transaction.atomic
def issue_token(
    *,
    user: User,
    project: Project | None,
    name: str,
    scopes: Sequence[str],
    expires_at: datetime | None,
    by: User | None,
    now: datetime,
) -> tuple[ApiToken, str]:
    """A key for programs that act as `user`, in one project or in all of the user's.

    The secret is returned once and stored only as its hash. The API knows which scopes there are.
    """
    faults = []
    if not scopes or not all(isinstance(scope, str) and scope for scope in scopes):
        faults.append(("scopes", "must name at least one scope"))
    if expires_at is not None and expires_at <= now:
        faults.append(("expires_at", "must be later than now"))
    if project is not None and not Member.objects.filter(project=project, user=user).exists():
        faults.append(("project", f"{user.get_username()} is no member of it"))
    checks.refuse(faults)
    secret = f"quorum_{secrets.token_urlsafe(32)}"
    token = ApiToken.objects.create(
        user=user, project=project, name=checks.check_text(name, field="name", most=100), created_at=now,
        scopes=sorted(set(scopes)), expires_at=expires_at, secret_hash=secret_hash(secret),
    )  # fmt: skip
    audit.record("token.issued", token, by=by, now=now, project_id=project.pk if project else None, scopes=token.scopes)
    return token, secret


@transaction.atomic
def revoke_token(*, token: ApiToken, by: User | None, now: datetime) -> ApiToken:
    if ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=now):
        audit.record("token.revoked", token, by=by, now=now, project_id=token.project_id)
    token.refresh_from_db(fields=["revoked_at"])
    return token


def _insert_project(**values: Any) -> Project:
    try:
        with transaction.atomic():
            return Project.objects.create(**values)
    except IntegrityError as error:
        raise Taken(f"slug: there is a project {values['slug']!r} already; choose another slug") from error


def _insert_policy(row: PolicyVersion, values: dict[str, Any]) -> PolicyVersion:
    for name, value in values.items():
        setattr(row, name, value)
    checks.check_policy_whole({name: getattr(row, name) for name in checks.POLICY_FIELDS})
    row.save(force_insert=True)
    return row


def _lock(project: Project) -> Project:
    """The project's row, locked until the transaction ends, so that versions are numbered one after the other."""
    return Project.objects.select_for_update(no_key=True).get(pk=project.pk)


def _next(before: Any, *, by: User | None, now: datetime) -> dict[str, Any]:
    return {"project_id": before.project_id, "number": before.number + 1, "created_at": now, "created_by": by}


def _put_in_force(field: str, row: Row, *, project: Project, by: User | None, now: datetime, **detail: Any) -> Row:
    if row.pk is None:
        row.save(force_insert=True)
    Project.objects.filter(pk=project.pk).update(**{field: row})
    setattr(project, field, row)
    audit.record(f"{field}.replaced", row, by=by, now=now, project_id=project.pk, number=row.number, **detail)
    return row


def _free_name(project: Project, role: str, wanted: str) -> str:
    taken = set(Member.objects.filter(project=project, role=role).values_list("name", flat=True))
    names = [wanted, *(f"{wanted} {number}" for number in range(2, len(taken) + 3))]
    return next(name for name in names if name not in taken)
