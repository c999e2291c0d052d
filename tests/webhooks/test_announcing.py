"""What is announced, where it happens, and what is in it."""

import json
from datetime import timedelta

import pytest

from labelling import tasks
from labelling.assignment.models import Label
from labelling.loop.publish import ChecksFailed, publish
from labelling.loop.refit import refit_project
from labelling.loop.reject import reject
from labelling.projects.models import Member
from labelling.reliability import flagging
from labelling.reliability.flagging import Suspect
from labelling.sampling.models import Item, State
from labelling.webhooks.actions import create_endpoint
from labelling.webhooks.kinds import Kind
from labelling.webhooks.models import Message
from tests.datasets.helpers import add_item, approve, labelled_project, publish_now
from tests.factories import NOW, make_items, make_labeller, make_user

pytestmark = pytest.mark.django_db


def listen(project, *kinds, now=NOW):
    url = "https://hooks.example/quorum"
    return create_endpoint(project=project, url=url, kinds=list(kinds), by=make_user(), now=now)


def told(kind):
    return [json.loads(message.body)["data"] for message in Message.objects.filter(kind=kind).order_by("pk")]


def test_publishing_tells_the_number_the_hashes_and_where_to_read():
    project, _, _ = labelled_project(10)
    listen(project)
    version = publish_now(project)
    (data,) = told(Kind.PUBLISHED)
    path = f"/api/v1/projects/{project.slug}"
    assert data == {
        "project": {"id": project.public_id, "slug": project.slug, "url": path},
        "version": {"number": 1, "data_id": version.data_id, "version_id": version.version_id},
        "parent": None, "rows": version.n_rows, "verdict": version.checks["verdict"],
        "url": f"{path}/versions/1", "data_url": f"{path}/versions/1/data",
    }  # fmt: skip


def test_checks_that_stop_a_version_are_told_by_name_and_nothing_is_published():
    project, _, _ = labelled_project(10)
    listen(project)
    for number, split in ((501, "train"), (502, "test")):
        add_item(project, number=number, text="The very same words", split=split)
    with pytest.raises(ChecksFailed) as stopped:
        publish(project=project, by=None, message="", now=NOW)
    (data,) = told(Kind.CHECKS_FAILED)
    failed = [one["name"] for one in stopped.value.report["checks"] if one["verdict"] == "fail"]
    assert [one["name"] for one in data["failed"]] == failed
    assert all(one["rows"] > 0 for one in data["failed"])
    assert told(Kind.PUBLISHED) == []


def test_a_recall_tells_which_version_and_how_many_rows_and_not_why():
    project, _, _ = labelled_project(10)
    publish_now(project)
    listen(project)
    labeller = Member.objects.get(pk=Label.objects.filter(project=project).first().labeller_id)
    reject(labeller=labeller, reason="she told me a secret", by=make_user(), now=NOW + timedelta(days=1))
    (data,) = told(Kind.RECALLED)
    assert data["version"]["number"] == 1
    assert 0 < data["rows_recalled"] <= data["rows"]
    assert "secret" not in json.dumps(data)


def test_a_flag_tells_who_by_id_and_never_what_they_answered(project):
    listen(project)
    fit = refit_project(project=project, now=NOW)
    lara = make_labeller(project)
    says = {"says": "100% of 30 answers are “match”"}
    flag = flagging.raise_flag(
        fit=fit, suspect=Suspect(labeller=lara.pk, kind="constant", log_evidence=9.0, evidence=says), now=NOW
    )
    (data,) = told(Kind.FLAGGED)
    assert (data["flag"], data["labeller"], data["kind"]) == (flag.public_id, lara.public_id, "constant")
    assert not [word for word in ("match", "lara", "30") if word in json.dumps(data).replace(project.slug, "")]


def test_contested_items_are_told_together_once_and_again_only_after_a_while(project):
    listen(project, Kind.CASE_WAITING)
    items = make_items(project, 4)

    def contest(some, at):
        Item.objects.filter(pk__in=[one.pk for one in some]).update(state=State.CONTESTED, state_at=at)

    def counts():
        return [(data["new"], data["waiting"]) for data in told(Kind.CASE_WAITING)]

    contest(items[:2], NOW + timedelta(seconds=10))
    tasks.housekeeping(now=NOW + timedelta(seconds=11))
    assert counts() == []
    tasks.housekeeping(now=NOW + timedelta(seconds=30))
    tasks.housekeeping(now=NOW + timedelta(seconds=35))
    assert counts() == [(2, 2)]
    contest(items[2:3], NOW + timedelta(seconds=40))
    tasks.housekeeping(now=NOW + timedelta(seconds=90))
    assert counts() == [(2, 2)]
    contest(items[3:], NOW + timedelta(seconds=320))
    tasks.housekeeping(now=NOW + timedelta(seconds=331))
    tasks.housekeeping(now=NOW + timedelta(seconds=900))
    assert counts() == [(2, 2), (1, 4), (1, 4)]


def test_where_nobody_wants_to_know_of_cases_housekeeping_asks_once(project, django_assert_max_num_queries):
    from labelling.loop.waiting import announce_waiting  # noqa: PLC0415 - beside its test

    listen(project, Kind.PUBLISHED)
    Item.objects.filter(pk__in=[one.pk for one in make_items(project, 2)]).update(state=State.CONTESTED)
    with django_assert_max_num_queries(1):
        assert announce_waiting(now=NOW) == 0


def test_what_moved_since_the_version_before_is_told_as_drift():
    project, items, _ = labelled_project(40)
    listen(project, Kind.DRIFT)
    publish_now(project)
    assert told(Kind.DRIFT) == []
    for item in items:
        approve(item, "match")
    publish_now(project)
    (data,) = told(Kind.DRIFT)
    (swing,) = data["checks"]
    assert (data["version"]["number"], swing["name"], swing["value"]) == (2, "balance_swing", 5000)
    assert swing["verdict"] in {"warn", "fail"}
