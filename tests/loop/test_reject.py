"""Labels stop counting and count again: of a batch or of a labeller, one rejection over another, previewed."""

import pytest

from labelling.assignment import actions
from labelling.assignment.models import Label, LeaseState, RejectedLabel, Rejection
from labelling.audit.models import Entry
from labelling.consensus.models import Authority
from labelling.errors import Invalid
from labelling.jobs.models import Job
from labelling.loop.publish import publish
from labelling.loop.reject import AlreadyLifted, AlreadyRejected, lift, reject
from labelling.loop.rejecting.preview import preview
from labelling.loop.resolve import decide, requeue
from labelling.loop.submit import submit
from labelling.projects.actions import suspend_member
from labelling.projects.models import Member, Project
from labelling.sampling.models import Item
from tests.factories import NOW, make_items, make_labellers, make_project, make_user
from tests.loop.crowd import counted, counters, fresh, give, give_all, later, standing, take

pytestmark = pytest.mark.django_db


def crowd(n_items: int = 4, *, batch_size: int = 2) -> tuple[Project, list[Item], list[Member]]:
    """Two labellers who answered every item alike, in batches of two, and a third who did nothing yet."""
    project = make_project(gold_share=0.0, stop_confidence=0.9, batch_size=batch_size)
    items = make_items(project, n_items)
    labellers = make_labellers(project, 3)
    for item in items:
        give_all(labellers[:2], item, "match", "match")
    return project, items, labellers


def cancel(**which) -> Rejection:
    return reject(reason="too fast", by=make_user("olga"), now=later(60), **which)


def restore(rejection: Rejection) -> Rejection:
    return lift(rejection=rejection, reason="a mistake", by=make_user("olga"), now=later(120))


def test_a_rejected_batch_stops_counting_and_reopens_what_the_crowd_had_settled():
    project, items, labellers = crowd()
    batch = labellers[0].batches.get(number=1)
    before = counted(project)
    rejection = cancel(batch=batch)
    gone = {label.public_id for label in batch.labels.all()}
    assert counted(project) == before - gone
    assert [fresh(item).state for item in items] == ["open", "open", "resolved", "resolved"]
    assert [fresh(item).n_done for item in items] == [1, 1, 2, 2]
    assert standing(items[0]) is None
    assert (rejection.n_labels, rejection.labeller, rejection.by.username) == (2, labellers[0], "olga")
    assert fresh(items[0]).is_open


def test_a_rejected_labeller_loses_all_labels_and_live_leases_and_gets_no_more_work():
    project, items, labellers = crowd()
    extra = make_items(project, 1, first=9)[0]
    lease = take(labellers[0], extra)
    cancel(labeller=labellers[0])
    assert not Label.objects.counted().filter(labeller=labellers[0]).exists()
    lease.refresh_from_db()
    assert (lease.state, fresh(extra).n_active) == (LeaseState.EXPIRED, 0)
    reply = actions.lease_items(labeller=labellers[0], count=1, now=later(61))
    assert (reply.leases, reply.reason.code) == ([], "suspended")
    assert {fresh(item).state for item in items} == {"open"}


def test_the_labels_that_were_lost_can_be_given_by_others():
    _project, items, labellers = crowd()
    cancel(labeller=labellers[0])
    for item in items:
        give(labellers[2], item, now=later(61))
    assert {fresh(item).state for item in items} == {"resolved"}


def test_a_rejection_needs_a_reason_and_one_target():
    _project, _, labellers = crowd()
    batch = labellers[0].batches.first()
    with pytest.raises(Invalid, match="why"):
        reject(labeller=labellers[0], reason="  ", by=None, now=NOW)
    for which in ({}, {"labeller": labellers[0], "batch": batch}):
        with pytest.raises(Invalid, match="either"):
            cancel(**which)
        with pytest.raises(Invalid, match="either"):
            preview(**which)
    assert Rejection.objects.count() == 0


def test_rejecting_twice_or_lifting_twice_is_refused_and_changes_nothing():
    project, _, labellers = crowd()
    rejection = cancel(labeller=labellers[0])
    before = counters(project), counted(project), RejectedLabel.objects.count()
    with pytest.raises(AlreadyRejected):
        cancel(labeller=labellers[0])
    assert (counters(project), counted(project), RejectedLabel.objects.count()) == before
    restore(rejection)
    before = counters(project), counted(project)
    with pytest.raises(AlreadyLifted):
        restore(rejection)
    assert (counters(project), counted(project)) == before
    assert cancel(labeller=labellers[0]).pk != rejection.pk


def test_every_rejection_and_lifting_is_on_record_and_asks_for_one_refit():
    project, _, labellers = crowd()
    restore(cancel(labeller=labellers[0]))
    entries = Entry.objects.filter(action__in=["labels.rejected", "rejection.lifted"]).order_by("id")
    assert [(one.action, one.by.username) for one in entries] == [
        ("labels.rejected", "olga"),
        ("rejection.lifted", "olga"),
    ]
    assert Job.objects.filter(kind="refit", key=str(project.pk), started_at=None).count() == 1


def test_lifting_gives_back_what_was_rejected_and_settles_it_again():
    project, items, labellers = crowd()
    before = counted(project), counters(project)
    targets = [fresh(item).target for item in items]
    restore(cancel(labeller=labellers[0]))
    assert (counted(project), counters(project)) == before
    assert [fresh(item).target for item in items] == targets
    assert [standing(item).answer for item in items] == ['{"choice":"match"}'] * 4
    assert actions.lease_items(labeller=labellers[0], count=1, now=later(121)).reason.code != "suspended"


def test_lifting_after_others_filled_the_places_raises_the_target():
    project, items, labellers = crowd()
    before = counted(project)
    rejection = cancel(labeller=labellers[0])
    added = give(labellers[2], items[0], now=later(61))
    held = take(labellers[2], items[1], now=later(61))
    restore(rejection)
    assert counted(project) == before | {added.public_id}
    assert [(fresh(one).n_active, fresh(one).n_done, fresh(one).target) for one in items] == [
        (0, 3, 3),
        (1, 2, 3),
        (0, 2, 2),
        (0, 2, 2),
    ]
    assert submit(token=held.token, labeller=labellers[2], answer={"choice": "match"}, now=later(121)).created


def test_a_labeller_suspended_before_the_rejection_stays_so_after_its_lifting():
    _, _, labellers = crowd()
    suspend_member(member=labellers[0], reason="holiday", by=None, now=later(1))
    restore(cancel(labeller=labellers[0]))
    assert Member.objects.get(pk=labellers[0].pk).suspended_at == later(1)


@pytest.mark.parametrize("first", ["batch", "labeller"])
def test_of_two_rejections_over_the_same_labels_lifting_one_gives_back_only_what_the_other_leaves(first):
    project, _, labellers = crowd()
    everything = counted(project)
    batch = labellers[0].batches.get(number=1)
    of_batch, of_labeller = cancel(batch=batch), cancel(labeller=labellers[0])
    in_batch = {label.public_id for label in batch.labels.all()}
    own = {label.public_id for label in labellers[0].labels.all()}
    assert counted(project) == everything - own
    if first == "batch":
        restore(of_batch)
        assert counted(project) == everything - own
        restore(of_labeller)
    else:
        restore(of_labeller)
        assert counted(project) == everything - in_batch
        restore(of_batch)
    assert counted(project) == everything
    assert set(counters(project).values()) == {(0, 2, 0)}


def test_labels_of_an_earlier_pass_are_not_brought_back_by_a_lifting():
    _project, items, labellers = crowd()
    rejection = cancel(labeller=labellers[0])
    requeue(items=items[:1], afresh=True, by=None, now=later(70))
    restore(rejection)
    assert (fresh(items[0]).n_done, fresh(items[0]).pass_number) == (0, 2)
    assert fresh(items[1]).n_done == 2


def test_abstentions_are_lost_and_restored_as_abstentions():
    project = make_project(gold_share=0.0, abstentions_to_contest=2)
    item = make_items(project, 1)[0]
    labellers = make_labellers(project, 2)
    give_all(labellers, item, None, None)
    assert fresh(item).state == "contested"
    rejection = cancel(labeller=labellers[0])
    assert (fresh(item).state, fresh(item).n_done, fresh(item).n_abstained) == ("open", 1, 1)
    restore(rejection)
    assert (fresh(item).state, fresh(item).n_done, fresh(item).n_abstained) == ("contested", 2, 2)


def test_a_preview_says_what_would_change_and_changes_nothing():
    project, items, labellers = crowd()
    decide(item=items[0], answer={"choice": "no match"}, authority=Authority.EXPERT, reason="", by=None, now=NOW)
    being_labelled = make_items(project, 1, first=9)[0]
    give(labellers[0], being_labelled)
    version = publish(project=project, by=None, message="", now=NOW, override_reason="a test")
    before = counters(project), counted(project), Entry.objects.count(), Job.objects.count()
    found = preview(labeller=labellers[0])
    assert (found.n_labels, found.items_reopen, found.resolutions_close) == (5, 3, 3)
    assert found.versions == [(version, 3)]
    assert found.cost == 4 * project.policy.price_label
    assert (counters(project), counted(project), Entry.objects.count(), Job.objects.count()) == before


def test_what_a_preview_says_is_what_the_rejection_does():
    project, _items, labellers = crowd()
    version = publish(project=project, by=None, message="", now=NOW, override_reason="a test")
    for which in ({"batch": labellers[0].batches.get(number=1)}, {"labeller": labellers[1]}):
        said = preview(**which)
        settled = Item.objects.filter(state="resolved").count()
        rejection = cancel(**which)
        assert rejection.n_labels == said.n_labels
        assert settled - Item.objects.filter(state="resolved").count() == said.items_reopen == said.resolutions_close
        assert [(one.version, one.n_rows) for one in rejection.recalls.all()] == said.versions
        assert said.versions[0][0] == version


def test_lifting_withdraws_the_recalls():
    project, _, labellers = crowd()
    publish(project=project, by=None, message="", now=NOW, override_reason="a test")
    rejection = cancel(labeller=labellers[0])
    assert rejection.recalls.filter(withdrawn_at=None).count() == 1
    restore(rejection)
    assert rejection.recalls.filter(withdrawn_at=None).count() == 0
