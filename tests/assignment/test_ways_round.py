"""Ways round the limits, and ways to tell gold: none of them leads anywhere."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction

from experts.doctor.examine import examine
from labelling.assignment import actions, queries
from labelling.assignment.errors import LeaseExpired
from labelling.assignment.models import Label, Lease, Portion
from labelling.consensus.models import Authority
from labelling.loop import resolve
from labelling.loop.gold import make_gold
from labelling.loop.govern import change_policy
from labelling.loop.submit import submit
from labelling.loop.undo import undo
from labelling.sampling.models import Gold, Item, Part, Purpose, SamplingRound
from tests.factories import NOW, make_items, make_labeller, make_project, make_user
from tests.loop.crowd import later, take
from tests.loop.test_concurrency import at_once

pytestmark = pytest.mark.django_db(transaction=True)
MATCH = {"choice": "match"}
IDLE = NOW + timedelta(days=1, minutes=1)


def add_gold(project, n: int) -> None:
    gold = make_items(project, n, first=501, purpose=Purpose.GOLD)
    Gold.objects.bulk_create([Gold(item=item, answer='{"choice":"match"}', created_at=NOW) for item in gold])


def answer(labeller, token: str, *, now=NOW) -> bool:
    try:
        return submit(token=token, labeller=labeller, answer=MATCH, now=now).created
    except LeaseExpired:
        return False


@pytest.mark.parametrize("verb", [actions.skip, actions.release])
def test_what_was_given_back_is_answered_neither_as_work_nor_as_gold(verb):
    project = make_project(gold_share=0.4)
    make_items(project, 30)
    add_gold(project, 10)
    labeller = make_labeller(project)
    leases = actions.lease_items(labeller=labeller, count=20, now=NOW).leases
    for lease in leases:
        verb(token=lease.token, labeller=labeller, now=NOW)
    assert Lease.objects.filter(item__purpose=Purpose.GOLD).exists()
    assert not any(answer(labeller, lease.token) for lease in leases)


def test_a_late_answer_on_gold_is_taken_as_it_would_be_on_work():
    project = make_project(gold_share=0.4)
    make_items(project, 30)
    add_gold(project, 10)
    labeller = make_labeller(project)
    leases = actions.lease_items(labeller=labeller, count=20, now=NOW).leases
    actions.sweep(now=IDLE)
    assert all(answer(labeller, lease.token, now=IDLE) for lease in leases)
    assert Label.objects.filter(item__purpose=Purpose.GOLD).exists()


def test_gold_that_was_put_aside_comes_back_as_work_does():
    project = make_project(gold_share=0.4)
    make_items(project, 15)
    add_gold(project, 5)
    labeller = make_labeller(project)
    first, again = set(), set()
    for second in range(60):
        for lease in actions.lease_items(labeller=labeller, count=1, now=later(second)).leases:
            (again if lease.item_id in first else first).add(lease.item_id)
            actions.skip(token=lease.token, labeller=labeller, now=later(second))
    assert first == again
    assert Item.objects.filter(pk__in=first, purpose=Purpose.GOLD).exists()
    assert list(examine()) == []


def test_leases_left_to_run_out_are_no_way_round_the_daily_limit():
    project = make_project(gold_share=0.0, daily_limit=5)
    make_items(project, 40)
    labeller = make_labeller(project)
    tokens = []
    for hour in range(4):
        now = NOW + timedelta(hours=hour)
        actions.sweep(now=now)
        tokens += [lease.token for lease in actions.lease_items(labeller=labeller, count=50, now=now).leases]
    actions.sweep(now=NOW + timedelta(hours=5))
    assert len(tokens) == 20
    assert sum(answer(labeller, token, now=NOW + timedelta(hours=5)) for token in tokens) == 5


def test_answers_of_two_earlier_passes_are_both_too_late_once_the_item_is_gold():
    project, olga = make_project(gold_share=0.0), make_user("olga")
    item, labeller = make_items(project, 1)[0], make_labeller(project)
    tokens = [take(labeller, item).token]
    actions.sweep(now=later(901))
    resolve.requeue(items=[item], by=olga, now=later(902), afresh=True)
    tokens.append(take(labeller, Item.objects.get(), now=later(903)).token)
    actions.sweep(now=IDLE)
    resolve.decide(item=item, answer=MATCH, authority=Authority.EXPERT, reason="clear", by=olga, now=IDLE)
    make_gold(item=item, answer=None, reason="", by=olga, now=IDLE, origin="decision")
    assert [answer(labeller, token, now=IDLE) for token in tokens] == [False, False]


def test_an_answer_taken_back_in_a_batch_that_lay_idle_has_its_paid_place():
    project = make_project(gold_share=0.0, batch_size=5, price_label=1, budget=5)
    make_items(project, 3)
    labeller = make_labeller(project)
    token = actions.lease_items(labeller=labeller, count=1, now=NOW).leases[0].token
    answer(labeller, token)
    actions.close_batches(now=IDLE)
    undone = undo(token=token, labeller=labeller, now=IDLE)
    assert queries.room(labeller_id=labeller.pk) == 4
    assert answer(labeller, undone.lease.token, now=IDLE)


@pytest.mark.postgres
def test_a_batch_is_not_filled_up_while_its_labeller_is_given_an_item():
    project = make_project(gold_share=0.0, batch_size=5, price_label=1, budget=5)
    make_items(project, 3)
    labeller = make_labeller(project)
    answer(labeller, actions.lease_items(labeller=labeller, count=1, now=NOW).leases[0].token)
    with transaction.atomic():
        actions.lease_items(labeller=labeller, count=1, now=IDLE)
        assert at_once(lambda: actions.close_batches(now=IDLE)) == []
    assert queries.room(labeller_id=labeller.pk) == 3


@pytest.mark.postgres
def test_who_waits_while_a_share_begins_to_be_limited_gets_no_more_than_it():
    project, olga = make_project(gold_share=0.0), make_user("olga")
    drawn = SamplingRound.objects.create(project=project, number=1, strategy="random", budget=20, probability_share=1,
                                         seed=1, n_candidates=20, n_selected=20, created_at=NOW)  # fmt: skip
    part = Part.objects.create(round=drawn, n_items=20)
    make_items(project, 20, round=drawn, part=part)
    labeller, given = make_labeller(project), []

    def ask() -> None:
        given.extend(actions.lease_items(labeller=labeller, count=9, now=NOW).leases)
        connection.close()

    waits = threading.Thread(target=ask)
    with transaction.atomic():
        change_policy(project=project, changes={"max_share": 0.25}, by=olga, now=NOW)
        waits.start()
        waits.join(1)
        assert not given
    waits.join()
    assert len(given) == Portion.objects.get().n_given == 5


def test_nobody_holds_more_than_a_hundred_items_at_once():
    project = make_project(gold_share=0.0)
    make_items(project, 120)
    labeller = make_labeller(project)
    given = [len(actions.lease_items(labeller=labeller, count=40, now=NOW).leases) for _ in range(3)]
    assert given == [40, 40, 20]
    reply = actions.lease_items(labeller=labeller, count=1, now=NOW)
    assert (reply.leases, reply.reason.code) == ([], "hands_full")
