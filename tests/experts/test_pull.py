"""Cases follow from items: opened for the contested, dropped when no longer contested."""

import pytest

from experts import actions
from experts.models import Case
from experts.queries import entropy_bits, queue
from labelling.loop import resolve
from labelling.projects.models import User
from labelling.sampling.models import State
from tests.experts.crowd import agreed, contested, later
from tests.factories import NOW

pytestmark = pytest.mark.django_db


def test_a_contested_item_gets_one_case_however_often_cases_are_pulled():
    project, (item,) = contested()
    assert item.state == State.CONTESTED
    assert actions.pull(project=project, now=NOW) == 1
    assert actions.pull(project=project, now=NOW) == 0
    case = Case.objects.get()
    assert (case.item, case.reason, case.closed_at) == (item, Case.Reason.DISAGREEMENT, None)


def test_a_tie_is_worth_one_bit():
    project, _ = contested()
    actions.pull(project=project, now=NOW)
    assert Case.objects.get().value == pytest.approx(1.0)


def test_entropy_of_a_certain_posterior_is_nothing():
    assert entropy_bits({"match": 1_000_000, "no match": 0}) == 0.0
    assert entropy_bits(None) == 0.0


def test_abstentions_are_the_reason_where_labellers_could_not_decide():
    project, _ = contested(abstained=True)
    actions.pull(project=project, now=NOW)
    assert Case.objects.get().reason == Case.Reason.ABSTENTIONS


def test_pulling_opens_no_more_than_its_limit():
    project, _ = contested(5)
    assert actions.pull(project=project, now=NOW, limit=2) == 2
    assert actions.pull(project=project, now=NOW, limit=200) == 3


def test_a_case_is_dropped_once_its_item_is_no_longer_contested():
    project, (item,) = contested()
    actions.pull(project=project, now=NOW)
    resolve.requeue(items=[item], by=None, now=NOW, reason="more hands")
    assert actions.pull(project=project, now=later(1)) == 0
    case = Case.objects.get()
    assert (case.outcome, case.closed_at) == ("dropped", later(1))


def test_an_audited_item_comes_to_the_queue_once_the_crowd_resolved_it_and_only_once():
    project, (item,) = agreed()
    assert item.state == State.RESOLVED
    assert actions.pull(project=project, now=NOW) == 1
    case = Case.objects.get()
    assert case.reason == Case.Reason.AUDIT
    eva = User.objects.get(username="eva")
    actions.decide(case=case, by=eva, kind="answer", answer={"choice": "match"}, rationale="", now=NOW)
    assert actions.pull(project=project, now=NOW) == 0


def test_items_not_drawn_for_the_audit_never_come_to_the_queue_when_resolved():
    project, _ = agreed(is_audit=False)
    assert actions.pull(project=project, now=NOW) == 0


def test_an_audit_is_dropped_when_the_crowd_no_longer_says_anything():
    project, (item,) = agreed()
    actions.pull(project=project, now=NOW)
    resolve.requeue(items=[item], by=None, now=NOW, afresh=True)
    actions.pull(project=project, now=NOW)
    assert Case.objects.get().outcome == "dropped"


def test_the_queue_shows_the_most_valuable_first_and_then_the_oldest():
    project, items = contested(3)
    actions.pull(project=project, now=NOW)
    Case.objects.filter(item=items[2]).update(value=2.0)
    Case.objects.filter(item=items[0]).update(opened_at=later(5))
    assert [case.item for case in queue(project=project, limit=10)] == [items[2], items[1], items[0]]
