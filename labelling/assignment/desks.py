"""Who asks for work, and what they may have: read and locked in one statement."""

from dataclasses import dataclass
from datetime import UTC, datetime, time
from math import ceil
from typing import Any

from django.db import connection
from django.db.models import F

from labelling.assignment import queries
from labelling.assignment.models import Desk, Label, Portion
from labelling.assignment.winning import Position
from labelling.projects import keys, rules
from labelling.projects.models import ApiToken, PolicyVersion, Skill
from labelling.sampling.models import Part, Queue
from labelling.statements import Row, fetch


@dataclass(frozen=True)
class Asking:
    """A labeller whose row is locked until the transaction ends, with what decides on their next items.

    start: where in the queue to look from, while that is known; None: from its head.
    """

    labeller_id: int
    labeller_key: str
    suspended: bool
    qualified: bool
    project_id: int
    project_key: str
    seed: int
    paused: bool
    policy_id: int
    schema_id: int
    has_queues: bool
    n_live: int
    n_leased: int
    start_priority: float | None
    start_id: int | None

    @property
    def policy(self) -> PolicyVersion:
        return rules.policy(self.project_key, self.policy_id)

    @property
    def start(self) -> Position | None:
        return None if self.start_priority is None or self.start_id is None else (self.start_priority, self.start_id)

    @property
    def must_practise(self) -> bool:
        return bool(self.policy.qualification_items) and not self.qualified


ASKING = """
SELECT m.id, m.public_id, m.suspended_at IS NOT NULL, m.qualified_at IS NOT NULL,
    p.id, p.public_id, p.seed, p.paused_at IS NOT NULL, p.policy_id, p.schema_id,
    EXISTS (SELECT 1 FROM labelling_queue q WHERE q.project_id = p.id),
    (SELECT COUNT(*) FROM labelling_lease l WHERE l.labeller_id = m.id AND l.state = 'live'),
    COALESCE(d.n_leased, 0), CASE WHEN d.look_again_at > %(now)s THEN d.after_priority END, d.after_id
FROM labelling_member m JOIN labelling_project p ON p.id = m.project_id
    LEFT JOIN labelling_desk d ON d.labeller_id = m.id
"""
BY_ID = "WHERE m.id = %(labeller)s"
BY_USER = "WHERE m.user_id = %(user)s AND m.role = 'labeller' AND (p.slug = %(project)s OR p.public_id = %(project)s)"
LOCK = "FOR NO KEY UPDATE OF m"


def lock(*, labeller_id: int, now: datetime) -> Asking:
    return Asking(*_locked(BY_ID, {"labeller": labeller_id, "now": now})[0])


def lock_by_user(*, user_id: int, key: ApiToken | None, project: str, now: datetime) -> Asking | None:
    """The same for who comes over HTTP: `project` is its slug or public id. None: no labeller of such a project, or
    the key they come with stands no more or is for another one."""
    values: dict[str, Any] = {"user": user_id, "project": project, "now": now}
    whose = BY_USER
    if key is not None:
        whose = f"{BY_USER} AND {keys.STANDS}"
        values |= {"key": key.pk, "secret_hash": key.secret_hash}
    rows = _locked(whose, values)
    if rows and key is not None and key.project_id not in (None, Asking(*rows[0]).project_id):
        return None
    return Asking(*rows[0]) if len(rows) == 1 else None


def _locked(whose: str, values: dict[str, Any]) -> list[Row]:
    if connection.vendor != "postgresql":
        return fetch(f"{ASKING} {whose}", values)
    if rows := fetch(f"{ASKING} {whose} {LOCK} SKIP LOCKED", values):
        return rows
    # What is read by a statement that waits for the lock is as old as its beginning: the desk and the policy may have
    # changed under whoever had it, so they are read again.
    fetch(f"{ASKING} {whose} {LOCK}", values)
    return fetch(f"{ASKING} {whose} {LOCK}", values)


def midnight(now: datetime) -> datetime:
    """When the day of a daily limit began (UTC)."""
    return datetime.combine(now.astimezone(UTC).date(), time.min, UTC)


def left_today(*, labeller_id: int, limit: int, now: datetime) -> int:
    """Labels this labeller may still give today, live leases counted as given. Reads at most `limit` labels."""
    newest = Label.objects.standing().filter(labeller=labeller_id).order_by("-id").values_list("at", flat=True)[:limit]
    given = sum(at >= midnight(now) for at in newest)
    return max(0, limit - given - queries.live_leases(labeller=labeller_id).count())


def open_queues(asking: Asking) -> tuple[int, ...]:
    """The queues whose needs the labeller meets."""
    if not asking.has_queues:
        return ()
    levels = dict(Skill.objects.filter(member=asking.labeller_id).values_list("tag", "level"))
    queues = Queue.objects.filter(project=asking.project_id).order_by("id").values_list("id", "needs")
    return tuple(one for one, needs in queues if all(levels.get(tag, 0) >= least for tag, least in needs.items()))


def shares(asking: Asking) -> tuple[tuple[int, ...], int | None]:
    """The parts of rounds in which the labeller had their share, and how many more items the nearest one allows.

    A share is of a part's items, rounded up: everybody may have one.
    """
    limit = asking.policy.max_share
    if limit is None:
        return (), None
    given = dict(Portion.objects.filter(labeller=asking.labeller_id).values_list("part", "n_given"))
    sizes = Part.objects.filter(round__project=asking.project_id).values_list("id", "n_items")
    left = {part: max(1, ceil(round(limit * n_items, 6))) - given.get(part, 0) for part, n_items in sizes}
    full = tuple(sorted(part for part, n in left.items() if n <= 0))
    return full, min((n for n in left.values() if n > 0), default=None)


def remember(asking: Asking, position: Position | None, *, until: datetime) -> None:
    """From where to look the next time: what is before it was looked through and is the labeller's own."""
    priority, item = position or (None, None)
    Desk.objects.filter(labeller=asking.labeller_id).update(
        after_priority=priority, after_id=item, look_again_at=until if position else None
    )


def seen(*, labeller_id: int, now: datetime, leased: int = 0) -> None:
    """Somebody asked for work."""
    if not Desk.objects.filter(pk=labeller_id).update(seen_at=now, n_leased=F("n_leased") + leased):
        Desk.objects.create(labeller_id=labeller_id, seen_at=now, n_leased=leased)
