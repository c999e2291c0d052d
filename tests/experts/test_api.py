"""Cases over HTTP."""

import pytest

from experts import actions
from experts.models import Case, Decision
from labelling.projects.models import Project, Role
from tests.api.calls import Caller, is_problem, program
from tests.experts.crowd import agreed, contested
from tests.factories import NOW, make_member, make_project, make_user

pytestmark = pytest.mark.django_db

ANSWER = {"kind": "answer", "answer": {"choice": "match"}, "rationale": "the offer names cats"}


def eva() -> Caller:
    return Caller(make_user("eva"))


def a_case(made: tuple[Project, list] | None = None) -> Case:
    project, _ = made or contested()
    actions.pull(project=project, now=NOW)
    return Case.objects.get()


def test_pulling_fills_the_queue_which_everyone_on_the_staff_can_read():
    project, _ = contested(3)
    make_member(project, "aude", Role.AUDITOR)
    assert eva().get("projects/matching/cases").json() == {"results": [], "next": None}
    assert len(eva().post("projects/matching/cases/pull").json()["results"]) == 3
    (first, *_) = Caller(make_user("aude")).get("projects/matching/cases").json()["results"]
    assert (first["reason"], first["value"], first["mine"], first["blind"]) == ("disagreement", 1.0, False, False)
    is_problem(Caller(make_user("aude")).post("projects/matching/cases/pull"), 403)


def test_the_queue_comes_in_pages():
    a_project, _ = contested(3)
    actions.pull(project=a_project, now=NOW)
    page = eva().get("projects/matching/cases", limit=2).json()
    rest = eva().get("projects/matching/cases", limit=2, cursor=page["next"]).json()
    assert len({case["id"] for case in page["results"] + rest["results"]}) == 3
    assert rest["next"] is None


def test_a_story_shows_the_votes_without_names():
    case = a_case()
    response = eva().get(f"cases/{case.public_id}")
    story = response.json()
    assert [(vote["labeller"], vote["answer"]["choice"]) for vote in story["votes"]] == [
        ("A", "match"),
        ("B", "no match"),
    ]
    assert b"labeller-00" not in response.content


def test_an_audit_is_blind_over_http_too():
    case = a_case(agreed())
    story = eva().get(f"cases/{case.public_id}").json()
    assert (story["blind"], story["votes"], story["posterior"], story["value"]) == (True, None, None, None)
    assert eva().get("projects/matching/cases").json()["results"][0]["value"] is None
    assert eva().get(f"cases/{case.public_id}/model").json() == []


def test_an_expert_claims_releases_and_decides():
    case = a_case()
    assert eva().post(f"cases/{case.public_id}/claim").json()["mine"] is True
    is_problem(Caller(make_user("olga")).post(f"cases/{case.public_id}/decide", ANSWER), 409, "case_claimed")
    assert eva().post(f"cases/{case.public_id}/release").json()["mine"] is False
    response = eva().post(f"cases/{case.public_id}/decide", ANSWER)
    assert response.status_code == 201
    decision = Decision.objects.get()
    assert response.json()["resolution"] == decision.resolution.public_id
    is_problem(eva().post(f"cases/{case.public_id}/decide", ANSWER), 409, "case_closed")


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({}, "kind"),
        ({**ANSWER, "kind": "shrug"}, "kind"),
        ({**ANSWER, "rationale": ""}, "rationale"),
        ({**ANSWER, "answer": ["match"]}, "answer"),
        ({**ANSWER, "answer": {"choice": "perhaps"}}, "answer"),
        ({"kind": "send_back", "n_more": 0}, "n_more"),
        ({"kind": "discard", "rationale": "empty"}, "discard_reason"),
        ({**ANSWER, "mood": "good"}, "mood"),
    ],
)
def test_a_bad_decision_is_refused_by_field_and_changes_nothing(body, where):
    case = a_case()
    problem = is_problem(eva().post(f"cases/{case.public_id}/decide", body), 422)
    assert [error["where"] for error in problem["errors"]] == [where]
    assert not Decision.objects.exists()


def test_labellers_strangers_and_tokens_without_the_scope_decide_nothing():
    case = a_case()
    address = f"cases/{case.public_id}/decide"
    is_problem(Caller(make_user("labeller-001")).post(address, ANSWER), 403)
    is_problem(Caller(make_user("labeller-001")).get(f"cases/{case.public_id}"), 403)
    is_problem(Caller(make_user("stranger")).post(address, ANSWER), 404)
    is_problem(program(make_user("eva"), "read").post(address, ANSWER), 403)
    is_problem(Caller().post(address, ANSWER), 401)
    assert not Decision.objects.exists()


def test_a_case_of_another_project_is_not_there():
    case = a_case()
    make_member(make_project(slug="other"), "otto", Role.EXPERT)
    is_problem(Caller(make_user("otto")).get(f"cases/{case.public_id}"), 404)
    is_problem(eva().get("cases/aaaaaaaaaaaaaaaa"), 404)
