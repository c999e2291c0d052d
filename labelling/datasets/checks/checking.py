"""The checks of a project's draft, by the limits of its policy."""

from datetime import UTC, datetime
from functools import partial
from typing import Any

from django.db.models import Sum

from labelling.datasets.checks import doubting, nearby, predicted
from labelling.datasets.checks.drafted import parts_of, parts_of_version, sketch_new
from labelling.datasets.checks.examine import examine
from labelling.datasets.checks.live import Part
from labelling.datasets.checks.marks import EPOCH
from labelling.datasets.draft import Draft, Start
from labelling.datasets.models import Version
from labelling.datasets.reading import rows_of
from labelling.projects.models import Project, SchemaVersion
from labelling.sampling.models import Part as Sampled


def checked(draft: Draft, *, project: Project, before: dict[str, Any] | None,
            now: datetime, thorough: bool = False) -> dict[str, Any]:  # fmt: skip
    """The report of the checks of a draft. before: the report of the version before it, or None; thorough: also what
    takes longer than publishing may, for the background."""
    asked = _asked(project.schema_in_force)
    parts = parts_of(draft, **asked)
    return _examined(parts, asked, project=project, before=before, now=now, thorough=thorough)


def _examined(parts: list[Part], asked: dict[str, Any], *, project: Project, before: dict[str, Any] | None,
              now: datetime, thorough: bool) -> dict[str, Any]:  # fmt: skip
    near = partial(nearby.pairs_of, **asked, project=project, thorough=thorough)
    stored = partial(predicted.chances_of, project=project)
    doubted = partial(doubting.doubted, **asked, stored=stored) if thorough else None
    return examine(
        parts, **asked, limits=project.policy_in_force.checks, before=before, slices=sampled_slices(project),
        near=near, doubted=doubted, today=now.astimezone(UTC).date().toordinal() - EPOCH,
    )  # fmt: skip


def checked_whole(version: Version, *, now: datetime) -> dict[str, Any]:
    """The report of the checks of a version that is published, also of what publishing was too short for. It names the
    version."""
    project, asked = version.project, _asked(version.schema)
    before = version.parent.checks if version.parent else None
    parts = parts_of_version(rows_of(version), **asked)
    return _examined(parts, asked, project=project, before=before, now=now, thorough=True) | {"version": version.number}


def sketch_ahead(start: Start, *, project: Project) -> None:
    """What takes longest of the checks, done before anybody has to wait for them."""
    sketch_new(start.parts, **_asked(project.schema_in_force))


def _asked(schema: SchemaVersion) -> dict[str, Any]:
    return {"kind": schema.kind, "definition": schema.definition}


def sampled_slices(project: Project) -> dict[str, int]:
    """{slice: items that rounds chose of it}; from the rounds' parts, so that no item is read."""
    parts = Sampled.objects.filter(round__project=project)
    return dict(parts.order_by().values_list("slice").annotate(n=Sum("n_items")))
