"""Files of a version: asked for in a format, followed while they are made, fetched; and who fetched what."""

from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from frontend.views.access import READERS, attempt, project_page, show
from frontend.views.acting import UNREADABLE, may_act, page_of
from labelling.api.exports import address_of
from labelling.datasets import queries as datasets
from labelling.datasets.content import SPLITS
from labelling.datasets.formats import FORMATS
from labelling.datasets.models import Version
from labelling.exports import actions, queries
from labelling.exports.models import Export
from labelling.exports.writing import ONE_FILE, TRAINING
from labelling.loop.erasing.told import holds_erased, newest_erasures
from labelling.projects.models import Project, User

MOST_EXPORTS = 20


@project_page(*READERS)
@require_http_methods(["GET", "HEAD", "POST"])
def files(request: HttpRequest, project: Project, number: int) -> HttpResponse:
    version = datasets.find_version(project=project, number=number)
    status = 200
    if request.method == "POST":
        if _ask(request, version):
            return redirect("version_files", project.slug, number)
        status = UNREADABLE
    log = page_of(queries.downloads_of(version), request, newest_first=True) if may_act(request) else None
    erased = newest_erasures(version) if log else {}
    for row in log.rows if log else ():
        row.splits = ", ".join(queries.splits_in(row.export, row.name))  # both are shown on this page only
        row.holds_erased = holds_erased(row, erased)
    standing = (
        queries.exports_of(version).filter(**{f"options__{ONE_FILE}__isnull": True}).order_by("-pk")[:MOST_EXPORTS]
    )
    return show(
        request, "version_files", project, status=status, version=version, log=log, erased=erased,
        exports=[_told(export) for export in standing], splits=[(split, split in TRAINING) for split in SPLITS],
        formats=[found for found in FORMATS.values() if found.holds(version.schema.kind)], may_act=may_act(request),
    )  # fmt: skip


def _ask(request: HttpRequest, version: Version) -> bool:
    by, now = cast(User, request.user), timezone.now()

    def ask() -> None:
        export = actions.ask(
            version=version, file_format=request.POST.get("format", ""), splits=request.POST.getlist("splits"), by=by,
            options={name: name in request.POST for name in ("votes", "soft_labels")}, now=now,
        )  # fmt: skip
        actions.make_small(export, now=now)

    return attempt(request, ask, "Asked for. The files stand below when they are made.")


def _told(export: Export) -> dict[str, Any]:
    """An export as the page shows it."""
    return {
        "export": export,
        "format": FORMATS[export.format].title if export.format in FORMATS else export.format,
        "splits": ", ".join(export.splits),
        "extras": [name for name in ("votes", "soft labels") if export.options.get(name.replace(" ", "_"))],
        "files": [{**file, "address": address_of(export, file["name"])} for file in export.files],
        "n_bytes": sum(file["bytes"] for file in export.files),
    }
