"""Rejections over HTTP: everything that can be named, previewed, followed while it is under way, and lifted."""

import pytest

from labelling import tasks
from labelling.assignment.models import Label, Rejection
from labelling.jobs.models import Job
from labelling.loop import reject as rejecting
from labelling.loop.reject import reject
from labelling.projects.models import Member
from tests.api.calls import Caller, is_problem
from tests.factories import NOW, make_items, make_labeller, make_labellers, make_member, make_project
from tests.loop.crowd import give, give_all, later

ADDRESS = "projects/matching/rejections"


@pytest.fixture
def crowd(project):
    """Two labellers, three labels each, a minute between them."""
    labellers = make_labellers(project, 2)
    for number, item in enumerate(make_items(project, 3)):
        give_all(labellers, item, "match", "match", now=later(60 * number))
    return labellers


def labels_of(member: Member) -> list[Label]:
    return list(member.labels.order_by("pk"))


def counting() -> int:
    return Label.objects.counted().count()


@pytest.mark.parametrize("scope", ["labeller", "batch", "label", "range", "where"])
def test_everything_that_can_be_rejected_is_named_by_its_id(owner, crowd, scope):
    labels = labels_of(crowd[0])
    named, n = {
        "labeller": (crowd[0].public_id, 3), "batch": (labels[0].batch.public_id, 3), "label": (labels[1].public_id, 1),
        "range": ({"labeller": crowd[0].public_id, "from_label": labels[1].public_id}, 2),
        "where": ({"since": "2026-03-02T10:01:00+01:00"}, 4),
    }[scope]  # fmt: skip
    preview = owner.post(ADDRESS, {scope: named, "dry_run": True})
    assert (preview.status_code, preview.json()["n_labels"], counting()) == (200, n, 6)
    made = owner.post(ADDRESS, {scope: named, "reason": "too fast"})
    assert (made.status_code, made.json()["n_labels"], counting()) == (201, n, 6 - n)
    assert made.json()["scope"] == {"where": "query"}.get(scope, scope)
    assert made.json()["state"] == "in_force"
    assert owner.get(f"rejections/{made.json()['id']}").json() == made.json()
    lifted = owner.post(f"rejections/{made.json()['id']}/lift", {"reason": "mistaken"})
    assert (lifted.status_code, lifted.json()["state"], counting()) == (200, "lifted", 6)


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({"where": {}}, ""), ({"where": {"colour": "red"}}, "where.colour"), ({"where": {"since": "Tuesday"}}, "since"),
        ({"where": {"since": "2026-03-02T10:01:00"}}, "where.since"), ({"where": {"labellers": []}}, "where.labellers"),
        ({"where": {"active_below": "soon"}}, "where.active_below"), ({"where": {"answer": "perhaps"}}, "answer"),
        ({"range": {"since": "2026-03-02T10:01:00Z"}}, "range.labeller"), ({"label": 7}, "label"),
        ({"where": {"slice": "a"}, "label": "a"}, ""), ({"where": {"slice": "a"}, "sinse": "x"}, "sinse"),
    ],
)  # fmt: skip
def test_what_is_unknown_or_can_not_be_is_refused_where_it_stands(owner, crowd, body, where):
    problem = is_problem(owner.post(ADDRESS, {**body, "reason": "too fast"}), 422)
    assert where in str(problem["errors"])
    assert not Rejection.objects.exists()


def test_a_large_one_is_followed_while_a_job_does_it(owner, crowd, monkeypatch):
    monkeypatch.setattr(rejecting, "AT_ONCE", 1)
    monkeypatch.setattr(rejecting, "LIFTED_AT_ONCE", 1)
    made = owner.post(ADDRESS, {"labeller": crowd[0].public_id, "reason": "too fast"})
    assert made.status_code == 202
    told = made.json()
    assert (told["state"], told["n_labels"], told["done"], counting()) == ("under_way", None, 0, 6)
    assert owner.get(f"jobs/{told['job']}").json()["kind"] == "reject"
    tasks.run_waiting(now=Job.objects.get(kind="reject").run_after)
    assert owner.get(f"rejections/{told['id']}").json()["n_labels"] == 3
    lifted = owner.post(f"rejections/{told['id']}/lift", {"reason": "mistaken"})
    assert (lifted.status_code, lifted.json()["state"], counting()) == (202, "being_lifted", 3)
    Job.objects.filter(kind="lift").update(failed_at=NOW)
    assert owner.post(f"rejections/{told['id']}/go-on").status_code == 202
    tasks.run_waiting(now=Job.objects.filter(kind="lift").latest("pk").run_after)
    assert owner.get(ADDRESS).json()["results"][0]["state"] == "lifted"
    assert counting() == 6


def test_only_owners_reject_and_lift_and_auditors_read(crowd, project):
    rejection = reject(labeller=crowd[0], reason="too fast", by=None, now=NOW)
    auditor = Caller(make_member(project, "aude", "auditor").user)
    stranger = Caller(make_member(make_project(slug="other"), "otto", "owner").user)
    assert auditor.get(ADDRESS).status_code == auditor.get(f"rejections/{rejection.public_id}").status_code == 200
    for caller, status in ((auditor, 403), (Caller(crowd[1].user), 403), (stranger, 404)):
        is_problem(caller.post(ADDRESS, {"labeller": crowd[1].public_id, "reason": "x"}), status)
        is_problem(caller.post(f"rejections/{rejection.public_id}/lift", {"reason": "x"}), status)
        is_problem(caller.post(f"rejections/{rejection.public_id}/go-on"), status)
    is_problem(stranger.get(f"rejections/{rejection.public_id}"), 404)
    is_problem(Caller(crowd[0].user).get(f"rejections/{rejection.public_id}"), 403)
    assert counting() == 3


def test_nothing_of_another_project_can_be_named(owner, crowd):
    elsewhere = make_project(slug="other")
    theirs = make_labeller(elsewhere, "theirs")
    label = give(theirs, make_items(elsewhere, 1)[0])
    for body in ({"label": label.public_id}, {"batch": label.batch.public_id}, {"labeller": theirs.public_id},
                 {"range": {"labeller": theirs.public_id, "from_label": label.public_id}}):  # fmt: skip
        is_problem(owner.post(ADDRESS, {**body, "reason": "x"}), 404)
    for where in ({"labellers": [theirs.public_id]}, {"label": label.public_id}, {"batch": label.batch.public_id}):
        is_problem(owner.post(ADDRESS, {"where": where, "reason": "x"}), 422)
    named = {"labeller": crowd[0].public_id, "from_label": label.public_id}
    is_problem(owner.post(ADDRESS, {"range": named, "reason": "x"}), 422)
    assert not Rejection.objects.exists()
