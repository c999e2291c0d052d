"""What an export says of its version: gathered from the database in a few statements."""

from typing import Any

from labelling.datasets.formats.base import About
from labelling.datasets.models import Version
from labelling.reliability.queries import readings


def about_of(version: Version) -> About:
    project, schema, guideline = version.project, version.schema, version.guideline
    return About(
        project=project.slug,
        name=project.name,
        number=version.number,
        kind_name=schema.kind,
        definition=schema.definition,
        schema_number=schema.number,
        guideline_number=guideline.number,
        guideline=guideline.text,
        version_id=version.version_id,
        data_id=version.data_id,
        n_rows=version.n_rows,
        message=version.message,
        created_at=version.created_at.isoformat(),
        checks=version.checks,
        recalls=recalled(version),
        agreement=_agreement(version),
    )


def recalled(version: Version) -> list[dict[str, Any]]:
    """The standing recalls, the oldest first; those by rulings, of which there may be many, together."""
    standing = list(version.recalls.filter(withdrawn_at=None).order_by("id"))
    said = [{"at": one.at.isoformat(), "reason": one.reason, "n_rows": one.n_rows}
            for one in standing if not one.resolution_id]  # fmt: skip
    ruled = [one for one in standing if one.resolution_id]
    if ruled:
        n_rows = len({key for one in ruled for key in one.keys})
        said.append({"at": ruled[-1].at.isoformat(), "reason": "ruled otherwise since", "n_rows": n_rows})
    return said


def _agreement(version: Version) -> dict[str, Any] | None:
    """Of the yardstick items, as it was known when the version was published."""
    found = readings(version.project).filter(at__lte=version.created_at, alpha__isnull=False).last()
    if found is None:
        return None
    return {name: getattr(found, name) for name in ("alpha", "low", "high", "n_items", "n_labels")}
