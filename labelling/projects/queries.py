"""Which project, which member, which token: the look-ups that every edge starts with."""

import hashlib
import itertools
import operator
from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from functools import partial

from django.db.models import Q, QuerySet

from labelling import canonical
from labelling.errors import Forbidden, NotFound
from labelling.projects.models import Invitation, Member, Project, Role, SchemaVersion, Skill, User
from labelling.schemas import SchemaError, kind_of


def secret_hash(secret: str) -> str:
    """SHA-256 of a token's or a link's secret, 64 hex digits. The secrets are random, so no slow hash is needed."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def find_project(reference: str) -> Project:
    """The project with that public id or slug, with its versions in force. Raises NotFound."""
    found = [] if "\x00" in reference else list(_projects().filter(Q(public_id=reference) | Q(slug=reference)))
    if not found:
        raise NotFound(f"there is no project {reference!r}")
    return max(found, key=lambda project: project.public_id == reference)


def project_for(*, user: User, reference: str, roles: Collection[str] = ()) -> Project:
    """The project, if the user is a member in one of `roles` (in any, if none is named).

    Raises NotFound for who is no member at all, so that nobody learns which projects exist; Forbidden for a member
    without the role. Suspension is not looked at: it stops work, not reading.
    """
    project = find_project(reference)
    held = roles_of(user=user, project=project)
    if not held:
        raise NotFound(f"there is no project {reference!r}")
    if roles and not held & set(roles):
        raise Forbidden(f"only {_either(roles)} of {project.slug} may do this; you are {_either(held)}")
    return project


def projects_of(user: User) -> QuerySet[Project]:
    """The projects in which the user has any role, by name."""
    return _projects().filter(pk__in=Member.objects.filter(user=user).values("project")).order_by("name", "pk")


def roles_of(*, user: User, project: Project) -> set[str]:
    return set(Member.objects.filter(user=user, project=project).values_list("role", flat=True))


def memberships(user: User) -> QuerySet[Member]:
    """The user's roles, with their projects, by project and role."""
    return Member.objects.filter(user=user).select_related("project").order_by("project__name", "project", "role")


def may_create(user: User) -> bool:
    """Staff, and owners of some project, may make another: an invited labeller is not given a house."""
    return user.is_staff or Member.objects.filter(user=user, role=Role.OWNER, suspended_at=None).exists()


def membership(*, user: User, project: Project, role: str) -> Member:
    """The user's row in that role. Raises Forbidden for who has it not."""
    member = Member.objects.select_related("project", "user").filter(user=user, project=project, role=role).first()
    if member is None:
        raise Forbidden(f"only {_either([role])} of {project.slug} may do this")
    return member


def members_of(project: Project) -> QuerySet[Member]:
    return project.members.select_related("user").order_by("role", "name")


def skills_of(members: Iterable[Member]) -> dict[int, list[Skill]]:
    """The skills of each member by their row id, by tag; who has none is left out."""
    held: dict[int, list[Skill]] = {}
    for skill in Skill.objects.filter(member__in=members).order_by("tag"):
        held.setdefault(skill.member_id, []).append(skill)
    return held


def tags_of(project: Project, *, most: int = 200) -> list[str]:
    """The tags of skills that somebody in the project has."""
    rows = Skill.objects.filter(member__project=project).order_by("tag")
    return list(rows.values_list("tag", flat=True).distinct()[:most])


def invitation_of(*, secret: str, now: datetime) -> Invitation | None:
    """The invitation of that secret that can still be used, with its project, or None."""
    return (
        Invitation.objects.select_related("project__schema")
        .filter(secret_hash=secret_hash(secret), revoked_at=None, uses_left__gt=0, expires_at__gt=now)
        .first()
    )


def classes_of(schema: SchemaVersion) -> list[str]:
    """The class names of a version of the label schema, in order."""
    return kind_of(schema.kind).classes(schema.definition)


def names_of(schema: SchemaVersion) -> list[str]:
    """The names within answers that a later version may rename: the classes; of answers with parts, their labels."""
    kind = kind_of(schema.kind)
    return kind.labels(schema.definition) if kind.merging else kind.classes(schema.definition)


def same_answers(project_id: int) -> Callable[[str, str], bool]:
    """Whether two answers, as canonical JSON, say the same by the schema in force: of answers with parts, whether they
    are alike enough. What was given under an earlier version is read by its mapping."""
    schema = SchemaVersion.objects.filter(project=project_id).latest("number")
    kind, read = kind_of(schema.kind), in_words_of(schema)
    same = operator.eq if kind.merging is None else partial(kind.says_the_same, schema.definition)
    return lambda one, other: same(read(one), read(other))


def in_words_of(schema: SchemaVersion) -> Callable[[str], str]:
    """Reads answers, as canonical JSON, in the words of a schema: the names that it lacks are those that earlier
    versions had, by the recorded mappings. What it allows as it is stays, and so does what it can't be made to allow.
    One statement, none for a project's first schema."""
    became = _became(schema) if schema.number > 1 else {}
    if not became:
        return lambda text: text
    kind = kind_of(schema.kind)

    def read(text: str) -> str:
        answer = canonical.loads(text)
        renamed = kind.renamed(answer, became)
        if renamed == answer:
            return text
        try:
            return canonical.dumps(kind.check_answer(schema.definition, renamed, None))
        except SchemaError:
            return text

    return read


def earlier_answers(schema: SchemaVersion) -> dict[str, str]:
    """{answer of an earlier version: the same in this one's words}, as canonical JSON, where answers are classes."""
    if schema.number == 1:
        return {}
    kind, became, read = kind_of(schema.kind), _became(schema), in_words_of(schema)
    found = {}
    for older in SchemaVersion.objects.filter(project=schema.project_id, number__lt=schema.number, kind=schema.kind):
        for index, name in enumerate(classes_of(older)):
            if name in became:
                text = canonical.dumps(kind.from_class(older.definition, index))
                found[text] = read(text)
    return {before: now for before, now in found.items() if before != now}


def _became(schema: SchemaVersion) -> dict[str, str]:
    """{name of an earlier version that this one lacks: what it is called here}."""
    names, became, newer = set(names_of(schema)), dict[str, str](), schema
    for older in SchemaVersion.objects.filter(project=schema.project_id, number__lt=schema.number).order_by("-number"):
        for name in names_of(older) if older.kind == schema.kind else ():
            after = (newer.mapping or {}).get(name, name)
            now = after if after in names else became.get(after)
            if name not in names and now is not None:
                became.setdefault(name, now)
        newer = older
    return became


def class_moves(project: Project) -> dict[int, list[int]]:
    """For each version of the label schema, by its row id, where its classes are in the schema in force.

    moves[schema_id][class index there] is the class index now: the recorded mappings, one after the other.
    The schema in force comes first. Of answers with parts the classes stay, whatever their labels are called.
    """
    versions = list(project.schemaversions.order_by("-number"))
    if kind_of(versions[0].kind).merging:
        return {version.pk: list(range(len(classes_of(version)))) for version in versions}
    moves = {versions[0].pk: list(range(len(classes_of(versions[0]))))}
    for newer, older in itertools.pairwise(versions):
        names, mapping = classes_of(newer), newer.mapping or {}
        moves[older.pk] = [moves[newer.pk][names.index(mapping.get(name, name))] for name in classes_of(older)]
    return moves


def shown_fields(schema: SchemaVersion) -> list[str]:
    """The fields of a payload that the question shows."""
    return kind_of(schema.kind).fields(schema.definition)


def _projects() -> QuerySet[Project]:
    return Project.objects.select_related("schema", "guideline", "policy")


def _either(roles: Collection[str]) -> str:
    return " or ".join(f"an {role}" if role[0] in "aeiou" else f"a {role}" for role in Role.values if role in roles)
