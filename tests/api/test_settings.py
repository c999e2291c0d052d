"""Projects, what governs them, their people, rounds and jobs over HTTP."""

import pytest

from labelling.jobs.models import Job
from labelling.projects.models import Project
from tests.api.calls import Caller, is_problem
from tests.factories import NOW, definition, make_user, payload


def test_who_makes_a_project_owns_it(db):
    caller = Caller(make_user("nina", is_staff=True))
    body = {"slug": "pets", "name": "Pets", "definition": definition(), "guideline": "# Rules", "seed": 5}
    made = caller.post("projects/", body)
    assert made.status_code == 201
    assert (made.json()["roles"], made.json()["schema"]["number"]) == (["owner"], 1)
    assert Project.objects.get().seed == 5
    is_problem(caller.post("projects", body), 409)


def test_who_owns_nothing_and_is_not_staff_makes_no_project(db):
    body = {"slug": "pets", "name": "Pets", "definition": definition(), "guideline": "# Rules"}
    is_problem(Caller(make_user("lara")).post("projects", body), 403)
    assert not Project.objects.exists()


def test_settings_are_replaced_by_new_versions(owner, project):
    assert owner.post("projects/matching/guidelines", {"text": "New rules"}).json()["number"] == 2
    assert owner.post("projects/matching/policy", {"maximum_labels": 7}).json()["maximum_labels"] == 7
    schema = owner.post("projects/matching/schema", {"definition": definition(("match", "no match", "unsure"))})
    assert schema.json()["number"] == 2
    for address in ("guidelines", "policy", "schema"):
        listed = owner.get(f"projects/matching/{address}").json()["results"]
        assert [row["number"] for row in listed] == [1, 2]


def test_a_class_that_goes_needs_a_mapping(owner, project):
    is_problem(owner.post("projects/matching/schema", {"definition": definition(("yes", "no match"))}), 422)
    body = {"definition": definition(("yes", "no match")), "mapping": {"match": "yes", "no match": "no match"}}
    assert owner.post("projects/matching/schema", body).status_code == 201


def test_a_project_is_paused_and_resumed(owner):
    assert owner.post("projects/matching/pause").json()["paused_at"]
    assert owner.post("projects/matching/resume").json()["paused_at"] is None


def test_members_are_added_suspended_and_resumed(owner):
    make_user("mona")
    member = owner.post("projects/matching/members", {"username": "mona", "role": "labeller"}).json()
    is_problem(owner.post("projects/matching/members", {"username": "mona", "role": "labeller"}), 409)
    is_problem(owner.post("projects/matching/members", {"username": "nobody", "role": "labeller"}), 422)
    is_problem(owner.post("projects/matching/members", {"username": "mona", "role": "king"}), 422)
    assert owner.post(f"members/{member['id']}/suspend", {"reason": "away"}).json()["suspended_at"]
    reply = Caller(make_user("mona")).post("projects/matching/leases", {}).json()
    assert reply["reason"]["code"] == "suspended"
    assert owner.post(f"members/{member['id']}/resume").json()["suspended_at"] is None


def test_an_invitation_shows_its_secret_once(owner):
    invitation = owner.post("projects/matching/invitations", {"role": "labeller", "uses": 3})
    assert invitation.status_code == 201
    assert invitation.json()["uses_left"] == 3 and len(invitation.json()["secret"]) > 20
    is_problem(owner.post("projects/matching/invitations", {"role": "labeller", "uses": 0}), 422)
    past = {"role": "labeller", "expires_at": "2001-01-01T00:00:00Z"}
    is_problem(owner.post("projects/matching/invitations", past), 422)


def test_a_round_is_drawn_and_read(owner, project):
    lines = [{"id": f"e{number}", "payload": payload(number)} for number in range(5)]
    owner.post("projects/matching/predictions", lines)
    drawn = owner.post("projects/matching/rounds", {"budget": 3, "seed": 11})
    assert drawn.status_code == 201
    assert (drawn.json()["n_selected"], drawn.json()["seed"], drawn.json()["n_candidates"]) == (3, 11, 5)
    assert owner.get(f"rounds/{drawn.json()['id']}").json() == drawn.json()
    assert owner.get("projects/matching/rounds").json()["results"] == [drawn.json()]
    assert len(owner.get("projects/matching/items").json()["results"]) == 3
    unknown = {"budget": 3, "model_version": {"model": "none"}}
    is_problem(owner.post("projects/matching/rounds", unknown), 422)


def test_a_round_of_nothing_says_so(owner):
    is_problem(owner.post("projects/matching/rounds", {"budget": 3}), 409)


def test_a_job_is_read_by_those_who_read_its_project(owner, project, labeller):
    job = Job.objects.create(kind="refit", key="1", project_id=project.pk, created_at=NOW, run_after=NOW)
    assert owner.get(f"jobs/{job.public_id}").json()["state"] == "waiting"
    is_problem(labeller.get(f"jobs/{job.public_id}"), 403)
    is_problem(Caller(make_user("stranger")).get(f"jobs/{job.public_id}"), 404)
    Job.objects.update(project_id=None)
    is_problem(owner.get(f"jobs/{job.public_id}"), 404)


@pytest.mark.parametrize("slash", ["", "/"])
def test_an_address_works_with_and_without_a_slash_at_its_end(owner, slash):
    assert owner.get(f"projects{slash}").status_code == 200
    assert owner.get(f"projects/matching/items{slash}").status_code == 200
