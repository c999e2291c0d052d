"""The budget is a hard stop: batches reserve when they open and spend what they hold when they close."""

from datetime import timedelta

import pytest

from labelling.assignment import actions
from labelling.assignment.errors import BudgetSpent, CannotUndo
from labelling.assignment.models import Batch, Label
from labelling.loop.submit import submit
from labelling.loop.undo import undo
from labelling.projects.actions import new_policy
from labelling.projects.models import Account, Member
from tests.factories import NOW, make_items, make_labeller, make_labellers, make_project
from tests.loop.crowd import give, later, take

pytestmark = pytest.mark.django_db


def money() -> tuple[int, int]:
    account = Account.objects.get()
    return account.reserved, account.spent


def sizes(labeller: Member) -> list[int]:
    return list(labeller.batches.order_by("number").values_list("size", flat=True))


def paid_project(*, budget: int | None, batch_size: int = 4, items: int = 30, price: int = 3):
    project = make_project(gold_share=0.0, budget=budget, batch_size=batch_size, price_label=price)
    return project, make_items(project, items)


def test_the_first_lease_reserves_a_whole_batch_and_the_next_ones_use_it():
    project, _ = paid_project(budget=100)
    labeller = make_labeller(project)
    actions.lease_items(labeller=labeller, count=3, now=NOW)
    assert money() == (12, 0)
    actions.lease_items(labeller=labeller, count=1, now=NOW)
    assert money() == (12, 0)
    actions.lease_items(labeller=labeller, count=1, now=NOW)
    assert money() == (24, 0)


def test_the_last_batch_is_as_small_as_what_is_left_and_then_nothing_is_leased():
    project, _ = paid_project(budget=20)
    labeller = make_labeller(project)
    reply = actions.lease_items(labeller=labeller, count=30, now=NOW)
    assert sizes(labeller) == [4, 2]
    assert (len(reply.leases), money()) == (6, (18, 0))
    reply = actions.lease_items(labeller=labeller, count=1, now=NOW)
    assert (reply.leases, reply.reason.code) == ([], "budget_spent")


def test_a_project_never_costs_more_than_its_budget_to_the_micro_unit():
    project, items = paid_project(budget=20)
    labeller = make_labeller(project)
    actions.lease_items(labeller=labeller, count=30, now=NOW)
    for lease in labeller.leases.order_by("id"):
        submit(token=lease.token, labeller=labeller, answer={"choice": "match"}, now=NOW)
    with pytest.raises(BudgetSpent):
        actions.lease_item(labeller=labeller, item=items[20], now=NOW)
    actions.close_batches(now=later(601))
    assert money() == (0, 18)


def test_a_late_answer_that_cannot_be_paid_is_refused_and_nothing_is_stored():
    project, items = paid_project(budget=3, batch_size=1)
    labeller = make_labeller(project)
    late = take(labeller, items[0])
    actions.sweep(now=later(900))
    give(labeller, items[1], now=later(901))
    with pytest.raises(BudgetSpent):
        submit(token=late.token, labeller=labeller, answer={"choice": "match"}, now=later(902))
    assert Label.objects.count() == 1
    assert money() == (3, 0)
    new_policy(project=project, changes={"budget": 6}, by=None, now=later(903))
    assert submit(token=late.token, labeller=labeller, answer={"choice": "match"}, now=later(904)).created


def test_a_full_batch_closes_ten_minutes_later():
    project, items = paid_project(budget=None, batch_size=2)
    labeller = make_labeller(project)
    for item in items[:2]:
        give(labeller, item)
    assert actions.close_batches(now=NOW + timedelta(minutes=9, seconds=59)) == 0
    assert actions.close_batches(now=NOW + timedelta(minutes=10)) == 1
    assert actions.close_batches(now=NOW + timedelta(minutes=10)) == 0
    assert money() == (0, 6)


@pytest.mark.parametrize("size", [3, 12])
def test_a_full_batch_closes_when_ten_labels_followed_however_small_batches_are(size):
    project, items = paid_project(budget=None, batch_size=size)
    labeller = make_labeller(project)
    for item in items[: size + 9]:
        give(labeller, item)
    assert Batch.objects.get(number=1).closed_at is None
    give(labeller, items[size + 9])
    assert Batch.objects.get(number=1).closed_at == NOW
    assert not Batch.objects.filter(number__gt=1).exclude(closed_at=None).exists()


@pytest.mark.parametrize("size", [3, 12])
def test_undo_reaches_the_last_ten_answers_over_the_border_of_a_batch(size):
    project, items = paid_project(budget=None, batch_size=size)
    labeller = make_labeller(project)
    labels = [give(labeller, item) for item in items[: size + 9]]
    with pytest.raises(CannotUndo, match="last 10"):
        undo(token=labels[-11].token, labeller=labeller, now=NOW)
    for label in reversed(labels[-10:]):
        undo(token=label.token, labeller=labeller, now=NOW)
    assert Label.objects.standing().count() == size - 1


def test_undo_does_not_reach_into_a_closed_batch():
    project, items = paid_project(budget=None, batch_size=2)
    labeller = make_labeller(project)
    labels = [give(labeller, item) for item in items[:2]]
    actions.close_batches(now=later(600))
    with pytest.raises(CannotUndo, match="closed"):
        undo(token=labels[1].token, labeller=labeller, now=later(601))


def test_an_undone_label_is_not_paid_and_its_batch_takes_another():
    project, items = paid_project(budget=None, batch_size=2)
    labeller = make_labeller(project)
    labels = [give(labeller, item) for item in items[:2]]
    undo(token=labels[0].token, labeller=labeller, now=NOW)
    actions.close_batches(now=later(86_400))
    assert actions.close_batches(now=later(87_000)) == 0, "what was undone is leased again, and its place is paid for"
    actions.sweep(now=later(87_000))
    assert actions.close_batches(now=later(87_000)) == 0
    actions.close_batches(now=later(88_000))
    assert money() == (0, 3)


def test_each_labeller_has_batches_of_their_own():
    project, items = paid_project(budget=None, batch_size=4)
    for labeller in make_labellers(project, 2):
        give(labeller, items[0])
    assert list(Batch.objects.values_list("number", "n_labels")) == [(1, 1), (1, 1)]
    assert money() == (24, 0)
