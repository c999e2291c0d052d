"""Skills and the qualification over HTTP."""

import pytest

from labelling.projects.models import Member, Role, Skill
from tests.api.calls import is_problem
from tests.factories import NOW, make_member


@pytest.fixture
def skills(lara):
    return f"members/{lara.public_id}/skills"


def test_a_skill_is_given_listed_and_taken_back(owner, lara, skills):
    assert owner.post(skills, {"tag": "lang:de", "level": 3}).json() == {"skills": [{"tag": "lang:de", "level": 3}]}
    owner.post(skills, {"tag": "a.b_c-d"})
    expected = [{"tag": "a.b_c-d", "level": 1}, {"tag": "lang:de", "level": 3}]
    assert owner.get(skills).json() == {"skills": expected}
    listed = {row["id"]: row["skills"] for row in owner.get("projects/matching/members").json()["results"]}
    assert listed[lara.public_id] == expected
    assert owner.delete(f"{skills}/lang:de").status_code == 204
    is_problem(owner.delete(f"{skills}/lang:de"), 404)
    assert owner.delete(f"{skills}/a.b_c-d/").status_code == 204
    assert not Skill.objects.exists()


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({"tag": "Lang:DE"}, "tag"),
        ({"tag": "lang:de", "level": 6}, "level"),
        ({"tag": "lang:de", "level": "2"}, "level"),
        ({"level": 2}, "tag"),
        ({"tag": "lang:de", "grade": 2}, "grade"),
    ],
)
def test_a_skill_that_is_none_is_refused_by_its_field(owner, skills, body, where):
    assert where in [error["where"] for error in is_problem(owner.post(skills, body), 422)["errors"]]
    assert not Skill.objects.exists()


def test_only_an_owner_gives_skills_and_lets_people_in(owner, labeller, lara, skills, project, call):
    is_problem(labeller.post(skills, {"tag": "lang:de"}), 403)
    is_problem(labeller.get(skills), 403)
    is_problem(labeller.post(f"members/{lara.public_id}/qualify"), 403)
    is_problem(labeller.get(f"members/{lara.public_id}/qualification"), 403)
    auditor = call(make_member(project, "ada", Role.AUDITOR).user)
    assert auditor.get(skills).status_code == 200
    is_problem(auditor.post(skills, {"tag": "lang:de"}), 403)
    stranger = call(make_member(project, "eva", Role.EXPERT).user)
    is_problem(stranger.delete(f"{skills}/lang:de"), 403)


def test_an_expert_has_no_skills(owner, project):
    expert = make_member(project, "eva", Role.EXPERT)
    is_problem(owner.post(f"members/{expert.public_id}/skills", {"tag": "lang:de"}), 409)


def test_a_labeller_is_let_in_and_asked_again(owner, lara):
    assert owner.get(f"members/{lara.public_id}/qualification").json() == {"qualified_at": None, "practice": None}
    assert owner.post(f"members/{lara.public_id}/qualify").json()["qualified_at"]
    assert Member.objects.get(pk=lara.pk).qualified_at > NOW
    assert owner.post(f"members/{lara.public_id}/unqualify").json()["qualified_at"] is None


def test_a_round_says_what_its_items_need(owner, project):
    body = {"budget": 3, "needs": {"lang:de": 2}}
    for number in range(3):
        owner.post("projects/matching/predictions", [{"id": f"e{number}", "payload": {"request": "a", "offer": "b"}}])
    assert owner.post("projects/matching/rounds", body).json()["needs"] == {"lang:de": 2}
    for needs in ({"lang:de": 0}, {"Lang": 1}, {"lang:de": "2"}, ["lang:de"]):
        is_problem(owner.post("projects/matching/rounds", {"budget": 3, "needs": needs}), 422)
    is_problem(owner.post("projects/matching/rounds", {"budget": 3, "ignore_own_needs": "yes"}), 422)
