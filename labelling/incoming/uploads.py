"""Files that somebody uploads to move a project here, and the background job that takes them in."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import models, transaction

from labelling.canonical import NotCanonical
from labelling.errors import QuorumError
from labelling.incoming.actions import AlreadyThere, begin, carry_out, read_plan
from labelling.incoming.found import refused
from labelling.incoming.models import ProjectImport, UploadedFile
from labelling.incoming.opening import Export, unpacked
from labelling.incoming.options import Options
from labelling.incoming.pictures import sizes_in_archive
from labelling.jobs.actions import enqueue
from labelling.jobs.models import Job
from labelling.projects.models import User
from labelling.schemas import SchemaError

JOB = "import"
# What can't be taken in, whoever tries; anything else is tried again.
FINAL = (QuorumError, SchemaError, NotCanonical)
MOST_BYTES = 200_000_000


@transaction.atomic
def upload(
    *, source: str, files: Sequence[Export], config: bytes | None, options: Options, slug: str, name: str, by: User,
    now: datetime, pictures: Export | None = None,
) -> ProjectImport:  # fmt: skip
    """Keep the files and ask for the job; the same files again are the same move. pictures: a zip archive, of which
    nothing but the sizes is kept. Raises Invalid, AlreadyThere, Refused."""
    if not files:
        raise refused("files", "choose at least one file, as the tool exported it")
    if sum(len(one.content) for one in (*files, *([pictures] if pictures else ()))) > MOST_BYTES:
        most = f"{MOST_BYTES // 1_000_000} MB"
        raise refused("files", f"are larger than {most} together; move them with manage.py move on the server")
    exports: list[Export] = []
    for file in files:
        exports += unpacked(file.name, file.content, MOST_BYTES - sum(len(one.content) for one in exports))
    if pictures:
        options = replace(options, sizes=sizes_in_archive(pictures.name, pictures.content))
    moved = begin(source=source, exports=exports, config=config, options=options, slug=slug, name=name, by=by, now=now)
    if moved.by_id != by.pk:
        raise AlreadyThere(f"project: somebody else moved these files here as {slug!r}; choose another short name")
    # Two who send the same files at once keep them once.
    ProjectImport.objects.select_for_update(no_key=True).filter(pk=moved.pk).first()
    if moved.report is None and not moved.uploads.exists():
        UploadedFile.objects.bulk_create(
            [UploadedFile(moved=moved, name=one.name[:200], content=one.content) for one in exports]
        )
        if config is not None:
            UploadedFile.objects.create(moved=moved, name="config.xml", is_config=True, content=config)
    job = job_of(moved)
    if moved.report is None and (job is None or job.finished_at or job.failed_at):
        enqueue(JOB, key=str(moved.pk), now=now, moved=moved.pk)
    return moved


def import_job(*, moved: int, now: datetime) -> dict[str, Any]:
    """The handler of the job "import": a refusal is a result. One of the files leaves nothing behind but what it says;
    one after that stops part-way, and what was taken in by then stays in the project, which is paused."""
    found = ProjectImport.objects.select_related("project", "by").get(pk=moved)
    if found.report is not None or found.error:
        return {"import": found.public_id}
    exports = [Export(one.name, bytes(one.content)) for one in found.uploads.filter(is_config=False).order_by("pk")]
    config = found.uploads.filter(is_config=True).first()

    def say(step: str, done: int, total: int) -> None:
        ProjectImport.objects.filter(pk=moved).update(step=step, done=done, total=total)

    try:
        planned = read_plan(
            source=found.source, exports=exports, config=bytes(config.content) if config else None,
            options=Options.of(found.options),
        )  # fmt: skip
        carry_out(moved=found, planned=planned, now=now, say=say)
    except FINAL as error:
        with transaction.atomic():
            ProjectImport.objects.filter(pk=moved).update(error=str(error) or type(error).__name__)
            found.uploads.all().delete()
        return {"import": found.public_id, "error": str(error)}
    return {"import": found.public_id}


def job_of(moved: ProjectImport) -> Job | None:
    """The newest job of a move."""
    return Job.objects.filter(kind=JOB, key=str(moved.pk)).order_by("-pk").first()


class State(models.TextChoices):
    """Where a move stands: refused, nothing was written; stopped, refused part-way; failed, a worker gave it up."""

    WAITING = "waiting", "Waits for a worker"
    RUNNING = "running", "Under way"
    FINISHED = "finished", "It is here"
    REFUSED = "refused", "Refused"
    STOPPED = "stopped", "Stopped part-way"
    FAILED = "failed", "Failed"


def state_of(moved: ProjectImport, job: Job | None) -> State:
    """Where a move stands, with its newest job. One that a command carries out has none, and is under way."""
    if moved.report is not None:
        return State.FINISHED
    if moved.error:
        return State.STOPPED if moved.project_id else State.REFUSED
    if job is None or (job.started_at and not job.failed_at):
        return State.RUNNING
    return State.FAILED if job.failed_at else State.WAITING
