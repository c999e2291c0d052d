"""Many people at once: every promise of the database holds, and nobody sees a lock."""

import random
import threading
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

import pytest
from django.db import connection
from django.db.models import Q

from experts.doctor.examine import examine
from labelling import tasks
from labelling.assignment import actions
from labelling.assignment.errors import CannotUndo, LeaseExpired, LeaseUnknown
from labelling.assignment.models import Label, Lease, Rejection, Scope
from labelling.loop.refit import refit_project
from labelling.loop.reject import ALL, AlreadyLifted, AlreadyRejected, NothingToReject, lift, reject
from labelling.loop.rejecting.carry_out import cover_some, restore_some
from labelling.loop.rejecting.target import Target, a_batch, a_label, a_labeller, a_range, by_query
from labelling.loop.resolve import requeue
from labelling.loop.submit import SubmitReply, abstain, submit
from labelling.loop.undo import undo
from labelling.projects.models import Member, Project
from labelling.sampling.models import Gold, Item, Purpose
from tests.factories import NOW, make_items, make_labeller, make_labellers, make_project
from tests.loop.crowd import later, take

pytestmark = pytest.mark.django_db(transaction=True)

OPERATIONS = 5_000
THREADS = {"postgresql": 16, "sqlite": 8}
ITEMS = 1_500
GOLD = 40
# What may happen to anybody whose twin, or the sweep, was quicker.
EXPECTED = (CannotUndo, LeaseExpired, LeaseUnknown, AlreadyRejected, AlreadyLifted, NothingToReject)


def at_once(*calls: Callable[[], None]) -> list[BaseException]:
    """Run all calls in threads of their own, each on its own connection; what they raised."""
    errors: list[BaseException] = []
    start = threading.Barrier(len(calls))

    def run(call: Callable[[], None]) -> None:
        try:
            start.wait()
            call()
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[call]) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return errors


@dataclass
class Day:
    """What is shared: a clock that each operation moves by a second, and what was done how often."""

    project: Project
    done: Counter[str] = field(default_factory=Counter)
    n: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def operation(self, name: str) -> datetime:
        with self.lock:
            self.n += 1
            self.done[name] += 1
            return later(self.n)

    @property
    def over(self) -> bool:
        return self.n >= OPERATIONS


@dataclass
class Tab:
    """One of the two windows in which a labeller works. They share the tokens that were answered last."""

    day: Day
    labeller: Member
    chance: random.Random
    answered: deque[tuple[str, int]]

    def work(self) -> None:
        while not self.day.over:
            now = self.day.operation("lease")
            for lease in actions.lease_items(labeller=self.labeller, count=self.chance.randint(1, 8), now=now).leases:
                try:
                    self.use(lease.token, lease.item_id)
                except EXPECTED as error:
                    self.day.done[type(error).__name__] += 1

    def use(self, token: str, item: int) -> None:
        luck = self.chance.random()
        if luck < 0.04:
            actions.skip(token=token, labeller=self.labeller, now=self.day.operation("skip"))
        elif luck < 0.08:
            actions.release(token=token, labeller=self.labeller, now=self.day.operation("release"))
        elif luck < 0.10:
            self.day.done["left to run out"] += 1
        elif luck < 0.14:
            abstain(token=token, labeller=self.labeller, reason="unclear", now=self.day.operation("abstain"))
        else:
            self.answer(token, item)
        if luck > 0.80 and self.answered:
            self.answer(*self.chance.choice(list(self.answered)))
        if luck > 0.92 and self.answered:
            undo(token=self.answered[-1][0], labeller=self.labeller, now=self.day.operation("undo"))

    def answer(self, token: str, item: int) -> None:
        """The same item gets the same answer of the same labeller, so that twins agree."""
        self.answered.append((token, item))
        right = random.Random(f"{self.labeller.name} {item}").random() < 0.8
        choice = "match" if right == bool(item % 2) else "no match"
        submit(token=token, labeller=self.labeller, answer={"choice": choice}, now=self.day.operation("submit"))


def something(project: Project, labeller: Member, scope: str) -> Target | None:
    """What an owner may take for bad: a labeller, their newest batch or label, a few of their last labels, or
    everybody's answers of one kind."""
    newest = list(Label.objects.standing().filter(labeller=labeller).order_by("-id")[:30])
    if scope == Scope.LABELLER or not newest:
        return a_labeller(labeller)
    if scope == Scope.QUERY:
        return by_query(project, {"answer": "match", "since": newest[-1].at.isoformat()})
    return {
        Scope.LABEL: a_label(newest[0]), Scope.BATCH: a_batch(newest[0].batch),
        Scope.RANGE: a_range(labeller, {"from_label": newest[-1].public_id, "to_label": newest[0].public_id}),
    }[Scope(scope)]  # fmt: skip


def worker(day: Day) -> None:
    """A second one, who does what the first is at already."""
    while not day.over:
        under_way = Q(covered_at=None) | Q(lifted_at__isnull=False)
        found = list(Rejection.objects.filter(under_way, restored_at=None).order_by("-id")[:2])
        if not found:
            time.sleep(0.02)
            continue
        now = day.operation("worker")
        for rejection in found:
            cover_some(rejection.pk, now, chunk=5)
            if rejection.lifted_at:
                restore_some(rejection.pk, now, chunk=5)


def owner(day: Day, labellers: list[Member]) -> None:
    """Housekeeping, fits, rejections, their lifting and requeues, while everybody labels."""
    chance = random.Random("owner")
    while not day.over:
        now = day.operation("owner")
        tasks.housekeeping(now=now)
        tasks.run_waiting(now=now)
        try:
            rejected = Rejection.objects.filter(lifted_at=None).order_by("id").first()
            if rejected:
                lift(rejection=rejected, reason="a mistake", by=None, now=now, at_once=chance.choice([0, ALL]))
            elif target := something(day.project, chance.choice(labellers), chance.choice(list(Scope))):
                reject(target=target, reason="too fast", by=None, now=now, at_once=chance.choice([0, ALL]))
            some = list(Item.objects.filter(project=day.project).order_by("?")[:3])
            requeue(items=some, by=None, now=now, afresh=True, reason="again")
        except EXPECTED as error:
            day.done[type(error).__name__] += 1


@pytest.mark.long
def test_five_thousand_operations_at_once_leave_nothing_for_the_doctor_to_find():
    threads = THREADS[connection.vendor]
    project = make_project(gold_share=0.1, batch_size=7, fit_max_age=300, lease_seconds=400)
    make_items(project, ITEMS)
    gold = make_items(project, GOLD, first=ITEMS + 1, purpose=Purpose.GOLD)
    Gold.objects.bulk_create([Gold(item=one, answer='{"choice":"match"}', created_at=NOW) for one in gold])
    labellers = make_labellers(project, threads // 2)
    day = Day(project)
    shared = [deque[tuple[str, int]](maxlen=12) for _ in labellers]
    tabs = [Tab(day, labellers[n // 2], random.Random(n), shared[n // 2]) for n in range(threads)]
    errors = at_once(*(tab.work for tab in tabs), lambda: owner(day, labellers), lambda: worker(day))
    assert errors == []
    tasks.run_waiting(now=later(day.n))
    tasks.run_waiting(now=later(day.n))
    assert day.n >= OPERATIONS
    assert min(day.done[name] for name in ("skip", "release", "undo", "abstain", "owner")) > 0, day.done
    assert Label.objects.standing().count() > OPERATIONS // 10
    refit_project(project=project, now=later(day.n))
    assert list(examine()) == []


def test_one_lease_submitted_from_twenty_threads_is_one_label_and_twenty_equal_replies():
    project = make_project()
    item, labeller = make_items(project, 1)[0], make_labeller(project)
    lease = take(labeller, item)
    replies: list[SubmitReply] = []

    def send() -> None:
        replies.append(submit(token=lease.token, labeller=labeller, answer={"choice": "match"}, now=NOW))

    assert at_once(*[send] * 20) == []
    assert {(reply.label.public_id, reply.standing) for reply in replies} == {(Label.objects.get().public_id, True)}
    assert sorted(reply.created for reply in replies) == [False] * 19 + [True]
    item.refresh_from_db()
    assert (item.n_active, item.n_done) == (0, 1)


def test_the_last_place_of_an_item_goes_to_one_of_those_who_ask_at_once():
    project = make_project("fixed", initial_labels=1, minimum_labels=1, maximum_labels=1, gold_share=0.0)
    make_items(project, 1)
    labellers = make_labellers(project, 8)
    asks = [lambda one=one: actions.lease_items(labeller=one, count=1, now=NOW) for one in labellers]
    assert at_once(*asks) == []
    assert Lease.objects.count() == 1
    assert list(examine()) == []


def test_one_label_at_the_moment_of_a_rejection_is_either_covered_or_refused():
    """Never a label that counts although its labeller was rejected."""
    project = make_project(gold_share=0.0)
    items = make_items(project, 6)
    labeller = make_labeller(project)
    leases = [take(labeller, item) for item in items]

    def send() -> None:
        for lease in leases:
            try:
                submit(token=lease.token, labeller=labeller, answer={"choice": "match"}, now=NOW)
            except LeaseExpired:
                return

    assert at_once(send, lambda: reject(labeller=labeller, reason="a robot", by=None, now=NOW)) == []
    assert not Label.objects.counted().filter(labeller=labeller).exists()
    assert list(examine()) == []
