"""A label comes in once, however often it is sent, and can be taken back."""

import math

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from labelling.assignment import actions
from labelling.assignment.errors import AnsweredDifferently, AnswerInvalid, CannotUndo, LeaseExpired, LeaseUnknown
from labelling.assignment.models import Label, Lease, LeaseState
from labelling.loop.reject import reject
from labelling.loop.resolve import requeue
from labelling.loop.submit import abstain, submit
from labelling.loop.undo import undo
from tests.factories import NOW, make_items, make_labeller, make_labellers, make_project
from tests.loop.crowd import fresh, give, later, standing, take

pytestmark = pytest.mark.django_db

MATCH, NO_MATCH = {"choice": "match"}, {"choice": "no match"}


@pytest.fixture
def leased():
    project = make_project(gold_share=0.0)
    labeller = make_labeller(project)
    return labeller, take(labeller, make_items(project, 1)[0])


def test_the_same_submission_again_is_one_label_and_the_same_reply(leased):
    labeller, lease = leased
    first = submit(token=lease.token, labeller=labeller, answer=MATCH, active_seconds=2.5, wall_seconds=3, now=NOW)
    again = submit(token=lease.token, labeller=labeller, answer=MATCH, active_seconds=99, now=later(5))
    assert (first.label.pk, first.standing) == (again.label.pk, again.standing)
    assert (first.created, again.created) == (True, False)
    assert (again.label.at, again.label.active_seconds, again.label.wall_seconds) == (NOW, 2.5, 3.0)
    assert (fresh(lease.item).n_active, fresh(lease.item).n_done) == (0, 1)


def test_another_answer_under_the_same_token_is_a_conflict(leased):
    labeller, lease = leased
    submit(token=lease.token, labeller=labeller, answer=MATCH, now=NOW)
    with pytest.raises(AnsweredDifferently) as conflict:
        submit(token=lease.token, labeller=labeller, answer=NO_MATCH, now=NOW)
    assert conflict.value.status == 409
    with pytest.raises(AnsweredDifferently):
        abstain(token=lease.token, labeller=labeller, reason="unclear", now=NOW)
    assert Label.objects.get().answer == '{"choice":"match"}'


def test_a_token_that_was_replaced_returns_its_stored_reply_marked_withdrawn(leased):
    labeller, lease = leased
    label = submit(token=lease.token, labeller=labeller, answer=MATCH, now=NOW).label
    new = undo(token=lease.token, labeller=labeller, now=NOW).lease
    assert new.token != lease.token
    for answer in (MATCH, NO_MATCH):
        reply = submit(token=lease.token, labeller=labeller, answer=answer, now=NOW)
        assert (reply.label.pk, reply.created, reply.standing) == (label.pk, False, False)
    assert submit(token=new.token, labeller=labeller, answer=NO_MATCH, now=NOW).created
    reply = submit(token=lease.token, labeller=labeller, answer=MATCH, now=NOW)
    assert (reply.label.pk, reply.standing) == (label.pk, False)
    assert Label.objects.standing().count() == 1


def test_a_token_nobody_gave_or_of_somebody_else_is_unknown(leased):
    labeller, lease = leased
    stranger = make_labeller(labeller.project, "stranger")
    for token, who in (("nobody", labeller), (lease.token, stranger), ("", labeller)):
        with pytest.raises(LeaseUnknown):
            submit(token=token, labeller=who, answer=MATCH, now=NOW)
        with pytest.raises(LeaseUnknown):
            undo(token=token, labeller=who, now=NOW)


@pytest.mark.parametrize("answer", [None, "match", {}, {"choice": "maybe"}, {"choice": "match", "sure": 1}, ["match"]])
def test_an_answer_the_schema_refuses_stores_nothing(leased, answer):
    labeller, lease = leased
    with pytest.raises(AnswerInvalid):
        submit(token=lease.token, labeller=labeller, answer=answer, now=NOW)
    assert Label.objects.count() == 0
    assert Lease.objects.get().state == LeaseState.LIVE


def test_an_abstention_needs_a_known_reason_and_keeps_its_note(leased):
    labeller, lease = leased
    with pytest.raises(AnswerInvalid, match="tired"):
        abstain(token=lease.token, labeller=labeller, reason="tired", now=NOW)
    label = abstain(token=lease.token, labeller=labeller, reason="unclear", note="two \x00cats" * 999, now=NOW).label
    assert (label.answer, label.abstention) == ("", "unclear")
    assert label.note.startswith("two cats")
    assert len(label.note) == 2000
    assert (fresh(lease.item).n_done, fresh(lease.item).n_abstained) == (1, 1)


@pytest.mark.parametrize("seconds", [-1, math.nan, math.inf, 1e9])
def test_a_time_that_cannot_be_is_left_out(leased, seconds):
    labeller, lease = leased
    label = submit(token=lease.token, labeller=labeller, answer=MATCH, active_seconds=seconds, now=NOW).label
    assert label.active_seconds is None


def test_a_label_carries_the_versions_under_which_it_was_given(leased):
    labeller, lease = leased
    label = submit(token=lease.token, labeller=labeller, answer=MATCH, now=NOW).label
    project = labeller.project
    assert (label.schema, label.guideline, label.policy) == (project.schema, project.guideline, project.policy)


def test_undo_gives_the_item_back_and_opens_what_the_crowd_had_settled():
    project = make_project(gold_share=0.0, stop_confidence=0.9)
    item = make_items(project, 1)[0]
    labellers = make_labellers(project, 2)
    labels = [give(labeller, item) for labeller in labellers]
    assert standing(item) is not None
    reply = undo(token=labels[1].token, labeller=labellers[1], now=NOW)
    assert standing(item) is None
    assert (fresh(item).state, fresh(item).n_active, fresh(item).n_done) == ("open", 1, 1)
    assert reply.lease.state == LeaseState.LIVE
    assert undo(token=labels[1].token, labeller=labellers[1], now=NOW).lease.token == reply.lease.token


def test_undoing_twice_after_another_answer_is_refused(leased):
    labeller, lease = leased
    submit(token=lease.token, labeller=labeller, answer=MATCH, now=NOW)
    new = undo(token=lease.token, labeller=labeller, now=NOW).lease
    submit(token=new.token, labeller=labeller, answer=MATCH, now=NOW)
    with pytest.raises(CannotUndo, match="already"):
        undo(token=lease.token, labeller=labeller, now=NOW)


def test_a_rejected_answer_and_one_of_an_earlier_pass_cannot_be_undone():
    project = make_project(gold_share=0.0)
    first, second = make_items(project, 2)
    labeller = make_labeller(project)
    one, two = give(labeller, first), give(labeller, second)
    requeue(items=[second], afresh=True, by=None, now=NOW)
    with pytest.raises(CannotUndo, match="afresh"):
        undo(token=two.token, labeller=labeller, now=NOW)
    reject(batch=one.batch, reason="too fast", by=None, now=NOW)
    with pytest.raises(CannotUndo, match="rejected"):
        undo(token=one.token, labeller=labeller, now=NOW)


def test_a_lease_of_an_earlier_pass_is_not_answered():
    project = make_project(gold_share=0.0)
    item = make_items(project, 1)[0]
    labeller = make_labeller(project)
    lease = take(labeller, item)
    requeue(items=[item], afresh=True, by=None, now=NOW)
    with pytest.raises(LeaseExpired, match="afresh"):
        submit(token=lease.token, labeller=labeller, answer=MATCH, now=NOW)
    assert fresh(item).n_active == 0
    assert take(labeller, item).pass_number == 2


def statements(project, *, count: int) -> list[int]:
    """SQL statements of each lease and submission of a new labeller."""
    numbers = []
    labeller = make_labeller(project, f"counted-{Lease.objects.count()}")
    give(labeller, project.items.filter(is_open=True).first())
    for _ in range(count):
        with CaptureQueriesContext(connection) as leasing:
            lease = actions.lease_items(labeller=labeller, count=1, now=NOW).leases[0]
        with CaptureQueriesContext(connection) as submitting:
            submit(token=lease.token, labeller=labeller, answer=MATCH, now=NOW)
        numbers += [len(leasing), len(submitting)]
    return numbers


def test_leasing_and_submitting_take_as_few_statements_in_a_large_project_as_in_a_small_one():
    project = make_project("fixed", initial_labels=5, minimum_labels=5, maximum_labels=5, gold_share=0.0)
    make_items(project, 10)
    small = statements(project, count=3)
    make_items(project, 490, first=11)
    for labeller in make_labellers(project, 2):
        for lease in actions.lease_items(labeller=labeller, count=50, now=NOW).leases:
            submit(token=lease.token, labeller=labeller, answer=MATCH, now=NOW)
    large = statements(project, count=3)
    # A savepoint of two statements around each; then, on PostgreSQL, all reading in one and all writing in another.
    assert large == small == ([4, 4] if connection.vendor == "postgresql" else [9, 7]) * 3


def test_the_label_that_settles_an_item_takes_as_few_statements_in_a_large_project_as_in_a_small_one():
    project = make_project("fixed", initial_labels=1, minimum_labels=1, maximum_labels=1, gold_share=0.0)
    make_items(project, 10)
    small = statements(project, count=3)
    make_items(project, 490, first=11)
    busy = make_labeller(project, "busy")
    for lease in actions.lease_items(labeller=busy, count=50, now=NOW).leases:
        submit(token=lease.token, labeller=busy, answer=MATCH, now=NOW)
    large = statements(project, count=3)
    assert large == small == ([4, 5] if connection.vendor == "postgresql" else [9, 10]) * 3
