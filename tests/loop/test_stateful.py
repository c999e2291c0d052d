"""Whatever happens, in whatever order: after every step all invariants hold, and the database says what a ledger says
that was kept from the replies alone."""

from functools import partial

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule, run_state_machine_as_test

from experts.doctor.database import triggers_present
from experts.doctor.examine import CHECKS, examine
from labelling.consensus.models import StoppingDecision
from tests.loop.stateful.latecomers import Latecomers
from tests.loop.stateful.world import Act, acts

pytestmark = pytest.mark.django_db(transaction=True)

STEPS = settings(
    stateful_step_count=50, deadline=None, database=None, print_blob=True, suppress_health_check=list(HealthCheck)
)


# Nothing in a run touches tables: whether their triggers are there is asked once, at the end.
OF_ROWS = {check.__name__: partial(check, None) for check in CHECKS if check is not triggers_present}
# The ledger says the same after every step, for less.
IN_THE_LEDGER = {
    "items_counters", "items_within_target", "batches_count_their_labels", "accounts_add_up",
    "standing_label_ends_its_lease",
}  # fmt: skip
THE_OTHERS = {name: check for name, check in OF_ROWS.items() if name not in IN_THE_LEDGER}

# What the runs are there for.
MEETS = {"answered in time", "answered late", "too late for the last place", "taken back", "judged"}


class Labelling(Latecomers):
    """Acts are drawn in one rule, weighted as in life."""

    @rule(act=st.deferred(lambda: acts(Labelling)))
    def happens(self, act: Act) -> None:
        name, arguments = act
        getattr(self, name)(**arguments)

    @invariant()
    def holds(self) -> None:
        self.n_steps += 1
        checks = THE_OTHERS if self.n_steps % 10 else OF_ROWS
        assert self.examiner.findings(checks) == [], "the doctor finds something"
        self.ledger.check()
        self.check_targets()

    def check_targets(self) -> None:
        """They rise only by a decision for more labels, by an owner or an expert, or as labels count again."""
        decided = StoppingDecision.objects.filter(pk__gt=self.newest_decision).order_by("pk")
        for pk, item, verdict in decided.values_list("pk", "item", "verdict"):
            self.newest_decision = pk
            if verdict == "more":
                self.may_rise.add(item)
        before, self.targets = self.targets, self.all_targets()
        risen = {item for item, target in self.targets.items() if target > before[item]}
        assert risen <= self.may_rise
        self.may_rise = set()


@pytest.mark.long
def test_twenty_runs_of_fifty_steps_break_no_invariant():
    """The same runs every time, so that a failure is one of the change that is tested. It prints its steps as they
    were; take `phases` away to have them made fewer, which takes minutes."""
    same = settings(STEPS, max_examples=20, derandomize=True, phases=[Phase.generate])
    Labelling.met.clear()
    run_state_machine_as_test(Labelling, settings=same)
    assert list(examine()) == []
    assert set(Labelling.met) >= MEETS, f"what happened: {Labelling.met}"


@pytest.mark.faults
def test_five_hundred_runs_of_fifty_steps_break_no_invariant():
    """Others every time; a failure prints its steps."""
    run_state_machine_as_test(Labelling, settings=settings(STEPS, max_examples=500))
