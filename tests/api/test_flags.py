"""Flags over REST: owners and auditors read them, owners settle them, labellers know nothing of them."""

import pytest

from labelling.loop.refit import refit_project
from labelling.projects.models import Member
from labelling.reliability import flagging
from labelling.reliability.flagging import Suspect
from tests.api.calls import Caller, is_problem
from tests.factories import make_labeller, make_member, make_user
from tests.reliability.golds import after


@pytest.fixture
def flag(project):
    fit = refit_project(project=project, now=after(1))
    suspect = Suspect(labeller=make_labeller(project).pk, kind="constant", log_evidence=9.0, evidence={"n": 30})
    return flagging.raise_flag(fit=fit, suspect=suspect, now=after(2))


def test_an_owner_reads_flags_and_settles_one(owner, flag):
    (listed,) = owner.get("projects/matching/flags?open=true").json()["results"]
    assert (listed["kind"], listed["labeller"]["name"], listed["evidence"]) == ("constant", "lara", {"n": 30})
    body = {"outcome": "dismissed", "answered": "all her items were of one class"}
    settled = owner.post(f"flags/{listed['id']}/settle", body)
    assert settled.status_code == 200
    assert settled.json()["outcome"] == "dismissed"
    is_problem(owner.post(f"flags/{listed['id']}/settle", body), 409, "already_closed")
    assert owner.get("projects/matching/flags?open=true").json()["results"] == []
    assert (
        len(owner.get("projects/matching/flags?open=false&labeller=" + listed["labeller"]["id"]).json()["results"]) == 1
    )


@pytest.mark.parametrize("query", ["labeller=", "open=", "labeller=nobody", "kind=constant"])
def test_a_filter_that_is_empty_or_unknown_never_means_all_flags(owner, flag, query):
    assert owner.get(f"projects/matching/flags?{query}").status_code in (404, 422)


@pytest.mark.parametrize("address", ["agreement", "calibration"])
def test_what_takes_no_filter_refuses_one(owner, flag, address):
    is_problem(owner.get(f"projects/matching/{address}?slice=a"), 422, "invalid")


@pytest.mark.parametrize("body", [{}, {"outcome": "upheld"}, {"outcome": "maybe", "answered": "x"}])
def test_a_flag_is_settled_with_a_known_outcome_and_words(owner, flag, body):
    is_problem(owner.post(f"flags/{flag.public_id}/settle", body), 422, "invalid")
    assert flag.outcome == ""


def test_an_auditor_reads_flags_and_settles_none(project, flag):
    make_member(project, "ada", "auditor")
    auditor = Caller(make_user("ada"))
    assert auditor.get("projects/matching/flags").status_code == 200
    body = {"outcome": "dismissed", "answered": "x"}
    is_problem(auditor.post(f"flags/{flag.public_id}/settle", body), 403, "forbidden")


def test_a_labeller_learns_nothing_of_flags(flag):
    lara = Caller(Member.objects.get(name="lara").user)
    is_problem(lara.get("projects/matching/flags"), 403, "forbidden")
    is_problem(lara.post(f"flags/{flag.public_id}/settle", {"outcome": "dismissed", "answered": "x"}), 403,
               "forbidden")  # fmt: skip


def test_somebody_else_finds_no_such_flag(flag):
    stranger = Caller(make_user("stranger"))
    is_problem(stranger.post(f"flags/{flag.public_id}/settle", {"outcome": "dismissed", "answered": "x"}), 404,
               "not_found")  # fmt: skip
