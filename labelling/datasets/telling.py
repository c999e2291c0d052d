"""What webhooks are told of versions: numbers, hashes, counts and paths; no row, no answer, nothing anybody wrote."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from labelling.datasets.checks import FAIL, WARN
from labelling.datasets.models import Alias, Erasure, Recall, Version
from labelling.projects.models import Project
from labelling.webhooks.announcing import announce, path_of
from labelling.webhooks.kinds import Kind

# Checks that compare a version with the one before it.
DRIFTS = ("balance_swing", "nulls", "language", "length_drift")


def tell_published(version: Version, *, now: datetime) -> None:
    """Call it in the transaction that publishes."""
    path = path_of_version(version)
    data = {
        "version": named(version), "parent": version.parent.number if version.parent else None,
        "rows": version.n_rows, "verdict": version.checks["verdict"], "url": path, "data_url": f"{path}/data",
    }  # fmt: skip
    announce(project=version.project, kind=Kind.PUBLISHED, data=data, now=now)
    _tell_drift(version.project, version.checks, named(version), now)


def tell_stopped(project: Project, report: dict[str, Any], *, now: datetime) -> None:
    """Checks failed and nothing was published: call it after the transaction that was taken back."""
    failed = [{"name": one["name"], "rows": one["n"]} for one in report["checks"] if one["verdict"] == FAIL]
    data = {"rows": report["n_rows"], "failed": failed, "version": None, "url": f"{path_of(project)}/versions"}
    announce(project=project, kind=Kind.CHECKS_FAILED, data=data, now=now)
    _tell_drift(project, report, None, now)


def tell_failed_later(version: Version, failed: Sequence[dict[str, Any]], *, now: datetime) -> None:
    """Checks of all rows, after publishing, failed: call it in the transaction that keeps their report."""
    data = {
        "rows": version.n_rows, "failed": [{"name": one["name"], "rows": one["n"]} for one in failed],
        "version": named(version), "url": path_of_version(version),
    }  # fmt: skip
    announce(project=version.project, kind=Kind.CHECKS_FAILED, data=data, now=now)


def tell_recalled(recalls: Sequence[Recall], *, now: datetime) -> None:
    """Call it in the transaction that recalls; one message a version."""
    keys: dict[int, set[str]] = {}
    for recall in recalls:
        keys.setdefault(recall.version_id, set()).update(recall.keys)
    for pk, version in sorted(Version.objects.select_related("project").in_bulk(list(keys)).items()):
        data = {
            "version": named(version), "rows": version.n_rows, "rows_recalled": len(keys[pk]),
            "url": path_of_version(version),
        }  # fmt: skip
        announce(project=version.project, kind=Kind.RECALLED, data=data, now=now)


def tell_erased(
    project: Project, erasures: Sequence[Erasure], versions: Sequence[Version], *, now: datetime
) -> None:  # fmt: skip
    """Call it in the transaction that finishes an erasure; no keys: those may be what had to be forgotten."""
    data = {
        "erasures": [erasure.public_id for erasure in erasures], "versions": [named(version) for version in versions],
        "url": f"{path_of(project)}/erasures",
    }  # fmt: skip
    announce(project=project, kind=Kind.ERASED, data=data, now=now)


def tell_moved(alias: Alias, *, before: int | None, now: datetime) -> None:
    """Call it in the transaction that moves the alias. before: the number of the version that it meant, None: none."""
    data = {
        "alias": alias.name,
        "version": named(alias.version),
        "before": before,
        "url": path_of_version(alias.version),
    }
    announce(project=alias.project, kind=Kind.ALIAS_MOVED, data=data, now=now)


def _tell_drift(project: Project, report: dict[str, Any], version: dict[str, Any] | None, now: datetime) -> None:
    moved = [
        {name: one[name] for name in ("name", "verdict", "value", "warn", "fail")}
        for one in report["checks"]
        if one["name"] in DRIFTS and one["verdict"] in (WARN, FAIL)
    ]
    if not moved:
        return
    data = {"version": version, "checks": moved, "unit": "of 10,000", "url": f"{path_of(project)}/versions"}
    announce(project=project, kind=Kind.DRIFT, data=data, now=now)


def named(version: Version) -> dict[str, Any]:
    return {"number": version.number, "data_id": version.data_id, "version_id": version.version_id}


def path_of_version(version: Version) -> str:
    return f"{path_of(version.project)}/versions/{version.number}"
