"""Moving a project here: read and check everything, then write it stage by stage, each step safe to repeat."""

import hashlib
import re
import secrets
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q

from labelling import canonical
from labelling.audit import actions as audit
from labelling.consensus import fitting, queries
from labelling.errors import Conflict, QuorumError
from labelling.incoming import doccano, label_studio, offsets
from labelling.incoming.config import read_config
from labelling.incoming.found import MOST_FAULTS, Harvest, refused
from labelling.incoming.giving import give_labels
from labelling.incoming.models import ProjectImport, Source
from labelling.incoming.opening import Export
from labelling.incoming.options import Options
from labelling.incoming.planning import Plan, plan
from labelling.incoming.report import report_of
from labelling.incoming.shown import PLACE_OF_IMAGES
from labelling.ingest.actions import ingest
from labelling.loop.finishing import finish_all
from labelling.loop.publish import ChecksFailed, publish
from labelling.loop.refit import follow_fit
from labelling.projects.actions import add_member, create_project, pause_project, resume_project
from labelling.projects.checks import MAX_LABELS, MAX_SLUG, check_slug, check_text
from labelling.projects.models import Member, Mode, Project, Role, User
from labelling.sampling.actions import add_gold, sample
from labelling.sampling.models import Gold

SEED_BITS = 62
LONGEST_USERNAME = 150
OVERRIDDEN = "Imported as it was: the checks are looked at after the move."
Say = Callable[[str, int, int], None]


class AlreadyThere(Conflict):
    """Another project has this short name; choose another one."""

    code = "import_slug_taken"


class PartWay(Conflict):
    """What was checked before was refused as it was written; the project holds what came until then."""

    code = "import_stopped"


def slug_of(name: str) -> str:
    """A short name for addresses made of a name."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:MAX_SLUG].strip("-") or "imported"


def begin(
    *, source: str, exports: Sequence[Export], config: bytes | None, options: Options, slug: str, name: str,
    by: User | None, now: datetime,
) -> ProjectImport:  # fmt: skip
    """The row of this move: a new one, or the one of the same files and options. Raises Invalid, AlreadyThere."""
    slug, name = check_slug(slug), check_text(name, field="name", most=200)
    digest = _digest(exports, config, options)
    moved = ProjectImport.objects.filter(slug=slug).first()
    same = moved is not None and moved.digest == digest and moved.source == source
    if moved is not None and same and (moved.project_id or not moved.error):
        # One that stopped part-way goes on.
        ProjectImport.objects.filter(~Q(error=""), pk=moved.pk).update(error="")
        moved.error = ""
        return moved
    # One that was refused left nothing behind.
    ProjectImport.objects.filter(~Q(error=""), slug=slug, project=None).delete()
    if ProjectImport.objects.filter(slug=slug).exists() or Project.objects.filter(slug=slug).exists():
        raise AlreadyThere(
            f"project: there is a project {slug!r} already, of other files or options; choose another short name"
        )
    try:
        with transaction.atomic():
            return ProjectImport.objects.create(
                slug=slug, name=name, source=source, options=options.as_dict(), digest=digest, by=by, created_at=now,
                files=sorted(export.name for export in exports),
            )  # fmt: skip
    except IntegrityError:
        # Somebody was faster.
        moved = ProjectImport.objects.filter(slug=slug, digest=digest, source=source).first()
        if moved is None:
            raise AlreadyThere(f"project: {slug!r} was taken at the same moment; choose another short name") from None
        return moved


def _digest(exports: Sequence[Export], config: bytes | None, options: Options) -> str:
    parts = sorted((export.name, hashlib.sha256(export.content).hexdigest()) for export in exports)
    of_config = None if config is None else hashlib.sha256(config).hexdigest()
    return canonical.digest(canonical.dumps([[list(part) for part in parts], of_config, options.as_dict()]))


def read_plan(*, source: str, exports: Sequence[Export], config: bytes | None, options: Options) -> Plan:
    """Read the files and check all that is in them; writes nothing. Raises Refused."""
    if options.offsets not in ("", offsets.CODE_POINTS, offsets.UTF_16):
        raise refused("offsets", f"must be {offsets.CODE_POINTS} or {offsets.UTF_16}")
    harvest = _harvest(source, exports, config, options)
    return plan(harvest, images=options.images or PLACE_OF_IMAGES)


def _harvest(source: str, exports: Sequence[Export], config: bytes | None, options: Options) -> Harvest:
    if source == Source.DOCCANO:
        if config is not None:
            raise refused("config", "is for Label Studio; doccano's files need none")
        return doccano.read(exports, counted=options.offsets or offsets.CODE_POINTS, sizes=options.sizes)
    read = None if config is None else read_config(config, "label config")
    return label_studio.read(
        exports, config=read, wanted=options.question or None, counted=options.offsets or offsets.CODE_POINTS
    )


def carry_out(*, moved: ProjectImport, planned: Plan, now: datetime, say: Say) -> dict[str, Any]:
    """Write what was planned; returns the report. What an earlier attempt wrote stays and is not written again."""
    if moved.report is not None:
        return dict(moved.report)
    project = _project(moved, planned, now)
    by = moved.by
    ingested = ingest(
        project=project, lines=planned.lines, by=by, now=now,
        progress=lambda done: say("items", done, len(planned.lines)),
    )  # fmt: skip
    if ingested.n_errors:
        faults = [f"item {one['line']}, {one['field']}: {one['message']}" for one in ingested.errors]
        raise PartWay("\n".join(faults[:MOST_FAULTS]))
    if not project.rounds.exists():
        sample(project=project, budget=planned.n_items, strategy="uniform", by=by, seed=None, now=now)
    _give_gold(project, planned, by, now)
    members = _members(project, planned, by, now)
    give_labels(
        project=project, labels=planned.labels, members=members, now=moved.created_at,
        progress=lambda done: say("labels", done, len(planned.labels)),
    )  # fmt: skip
    said = _settle_and_publish(moved, project, planned, now, say)
    report = report_of(moved, left=planned.left, others=planned.others) | said
    with transaction.atomic():
        resume_project(project=project, by=by, now=now)
        ProjectImport.objects.filter(pk=moved.pk, report__isnull=True).update(
            report=report, finished_at=now, step="", error=""
        )
        moved.uploads.all().delete()
        audit.record("project.imported", project, by=by, now=now, project_id=project.pk, source=moved.source,
                     items=report["items"], labels=report["labels"], digest=moved.digest)  # fmt: skip
    return report


def _project(moved: ProjectImport, planned: Plan, now: datetime) -> Project:
    """The project, paused until everything is there."""
    if moved.project is not None:
        return Project.objects.select_related("schema", "guideline", "policy").get(pk=moved.project.pk)
    with transaction.atomic():
        tool = Source(moved.source).label
        project = create_project(
            slug=moved.slug, name=moved.name, kind=planned.kind, definition=planned.definition,
            guideline=f"Imported from {tool}. Say here what each answer means, with examples.",
            policy=_policy(planned), by=moved.by, seed=secrets.randbits(SEED_BITS), now=now,
        )  # fmt: skip
        pause_project(project=project, by=moved.by, now=now)
        ProjectImport.objects.filter(pk=moved.pk).update(project=project)
        moved.project = project
    return project


def _policy(planned: Plan) -> dict[str, Any]:
    """Every item has had all the labels it gets. Where nobody was asked twice, an item's one answer is its answer."""
    if not planned.most:
        return {}
    most = min(planned.most, MAX_LABELS)
    single = {"contest_below": 0.0} if most == 1 else {}
    return {"mode": Mode.FIXED, "initial_labels": most, "minimum_labels": 1, "maximum_labels": most, **single}


def _give_gold(project: Project, planned: Plan, by: User | None, now: datetime) -> None:
    """The truth was known while the labels were given, so that it measures those who gave them."""
    since = min((label.at for label in planned.labels if label.at is not None), default=now)
    items = {item.example.external_id: item for item in project.items.select_related("example").filter(
        example__external_id__in=[known.item for known in planned.gold]
    )}  # fmt: skip
    for known in planned.gold:
        add_gold(
            item=items[known.item], answer=canonical.loads(known.answer), origin=Gold.Origin.CHOSEN, by=by,
            now=min(since, now),
            reason=f"Ground truth in the project it came from, by {planned.names.get(known.labeller, known.labeller)}.",
        )  # fmt: skip


def _members(project: Project, planned: Plan, by: User | None, now: datetime) -> dict[str, Member]:
    """A labeller for each who answered, who can't sign in: {what the other tool calls them: the member}."""
    there = {member.name: member for member in project.members.filter(role=Role.LABELLER)}
    members: dict[str, Member] = {}
    for key in sorted({label.labeller for label in planned.labels}):
        wanted = planned.names.get(key, key)
        taken = {member.name for member in members.values()}
        name = next(name for number in range(1, 10_000) if (name := _numbered(wanted, number)) not in taken)
        if name not in there:
            with transaction.atomic():
                user = _user(f"{project.slug}.{name}")
                there[name] = add_member(project=project, user=user, role=Role.LABELLER, name=name, by=by, now=now)
        members[key] = there[name]
    return members


def _numbered(name: str, number: int) -> str:
    return name if number == 1 else f"{name} {number}"


def _user(wanted: str) -> User:
    """A new account without a password: never one that somebody has already."""
    username = re.sub(r"[^\w.@+-]", "-", wanted)[:LONGEST_USERNAME]
    while User.objects.filter(username=username).exists():
        username = f"{username[: LONGEST_USERNAME - 9]}-{secrets.token_hex(4)}"
    user = User(username=username)
    user.set_unusable_password()
    user.save()
    return user


def _settle_and_publish(
    moved: ProjectImport, project: Project, planned: Plan, now: datetime, say: Say
) -> dict[str, Any]:  # fmt: skip
    if not planned.labels:
        return {"unpublished": "nobody has labelled anything; the items wait for labellers"}
    say("agreement", 0, planned.n_items)
    project = Project.objects.select_related("schema", "guideline", "policy").get(pk=project.pk)
    fit = queries.latest_fit(project.pk, project.schema_id)
    if fit is None:
        fit = fitting.fit_project(project=project, counted=queries.counted_arrays(project), now=now)
    finish_all(
        project=project, fit=fit, by=moved.by, now=now,
        progress=lambda done: say("agreement", done, planned.n_items),
    )  # fmt: skip
    if fit.followed_at is None:
        follow_fit(project=project, fit=fit, now=now)
    say("version", 0, 1)
    return {} if project.versions.exists() else _publish(moved, project, now)


def _publish(moved: ProjectImport, project: Project, now: datetime) -> dict[str, Any]:
    """The first version, as the data are: where a check fails, the version carries that it was overridden."""
    message = f"Imported from {Source(moved.source).label}"
    try:
        publish(project=project, by=moved.by, message=message, now=now)
    except ChecksFailed as failed:
        publish(project=project, by=moved.by, message=message, now=now, override_reason=OVERRIDDEN)
        return {"overridden": str(failed)}
    except QuorumError as error:
        return {"unpublished": str(error)}
    return {}
