"""What owners, experts, workers and the clock do, in the state machine."""

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from experts import actions as experts
from experts.models import Case
from labelling import tasks
from labelling.assignment import actions
from labelling.assignment.models import Batch, Rejection
from labelling.consensus.models import Authority, Resolution
from labelling.consensus.states import NotAllowed
from labelling.errors import Conflict, Invalid
from labelling.loop import resolve
from labelling.loop.refit import refit_project
from labelling.loop.reject import AlreadyLifted, AlreadyRejected, lift, reject
from labelling.projects import actions as projects
from labelling.projects.models import Account
from labelling.sampling.models import Item, Purpose, State
from tests.loop.stateful.ledger import Rejected, end
from tests.loop.stateful.world import DECISION, GOLD, LABEL, WORK, World, happens, pick, who

which = st.integers(0, WORK + GOLD - 1)
policies = st.sampled_from(
    [
        {"mode": "fixed"}, {"mode": "adaptive"}, {"maximum_labels": 2}, {"maximum_labels": 3}, {"maximum_labels": 6},
        {"initial_labels": 3}, {"initial_labels": 2}, {"gold_share": 0.0}, {"gold_share": 0.5}, {"batch_size": 1},
        {"batch_size": 4}, {"lease_seconds": 60}, {"lease_seconds": 3600}, {"abstentions_to_contest": 1},
        {"abstentions_to_contest": 3}, {"fit_max_age": 5}, {"fit_max_age": 100}, {"stop_confidence": 0.99},
        {"budget": None}, {"budget": 30 * LABEL}, {"budget": 0}, {"budget": None}, {"budget": None},
    ]
)  # fmt: skip
decisions = st.sampled_from(
    [
        {"kind": "answer", "answer": {"choice": "match"}}, {"kind": "answer", "answer": {"choice": "no match"}},
        {"kind": "discard", "discard_reason": "no language"}, {"kind": "send_back"},
        {"kind": "send_back", "afresh": True},
    ]
)  # fmt: skip


class Owners(World):
    # --- what counts -------------------------------------------------------------------------------------------------

    @happens(often=2, number=who, whole=st.booleans(), nth=pick)
    def reject(self, number: int, whole: bool, nth: int) -> None:
        member, now = self.member(self.labellers[number]), self.tick()
        batches = list(Batch.objects.filter(labeller=member).order_by("number"))
        if not whole and not batches:
            return
        batch = None if whole else batches[-1 - nth % len(batches)]
        target: dict[str, Any] = {"labeller": member} if batch is None else {"batch": batch}
        kept = Rejected(member.pk, batch.pk if batch else None, now, self.ledger.reach(member.pk, batch))
        refusal = AlreadyRejected if self.ledger.is_open(kept) else None
        rejection = self.attempt(refusal, lambda: reject(**target, reason="careless", by=None, now=now))
        if rejection is None:
            return
        self.ledger.rejections[rejection.pk] = kept
        if whole:
            end(one for one in self.ledger.live() if one.labeller == member.pk)
            self.ledger.suspended.setdefault(member.pk, now)

    @happens(often=3, number=pick)
    def lift(self, number: int) -> None:
        if not self.ledger.rejections:
            return
        pk = list(self.ledger.rejections)[-1 - number % len(self.ledger.rejections)]
        kept, now = self.ledger.rejections[pk], self.tick()
        row, refusal = Rejection.objects.get(pk=pk), AlreadyLifted if kept.lifted else None
        self.may_rise = {given.place.item for given in kept.covers}
        if self.attempt(refusal, lambda: lift(rejection=row, reason="a mistake", by=None, now=now)):
            kept.lifted = True
            if kept.batch is None and self.ledger.suspended.get(kept.labeller) == kept.at:
                del self.ledger.suspended[kept.labeller]

    @happens(number=which, afresh=st.booleans(), n_more=st.integers(1, 2))
    def requeue(self, number: int, afresh: bool, n_more: int) -> None:
        item, now = self.item(number), self.tick()
        allowed = item.purpose == Purpose.WORK and not self.is_ruled(item)
        done = resolve.requeue(items=[item], by=None, now=now, n_more=n_more, afresh=afresh, reason="again")
        assert done == int(allowed)
        if allowed:
            self.reopened(item.pk, afresh)

    @happens(number=which, afresh=st.booleans(), n_more=st.integers(1, 2))
    def send_back(self, number: int, afresh: bool, n_more: int) -> None:
        item, now = self.item(number), self.tick()
        refusal = None if item.purpose == Purpose.WORK else NotAllowed
        if self.attempt(refusal, lambda: resolve.send_back(
            item=item, reason="unsure", by=None, now=now, n_more=n_more, afresh=afresh
        )):  # fmt: skip
            self.reopened(item.pk, afresh)

    def is_ruled(self, item: Item) -> bool:
        return Resolution.objects.filter(item=item, closed_at=None, authority__gt=Authority.CROWD).exists()

    def reopened(self, item: int, afresh: bool) -> None:
        self.may_rise = {item}
        if afresh:
            self.ledger.moved_on(item)

    # --- experts -----------------------------------------------------------------------------------------------------

    @happens(often=3, number=pick, decision=decisions)
    def decide(self, number: int, decision: dict[str, Any]) -> None:
        """On a case that is open since earlier; where there is none, cases are pulled first."""
        now, waiting = self.tick(), Case.objects.filter(closed_at=None).order_by("pk")
        if not waiting.exists():
            experts.pull(project=self.project, now=now)
        cases = list(waiting.select_related("project__policy", "item"))
        if not cases:
            return
        case = cases[-1 - number % len(cases)]
        waits = State.RESOLVED if case.reason == Case.Reason.AUDIT else State.CONTESTED
        account = Account.objects.get(project=self.project)
        paid = account.budget is None or account.reserved + account.spent + DECISION <= account.budget
        code = (
            "" if paid and case.item.state == waits else "budget_spent" if case.item.state == waits else "case_closed"
        )
        try:
            experts.decide(case=case, by=self.expert, rationale="seen before", now=now, **decision)
        except Conflict as error:
            assert error.code == code, f"{error!r}, and not {code!r}"
            return
        assert not code, f"no {code}"
        self.ledger.decisions_cost += DECISION
        if decision["kind"] == "send_back":
            self.reopened(case.item_id, "afresh" in decision)

    # --- what governs ------------------------------------------------------------------------------------------------

    @happens(often=2, changes=policies)
    def new_policy(self, changes: dict[str, Any]) -> None:
        account = Account.objects.get(project=self.project)
        try:
            policy = projects.new_policy(project=self.project, changes=changes, by=None, now=self.tick())
        except Invalid:
            assert {"maximum_labels", "initial_labels"} & set(changes), "refused although nothing is contradicted"
            return
        committed = account.reserved + account.spent
        assert policy.budget is None or policy.budget >= committed

    @happens(stays=st.booleans())
    def pause(self, stays: bool) -> None:
        """For as long as nobody else resumes it, or for a moment."""
        projects.pause_project(project=self.project, by=None, now=self.tick())
        if not stays:
            self.resume()

    @happens()
    def resume(self) -> None:
        projects.resume_project(project=self.project, by=None, now=self.tick())

    @happens(number=who)
    def suspend(self, number: int) -> None:
        member, now = self.member(self.labellers[number]), self.tick()
        projects.suspend_member(member=member, reason="a break", by=None, now=now)
        self.ledger.suspended.setdefault(member.pk, now)

    @happens(often=3, number=who)
    def let_back_in(self, number: int) -> None:
        """One of those who are suspended."""
        if self.ledger.suspended:
            pk = list(self.ledger.suspended)[number % len(self.ledger.suspended)]
            projects.resume_member(member=self.member(pk), by=None, now=self.tick())
            del self.ledger.suspended[pk]

    # --- time and workers --------------------------------------------------------------------------------------------

    @happens(seconds=st.sampled_from([30, 90, 400, 700, 90_000]))
    def time_passes(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @happens()
    def sweep(self) -> None:
        now = self.tick()
        overdue = self.ledger.ran_out(now)
        tasks.housekeeping(now=now)
        self.swept(overdue, everything=True)

    @happens(often=4)
    def expire_a_lease(self) -> None:
        """The one that ends first runs out, and is swept."""
        self.now = max([self.now, *(place.expires_at for place in self.ledger.live())][:2])
        self.sweep()

    @happens()
    def close_batches(self) -> None:
        now = self.tick()
        ripe = set(Batch.objects.filter(closed_at=None, full_at__lte=now - actions.CLOSES_AFTER).values_list("pk"))
        actions.close_batches(now=now)
        assert not Batch.objects.filter(pk__in=[pk for (pk,) in ripe], closed_at=None).exists()

    @happens(often=2)
    def refit(self) -> None:
        refit_project(project=self.project, now=self.tick())

    @happens()
    def run_jobs(self) -> None:
        now = self.tick()
        tasks.run_waiting(now=now)
