"""Suspending a labeller, and what becomes of the items they hold."""

import pytest

from labelling.assignment.actions import lease_items
from labelling.assignment.errors import LeaseExpired
from labelling.assignment.models import Label, Lease, LeaseState
from labelling.audit.models import Entry
from labelling.errors import Invalid
from labelling.loop.people import resume_labeller, suspend_labeller
from labelling.loop.submit import submit
from labelling.sampling.models import Item
from tests.factories import make_items, make_labellers, make_project, make_user
from tests.loop.crowd import give, later

pytestmark = pytest.mark.django_db


@pytest.fixture
def crowd():
    project = make_project(gold_share=0.0)
    make_items(project, 6)
    return make_labellers(project, 2)


def test_suspending_ends_live_leases_in_the_same_transaction_and_leaves_labels_alone(crowd):
    lara, ben = crowd
    first, *_ = Item.objects.order_by("id")
    give(lara, first)
    lease_items(labeller=ben, count=2, now=later(1))
    assert len(lease_items(labeller=lara, count=4, now=later(2)).leases) == 4

    suspend_labeller(member=lara, reason="too fast", by=make_user("olga"), now=later(3))

    assert not Lease.objects.filter(labeller=lara, state=LeaseState.LIVE).exists()
    assert Lease.objects.filter(labeller=ben, state=LeaseState.LIVE).count() == 2
    assert sum(Item.objects.values_list("n_active", flat=True)) == 2
    assert Label.objects.counted().filter(labeller=lara).count() == 1
    assert Entry.objects.filter(action="member.suspended").count() == 1
    assert lease_items(labeller=lara, count=1, now=later(4)).reason.code == "suspended"


def test_what_a_suspended_labeller_was_typing_is_not_taken(crowd):
    lara, _ = crowd
    lease = lease_items(labeller=lara, count=1, now=later(1)).leases[0]
    suspend_labeller(member=lara, reason="too fast", by=None, now=later(2))
    with pytest.raises(LeaseExpired):
        submit(token=lease.token, labeller=lara, answer={"choice": "match"}, now=later(3))


def test_suspending_without_a_reason_changes_nothing(crowd):
    lara, _ = crowd
    lease_items(labeller=lara, count=2, now=later(1))
    with pytest.raises(Invalid):
        suspend_labeller(member=lara, reason=" ", by=None, now=later(2))
    assert Lease.objects.filter(labeller=lara, state=LeaseState.LIVE).count() == 2


def test_who_is_back_gets_the_same_items_again(crowd):
    lara, _ = crowd
    held = {lease.item_id for lease in lease_items(labeller=lara, count=6, now=later(1)).leases}
    suspend_labeller(member=lara, reason="a mistake", by=None, now=later(2))
    suspend_labeller(member=lara, reason="a mistake", by=None, now=later(3))
    resume_labeller(member=lara, by=None, now=later(4))
    again = lease_items(labeller=lara, count=6, now=later(5)).leases
    assert {lease.item_id for lease in again} == held
    assert sum(Item.objects.values_list("n_active", flat=True)) == 6
