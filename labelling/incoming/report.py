"""What an import says at its end: read from the database, so that it is what is there."""

from typing import Any

from labelling.assignment.models import Label
from labelling.datasets.models import Version
from labelling.incoming.models import ProjectImport
from labelling.ingest.models import Prediction
from labelling.projects.models import Role
from labelling.reliability.models import Scorecard
from labelling.reliability.queries import ALL, newest_agreement
from labelling.sampling.models import Gold, Item, Purpose, State

SHOWN_ITEMS = 5


def report_of(moved: ProjectImport, *, left: list[dict[str, Any]], others: dict[str, str]) -> dict[str, Any]:
    """Counts are whole numbers; alpha with its 95% interval, or None where no item has two answers."""
    project = moved.project
    assert project is not None
    labels = Label.objects.filter(project=project)
    work = Item.objects.filter(project=project, purpose=Purpose.WORK)
    reading = newest_agreement(project, scope=ALL)
    version = Version.objects.filter(project=project, number=1).first()
    return {
        "project": project.slug, "name": project.name, "source": moved.source, "files": moved.files,
        "kind": project.schema_in_force.kind,
        "items": project.items.count(),
        "labellers": project.members.filter(role=Role.LABELLER).count(),
        "labels": labels.answers().count(),
        "abstentions": labels.exclude(abstention="").count(),
        "gold": Gold.objects.filter(item__project=project, closed_at=None).count(),
        "predictions": Prediction.objects.filter(example__project=project).count(),
        "scorecards": Scorecard.objects.filter(labeller__project=project).count(),
        "alpha": None if reading is None else {
            "value": reading.alpha, "low": reading.low, "high": reading.high, "items": reading.n_items,
            "labels": reading.n_labels,
        },
        "resolved": work.filter(state=State.RESOLVED).count(),
        "contested": work.filter(state=State.CONTESTED).count(),
        "open": work.filter(state=State.OPEN).count(),
        "version": None if version is None else {
            "number": version.number, "rows": version.n_rows, "data_id": version.data_id,
            "version_id": version.version_id,
        },
        "not_taken": left, "questions_not_taken": others,
        "address": f"/p/{project.slug}/",
    }  # fmt: skip


def words_of(report: dict[str, Any]) -> list[str]:
    """The report as lines of text."""
    lines = [
        f"items {report['items']}, labels {report['labels']}, abstentions {report['abstentions']}, "
        f"labellers {report['labellers']}, gold {report['gold']}, predictions {report['predictions']}",
        f"agreement: {_alpha(report['alpha'])}",
        f"{report['resolved']} resolved, {report['contested']} contested, {report['open']} open; "
        f"{report['scorecards']} scorecards",
        _version(report),
    ]
    for one in report["not_taken"]:
        shown = ", ".join(one["items"][:SHOWN_ITEMS])
        more = ", …" if one["count"] > SHOWN_ITEMS else ""
        lines.append(f"not taken, or not as it was: {one['what']}: {one['count']} (items {shown}{more})")
    lines += [f"not taken: {name}: {why}" for name, why in report["questions_not_taken"].items()]
    return [*lines, f"the project: {report['address']}"]


def _alpha(alpha: dict[str, Any] | None) -> str:
    if alpha is None or alpha["value"] is None:
        return "no item has answers of two labellers"
    if alpha["low"] is None:
        return f"alpha {alpha['value']:.3f}"
    return f"alpha {alpha['value']:.3f}, 95% interval {alpha['low']:.3f} to {alpha['high']:.3f}"


def _version(report: dict[str, Any]) -> str:
    version = report["version"]
    if version is None:
        return f"no version yet: {report['unpublished']}"
    overridden = f" ({report['overridden']})" if report.get("overridden") else ""
    return (
        f"version {version['number']}: {version['rows']} rows, data_id {version['data_id']}, "
        f"version_id {version['version_id']}{overridden}"
    )
