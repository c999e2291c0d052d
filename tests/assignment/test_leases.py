"""Who gets what to label next, and what becomes of a lease that is not answered."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from labelling.assignment import actions
from labelling.assignment.errors import LeaseExpired, LeaseUnknown
from labelling.assignment.models import Lease, LeaseState
from labelling.loop.submit import submit
from labelling.loop.undo import undo
from labelling.projects.actions import pause_project, suspend_member
from labelling.projects.models import Member, Project
from labelling.sampling.models import Item
from tests.factories import NOW, make_items, make_labeller, make_labellers, make_project
from tests.loop.crowd import OTHER, fresh, give, later, take

pytestmark = pytest.mark.django_db

ONE_LABEL = {"initial_labels": 1, "minimum_labels": 1, "maximum_labels": 1, "gold_share": 0.0}


def ask(labeller: Member, count: int = 1, *, seconds: float = 0) -> list[Lease]:
    return actions.lease_items(labeller=labeller, count=count, now=later(seconds)).leases


def why(labeller: Member, *, seconds: float = 0) -> str:
    reply = actions.lease_items(labeller=labeller, count=1, now=later(seconds))
    assert reply.leases == []
    return reply.reason.code


def prioritised(project: Project, *priorities: float) -> list[Item]:
    items = make_items(project, len(priorities))
    for item, priority in zip(items, priorities, strict=True):
        item.value = priority
    Item.objects.bulk_update(items, ["value"])
    return items


def test_the_most_valuable_items_come_first_and_only_as_many_as_asked_for():
    project = make_project(gold_share=0.0)
    low, high, middle, other = prioritised(project, 0.1, 0.9, 0.5, 0.5)
    leases = ask(make_labeller(project), 3)
    assert [lease.item_id for lease in leases] == [high.pk, middle.pk, other.pk]
    assert {lease.expires_at for lease in leases} == {NOW + timedelta(seconds=project.policy.lease_seconds)}
    assert fresh(low).n_active == 0
    assert fresh(high).n_active == 1


def test_no_more_than_fifty_are_leased_at_once():
    project = make_project(gold_share=0.0)
    make_items(project, 60)
    assert len(ask(make_labeller(project), 1000)) == actions.MOST_AT_ONCE


def test_nobody_is_given_an_item_twice():
    project = make_project(gold_share=0.0)
    items = make_items(project, 4)
    labeller = make_labeller(project)
    first = ask(labeller, 3)
    submit(token=first[0].token, labeller=labeller, answer={"choice": "match"}, now=NOW)
    second = ask(labeller, 3)
    assert [lease.item_id for lease in second] == [items[3].pk]
    for lease in [*first[1:], *second]:
        submit(token=lease.token, labeller=labeller, answer={"choice": "match"}, now=NOW)
    assert why(labeller) == "all_seen"


@pytest.mark.parametrize("labels", [1, 2])
def test_who_holds_what_is_open_on_another_device_is_told_so_until_it_runs_out(labels):
    project = make_project("fixed", **{**ONE_LABEL, "maximum_labels": labels})
    make_items(project, 3)
    labeller = make_labeller(project)
    first = ask(labeller, 3)
    reply = actions.lease_items(labeller=labeller, count=1, now=later(1))
    assert (reply.reason.code, reply.reason.until) == ("held_elsewhere", first[0].expires_at)
    assert f"by {first[0].expires_at:%H:%M} UTC" in reply.reason.message
    assert len(ask(labeller, 3, seconds=project.policy.lease_seconds + 1)) == 3


def test_items_of_another_project_are_never_leased():
    project = make_project()
    make_items(project, 3)
    stranger = make_labeller(make_project(slug="other"), "stranger")
    assert why(stranger) == "nothing_open"


def test_what_was_put_aside_comes_back_last_under_a_new_token():
    project = make_project(gold_share=0.0)
    items = make_items(project, 3)
    labeller = make_labeller(project)
    lease = ask(labeller)[0]
    actions.skip(token=lease.token, labeller=labeller, now=NOW)
    assert fresh(items[0]).n_active == 0
    again = ask(labeller, 3, seconds=1)
    assert [one.item_id for one in again] == [items[1].pk, items[2].pk, items[0].pk]
    assert again[2].pk == lease.pk
    assert again[2].token != lease.token
    assert Lease.objects.count() == 3


@pytest.mark.parametrize("verb", [actions.skip, actions.release])
def test_letting_go_twice_frees_one_place(verb):
    project = make_project(gold_share=0.0)
    item = make_items(project, 1)[0]
    anna, ben = make_labellers(project, 2)
    lease = take(anna, item)
    take(ben, item)
    verb(token=lease.token, labeller=anna, now=NOW)
    verb(token=lease.token, labeller=anna, now=NOW)
    assert fresh(item).n_active == 1


@pytest.mark.parametrize("verb", [actions.skip, actions.release, actions.heartbeat])
def test_a_lease_is_its_labellers_alone(verb):
    project = make_project(gold_share=0.0)
    item = make_items(project, 1)[0]
    anna, ben = make_labellers(project, 2)
    lease = take(anna, item)
    with pytest.raises(LeaseUnknown):
        verb(token=lease.token, labeller=ben, now=NOW)
    assert Lease.objects.get().state == LeaseState.LIVE


def test_an_answered_item_cannot_be_let_go():
    project = make_project(gold_share=0.0)
    labeller = make_labeller(project)
    label = give(labeller, make_items(project, 1)[0])
    with pytest.raises(LeaseExpired, match="undo"):
        actions.skip(token=label.token, labeller=labeller, now=NOW)


def test_a_lease_that_ran_out_gives_its_place_to_others():
    project = make_project("fixed", **ONE_LABEL)
    item = make_items(project, 1)[0]
    anna, ben = make_labellers(project, 2)
    take(anna, item)
    assert why(ben, seconds=899) == "all_leased"
    assert [lease.item_id for lease in ask(ben, seconds=900)] == [item.pk]
    assert Lease.objects.get(labeller=anna).state == LeaseState.EXPIRED


def test_a_heartbeat_keeps_a_lease_for_its_full_time_from_then_on():
    project = make_project("fixed", **ONE_LABEL)
    item = make_items(project, 1)[0]
    anna, ben = make_labellers(project, 2)
    lease = take(anna, item)
    actions.heartbeat(token=lease.token, labeller=anna, now=later(800))
    assert actions.sweep(now=later(1699)) == 0
    assert actions.sweep(now=later(1700)) == 1
    assert fresh(item).n_active == 0
    with pytest.raises(LeaseExpired):
        actions.heartbeat(token=lease.token, labeller=anna, now=later(1701))
    assert ask(ben, seconds=1701)


def test_a_late_answer_is_taken_while_its_place_is_free():
    project = make_project("fixed", **ONE_LABEL)
    item = make_items(project, 1)[0]
    labeller = make_labeller(project)
    lease = take(labeller, item)
    actions.sweep(now=later(900))
    reply = submit(token=lease.token, labeller=labeller, answer={"choice": "match"}, now=later(2000))
    assert reply.created
    assert (fresh(item).n_active, fresh(item).n_done) == (0, 1)


def test_a_late_answer_whose_place_was_taken_is_refused_and_nothing_is_stored():
    project = make_project("fixed", **ONE_LABEL)
    item = make_items(project, 1)[0]
    anna, ben = make_labellers(project, 2)
    lease = take(anna, item)
    ask(ben, seconds=900)
    before = (fresh(item).n_active, fresh(item).n_done)
    with pytest.raises(LeaseExpired) as refusal:
        submit(token=lease.token, labeller=anna, answer={"choice": "match"}, now=later(901))
    assert refusal.value.status == 410
    assert anna.labels.count() == 0
    assert (fresh(item).n_active, fresh(item).n_done) == before
    assert not anna.batches.exclude(n_labels=0).exists()


def test_a_suspended_labellers_late_answer_is_refused_but_a_live_one_is_taken():
    project = make_project(gold_share=0.0)
    first, second = make_items(project, 2)
    labeller = make_labeller(project)
    late, live = take(labeller, first), take(labeller, second, now=later(500))
    actions.sweep(now=later(900))
    suspend_member(member=labeller, reason="we talk first", by=None, now=later(901))
    with pytest.raises(LeaseExpired):
        submit(token=late.token, labeller=labeller, answer={"choice": "match"}, now=later(902))
    assert submit(token=live.token, labeller=labeller, answer={"choice": "match"}, now=later(902)).created


def test_an_empty_reply_says_why_in_a_word_and_a_sentence():
    project = make_project("fixed", **ONE_LABEL)
    anna, ben = make_labellers(project, 2)
    assert why(anna) == "nothing_open"
    item = make_items(project, 1)[0]
    take(ben, item)
    reply = actions.lease_items(labeller=anna, count=1, now=NOW)
    assert (reply.leases, reply.reason.code) == ([], "all_leased")
    assert "09:15 UTC" in reply.reason.message
    Lease.objects.update(state=LeaseState.DONE)
    Item.objects.filter(pk=item.pk).update(n_active=0, n_done=1)
    assert why(anna) == "waiting"
    suspend_member(member=anna, reason="too fast", by=None, now=NOW)
    assert why(anna) == "suspended"
    pause_project(project=project, by=None, now=NOW)
    assert why(anna) == "paused"


acts = st.lists(
    st.tuples(st.integers(0, 3), st.sampled_from(["lease", "submit", "skip", "release", "wait", "undo"])), max_size=40
)


class Crowded(TestCase):
    @settings(max_examples=25, deadline=None)
    @given(acts=acts, target=st.integers(1, 3))
    def test_live_leases_and_labels_never_exceed_the_target(self, acts, target):
        project = make_project("fixed", initial_labels=target, minimum_labels=1, maximum_labels=target, gold_share=0.0)
        make_items(project, 3)
        labellers = make_labellers(project, 4)
        clock = 0.0
        for who, act in acts:
            labeller, clock = labellers[who], clock + 1
            held = Lease.objects.filter(labeller=labeller, state=LeaseState.LIVE).first()
            done = labeller.labels.standing().last()
            if act == "lease":
                ask(labeller, 2, seconds=clock)
            elif act == "wait":
                clock += 900
            elif act == "undo" and done and not done.batch.closed_at:
                undo(token=done.token, labeller=labeller, now=later(clock))
            elif act == "submit" and held:
                choice = OTHER["match"] if who else "match"
                submit(token=held.token, labeller=labeller, answer={"choice": choice}, now=later(clock))
            elif act in ("skip", "release") and held:
                getattr(actions, act)(token=held.token, labeller=labeller, now=later(clock))
            for item in Item.objects.all():
                live = Lease.objects.filter(item=item, state=LeaseState.LIVE).count()
                assert (item.n_active, item.n_done) == (live, item.labels.counted().count())
                assert live + item.n_done <= item.target == target
