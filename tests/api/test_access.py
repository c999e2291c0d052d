"""Who gets in: sessions, tokens, roles and scopes."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from labelling.assignment.models import Label
from labelling.projects import actions
from labelling.projects.models import ApiToken, User
from tests.api.calls import API, Caller, is_problem, program
from tests.factories import NOW, make_items, make_labeller, make_member, make_project, make_user


def test_without_sign_in_or_token_nothing_is_told(project):
    response = Caller().get("projects/matching")
    is_problem(response, 401)
    assert response["WWW-Authenticate"].startswith("Bearer")


def test_a_project_of_others_looks_exactly_like_one_that_is_not_there(project):
    stranger = Caller(make_user("stranger"))
    theirs = is_problem(stranger.get("projects/matching"), 404, "project_not_found")
    nothing = is_problem(stranger.get("projects/nothing"), 404, "project_not_found")
    assert theirs["detail"].replace("matching", "nothing") == nothing["detail"]


def test_an_item_of_others_looks_exactly_like_one_that_is_not_there(project):
    batch_less = Caller(make_user("stranger"))
    round_id = "a" * 16
    is_problem(batch_less.get(f"rounds/{round_id}"), 404, "not_found")


def test_a_project_is_found_by_slug_and_by_id(project, owner):
    assert owner.get("projects/matching").json() == owner.get(f"projects/{project.public_id}").json()


@pytest.mark.parametrize(
    "address", ["items", "labellers", "batches", "rejections", "versions", "members", "policy", "rounds", "progress"]
)
def test_a_labeller_may_not_read_what_is_the_owners(labeller, address):
    is_problem(labeller.get(f"projects/matching/{address}"), 403, "forbidden")


@pytest.mark.parametrize("address", ["versions", "rounds", "rejections", "pause", "policy", "requeue", "predictions"])
def test_an_auditor_changes_nothing(project, address):
    make_member(project, "audrey", "auditor")
    is_problem(Caller(make_user("audrey")).post(f"projects/matching/{address}", {}), 403, "forbidden")


def test_an_owner_who_is_no_labeller_gets_no_leases(owner):
    is_problem(owner.post("projects/matching/leases", {"count": 1}), 403, "forbidden")


def test_a_token_acts_as_its_user(project):
    assert program(make_user("olga")).get("projects/matching").json()["roles"] == ["owner"]


@pytest.mark.parametrize("secret", ["nonsense", "", "quorum_unknown"])
def test_an_unknown_token_is_refused(project, secret):
    caller = Caller()
    caller.headers = {"Authorization": f"Bearer {secret}"}
    is_problem(caller.get("projects/matching"), 401)


@pytest.mark.parametrize("spoil", ["revoked", "too old", "its user may not come in"])
def test_a_token_that_was_used_to_label_a_moment_ago_is_refused_at_once_when_it_stands_no_more(project, spoil):
    make_items(project, 3)
    lara = make_labeller(project)
    caller = program(lara.user, "label", project=project)
    first, second = caller.post("projects/matching/leases", {"count": 2}).json()["leases"]
    assert caller.post(f"leases/{first['token']}/label", {"answer": {"choice": "match"}}).status_code == 201
    if spoil == "revoked":
        actions.revoke_token(token=ApiToken.objects.get(), by=None, now=NOW)
    elif spoil == "too old":
        ApiToken.objects.update(expires_at=NOW)
    else:
        User.objects.filter(pk=lara.user_id).update(is_active=False)
    assert caller.post("projects/matching/leases", {"count": 1}).status_code == 401
    for token in (first["token"], second["token"]):
        assert caller.post(f"leases/{token}/label", {"answer": {"choice": "match"}}).status_code == 401
    assert Label.objects.count() == 1


def test_a_revoked_token_is_refused(project):
    caller = program(make_user("olga"))
    actions.revoke_token(token=ApiToken.objects.get(), by=None, now=NOW)
    is_problem(caller.get("projects/matching"), 401)


def test_an_expired_token_is_refused(project):
    caller = program(make_user("olga"))
    ApiToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    is_problem(caller.get("projects/matching"), 401)


def test_a_token_without_the_scope_is_refused_and_the_scope_named(project):
    caller = program(make_user("olga"), "datasets:read")
    assert caller.get("projects/matching/versions").status_code == 200
    assert "datasets:write" in is_problem(caller.post("projects/matching/versions", {}), 403)["detail"]


def test_a_token_of_one_project_sees_no_other(project):
    make_project(slug="other")
    caller = program(make_user("olga"), project=project)
    is_problem(caller.get("projects/other"), 404, "project_not_found")
    assert [one["slug"] for one in caller.get("projects/").json()["results"]] == ["matching"]
    is_problem(caller.post("projects", {"slug": "third"}), 403)


def test_a_token_issues_none_with_more_scopes_than_its_own(project):
    caller = program(make_user("olga"), "manage")
    asked = {"name": "more", "scopes": ["datasets:read"]}
    is_problem(caller.post("projects/matching/tokens", asked), 403)
    issued = caller.post("projects/matching/tokens", {"name": "same", "scopes": ["manage"]})
    assert issued.status_code == 201
    assert Caller(token=issued.json()["secret"]).get("projects/matching").status_code == 200


def test_a_tokens_secret_is_never_shown_again(project, owner):
    secret = owner.post("projects/matching/tokens", {"name": "ci", "scopes": ["read"]}).json()["secret"]
    listed = owner.get("projects/matching/tokens")
    assert secret not in listed.content.decode()
    token = listed.json()["results"][0]
    assert owner.delete(f"tokens/{token['id']}").status_code == 204
    is_problem(Caller(token=secret).get("projects/matching"), 401)


def test_a_labeller_revokes_no_token_of_others(project, labeller):
    program(make_user("olga"), project=project)
    is_problem(labeller.delete(f"tokens/{ApiToken.objects.get().public_id}"), 403)


def test_a_session_needs_the_csrf_token_and_a_bearer_token_does_not(project):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(make_user("olga"))
    refused = browser.post(f"{API}/projects/matching/pause", "{}", content_type="application/json")
    assert "CSRF" in is_problem(refused, 403)["detail"]
    assert program(make_user("olga")).post("projects/matching/pause").status_code == 200


def test_a_suspended_owner_changes_nothing(project, owner):
    member = project.members.get()
    actions.suspend_member(member=member, reason="left", by=None, now=NOW)
    is_problem(owner.post("projects/matching/resume"), 403)


def test_a_call_with_a_token_costs_two_statements_before_its_own(project, django_assert_num_queries):
    make_labeller(project)
    caller = program(make_user("olga"))
    with django_assert_num_queries(3):  # the token, the membership with its project, the project's roles
        assert caller.get("projects/matching").status_code == 200
