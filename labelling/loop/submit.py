"""A labeller's answer comes in, or is taken back: the label, its counters, its batch and what the crowd then says,
in one transaction."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.text import Truncator
from django.utils.translation import gettext

from labelling import canonical
from labelling.assignment import desks, money, practice, queries
from labelling.assignment.actions import CLOSES_AFTER_LABELS
from labelling.assignment.errors import (
    AnsweredDifferently,
    AnswerInvalid,
    BudgetSpent,
    ItemErased,
    LeaseExpired,
    LeaseUnknown,
)
from labelling.assignment.models import Abstention, Batch, Draft, Label, LeaseState
from labelling.consensus import judging
from labelling.errors import Conflict, QuorumError
from labelling.loop import taking
from labelling.loop.crowd import enqueue_refit, judge_if_due
from labelling.loop.taking import Held
from labelling.projects import keys
from labelling.projects.models import ApiToken, Member, SchemaVersion
from labelling.sampling.models import Purpose, State
from labelling.sampling.queries import payload_for
from labelling.schemas import SchemaError, kind_of

Given = dict[str, Any]
MOST_TRIES = 5
LONGEST_NOTE = 2000
LONGEST_SECONDS = 7 * 86_400.0


@dataclass(frozen=True)
class SubmitReply:
    """The stored label. `created`: now, not by an earlier request. `standing`: it was not taken back since.
    `feedback`: whether it was right, of a training item only."""

    label: Label
    created: bool
    standing: bool
    feedback: practice.Feedback | None = None


class KeyStandsNoMore(QuorumError):
    """The key was revoked, or grew too old, since it was looked up."""

    status, code = 401, "authentication_failed"


@dataclass(frozen=True)
class Whose:
    """Who answers: one labeller; or any labeller that a user is, in the project of their key or in all."""

    labeller_id: int | None = None
    user_id: int | None = None
    key: ApiToken | None = None

    def hold(self, token: str, now: datetime) -> Held | None:
        held = taking.hold(token=token, labeller_id=self.labeller_id, user_id=self.user_id, key=self.key, now=now)
        if held is None and self.key is not None and not keys.stands(token=self.key, now=now):
            raise KeyStandsNoMore(gettext("This token is unknown, revoked or too old. Ask for another one."))
        return held

    def labels(self) -> QuerySet[Label]:
        only_project = self.key.project_id if self.key else None
        wanted = {"labeller": self.labeller_id, "labeller__user": self.user_id, "project": only_project}
        return Label.objects.filter(**{name: value for name, value in wanted.items() if value is not None})


class _TooLate(Exception):
    def __init__(self, held: Held, given: Given, error: LeaseExpired | BudgetSpent) -> None:
        super().__init__(str(error))
        self.held, self.given, self.error = held, given, error


class _BatchFilled(Exception):
    pass


def submit(
    *, token: str, labeller: Member, answer: Any, now: datetime, note: str = "", wall_seconds: float | None = None,
    active_seconds: float | None = None,
) -> SubmitReply:  # fmt: skip
    """Store an answer under its lease. The token makes repeating harmless: one label, the same reply.

    note: words beside the answer, as its reason; the first ones are kept.
    Raises AnswerInvalid, LeaseUnknown, LeaseExpired (its place was taken), AnsweredDifferently, BudgetSpent.
    """
    beside = _beside(note, wall_seconds, active_seconds)
    return _take(
        token, Whose(labeller_id=labeller.pk), lambda schema, item_id: _answered(schema, item_id, answer, beside), now
    )


def submit_by_user(
    *, token: str, user_id: int, key: ApiToken | None, answer: Any, now: datetime, note: str = "",
    wall_seconds: float | None = None, active_seconds: float | None = None,
) -> SubmitReply:  # fmt: skip
    """The same for who comes over HTTP, perhaps with a remembered key: whichever labeller of theirs has the lease, of
    the key's project or of all. Raises KeyStandsNoMore as well."""
    beside = _beside(note, wall_seconds, active_seconds)
    whose = Whose(user_id=user_id, key=key)
    return _take(token, whose, lambda schema, item_id: _answered(schema, item_id, answer, beside), now)


def abstain(
    *, token: str, labeller: Member, reason: str, now: datetime, note: str = "", wall_seconds: float | None = None,
    active_seconds: float | None = None,
) -> SubmitReply:  # fmt: skip
    """Store "can't decide" with its reason; several of them contest the item. Raises as submit does."""
    if reason not in Abstention.values:
        raise AnswerInvalid(f"reason: {reason!r} is not one of {', '.join(Abstention.values)}")
    given = {"answer": "", "abstention": reason, **_beside(note, wall_seconds, active_seconds)}
    return _take(token, Whose(labeller_id=labeller.pk), lambda schema, item_id: given, now)


def _answered(schema: SchemaVersion, item_id: int, answer: Any, beside: Given) -> Given:
    kind = kind_of(schema.kind)
    try:
        cleaned = canonical.dumps(kind.check_answer(schema.definition, answer, payload_for(kind, item_id)))
    except SchemaError as error:
        raise AnswerInvalid(str(error)) from error
    return {"answer": cleaned, "abstention": "", **beside}


def _beside(note: str, wall: float | None, active: float | None) -> Given:
    sane = [None if one is None or not 0 <= one <= LONGEST_SECONDS else float(one) for one in (wall, active)]
    kept = Truncator(note.replace("\x00", "")).chars(LONGEST_NOTE) if note else ""
    return {"note": kept, "wall_seconds": sane[0], "active_seconds": sane[1]}


def _take(token: str, whose: Whose, read: Callable[[SchemaVersion, int], Given], now: datetime) -> SubmitReply:
    for _ in range(MOST_TRIES):
        try:
            with transaction.atomic():
                held = whose.hold(token, now)
                if held is None or held.lease_state == LeaseState.DONE:
                    return _earlier_reply(token, whose, read)
                return _take_held(held, token, read(held.schema, held.item.pk), now)
        except _TooLate as refused:
            _keep_draft(refused, token, now)
            raise refused.error from None
        except _BatchFilled:
            continue
    raise Conflict(gettext("Other answers of yours came at the same time. Send this one again."))


def _take_held(held: Held, token: str, given: Given, now: datetime) -> SubmitReply:
    refusal = _refusal(held, now)
    if refusal is not None:
        raise _TooLate(held, given, refusal)
    # Of the places that are paid for, each live lease has one: an answer that comes late needs one of its own.
    needs_room = held.lease_state != LeaseState.LIVE and queries.room(labeller_id=held.labeller_id) <= 0
    if held.batch is None or needs_room:
        batch = money.open_batch(labeller=held.labeller, policy=held.policy, now=now)
        if batch is None:
            raise _TooLate(
                held,
                given,
                BudgetSpent(gettext("The project's budget is spent, so this answer can't be paid or taken.")),
            )
        if held.batch is None:
            held = replace(held, batch=batch.pk, batch_size=batch.size, batch_labels=0)
    counters = _count(held, bool(given["abstention"]))
    open_or_gold = held.item.state == State.OPEN and held.item.purpose != Purpose.TRAINING
    judged = _judge(held, given, now) if open_or_gold else None
    label = taking.write(held=held, given=given, token=token, counters=counters, judged=judged, now=now)
    if label is None:
        raise _BatchFilled
    _follow_up(held, label, judged_above=open_or_gold, now=now)
    feedback = practice.feedback_on(label) if held.item.purpose == Purpose.TRAINING else None
    return SubmitReply(label, created=True, standing=True, feedback=feedback)


def _refusal(held: Held, now: datetime) -> LeaseExpired | None:
    """A lease that ran out may still be answered while nobody took its place; one that was given back may not."""
    item = held.item
    if item.purpose == Purpose.ERASED:
        raise ItemErased(gettext("The content of this item was erased meanwhile. No answer to it is wanted or kept."))
    if item.purpose == Purpose.WORK and held.lease_pass != item.pass_number:
        return LeaseExpired(
            gettext("This item is being labelled afresh, so an answer for the earlier pass is not taken.")
        )
    if held.lease_state == LeaseState.LIVE:
        return None
    if held.suspended:
        return LeaseExpired(
            gettext("This lease is over and you get no new items here. Your answer was kept, but not counted.")
        )
    # Else gold could be told: what it answers to a late answer can't always be what work would.
    if held.lease_state != LeaseState.EXPIRED:
        return LeaseExpired(gettext("You gave this item back. Your answer was kept, but not counted."))
    # Gold has no places that others could take: it is finished as work is when the crowd has what it wanted.
    run_over = held.lease_pass != item.pass_number
    taken = {Purpose.WORK: not item.is_open, Purpose.GOLD: run_over, Purpose.TRAINING: False}
    if taken[Purpose(item.purpose)]:
        return LeaseExpired(
            gettext("This lease ran out and others have finished the item. Your answer was kept, but not counted.")
        )
    limit = held.policy.daily_limit
    if limit is not None and not desks.left_today(labeller_id=held.labeller_id, limit=limit, now=now):
        return LeaseExpired(
            gettext("This lease is over and your day's answers are given. This one was kept, but not counted.")
        )
    return None


def _count(held: Held, abstained: bool) -> dict[str, int]:
    """Put the label on the item's counters; a late one takes a free place, a live lease gives its own."""
    item = held.item
    if item.purpose == Purpose.TRAINING:
        return {}
    item.n_done += 1
    item.n_abstained += abstained
    counters = {"n_done": item.n_done, "n_abstained": item.n_abstained}
    if item.purpose == Purpose.GOLD:
        counters["n_exposed"] = item.n_exposed + 1
    if item.purpose == Purpose.WORK and held.lease_state == LeaseState.LIVE:
        item.n_active -= 1
        counters["n_active"] = item.n_active
    return counters


def _judge(held: Held, given: Given, now: datetime) -> taking.Judged | None:
    """What an open item's labels say with this one, when it is time and the fit is fresh enough."""
    item, policy, schema = held.item, held.policy, held.schema
    if not judging.is_due(item, policy):
        return None
    evidence = taking.evidence(held)
    age = evidence.age + 1
    if 2 * age > policy.fit_max_age:
        enqueue_refit(project_id=held.project.pk, now=now)
    if age > policy.fit_max_age:
        return None
    answers = [*evidence.given, *([] if given["abstention"] else [(held.labeller_id, given["answer"])])]
    assessment = judging.assess(
        item=item, given=answers, fit=evidence.fit, rows=evidence.confusions, policy=policy, schema=schema
    )
    decision = judging.decision_row(
        item=item, assessment=assessment, fit=evidence.fit, policy=policy, schema=schema, after_label=None, now=now
    )
    effect = judging.follow(item=item, standing=None, assessment=assessment, policy=policy, now=now)
    return taking.Judged(assessment, effect, decision)


def _follow_up(held: Held, label: Label, *, judged_above: bool, now: datetime) -> None:
    if held.batch_size < CLOSES_AFTER_LABELS or held.batch_labels + 1 == CLOSES_AFTER_LABELS:
        _close_earlier(label.batch, now)
    if held.item.purpose == Purpose.TRAINING:
        practice.qualify_if_passed(labeller_id=held.labeller_id, policy=held.policy, now=now)
    elif not judged_above:
        project = held.project
        project.policy, project.schema = held.policy, held.schema
        judge_if_due(item=held.item, project=project, after_label=label, now=now)


def _earlier_reply(token: str, whose: Whose, read: Callable[[SchemaVersion, int], Given]) -> SubmitReply:
    label = whose.labels().filter(token=token).select_related("labeller__project__schema", "item").first()
    if label is None:
        raise LeaseUnknown(gettext("There is no lease with this token for you. Ask for items again."))
    standing = label.withdrawn_at is None
    given = read(label.labeller.project.schema_in_force, label.item_id) if standing else {}
    if standing and (given["answer"], given["abstention"]) != (label.answer, label.abstention):
        raise AnsweredDifferently(gettext("This item already has another answer of yours. Undo that one to change it."))
    return SubmitReply(label, created=False, standing=standing, feedback=practice.feedback_on(label))


def _keep_draft(refused: _TooLate, token: str, now: datetime) -> None:
    """Sent again, the newest answer is the one that is kept."""
    given = {name: refused.given[name] for name in ("answer", "abstention", "note")}
    Draft.objects.update_or_create(
        token=token,
        defaults={**given, "refused_because": refused.error.code, "at": now, "put_away_at": None},
        create_defaults={
            **given, "labeller_id": refused.held.labeller_id, "item_id": refused.held.item.pk,
            "refused_because": refused.error.code, "at": now,
        },
    )  # fmt: skip


def _close_earlier(batch: Batch, now: datetime) -> None:
    """Close full batches that ten labels followed: undo no longer reaches into them."""
    following = batch.n_labels
    full = Batch.objects.filter(
        labeller=batch.labeller_id, number__lt=batch.number, closed_at=None, full_at__isnull=False
    ).select_related("labeller")
    # One that is locked is being closed elsewhere.
    for earlier in full.order_by("-number").select_for_update(skip_locked=True, no_key=True, of=("self",)):
        if following >= CLOSES_AFTER_LABELS:
            money.settle(batch=earlier, now=now)
        following += earlier.n_labels
