"""Large rejections go in chunks: between any two of them every promise holds, and labelling goes on."""

import pytest

from experts.doctor.examine import examine
from labelling import tasks
from labelling.assignment.errors import CannotUndo
from labelling.assignment.models import LeaseState, RejectedLabel, Rejection
from labelling.datasets.models import Recall
from labelling.errors import QuorumError
from labelling.jobs.models import Job
from labelling.loop.publish import publish
from labelling.loop.reject import AlreadyLifted, lift, reject
from labelling.loop.rejecting.carry_out import cover_some, go_on, reject_job, restore_some
from labelling.loop.rejecting.progress import with_progress
from labelling.loop.rejecting.target import by_query
from labelling.loop.undo import undo
from labelling.projects.models import Member, Project
from labelling.sampling.models import Item
from tests.factories import NOW, make_items, make_labellers, make_project
from tests.loop.crowd import counted, counters, give, give_all, later, take

pytestmark = pytest.mark.django_db


def crowd(n_items: int = 5) -> tuple[Project, list[Item], list[Member]]:
    project = make_project(gold_share=0.0, stop_confidence=0.9, batch_size=3)
    items, labellers = make_items(project, n_items), make_labellers(project, 3)
    for item in items:
        give_all(labellers[:2], item, "match", "match")
    return project, items, labellers


def begin(**which) -> Rejection:
    return reject(reason="too fast", by=None, now=later(60), at_once=0, **which)


def sound(project: Project) -> bool:
    return list(examine(project_id=project.pk)) == []


def test_a_large_rejection_stops_its_labeller_at_once_and_the_labels_chunk_by_chunk():
    project, items, labellers = crowd()
    held = take(labellers[0], make_items(project, 1, first=9)[0])
    rejection = begin(labeller=labellers[0])
    assert Member.objects.get(pk=labellers[0].pk).suspended_at == later(60)
    held.refresh_from_db()
    assert (held.state, rejection.n_labels, len(counted(project))) == (LeaseState.EXPIRED, None, 10)
    for left, item in zip((8, 6, 5), items[::2], strict=True):
        assert sound(project)
        assert cover_some(rejection.pk, later(61), chunk=2) is None
        assert len(counted(project)) == left
        give(labellers[2], item, now=later(61))
        undo(token=labellers[2].labels.latest("pk").token, labeller=labellers[2], now=later(62))
        tasks.housekeeping(now=later(2000))
    assert cover_some(rejection.pk, later(63)) == {"labels": 5}
    rejection.refresh_from_db()
    assert (rejection.n_labels, rejection.covered_at) == (5, later(63))
    assert sound(project)


def test_the_job_does_it_to_the_end_with_progress_and_asks_for_a_refit():
    _, _, labellers = crowd()
    rejection = begin(labeller=labellers[0])
    cover_some(rejection.pk, later(61), chunk=2)
    [(_, progress)] = with_progress([rejection])
    assert (progress.state, progress.done, progress.total) == ("under_way", 2, None)
    job = Job.objects.get(kind="reject")
    assert tasks.jobs.run(job.pk, handlers=tasks.HANDLERS, now=later(62))
    job.refresh_from_db()
    assert (job.done, job.total, job.result) == (5, 5, {"labels": 5})
    assert Job.objects.filter(kind="refit", started_at=None).exists()
    rejection.refresh_from_db()
    [(_, progress)] = with_progress([rejection])
    assert (progress.state, progress.job) == ("in_force", None)


def test_run_twice_or_again_after_a_crash_it_does_no_label_twice():
    project, _, labellers = crowd()
    rejection = begin(labeller=labellers[0])
    cover_some(rejection.pk, later(61), chunk=3)
    for _ in range(2):
        assert reject_job(now=later(62), rejection=rejection.pk) == {"labels": 5}
    assert RejectedLabel.objects.count() == 5
    assert set(counters(project).values()) == {(0, 1, 0)}
    assert sound(project)


def test_what_a_large_rejection_does_is_what_a_small_one_does():
    ends = []
    for slug, large in (("small", False), ("large", True)):
        project = make_project(slug=slug, gold_share=0.0, stop_confidence=0.9)
        items, labellers = make_items(project, 4), make_labellers(project, 2) if not large else [
            Member.objects.create(project=project, user=other.user, role="labeller", name=other.name, joined_at=NOW)
            for other in Member.objects.filter(role="labeller").order_by("pk")
        ]  # fmt: skip
        for item in items:
            give_all(labellers, item, "match", None)
        rejection = reject(labeller=labellers[0], reason="too fast", by=None, now=later(60), at_once=0 if large else 9)
        if large:
            reject_job(now=later(60), rejection=rejection.pk)
        states = [(one.state, one.n_done, one.n_abstained) for one in Item.objects.filter(project=project)]
        ends.append((states, len(counted(project)), Rejection.objects.get(pk=rejection.pk).n_labels))
    assert ends[0] == ends[1]


def test_lifting_one_that_is_under_way_stops_it_and_gives_back_what_it_took():
    project, _, labellers = crowd()
    before = counted(project)
    rejection = begin(labeller=labellers[0])
    cover_some(rejection.pk, later(61), chunk=2)
    lift(rejection=rejection, reason="a mistake", by=None, now=later(62))
    assert counted(project) == before
    assert reject_job(now=later(63), rejection=rejection.pk) == {"labels": 2}
    assert counted(project) == before and RejectedLabel.objects.count() == 2
    assert Member.objects.get(pk=labellers[0].pk).suspended_at is None
    assert sound(project)


def test_a_large_lifting_goes_in_chunks_too_and_restores_exactly_what_was_closed():
    project, _, labellers = crowd()
    before = counted(project), counters(project)
    rejection = reject(labeller=labellers[0], reason="too fast", by=None, now=later(60))
    lift(rejection=rejection, reason="a mistake", by=None, now=later(61), at_once=0)
    with pytest.raises(AlreadyLifted):
        lift(rejection=rejection, reason="a mistake", by=None, now=later(61))
    assert (len(counted(project)), len(before[0])) == (5, 10)
    assert restore_some(rejection.pk, later(62), chunk=2) is None
    assert len(counted(project)) == 7 and sound(project)
    again = reject(labeller=labellers[0], reason="a robot after all", by=None, now=later(63))
    assert len(counted(project)) == 5
    assert tasks.jobs.run(Job.objects.get(kind="lift").pk, handlers=tasks.HANDLERS, now=later(64))
    assert len(counted(project)) == 5 and sound(project)
    lift(rejection=again, reason="no robot", by=None, now=later(65))
    assert (counted(project), counters(project)) == before
    rejection.refresh_from_db()
    assert rejection.restored_at >= later(64)
    assert sound(project)


def test_a_version_published_between_two_chunks_is_recalled_as_the_others_are():
    project, _, labellers = crowd()
    first = publish(project=project, by=None, message="", now=NOW, override_reason="a test")
    rejection = begin(labeller=labellers[0])
    cover_some(rejection.pk, later(61), chunk=2)
    assert dict(Recall.objects.values_list("version", "n_rows")) == {first.pk: 5}
    second = publish(project=project, by=None, message="", now=later(62), override_reason="a test")
    assert second.n_rows == 3
    cover_some(rejection.pk, later(63), chunk=2)
    assert dict(Recall.objects.values_list("version", "n_rows")) == {first.pk: 5, second.pk: 3}
    assert sound(project)
    reject_job(now=later(64), rejection=rejection.pk)
    assert Recall.objects.count() == 2 and sound(project)


def test_labels_that_come_after_the_decision_are_not_of_it():
    project, items, labellers = crowd()
    rejection = begin(target=by_query(project, {"since": NOW.isoformat()}))
    more = make_items(project, 1, first=20)[0]
    new = give(labellers[2], more, now=later(61))
    newest = labellers[1].labels.latest("pk")
    undo(token=newest.token, labeller=labellers[1], now=later(61))
    assert reject_job(now=later(62), rejection=rejection.pk) == {"labels": 9}
    assert counted(project) == {new.public_id}
    with pytest.raises(CannotUndo, match="rejected"):
        undo(token=labellers[1].labels.standing().latest("pk").token, labeller=labellers[1], now=later(63))
    assert sound(project)
    assert items


def test_work_that_was_given_up_goes_on_when_asked_for_and_the_doctor_names_it_until_then():
    project, _, labellers = crowd()
    rejection = begin(labeller=labellers[0])
    Job.objects.filter(kind="reject").update(failed_at=later(61), error="the disk was full")
    [(_, progress)] = with_progress([rejection])
    assert progress.given_up
    assert [finding.message for finding in examine(project_id=project.pk)] == ["is under way, but no job carries it on"]
    assert go_on(rejection=rejection, now=later(62)) is not None
    assert go_on(rejection=rejection, now=later(62)) is None
    tasks.run_waiting(now=later(63))
    rejection.refresh_from_db()
    assert (rejection.n_labels, go_on(rejection=rejection, now=later(64))) == (5, None)


def test_a_refused_rejection_leaves_nothing_behind():
    project, _, _ = crowd()
    with pytest.raises(QuorumError):
        begin(target=by_query(project, {"since": later(10**6).isoformat()}))
    assert not Rejection.objects.exists() and not Job.objects.filter(kind="reject").exists()
