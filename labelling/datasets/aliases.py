"""Names that move from version to version, such as "production". "latest" is always the newest version, and no row."""

from datetime import datetime

from django.db import transaction

from labelling.audit.actions import record
from labelling.datasets.models import Alias, Version
from labelling.datasets.queries import ALIAS, find_version
from labelling.datasets.telling import tell_moved
from labelling.errors import Conflict, Invalid, NotFound
from labelling.projects.models import Project, User

LATEST = "latest"


class AliasMoved(Conflict):
    """The alias is not where the caller thought it was; look again."""

    code = "alias_moved"


def point_alias(
    *, project: Project, name: str, number: int | str, by: User | None, now: datetime, expected: int | None = None
) -> Alias:
    """Let a name mean a version from now on; it is made where there was none. Again is harmless and leaves no entry.

    expected: the number it must mean now, 0 for none yet; None: whatever it means. Raises AliasMoved, Invalid,
    NotFound.
    """
    if name == LATEST:
        raise Invalid(
            "latest is always the newest version; choose another name.", errors=[{"where": "name", "message": name}]
        )
    if not ALIAS.fullmatch(name):
        raise Invalid(
            "A name begins with a letter and has up to 60 small letters, digits, - and _.",
            errors=[{"where": "name", "message": f"is {name!r}"}],
        )
    with transaction.atomic():
        Project.objects.select_for_update(no_key=True).get(pk=project.pk)
        version = find_version(project=project, number=number)
        found = Alias.objects.filter(project=project, name=name).select_related("version").first()
        before = found.version.number if found else 0
        if expected is not None and before != expected:
            there = f"means version {before}" if before else "does not exist"
            raise AliasMoved(f"{name} {there}, not version {expected}: somebody moved it. Look again before moving it.")
        if found and before == version.number:
            return found
        alias, _ = Alias.objects.update_or_create(
            project=project, name=name, defaults={"version": version, "moved_at": now, "moved_by": by}
        )
        tell_moved(alias, before=before or None, now=now)
        record("alias.moved", version, by=by, now=now, project_id=project.pk, alias=name, number=version.number,
               before=before or None)  # fmt: skip
        return alias


def remove_alias(*, project: Project, name: str, by: User | None, now: datetime) -> Version:
    """Let a name mean nothing; returns the version it meant. Raises NotFound."""
    with transaction.atomic():
        Project.objects.select_for_update(no_key=True).get(pk=project.pk)
        alias = Alias.objects.filter(project=project, name=name).select_related("version").first()
        if alias is None:
            raise NotFound(f"{project.slug} has no alias {name!r}")
        version = alias.version
        alias.delete()
        record("alias.removed", version, by=by, now=now, project_id=project.pk, alias=name, number=version.number)
        return version
