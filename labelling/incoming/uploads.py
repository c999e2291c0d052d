"""Files that somebody uploads to move a project here, and the background job that takes them in."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from labelling.errors import QuorumError
from labelling.incoming.actions import Options, begin, carry_out, read_plan
from labelling.incoming.found import refused
from labelling.incoming.models import ProjectImport, UploadedFile
from labelling.incoming.opening import Export, unpacked
from labelling.jobs.actions import enqueue
from labelling.jobs.models import Job
from labelling.projects.models import User

JOB = "import"
MOST_BYTES = 200_000_000


@transaction.atomic
def upload(
    *, source: str, files: Sequence[Export], config: bytes | None, options: Options, slug: str, name: str, by: User,
    now: datetime,
) -> ProjectImport:  # fmt: skip
    """Keep the files and ask for the job; the same files again are the same move. Raises Invalid, AlreadyThere,
    Refused."""
    if not files:
        raise refused("files", "choose at least one file, as the tool exported it")
    if sum(len(one.content) for one in files) > MOST_BYTES:
        most = f"{MOST_BYTES // 1_000_000} MB"
        raise refused("files", f"are larger than {most} together; move them with manage.py move on the server")
    exports: list[Export] = []
    for file in files:
        exports += unpacked(file.name, file.content, MOST_BYTES - sum(len(one.content) for one in exports))
    moved = begin(source=source, exports=exports, config=config, options=options, slug=slug, name=name, by=by, now=now)
    if moved.report is None and not moved.uploads.exists():
        UploadedFile.objects.bulk_create(
            [UploadedFile(moved=moved, name=one.name[:200], content=one.content) for one in exports]
        )
        if config is not None:
            UploadedFile.objects.create(moved=moved, name="config.xml", is_config=True, content=config)
    if moved.report is None:
        enqueue(JOB, key=str(moved.pk), now=now, moved=moved.pk)
    return moved


def import_job(*, moved: int, now: datetime) -> dict[str, Any]:
    """The handler of the job "import": a refusal is a result, and leaves nothing behind but what it says."""
    found = ProjectImport.objects.select_related("project", "by").get(pk=moved)
    if found.report is not None or found.error:
        return {"import": found.public_id}
    exports = [Export(one.name, bytes(one.content)) for one in found.uploads.filter(is_config=False).order_by("pk")]
    config = found.uploads.filter(is_config=True).first()
    try:
        planned = read_plan(
            source=found.source, exports=exports, config=bytes(config.content) if config else None,
            options=Options(**found.options),
        )  # fmt: skip
    except QuorumError as error:
        with transaction.atomic():
            ProjectImport.objects.filter(pk=moved).update(error=str(error), step="")
            found.uploads.all().delete()
        return {"import": found.public_id, "error": str(error)}

    def say(step: str, done: int, total: int) -> None:
        ProjectImport.objects.filter(pk=moved).update(step=step, done=done, total=total)

    carry_out(moved=found, planned=planned, now=now, say=say)
    return {"import": found.public_id}


def job_of(moved: ProjectImport) -> Job | None:
    """The newest job of a move."""
    return Job.objects.filter(kind=JOB, key=str(moved.pk)).order_by("-pk").first()
