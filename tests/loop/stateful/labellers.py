"""What labellers do, in the state machine: lease, answer, answer again, let go, take back."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize

from labelling import canonical
from labelling.assignment import actions
from labelling.assignment.errors import AnsweredDifferently, BudgetSpent, CannotUndo, LeaseExpired, LeaseUnknown
from labelling.assignment.models import Batch, Draft, Label, Lease, LeaseState
from labelling.consensus.judging import believe
from labelling.consensus.models import FitRow, StoppingDecision
from labelling.consensus.queries import class_coder
from labelling.errors import QuorumError
from labelling.loop.submit import SubmitReply, abstain, submit
from labelling.loop.undo import undo
from labelling.projects.models import Account, Member
from labelling.sampling.models import Item, Purpose, State
from tests.loop.stateful.ledger import Given, Said
from tests.loop.stateful.world import LABEL, World, happens, pick, who

said = st.sampled_from(["match", "match", "match", "no match", None])
# Some are left for later: answered late, let go of, or run out.
soon = said | st.just("later")


class Labellers(World):
    @initialize(
        mode=st.sampled_from(["adaptive", "fixed"]),
        budget=st.sampled_from([None, 40 * LABEL, 15 * LABEL]),
        gold_share=st.sampled_from([0.3, 0.5, 0.0]),
        answers=st.lists(said, min_size=9, max_size=9),
    )
    def begin(self, mode: str, budget: int | None, gold_share: float, answers: list[str | None]) -> None:
        """In the middle of a day: three have been given three items each, and answered them."""
        self.set_up(mode=mode, budget=budget, gold_share=gold_share)
        for number in range(3):
            self.work(number, 3, answers[3 * number :][:3])

    @happens(often=3, number=who, count=st.integers(1, 4))
    def lease(self, number: int, count: int) -> None:
        member, now = self.member(self.labellers[number]), self.tick()
        overdue = self.ledger.ran_out(now)
        reply = actions.lease_items(labeller=member, count=count, now=now)
        self.swept(overdue, everything=False)
        assert len(reply.leases) <= count
        for lease in reply.leases:
            assert lease.labeller_id == member.pk
            self.ledger.leased(lease)
        barred = member.project.paused_at or member.suspended_at
        assert not (barred and reply.leases)
        assert bool(reply.leases) == (reply.reason is None)
        if not reply.leases and not barred and reply.reason.code != "budget_spent":
            assert self.left_for(member) == []

    def left_for(self, member: Member) -> list[int]:
        """Work with a free place that the labeller neither holds nor has answered."""
        open_items = Item.objects.filter(purpose=Purpose.WORK, state=State.OPEN)
        return [
            item.pk for item in open_items
            if self.ledger.taken(item.pk) < item.target and not self.ledger.had(member.pk, item.pk)
        ]  # fmt: skip

    @happens(often=8, number=who, count=st.integers(1, 4), answers=st.lists(soon, min_size=4, max_size=4))
    def work(self, number: int, count: int, answers: list[str | None]) -> None:
        before = set(self.ledger.tokens)
        self.lease(number, count)
        new = [token for token in self.ledger.tokens if token not in before]
        for token, choice in zip(new, answers, strict=False):
            if choice != "later":
                self.give(token, choice)

    @happens(often=4, number=pick, choice=said)
    def answer(self, number: int, choice: str | None) -> None:
        """Under any token there ever was: live, run out, let go of, answered, replaced."""
        self.give(self.token(number), choice)

    @happens(often=2, number=pick, choice=said, same=st.booleans())
    def answer_again(self, number: int, choice: str | None, same: bool) -> None:
        labels = list(self.ledger.labels.values())
        if not labels:
            return
        given = labels[-1 - number % len(labels)]
        before = canonical.loads(given.said[0])["choice"] if given.said[0] else None
        self.give(given.token, before if same else choice)

    def give(self, token: str, choice: str | None) -> None:
        """An answer, or None to abstain: what comes back is what the ledger says must."""
        member, now = self.owner_of(token), self.tick()
        what: Said = ("", "unclear") if choice is None else (canonical.dumps({"choice": choice}), "")
        earlier, expected = self.ledger.labels.get(token), self.expected(token, what, member)
        try:
            if choice is None:
                reply = abstain(token=token, labeller=member, reason="unclear", now=now)
            else:
                reply = submit(token=token, labeller=member, answer={"choice": choice}, now=now)
        except QuorumError as error:
            assert type(error) in expected, f"{error!r}, and not {expected}"
            if isinstance(error, LeaseExpired | BudgetSpent):
                draft = Draft.objects.get(token=token)
                assert (draft.answer, draft.abstention, draft.labeller_id) == (*what, member.pk)
                self.met[f"refused by {type(error).__name__}"] += 1
                if self.is_full(token):
                    self.met["too late for the last place"] += 1
            return
        assert None in expected, f"taken, and not {expected}"
        self.check_reply(reply, earlier)
        if reply.created:
            place = self.ledger.tokens[token]
            self.met["answered in time" if place.state == LeaseState.LIVE else "answered late"] += 1
            self.ledger.given(reply.label, place, what)
            self.check_judgement(reply.label)

    def check_reply(self, reply: SubmitReply, earlier: Given | None) -> None:
        if earlier is None:
            assert reply.created and reply.standing
        else:
            assert (reply.created, reply.standing) == (False, not earlier.withdrawn)
            assert reply.label.public_id == earlier.public_id

    def is_full(self, token: str) -> bool:
        """Whether the item is open, in the pass of this token, and all its places are used."""
        place = self.ledger.tokens[token]
        item = Item.objects.get(pk=place.item)
        current = item.purpose == Purpose.WORK and place.pass_number == item.pass_number
        return current and item.state == State.OPEN and self.ledger.taken(item.pk) >= item.target

    def check_judgement(self, label: Label) -> None:
        """What was decided after a label rests on all labels that count, this one and no withdrawn one included."""
        decision = StoppingDecision.objects.filter(after_label=label).select_related("fit").first()
        if decision is None:
            return
        self.met["judged"] += 1
        classes = class_coder(self.project.schema)
        same = self.ledger.of_pass(label.item_id, label.pass_number)
        answers = [(one.place.labeller, classes[one.said[0]]) for one in same if one.said[0]]
        rows = dict(FitRow.objects.filter(fit=decision.fit).values_list("labeller", "confusion"))
        believed = believe(answers, len(decision.posterior), decision.fit, rows)
        assert decision.confidence == pytest.approx(believed.max(), abs=1e-9), "judged by other labels than count"
        if label.item_id not in self.ledger.gold:
            assert decision.n_labels == len(same), "judged by other counts"

    def expected(self, token: str, what: Said, member: Member) -> set[type[QuorumError] | None]:
        """Which refusals may come, and None where the answer may be taken, or was."""
        earlier, place = self.ledger.labels.get(token), self.ledger.tokens[token]
        if earlier is not None:
            differs = not earlier.withdrawn and earlier.said != what
            return {AnsweredDifferently} if differs else {None}
        if place.token != token:
            return {LeaseUnknown}
        if place.state == LeaseState.LIVE:
            return {None}
        if place.state != LeaseState.EXPIRED:
            return {LeaseExpired}
        paid = {BudgetSpent} if self.is_spent(member) else {None}
        if place.item in self.ledger.gold:
            return {*paid, LeaseExpired}
        item = Item.objects.get(pk=place.item)
        current = place.pass_number == self.ledger.passes[place.item] and member.suspended_at is None
        free = item.state == State.OPEN and self.ledger.taken(place.item) < item.target
        return paid if current and free else {LeaseExpired}

    def is_spent(self, member: Member) -> bool:
        """Every paid place is under a live lease of the labeller's, and the budget has none for another."""
        account = Account.objects.get(project=self.project)
        has_room = self.ledger.free_places(member.pk) > 0
        return not has_room and account.budget is not None and account.reserved + account.spent + LABEL > account.budget

    @happens(number=pick)
    def heartbeat(self, number: int) -> None:
        token, now = self.token(number), self.tick()
        place, member = self.ledger.tokens[token], self.owner_of(token)
        alive = place.token == token and place.state == LeaseState.LIVE
        refusal = None if alive else LeaseExpired if place.token == token else LeaseUnknown
        lease = self.attempt(refusal, lambda: actions.heartbeat(token=token, labeller=member, now=now))
        if lease is not None:
            kept_for = timedelta(seconds=member.project.policy_in_force.lease_seconds)
            assert lease.expires_at == now + kept_for
            place.expires_at = lease.expires_at

    @happens(often=2, number=pick, verb=st.sampled_from([actions.skip, actions.release]))
    def let_go(self, number: int, verb: Callable[..., Lease]) -> None:
        self.let_go_of(self.token(number), verb)

    def let_go_of(self, token: str, verb: Callable[..., Lease]) -> None:
        now, place, member = self.tick(), self.ledger.tokens[token], self.owner_of(token)
        answered = LeaseExpired if place.state == LeaseState.DONE else None
        refusal = answered if place.token == token else LeaseUnknown
        lease = self.attempt(refusal, lambda: verb(token=token, labeller=member, now=now))
        if lease is not None and place.state == LeaseState.LIVE:
            place.state = LeaseState.SKIPPED if verb is actions.skip else LeaseState.RELEASED

    @happens(often=3, number=pick)
    def take_back(self, number: int) -> None:
        token, now = self.token(number), self.tick()
        given, member = self.ledger.labels.get(token), self.owner_of(token)
        reply = self.attempt(self.why_not_undone(given), lambda: undo(token=token, labeller=member, now=now))
        if given is None or reply is None:
            return
        assert reply.label.public_id == given.public_id
        if given.withdrawn:
            assert reply.lease.token == given.place.token
            return
        given.withdrawn = True
        self.met["taken back"] += 1
        assert reply.lease.token not in self.ledger.tokens
        self.ledger.keep(given.place, reply.lease)

    def why_not_undone(self, given: Given | None) -> type[QuorumError] | None:
        if given is None:
            return LeaseUnknown
        if given.withdrawn:
            return None if given.place.state == LeaseState.LIVE else CannotUndo
        closed = Batch.objects.get(pk=given.batch).closed_at is not None
        moved_on = (
            given.place.item not in self.ledger.gold and given.pass_number != self.ledger.passes[given.place.item]
        )
        barred = closed or moved_on or self.ledger.is_rejected(given) or not self.ledger.within_undo(given)
        return CannotUndo if barred else None
