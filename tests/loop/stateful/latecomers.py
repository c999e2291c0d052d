"""Answers under leases that are over, in the state machine: taken while their place is free, else refused and kept."""

from collections.abc import Callable

from hypothesis import strategies as st

from labelling.assignment import actions
from labelling.assignment.models import Lease, LeaseState
from tests.loop.stateful.labellers import Labellers, said
from tests.loop.stateful.ledger import Place
from tests.loop.stateful.owners import Owners
from tests.loop.stateful.world import LABELLERS, happens, pick

RUNS_OUT = None
ends = st.sampled_from([RUNS_OUT, actions.skip, actions.release])


class Latecomers(Labellers, Owners):
    @happens(often=3, number=pick, choice=said)
    def answer_late(self, number: int, choice: str | None) -> None:
        """Under a lease that ran out or was let go of, whoever has its place by now."""
        held = {LeaseState.LIVE, LeaseState.DONE}
        late = [place.token for place in self.ledger.places.values() if place.state not in held]
        if late:
            self.give(late[-1 - number % len(late)], choice)

    @happens(often=5, number=pick, how=ends, overtaken=st.booleans(), choice=said)
    def end_and_answer(
        self, number: int, how: Callable[..., Lease] | None, overtaken: bool, choice: str | None
    ) -> None:
        """A lease ends; the others take all that they can get, or nobody does; then its answer comes."""
        place = self.coveted(number) or self.newly_leased(number)
        if place is None:
            return
        token = place.token
        if how is RUNS_OUT:
            self.now = max(self.now, place.expires_at)
            self.sweep()
        else:
            self.let_go_of(token, how)
        for other in range(LABELLERS):
            if overtaken and self.labellers[other] != place.labeller:
                self.lease(other, 4)
        self.give(token, choice)

    def coveted(self, number: int) -> Place | None:
        """A live lease of an item that somebody else may have as well."""
        there = set(self.labellers) - set(self.ledger.suspended)
        wanted = [
            place for place in self.ledger.live() if place.item not in self.ledger.gold
            and any(not self.ledger.had(other, place.item) for other in there)
        ]  # fmt: skip
        return wanted[-1 - number % len(wanted)] if wanted else None

    def newly_leased(self, number: int) -> Place | None:
        self.lease(number % LABELLERS, 2)
        return self.coveted(number)
