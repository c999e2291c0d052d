"""Bad input: a clear refusal, never a fault of ours."""

import pytest
from django.db import InterfaceError, OperationalError

from labelling.api.parsers import MAX_BYTES
from labelling.api.problems import handle
from labelling.sampling.models import Item
from tests.api.calls import API, Caller, is_problem
from tests.factories import make_items, make_user

GUIDELINES = "projects/matching/guidelines"


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"{", "JSON"),
        (b'{"text": NaN}', "JSON"),
        (b'{"text": "\xff"}', "UTF-8"),
        (b'{"text": "\\ud800"}', "surrogate"),
        (b'{"text": "a\\u0000b"}', "NUL"),
        (b'{"te\\u0000xt": "a"}', "NUL"),
        (b"[" * 5000, "JSON"),
        (b'{"text": ' + b"[" * 100 + b"]" * 100 + b"}", "nested"),
    ],
)
def test_a_body_that_is_no_clean_json_is_refused(owner, body, says):
    assert says in is_problem(owner.post(GUIDELINES, body), 400)["detail"]


@pytest.mark.parametrize("body", [b"[]", b"3", b'"text"', b"null", b"", b"{}", b'{"text": 3}', b'{"text": null}'])
def test_a_body_of_the_wrong_shape_is_refused(owner, project, body):
    is_problem(owner.post(GUIDELINES, body), 422)
    assert project.guidelineversions.count() == 1


def test_every_field_at_fault_is_named(owner):
    body = {"budget": 0, "strategy": "guess", "seed": 2**70, "extra": 1}
    problem = is_problem(owner.post("projects/matching/rounds", body), 422)
    assert {entry["where"] for entry in problem["errors"]} == {"budget", "strategy", "seed"}


def test_a_field_that_is_not_known_is_refused_and_named(owner):
    problem = is_problem(owner.post(GUIDELINES, {"text": "a", "txet": "b"}), 422)
    assert problem["errors"] == [{"where": "txet", "message": "is not known here; remove it"}]


def test_a_misspelt_filter_in_the_body_never_means_all_items(owner, project):
    make_items(project, 3)
    body = {"afresh": True, "where": {"stat": "open"}}
    problem = is_problem(owner.post("projects/matching/requeue", body), 422)
    assert problem["errors"] == [{"where": "where.stat", "message": "is not known here; remove it"}]
    assert set(Item.objects.values_list("pass_number", flat=True)) == {1}


@pytest.mark.parametrize("flag", [0, 1, "true", "no", 0.0, [], {}, None])
def test_what_could_be_read_as_true_or_false_is_neither(owner, flag):
    body = {"labeller": "a" * 16, "reason": "bad", "dry_run": flag}
    assert is_problem(owner.post("projects/matching/rejections", body), 422)["errors"][0]["where"] == "dry_run"


def test_a_body_too_large_is_refused(owner):
    is_problem(owner.post(GUIDELINES, b'"' + b"a" * MAX_BYTES + b'"'), 413, "too_large")


@pytest.mark.parametrize("content_type", ["application/xml", "multipart/form-data; boundary=x", "text/html"])
def test_a_body_of_another_type_is_refused(owner, content_type):
    is_problem(owner.post(GUIDELINES, b"<a/>", content_type=content_type), 415)


def test_a_body_in_chunks_is_refused_since_it_would_read_as_empty(owner):
    response = owner.client.generic(
        "POST", f"{API}/{GUIDELINES}", content_type="application/json", headers={"Transfer-Encoding": "chunked"}
    )
    is_problem(response, 411, "length_required")


def test_a_compressed_body_is_refused(owner):
    is_problem(owner.client.post(f"{API}/{GUIDELINES}", b"x", content_type="application/json",
                                 headers={"Content-Encoding": "gzip"}), 415, "unsupported_encoding")  # fmt: skip


@pytest.mark.parametrize(
    "address", ["nothing", "projects/matching/nothing", "items/short", "projects/a%00b", "../api/x"]
)
def test_an_unknown_address_is_a_problem_too(owner, address):
    is_problem(owner.get(address), 404)


def test_a_method_that_is_not_there_says_which_are(owner):
    response = owner.delete("projects/matching")
    is_problem(response, 405)
    assert "GET" in response["Allow"]


@pytest.mark.parametrize(
    "query",
    [{"cursor": "nonsense"}, {"cursor": "_" * 11}, {"cursor": "é"}, {"limit": 0}, {"limit": "many"}, {"state": "odd"},
     {"stat": "open"}, {"yardstick": "perhaps"}],
)  # fmt: skip
def test_a_query_that_means_nothing_is_refused(owner, query):
    is_problem(owner.get("projects/matching/items", **query), 422)


def test_nul_in_a_query_is_refused(owner):
    is_problem(owner.get("projects/matching/items", q="a\x00"), 400)


def test_a_policy_that_contradicts_itself_is_refused(owner, project):
    problem = is_problem(owner.post("projects/matching/policy", {"minimum_labels": 9, "gold_share": "half"}), 422)
    assert "policy.gold_share" in {entry["where"] for entry in problem["errors"]}
    assert project.policyversions.count() == 1


@pytest.mark.parametrize(
    "definition",
    [None, 3, [], {}, {"question": "?", "input": {}, "choices": []}, {"question": "?", "choices": [{}]},
     *({"question": "?", "input": {"kind": kind, "fields": ["a"]}, "choices": ["a", "b"]} for kind in ([], {}, 1))],
)  # fmt: skip
def test_a_project_with_a_bad_schema_is_refused(db, definition):
    caller = Caller(make_user("olga", is_staff=True))
    body = {"slug": "new", "name": "New", "definition": definition}
    is_problem(caller.post("projects", body), 422)
    assert caller.get("projects").json()["results"] == []


@pytest.mark.parametrize("error", [OperationalError("the server closed the connection"), InterfaceError("closed")])
def test_a_database_that_is_away_is_told_as_such_and_when_to_come_again(error):
    reply = handle(error, {})
    assert (reply.status_code, reply.data["code"], reply.headers["Retry-After"]) == (503, "database_away", "2")
    assert "server closed" not in reply.data["detail"]
