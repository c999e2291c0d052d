"""What a batch earns: by the label or by the hour, promised when it opens, within the budget, frozen when it closes."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from labelling.assignment import actions
from labelling.assignment.models import Batch, Label, Lease
from labelling.assignment.money import settle
from labelling.assignment.worked import Given, account_of, worked_ms
from labelling.loop.reject import reject
from labelling.loop.submit import submit
from labelling.loop.undo import undo
from labelling.projects.actions import new_policy
from labelling.projects.models import Account
from labelling.sampling.models import Gold, Item, Purpose
from tests.factories import NOW, make_items, make_labeller, make_project
from tests.loop.crowd import give, later
from tests.pay.crowd import DAY, HOUR, PRICE, cannot_say, money, paid_project, work

pytestmark = pytest.mark.django_db


def given(label, at, wall=None, active=None, leased=0.0):
    return Given(label, later(leased), later(at), wall, active, Purpose.WORK, False)


def worked(*labels, most_seconds=900, before=None):
    return [ms / 1000 for ms in worked_ms(labels, most_seconds=most_seconds, before=before).values()]


def test_the_greater_of_wall_and_active_time_counts():
    assert worked(given(1, 30, wall=20, active=12), given(2, 60, wall=10, active=25)) == [20, 25]


def test_no_label_counts_for_longer_than_an_item_is_leased():
    assert worked(given(1, 5000, wall=4000), most_seconds=900) == [900]


def test_who_says_they_worked_longer_than_time_passed_is_paid_for_the_time_that_passed():
    assert worked(given(1, 10, wall=500), given(2, 20, wall=500)) == [10, 10]


def test_who_works_on_ten_at_once_is_paid_for_one():
    assert sum(worked(*(given(n, 60 + n, wall=60) for n in range(10)))) == 69


def test_answers_given_offline_and_sent_together_count_in_full():
    assert worked(*(given(n, 300, wall=30) for n in range(10))) == [30] * 10


def test_the_time_of_the_batch_before_is_not_paid_twice():
    assert worked(given(1, 60, wall=50), before=later(45)) == [15]


def test_without_times_it_is_the_time_since_the_label_before():
    assert worked(given(1, 12), given(2, 20), given(3, 300, leased=290)) == [12, 8, 10]


def test_a_batch_by_the_label_earns_its_standing_labels():
    project, items = paid_project()
    [batch] = work(make_labeller(project), items[:2])
    assert (batch.amount, batch.worked_ms, batch.pay_hour) == (2 * PRICE, 20_000, None)


def test_an_hourly_batch_reserves_what_leases_may_last_and_spends_what_was_worked():
    project, items = paid_project(pay_hour=HOUR, lease_seconds=900, budget=100_000_000)
    lara = make_labeller(project)
    actions.lease_item(labeller=lara, item=items[0], now=NOW)
    assert Account.objects.get().reserved == 2 * HOUR // 4
    actions.sweep(now=later(1000))
    [batch] = work(lara, items[1:3], start=later(1000), seconds=18)
    account = Account.objects.get()
    assert (batch.amount, account.reserved, account.spent) == (2 * 18 * HOUR // 3600, 0, batch.amount)


def test_the_time_of_other_batches_is_not_paid_again_in_an_answer_that_is_given_anew():
    project, items = paid_project(batch_size=1, pay_hour=HOUR, lease_seconds=900)
    lara = make_labeller(project)
    first, _ = (give(lara, item, now=later(60 * n)) for n, item in enumerate(items[:2], 1))
    again = undo(token=first.token, labeller=lara, now=later(120)).lease
    submit(token=again.token, labeller=lara, answer={"choice": "match"}, now=later(130), wall_seconds=900)
    actions.close_batches(now=later(2000))
    assert sum(Batch.objects.values_list("worked_ms", flat=True)) <= 130_000 - 60_000


def test_what_a_closed_batch_earned_stays_when_an_earlier_answer_is_taken_back():
    project, items = paid_project(batch_size=1, pay_hour=HOUR, lease_seconds=900)
    lara = make_labeller(project)
    held = [actions.lease_item(labeller=lara, item=item, now=NOW) for item in items[:1]]
    second = Lease.objects.create(labeller=lara, item=items[1], pass_number=1, leased_at=NOW, expires_at=later(900))
    Item.objects.filter(pk=items[1].pk).update(n_active=1)
    for lease, at in ((held[0], 50), (second, 60)):
        submit(token=lease.token, labeller=lara, answer={"choice": "match"}, now=later(at), wall_seconds=60)
    later_batch = Batch.objects.get(number=2)
    assert settle(batch=later_batch, now=later(70))
    undo(token=Label.objects.earliest("id").token, labeller=lara, now=later(80))
    later_batch.refresh_from_db()
    assert sum(account_of(later_batch).amounts.values()) == later_batch.amount


def test_an_hourly_budget_is_a_hard_stop():
    project, _ = paid_project(pay_hour=HOUR, lease_seconds=900, budget=HOUR)
    lara = make_labeller(project)
    reply = actions.lease_items(labeller=lara, count=10, now=NOW)
    assert len(reply.leases) == 4, "an hour's budget holds four quarters of an hour"
    for lease in reply.leases:
        submit(token=lease.token, labeller=lara, answer={"choice": "match"}, now=later(900), wall_seconds=5000)
    actions.close_batches(now=later(2000))
    assert Account.objects.get().spent == HOUR // 4, "all four at once are one quarter"


def test_a_new_policy_changes_nothing_that_was_promised():
    project, items = paid_project(pay_hour=HOUR)
    lara = make_labeller(project)
    actions.lease_item(labeller=lara, item=items[0], now=NOW)
    new_policy(project=project, changes={"pay_hour": None, "price_label": 1}, by=None, now=NOW)
    project.refresh_from_db()
    actions.sweep(now=later(1000))
    batches = work(lara, items[1:5], start=later(1000), seconds=36)
    assert [batch.amount for batch in batches] == [2 * 36 * HOUR // 3600, 2]


def test_practice_hidden_gold_and_abstentions_are_paid_as_work_is():
    project, _ = paid_project(batch_size=3, qualification_items=1, qualification_pass=0.0)
    [gold, training] = make_items(project, 2, first=50)
    for item, purpose in ((gold, Purpose.GOLD), (training, Purpose.TRAINING)):
        Item.objects.filter(pk=item.pk).update(purpose=purpose)
        Gold.objects.create(item=item, answer='{"choice":"match"}', created_at=NOW)
    lara = make_labeller(project)
    practice = actions.lease_items(labeller=lara, count=1, now=NOW)
    submit(token=practice.leases[0].token, labeller=lara, answer={"choice": "match"}, now=later(5))
    new_policy(project=project, changes={"gold_share": 0.5}, by=None, now=NOW)
    project.refresh_from_db()
    while not Label.objects.filter(item=gold).exists():
        [lease] = actions.lease_items(labeller=lara, count=1, now=later(6)).leases[:1]
        submit(token=lease.token, labeller=lara, answer={"choice": "match"}, now=later(7))
    room = Batch.objects.filter(labeller=lara, full_at=None).first()
    for item in Item.objects.filter(is_open=True, leases=None)[: room.size - room.n_labels if room else 3]:
        cannot_say(lara, item, now=later(8))
    actions.close_batches(now=later(1000))
    batches = Batch.objects.filter(labeller=lara)
    assert sum(batch.amount for batch in batches) == Label.objects.count() * PRICE
    assert sum(batch.n_gold for batch in batches) == 1
    assert sum(batch.n_training for batch in batches) == 1
    assert sum(batch.n_abstained for batch in batches) == Label.objects.exclude(abstention="").count() > 0


def test_rejected_labels_stay_paid_before_and_after_their_batch_closes():
    project, items = paid_project()
    lara = make_labeller(project)
    give(lara, items[0])
    give(lara, items[1])
    reject(labeller=lara, reason="at random", by=None, now=later(10))
    actions.close_batches(now=later(700))
    assert money(lara, now=NOW + DAY) == (2 * PRICE, 0, 0, 2 * PRICE)


def test_a_closed_batch_is_frozen_below_python():
    project, items = paid_project()
    [batch] = work(make_labeller(project), items[:2])
    for change in ({"amount": 1}, {"price": 1}, {"n_labels": 1}, {"worked_ms": 5}, {"closed_at": None, "amount": None}):
        with pytest.raises(IntegrityError, match="frozen"), transaction.atomic():
            Batch.objects.filter(pk=batch.pk).update(**change)


def test_what_an_open_batch_promised_is_frozen_too():
    project, items = paid_project(pay_hour=HOUR)
    give(make_labeller(project), items[0])
    for change in ({"price": 1}, {"pay_hour": None}, {"most_seconds": 1}, {"size": 1}):
        with pytest.raises(IntegrityError, match="frozen"), transaction.atomic():
            Batch.objects.update(**change)


def test_no_batch_earns_more_than_it_reserved_or_is_closed_without_a_sum():
    project, items = paid_project()
    lara = make_labeller(project)
    give(lara, items[0])
    give(lara, items[1])
    for change in ({"closed_at": NOW, "amount": 3 * PRICE}, {"closed_at": NOW}, {"amount": PRICE}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Batch.objects.update(**change)


def test_closing_a_batch_costs_the_same_statements_however_large_it_is():
    counts = []
    for number, size in enumerate((2, 40)):
        project = make_project(slug=f"p{number}", gold_share=0.0, batch_size=size, pay_hour=HOUR)
        lara = make_labeller(project)
        for item in make_items(project, size):
            give(lara, item)
        with CaptureQueriesContext(
            connection,
        ) as caught:
            assert settle(batch=Batch.objects.select_related("labeller").get(labeller=lara), now=later(700))
        counts.append(len(caught))
    assert counts[0] == counts[1] <= 8
    assert Batch.objects.filter(closed_at__lte=NOW + timedelta(hours=1)).count() == 2
