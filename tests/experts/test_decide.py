"""An expert's decision: who may, what it changes, what it costs."""

import pytest
from django.db.models import F

from experts import actions
from experts.models import Case, Decision
from labelling.audit.models import Entry
from labelling.consensus.models import AuditedAnswer, Authority, Resolution
from labelling.errors import Conflict, Forbidden, Invalid
from labelling.loop import resolve
from labelling.projects.models import Account, Member, User
from labelling.sampling.models import Item, State
from tests.experts.crowd import agreed, contested, later
from tests.factories import NOW, make_user

pytestmark = pytest.mark.django_db

MATCH = {"choice": "match"}


def open_case(**policy) -> tuple[Case, User]:
    project, _ = contested(**policy)
    actions.pull(project=project, now=NOW)
    return Case.objects.get(), User.objects.get(username="eva")


def audit_case() -> tuple[Case, User]:
    project, _ = agreed()
    actions.pull(project=project, now=NOW)
    return Case.objects.get(), User.objects.get(username="eva")


def answer(case: Case, by: User, *, rationale: str = "the offer names cats", choice: str = "match") -> Decision:
    return actions.decide(
        case=case, by=by, kind="answer", answer={"choice": choice}, rationale=rationale, now=NOW
    )  # fmt: skip


def nothing_changed(case: Case) -> bool:
    case.refresh_from_db()
    account = Account.objects.get(project=case.project)
    return case.closed_at is None and account.spent == 0 and not Decision.objects.exists()


def test_an_answer_resolves_the_item_with_the_experts_authority_and_closes_the_case():
    case, eva = open_case()
    decision = answer(case, eva)
    item, resolution = Item.objects.get(), Resolution.objects.get(closed_at=None)
    assert (item.state, resolution.authority, resolution.by) == (State.RESOLVED, Authority.EXPERT, eva)
    assert (resolution.answer, decision.resolution) == ('{"choice":"match"}', resolution)
    assert (case.outcome, case.closed_at) == ("answered", NOW)


def test_a_decision_costs_the_experts_price_in_the_same_transaction():
    case, eva = open_case(price_expert=3_000_000)
    before = Account.objects.get().spent
    assert answer(case, eva).price == 3_000_000
    assert Account.objects.get().spent - before == 3_000_000


def test_a_decision_beyond_the_budget_is_refused_and_leaves_everything_as_it_was():
    case, eva = open_case()
    Account.objects.update(budget=F("reserved") + F("spent") + case.project.policy.price_expert - 1)
    with pytest.raises(Conflict, match="the budget is spent"):
        answer(case, eva)
    assert nothing_changed(case)
    assert Item.objects.get().state == State.CONTESTED


def test_a_decision_is_on_the_record():
    case, eva = open_case()
    answer(case, eva)
    entry = Entry.objects.get(action="case.decided")
    assert (entry.by, entry.subject_id, entry.project_id) == (eva, case.public_id, case.project_id)


def test_discarding_needs_a_reason_and_discards_the_item():
    case, eva = open_case()
    with pytest.raises(Invalid, match="discard_reason"):
        actions.decide(case=case, by=eva, kind="discard", rationale="it is empty", now=NOW)
    actions.decide(case=case, by=eva, kind="discard", discard_reason="empty", rationale="no text", now=NOW)
    assert Item.objects.get().state == State.DISCARDED
    assert (Resolution.objects.get(closed_at=None).discard_reason, case.outcome) == ("empty", "discarded")


def test_sending_back_opens_the_item_for_two_more_labels():
    case, eva = open_case()
    target = Item.objects.get().target
    decision = actions.decide(case=case, by=eva, kind="send_back", rationale="", now=NOW)
    item = Item.objects.get()
    assert (item.state, item.target, item.pass_number) == (State.OPEN, target + 2, 1)
    assert (decision.resolution, case.outcome) == (None, "sent_back")


def test_sending_back_afresh_opens_the_next_pass():
    case, eva = open_case()
    actions.decide(case=case, by=eva, kind="send_back", afresh=True, rationale="", now=NOW)
    item = Item.objects.get()
    assert (item.state, item.pass_number, item.n_done) == (State.OPEN, 2, 0)


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        ({"kind": "shrug"}, "kind"),
        ({"answer": None}, "answer"),
        ({"answer": {"choice": "perhaps"}}, "answer"),
        ({"kind": "discard", "discard_reason": "empty"}, "answer"),
        ({"kind": "discard", "answer": None, "discard_reason": "x" * 201}, "discard_reason"),
        ({"kind": "discard", "answer": None, "discard_reason": "empty", "rationale": "  "}, "rationale"),
        ({"kind": "send_back", "answer": None, "n_more": 0}, "n_more"),
        ({"rationale": " "}, "rationale"),
        ({"rationale": "a\x00b"}, "rationale"),
    ],
)
def test_a_decision_that_makes_no_sense_names_its_field_and_changes_nothing(wrong, where):
    case, eva = open_case()
    asked = {"kind": "answer", "answer": MATCH, "rationale": "because", **wrong}
    with pytest.raises(Invalid) as refused:
        actions.decide(case=case, by=eva, now=NOW, **asked)
    assert refused.value.errors[0]["where"] == where
    assert nothing_changed(case)


def test_a_case_is_decided_once():
    case, eva = open_case()
    answer(case, eva)
    with pytest.raises(actions.CaseClosed, match="answered"):
        answer(Case.objects.get(), eva)
    assert Decision.objects.count() == 1


def test_an_item_that_went_back_to_the_crowd_is_not_decided():
    case, eva = open_case()
    resolve.requeue(items=[case.item], by=None, now=NOW)
    with pytest.raises(actions.CaseClosed, match="no longer waits"):
        answer(case, eva)
    assert nothing_changed(case)


def test_only_experts_and_owners_of_the_project_decide():
    case, _ = open_case()
    for name in ("labeller-001", "stranger"):
        with pytest.raises(Forbidden):
            answer(case, make_user(name))
        with pytest.raises(Forbidden):
            actions.claim(case=case, by=make_user(name), now=NOW)
    assert nothing_changed(case)
    assert answer(case, make_user("olga")).by.username == "olga"


def test_a_suspended_expert_decides_nothing():
    case, eva = open_case()
    Member.objects.filter(user=eva).update(suspended_at=NOW)
    with pytest.raises(Forbidden):
        answer(case, eva)


def test_a_claim_keeps_others_away_for_half_an_hour():
    case, eva = open_case()
    olga = make_user("olga")
    assert actions.claim(case=case, by=eva, now=NOW).claimed_until == later(30)
    for act in (lambda now: actions.claim(case=case, by=olga, now=now), lambda now: answer(case, olga)):
        with pytest.raises(actions.CaseClaimed, match="09:30"):
            act(later(29))
    assert actions.claim(case=case, by=olga, now=later(30)).claimed_by == olga


def test_claiming_again_extends_and_releasing_frees_the_case():
    case, eva = open_case()
    actions.claim(case=case, by=eva, now=NOW)
    assert actions.claim(case=case, by=eva, now=later(20)).claimed_until == later(50)
    assert actions.release(case=case, by=make_user("olga"), now=NOW).claimed_by == eva
    assert actions.release(case=case, by=eva, now=NOW).claimed_by is None
    assert answer(case, make_user("olga")).case == case


def test_a_closed_case_can_not_be_claimed():
    case, eva = open_case()
    answer(case, eva)
    with pytest.raises(actions.CaseClosed):
        actions.claim(case=case, by=eva, now=NOW)


def test_an_audit_that_agrees_confirms_the_crowds_resolution_and_needs_no_rationale():
    case, eva = audit_case()
    crowd = Resolution.objects.get()
    decision = answer(case, eva, rationale="")
    assert (decision.resolution, Resolution.objects.count()) == (crowd, 1)
    kept = AuditedAnswer.objects.get()
    assert (kept.resolution, kept.answer, kept.by) == (crowd, crowd.answer, eva)


def test_an_audit_that_differs_takes_over_from_the_crowd():
    case, eva = audit_case()
    crowd = Resolution.objects.get()
    decision = answer(case, eva, choice="no match", rationale="")
    crowd.refresh_from_db()
    standing = Resolution.objects.get(closed_at=None)
    assert crowd.closed_at == NOW
    assert (standing.authority, standing.answer) == (Authority.EXPERT, '{"choice":"no match"}')
    assert decision.resolution == standing
    kept = AuditedAnswer.objects.get()
    assert (kept.resolution, kept.answer, kept.pass_number) == (crowd, standing.answer, crowd.pass_number)
