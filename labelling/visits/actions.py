"""Making entrances, letting workers in by them, and ending their visits."""

import secrets
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, Max
from django.utils.translation import gettext as _

from labelling.assignment.actions import lease_items
from labelling.assignment.models import Label
from labelling.audit import actions as audit
from labelling.ids import new_id
from labelling.projects.models import Member, Project, Role, User
from labelling.visits import checks, queries
from labelling.visits.errors import EntranceClosed, NothingGiven, WorkLeft
from labelling.visits.models import Entrance, Stretch, Visit, Worker
from labelling.visits.parameters import Came

# Without letters and digits that look alike.
CODE_LETTERS = "ACDEFGHJKLMNPQRTUVWXY34679"
CODE_LENGTH = 10
# Not the end of the work, but of what one person may hold.
NO_END = ("hands_full", "held_elsewhere")


@transaction.atomic
def create_entrance(*, project: Project, by: User, now: datetime, **values: Any) -> Entrance:
    """values: as the fields of Entrance; parameters and the return address may be left out where the provider is one
    that is known. Raises Invalid naming each field at fault."""
    cleaned = checks.check_entrance(values)
    entrance = Entrance.objects.create(project=project, created_at=now, created_by=by, **cleaned)
    audit.record("entrance.made", entrance, by=by, now=now, project_id=project.pk, **cleaned)
    return entrance


@transaction.atomic
def close_entrance(*, entrance: Entrance, by: User, now: datetime) -> Entrance:
    """Nobody new comes in, and no new visit begins; visits that are begun can be finished. Again changes nothing."""
    if Entrance.objects.filter(pk=entrance.pk, closed_at=None).update(closed_at=now, closed_by=by):
        audit.record("entrance.closed", entrance, by=by, now=now, project_id=entrance.project_id)
    entrance.refresh_from_db(fields=["closed_at", "closed_by"])
    return entrance


@transaction.atomic
def enter(*, entrance: Entrance, came: Came, now: datetime) -> Visit:
    """The worker's visit for this assignment; what they label from now on belongs to it.

    The first time a worker comes they become a labeller: a user without a password, with a name that tells nothing.
    Two tabs at once make one. Raises EntranceClosed where something new would begin and nothing may.
    """
    worker = _worker(entrance, came.worker_id) or _new_worker(entrance, came.worker_id, now)
    # The row that all work of a labeller locks first: no label comes in between.
    Member.objects.select_for_update(no_key=True).get(pk=worker.member_id)
    visit = worker.visits.filter(assignment=came.assignment, session=came.session).first()
    if visit is None:
        visit = _new_visit(entrance, worker, came, now)
    _turn_to(worker, visit)
    return visit


def _worker(entrance: Entrance, worker_id: str) -> Worker | None:
    return Worker.objects.select_related("member__user").filter(entrance=entrance, worker_id=worker_id).first()


def _new_worker(entrance: Entrance, worker_id: str, now: datetime) -> Worker:
    # The entrance's row first: who waited for it looks again.
    locked = Entrance.objects.select_for_update(no_key=True).get(pk=entrance.pk)
    if worker := _worker(entrance, worker_id):
        return worker
    if locked.closed_at:
        raise EntranceClosed(_("This study is closed: nobody new can begin. Please return it where you found it."))
    open_to_more = Entrance.objects.filter(pk=entrance.pk, n_workers__lt=F("most_workers"))
    if not open_to_more.update(n_workers=F("n_workers") + 1):
        raise EntranceClosed(_("This study has all the people it needs. Please return it where you found it."))
    number = locked.n_workers + 1
    member = _new_member(locked, f"{locked.provider} {number}", now)
    audit.record(
        "member.added", member, by=None, now=now, project_id=locked.project_id, role=Role.LABELLER, name=member.name,
        entrance=locked.public_id,
    )  # fmt: skip
    return Worker.objects.create(entrance=locked, worker_id=worker_id, member=member, number=number, came_at=now)


def _new_member(entrance: Entrance, name: str, now: datetime) -> Member:
    """Named after the provider and a number, which is what other people of the project read; a name that somebody has,
    perhaps by another entrance at this moment, gets a few letters more."""
    user = User(username=f"worker-{new_id()}", first_name=name[:150])
    user.set_unusable_password()
    user.save(force_insert=True)
    rest = {"project_id": entrance.project_id, "user": user, "role": Role.LABELLER, "joined_at": now}
    try:
        with transaction.atomic():
            return Member.objects.create(name=name, **rest)
    except IntegrityError:
        user.first_name = f"{name} ({new_id()[:4]})"
        user.save(update_fields=["first_name"])
        return Member.objects.create(name=user.first_name, **rest)


def _new_visit(entrance: Entrance, worker: Worker, came: Came, now: datetime) -> Visit:
    open_entrance = Entrance.objects.filter(pk=entrance.pk, closed_at=None).first()
    if open_entrance is None:
        raise EntranceClosed(
            _("This study is closed: no new assignment can begin. Please return it where you found it.")
        )
    return Visit.objects.create(
        worker=worker, assignment=came.assignment, session=came.session, n_labels=open_entrance.n_labels,
        code="" if open_entrance.fixed_code else new_code(), begun_at=now,
    )  # fmt: skip


def new_code() -> str:
    """A random completion code: 47 bits, without letters that look alike."""
    return "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))


def _turn_to(worker: Worker, visit: Visit) -> None:
    """What is labelled from now on belongs to this visit."""
    going_on = Stretch.objects.filter(worker=worker, up_to_label=None).first()
    if going_on is not None and going_on.visit_id == visit.pk:
        return
    last = Label.objects.filter(labeller=worker.member_id).aggregate(last=Max("pk"))["last"] or 0
    if going_on is not None:
        Stretch.objects.filter(pk=going_on.pk).update(up_to_label=last)
    Stretch.objects.create(worker=worker, visit=visit, after_label=last)


@transaction.atomic
def complete_if_done(*, visit: Visit, now: datetime) -> Visit:
    """Note that the visit is complete once enough labels stand; it stays so, whatever becomes of them."""
    if visit.completed_at is None and queries.n_given(visit, most=visit.n_labels) >= visit.n_labels:
        Visit.objects.filter(pk=visit.pk, completed_at=None).update(completed_at=now)
        visit.refresh_from_db(fields=["completed_at", "ended_early"])
    return visit


@transaction.atomic
def end_early(*, visit: Visit, now: datetime) -> Visit:
    """There is no more work for the worker: the visit is complete with what they gave.

    Raises NothingGiven for a visit without a label, WorkLeft where there is something to label after all.
    """
    visit = complete_if_done(visit=visit, now=now)
    if visit.completed_at is not None:
        return visit
    if not queries.n_given(visit, most=1):
        raise NothingGiven(_("You have not labelled anything in this visit. Please return it where you found it."))
    labeller = Member.objects.select_related("project").get(worker=visit.worker_id)
    reply = lease_items(labeller=labeller, count=1, now=now)
    # What was leased is given back as nothing of this is kept.
    if reply.reason is None or reply.reason.code in NO_END:
        raise WorkLeft(_("There is more to label now. Go on, and your code comes when you have given enough answers."))
    Visit.objects.filter(pk=visit.pk, completed_at=None).update(completed_at=now, ended_early=reply.reason.code)
    visit.refresh_from_db(fields=["completed_at", "ended_early"])
    return visit
