"""Practice before real work: which items, in which order, and what counts."""

from datetime import timedelta

import pytest

from labelling.assignment.actions import lease_items, release, skip
from labelling.assignment.practice import practice_of, practice_of_each
from labelling.loop.submit import submit
from labelling.projects.models import Member
from labelling.projects.skills import qualify_member, unqualify_member
from labelling.sampling.models import Gold, Item, Purpose
from tests.factories import NOW, make_items, make_labeller, make_project

pytestmark = pytest.mark.django_db


def later(minutes):
    return NOW + timedelta(minutes=minutes)


def known(project, n, first=1):
    items = make_items(project, n, first=first, purpose=Purpose.TRAINING)
    for item in items:
        Gold.objects.create(item=item, answer='{"choice":"match"}', origin="chosen", created_at=NOW)
    return items


@pytest.fixture
def project():
    return make_project(gold_share=0, qualification_items=3, qualification_pass=0.6)


@pytest.fixture
def lara(project):
    return make_labeller(project)


def lease(labeller, now=NOW):
    reply = lease_items(labeller=labeller, count=10, now=now)
    return reply.leases[0] if reply.leases else reply.reason.code


def practise(labeller, choices, now=NOW):
    """Answer as many items as there are choices; returns them, and whether each was right."""
    done = []
    for choice in choices:
        given = lease(labeller, now)
        reply = submit(token=given.token, labeller=labeller, answer={"choice": choice}, now=now)
        done.append((given.item_id, reply.feedback.right))
    return done


def test_practice_comes_before_work_one_item_at_a_time(project, lara):
    known(project, 4)
    make_items(project, 2, first=101)
    assert len(lease_items(labeller=lara, count=10, now=NOW).leases) == 1
    release(token=lease(lara).token, labeller=lara, now=NOW)
    told = practise(lara, ["match", "no match", "match"])
    assert [right for _, right in told] == [True, False, True]
    assert Member.objects.get(pk=lara.pk).qualified_at == NOW
    leases = lease_items(labeller=lara, count=10, now=NOW).leases
    assert {one.item.purpose for one in leases} == {Purpose.WORK} and len(leases) == 2


def test_those_given_to_the_fewest_come_first(project, lara):
    items = known(project, 3)
    Item.objects.filter(pk=items[0].pk).update(n_exposed=5)
    assert [item for item, _ in practise(lara, ["no match"] * 3)] == [items[1].pk, items[2].pk, items[0].pk]


@pytest.mark.parametrize("let_go", [release, skip])
def test_an_item_that_was_let_go_comes_again_after_the_others(project, lara, let_go):
    items = known(project, 3)
    first = lease(lara)
    let_go(token=first.token, labeller=lara, now=NOW)
    told = practise(lara, ["no match"] * 3)
    assert [item for item, _ in told] == [items[1].pk, items[2].pk, items[0].pk]
    assert Item.objects.get(pk=items[0].pk).n_exposed == 1
    assert lease(lara) == "not_qualified"


def test_who_is_asked_again_practises_on_the_same_items_and_earlier_answers_count_no_more(project, lara):
    items = known(project, 3)
    practise(lara, ["match"] * 3)
    unqualify_member(member=lara, by=None, now=later(60))
    assert practice_of(labeller_id=lara.pk, policy=project.policy).done == 0
    assert [item for item, _ in practise(lara, ["no match"] * 3, later(61))] == [item.pk for item in items]
    practice = practice_of(labeller_id=lara.pk, policy=project.policy)
    assert (practice.done, practice.right, practice.needed, practice.passed) == (3, 0, 2, False)
    assert lease(lara, later(62)) == "not_qualified"
    unqualify_member(member=lara, by=None, now=later(120))
    practise(lara, ["match"] * 3, later(121))
    assert Member.objects.get(pk=lara.pk).qualified_at == later(121)


def test_an_answer_whose_item_was_retired_does_not_count(project, lara):
    items = known(project, 3)
    practise(lara, ["no match", "match"])
    Gold.objects.filter(item=items[0]).update(closed_at=NOW)
    practice = practice_of(labeller_id=lara.pk, policy=project.policy)
    assert (practice.done, practice.right) == (1, 1)


def test_the_newest_answers_count_of_one_and_of_many(project, lara):
    other = make_labeller(project, "max")
    known(project, 5)
    practise(lara, ["no match", "no match", "no match", "match"])
    practise(other, ["match"])
    each = practice_of_each(labellers=[lara.pk, other.pk], policy=project.policy)
    assert {who: (one.done, one.right) for who, one in each.items()} == {lara.pk: (3, 1), other.pk: (1, 1)}
    for who, one in each.items():
        assert practice_of(labeller_id=who, policy=project.policy) == one


def test_who_is_let_in_by_hand_gets_work_at_once(project, lara):
    known(project, 3)
    (work,) = make_items(project, 1, first=101)
    qualify_member(member=lara, by=None, now=NOW)
    assert lease(lara).item_id == work.pk
