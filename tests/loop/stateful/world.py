"""One small project that anything can happen to: how a run begins and ends, and what is looked at on the way.

A run is one transaction that is rolled back, so that the next one finds the database as this one did.
"""

import inspect
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.db import connection, transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine

from labelling.assignment.models import Lease, LeaseState
from labelling.errors import QuorumError
from labelling.projects.models import Member, Role
from labelling.sampling.models import Gold, Item, Purpose
from tests.factories import NOW, make_items, make_labellers, make_member, make_project
from tests.loop.stateful.examiner import Examiner
from tests.loop.stateful.ledger import Ledger, Place, end

LABELLERS, WORK, GOLD = 4, 4, 3
LABEL = 1_000_000
DECISION = 5 * LABEL

who = st.integers(0, LABELLERS - 1)
# Which of many, counted back from the newest.
pick = st.integers(0, 23)


Act = tuple[str, dict[str, Any]]


def happens(*, often: int = 1, **strategies: st.SearchStrategy[Any]) -> Callable[[Callable[..., None]], Any]:
    """Mark a method as what can happen in a step. `often`: compared with the others."""

    def mark(verb: Any) -> Any:
        verb.often, verb.arguments = often, st.fixed_dictionaries(strategies)
        return verb

    return mark


def acts(machine: type) -> st.SearchStrategy[Act]:
    """What can happen, with its arguments. Rules of hypothesis would be switched on and off by the run, and most runs
    would see no label."""
    verbs = [(name, verb) for name, verb in inspect.getmembers(machine) if hasattr(verb, "often")]
    return st.one_of(*(st.tuples(st.just(name), verb.arguments) for name, verb in verbs for _ in range(verb.often)))


class World(RuleBasedStateMachine):
    """A project with its ledger. Time passes between steps; every verb is told the time.

    met: how often what happened, over all runs.
    """

    met: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.now, self.n_steps = NOW, 0
        self.run = transaction.atomic()
        self.run.__enter__()
        self.examiner = Examiner()
        self.watching = connection.execute_wrapper(self.examiner.watch)
        self.watching.__enter__()

    def teardown(self) -> None:
        self.watching.__exit__(None, None, None)
        try:
            connection.check_constraints()
        finally:
            transaction.set_rollback(True)
            self.run.__exit__(None, None, None)

    def set_up(self, *, mode: str, budget: int | None, gold_share: float) -> None:
        self.project = make_project(
            mode, initial_labels=2, maximum_labels=4, batch_size=3, lease_seconds=300, fit_max_age=30, budget=budget,
            gold_share=gold_share, price_label=LABEL, price_expert=DECISION,
        )  # fmt: skip
        work = make_items(self.project, WORK)
        gold = make_items(self.project, GOLD, first=WORK + 1, purpose=Purpose.GOLD)
        Gold.objects.bulk_create([Gold(item=one, answer='{"choice":"match"}', created_at=NOW) for one in gold])
        Item.objects.filter(pk=work[0].pk).update(is_yardstick=True)
        Item.objects.filter(pk=work[1].pk).update(is_audit=True)
        members = make_labellers(self.project, LABELLERS)
        # Chance is drawn by public ids, and two runs must go alike.
        for number, row in enumerate([*work, *gold, *members]):
            type(row).objects.filter(pk=row.pk).update(public_id=f"{number:016d}")
        self.items, self.labellers = [one.pk for one in [*work, *gold]], [one.pk for one in members]
        self.expert = make_member(self.project, "erik", Role.EXPERT).user
        self.ledger = Ledger(self.project, {one.pk: 1 for one in work}, {one.pk for one in gold})
        self.newest_decision, self.may_rise = 0, set[int]()
        self.targets = self.all_targets()

    # --- looking -----------------------------------------------------------------------------------------------------

    def tick(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now

    def member(self, pk: int) -> Member:
        """As a request finds them."""
        return Member.objects.select_related("project__schema", "project__guideline", "project__policy").get(pk=pk)

    def token(self, number: int) -> str:
        """Any token there ever was, or one of a lease that waits for an answer, or did."""
        waiting = [place.token for place in self.ledger.places.values() if place.state != LeaseState.DONE]
        tokens = waiting if number % 2 and waiting else list(self.ledger.tokens)
        return tokens[-1 - number // 2 % len(tokens)]

    def item(self, number: int) -> Item:
        return Item.objects.get(pk=self.items[number])

    def owner_of(self, token: str) -> Member:
        return self.member(self.ledger.tokens[token].labeller)

    def all_targets(self) -> dict[int, int]:
        return dict(Item.objects.filter(purpose=Purpose.WORK).values_list("pk", "target"))

    def attempt(self, refusal: type[QuorumError] | None, verb: Callable[[], Any]) -> Any:
        """What the verb returns; None where it is refused, as it must be."""
        try:
            result = verb()
        except QuorumError as error:
            assert type(error) is refusal, f"{error!r}, and not {refusal}"
            return None
        assert refusal is None, f"no {refusal}"
        return result

    def swept(self, overdue: list[Place], *, everything: bool) -> None:
        """Leases that ran out may have been ended by need, and won again; the sweep ends them all."""
        live = set(Lease.objects.filter(state=LeaseState.LIVE).values_list("token", flat=True))
        still_live = [place for place in overdue if place.token in live]
        assert not (everything and still_live)
        end(place for place in overdue if place not in still_live)
