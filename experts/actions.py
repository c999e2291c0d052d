"""What experts do: take cases up, and decide them."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext

from experts import queries
from experts.models import Case, Decision
from labelling import canonical
from labelling.assignment import money
from labelling.audit import actions as audit
from labelling.consensus.models import Authority, Resolution
from labelling.errors import Conflict, Forbidden, Invalid
from labelling.loop import resolve
from labelling.loop.audits import keep_audited
from labelling.loop.resolve import MOST_MORE
from labelling.projects.models import Member, PolicyVersion, Project, Role, User
from labelling.sampling.models import Item, State
from labelling.sampling.queries import payload_for
from labelling.schemas import SchemaError, kind_of

CLAIM_LASTS = timedelta(minutes=30)
SEND_BACK_LABELS = 2
LONGEST_DISCARD_REASON = 200
OUTCOME = {Decision.Kind.ANSWER: "answered", Decision.Kind.DISCARD: "discarded", Decision.Kind.SEND_BACK: "sent_back"}


class CaseClosed(Conflict):
    """The case was decided, or dropped since its item is no longer contested."""

    code = "case_closed"


class CaseClaimed(Conflict):
    """Another expert works on the case."""

    code = "case_claimed"


class BudgetSpent(Conflict):
    """The project's budget is a hard stop, for decisions too."""

    code = "budget_spent"


def pull(*, project: Project, now: datetime, limit: int = 200) -> int:
    """Drop cases that need no expert any more, then open at most `limit` new ones; returns how many are new.

    Safe to repeat and to run twice at once: an item has one open case.
    """
    policy = _policy_of(project)
    with transaction.atomic():
        drop = list(queries.cases_to_drop(project=project).values_list("pk", flat=True)[:limit])
        Case.objects.filter(pk__in=drop, closed_at=None).update(closed_at=now, outcome="dropped")
        contested = list(queries.contested_without_case(project=project)[:limit])
        audits = list(queries.audits_without_case(project=project)[: limit - len(contested)])
        before = _open_cases(item.pk for item in [*contested, *audits])
        cases = [_case(item, _reason(item, policy), now) for item in contested]
        cases += [_case(item, Case.Reason.AUDIT, now) for item in audits]
        Case.objects.bulk_create(cases, ignore_conflicts=True)
        return _open_cases(case.item_id for case in cases) - before


def _open_cases(items: Iterable[int]) -> int:
    return Case.objects.filter(item__in=list(items), closed_at=None).count()


def _reason(item: Item, policy: PolicyVersion) -> Case.Reason:
    many = item.n_abstained >= policy.abstentions_to_contest
    return Case.Reason.ABSTENTIONS if many else Case.Reason.DISAGREEMENT


def _case(item: Item, reason: Case.Reason, now: datetime) -> Case:
    posterior: dict[str, int] | None = getattr(item, "newest", None)
    return Case(
        project_id=item.project_id, item=item, pass_number=item.pass_number, reason=reason,
        value=queries.entropy_bits(posterior), opened_at=now,
    )  # fmt: skip


def claim(*, case: Case, by: User, now: datetime) -> Case:
    """Take a case up for thirty minutes; again extends one's own claim. Raises CaseClaimed, CaseClosed, Forbidden."""
    _check_may_decide(case.project, by)
    won = _free_for(case, by, now).update(claimed_by=by, claimed_until=now + CLAIM_LASTS)
    if not won:
        raise _why_not(case)
    case.refresh_from_db()
    return case


def release(*, case: Case, by: User, now: datetime) -> Case:
    """Give one's claim back; harmless where there is none."""
    Case.objects.filter(pk=case.pk, claimed_by=by, closed_at=None).update(claimed_by=None, claimed_until=None)
    case.refresh_from_db()
    return case


def decide(
    *,
    case: Case,
    by: User,
    kind: str,
    rationale: str,
    now: datetime,
    answer: dict[str, Any] | None = None,
    discard_reason: str = "",
    n_more: int = SEND_BACK_LABELS,
    afresh: bool = False,
) -> Decision:
    """Close a case with an answer, by discarding its item, or by sending it back for n_more labels or a new pass.

    The policy's expert price is spent in the same transaction. The decision's `resolution` is the one it made or, when
    an audit agrees with the crowd, the crowd's that it confirms. Raises Forbidden for who is neither expert nor owner,
    Invalid naming the field, CaseClosed, CaseClaimed, BudgetSpent; then nothing has changed.
    """
    _check_may_decide(case.project, by)
    wanted = _check(case, kind, answer, discard_reason, n_more, rationale)
    checked = _answer(case, wanted, answer)
    discard_reason, rationale = discard_reason.strip(), rationale.strip()
    policy = _policy_of(case.project)
    with transaction.atomic():
        _close(case, wanted, by, now)
        resolution = _carry_out(
            case, wanted, checked, discard_reason=discard_reason, rationale=rationale, n_more=n_more, afresh=afresh,
            by=by, now=now,
        )  # fmt: skip
        if not money.spend(project_id=case.project_id, amount=policy.price_expert):
            raise BudgetSpent(gettext("the budget is spent: an owner can raise it in the policy, then decide again"))
        decision = Decision.objects.create(
            case=case, kind=wanted, answer=canonical.dumps(checked) if checked else "",
            rationale=rationale, resolution=resolution, price=policy.price_expert, by=by, at=now,
        )  # fmt: skip
        audit.record("case.decided", case, by=by, now=now, project_id=case.project_id, kind=wanted.value,
                     decision=decision.public_id, price=policy.price_expert)  # fmt: skip
    case.refresh_from_db()
    return decision


def _check(
    case: Case, kind: str, answer: dict[str, Any] | None, discard_reason: str, n_more: int, rationale: str
) -> Decision.Kind:
    """The kind that is wanted. Raises Invalid for what doesn't go with it."""
    if kind not in Decision.Kind.values:
        raise _invalid("kind", f"must be one of {', '.join(Decision.Kind.values)}")
    wanted = Decision.Kind(kind)
    if (answer is not None) != (wanted == Decision.Kind.ANSWER):
        raise _invalid("answer", f"is needed to answer, and only then; the kind is {wanted.value}")
    if wanted == Decision.Kind.DISCARD and not discard_reason.strip():
        raise _invalid("discard_reason", gettext("say why the item can't be labelled"))
    if len(discard_reason) > LONGEST_DISCARD_REASON:
        raise _invalid("discard_reason", gettext("is too long; put the details in the rationale"))
    if wanted == Decision.Kind.SEND_BACK and not 1 <= n_more <= MOST_MORE:
        raise _invalid("n_more", f"must be from 1 to {MOST_MORE}")
    needed = wanted == Decision.Kind.DISCARD or (wanted == Decision.Kind.ANSWER and not _is_audit(case))
    if needed and not rationale.strip():
        raise _invalid("rationale", gettext("say why: it teaches labellers and explains the dataset"))
    for name, text in (("rationale", rationale), ("discard_reason", discard_reason)):
        if "\x00" in text:
            raise _invalid(name, gettext("holds the character NUL; remove it"))
    return wanted


def _invalid(where: str, message: str) -> Invalid:
    return Invalid(f"{where}: {message}", errors=[{"where": where, "message": message}])


def _answer(case: Case, wanted: Decision.Kind, answer: dict[str, Any] | None) -> dict[str, Any] | None:
    """The answer as the label schema in force spells it. Raises Invalid."""
    if wanted != Decision.Kind.ANSWER:
        return None
    schema = case.project.schema
    assert schema is not None  # Every project has one from its creation.
    kind = kind_of(schema.kind)
    try:
        return kind.check_answer(schema.definition, answer, payload_for(kind, case.item_id))
    except SchemaError as error:
        raise _invalid("answer", str(error)) from error


def _close(case: Case, wanted: Decision.Kind, by: User, now: datetime) -> None:
    if not _free_for(case, by, now).update(closed_at=now, outcome=OUTCOME[wanted]):
        raise _why_not(case)
    waits = {State.RESOLVED} if _is_audit(case) else {State.CONTESTED}
    if not Item.objects.filter(pk=case.item_id, state__in=waits).exists():
        raise CaseClosed(gettext("the item no longer waits for an expert: more labels came or an owner decided it"))


def _carry_out(
    case: Case, wanted: Decision.Kind, answer: dict[str, Any] | None, *, discard_reason: str, rationale: str,
    n_more: int, afresh: bool, by: User, now: datetime,
) -> Resolution | None:  # fmt: skip
    """The resolution that follows from the decision, or that it confirms; None when sent back."""
    item = Item.objects.get(pk=case.item_id)
    if wanted == Decision.Kind.SEND_BACK:
        resolve.send_back(item=item, n_more=n_more, afresh=afresh, reason=rationale, by=by, now=now)
        return None
    if answer is not None and _is_audit(case):
        confirmed = keep_audited(item=item, answer=answer, by=by, now=now)
        if confirmed is not None:
            return confirmed
    return resolve.decide(item=item, answer=answer, discard_reason=discard_reason if answer is None else "",
                          authority=Authority.EXPERT, reason=rationale, by=by, now=now)  # fmt: skip


def _is_audit(case: Case) -> bool:
    return case.reason == Case.Reason.AUDIT


def _free_for(case: Case, by: User, now: datetime) -> Any:
    """The case, if it is open and no other expert's claim is live: every change of it goes through this."""
    free = Q(claimed_by=None) | Q(claimed_by=by) | Q(claimed_until__lte=now)
    return Case.objects.filter(free, pk=case.pk, closed_at=None)


def _why_not(case: Case) -> Conflict:
    """Why a conditional UPDATE of the case found nothing."""
    current = Case.objects.get(pk=case.pk)
    if current.closed_at is not None:
        return CaseClosed(f"this case is closed ({current.outcome.replace('_', ' ')}); take the next one")
    until = f"{current.claimed_until:%H:%M} UTC" if current.claimed_until else "it is given back"
    return CaseClaimed(f"another expert works on this case until {until}; take the next one")


def _check_may_decide(project: Project, by: User) -> None:
    members = Member.objects.filter(project=project, user=by, suspended_at=None, role__in=[Role.EXPERT, Role.OWNER])
    if not members.exists():
        raise Forbidden(f"only experts and owners of {project.slug} may decide its cases")


def _policy_of(project: Project) -> PolicyVersion:
    assert project.policy is not None  # Every project has one from its creation.
    return project.policy
