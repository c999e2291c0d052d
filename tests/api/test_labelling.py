"""The labeller's work over HTTP, and what it must not tell them."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from labelling.assignment.actions import sweep
from labelling.assignment.models import Label, Lease
from labelling.projects.actions import new_policy, pause_project
from labelling.sampling.actions import add_gold
from tests.api.calls import Caller, is_problem, program
from tests.factories import NOW, make_items, make_labeller, make_labellers, make_project, make_user, payload

MATCH = {"answer": {"choice": "match"}}
ALLOWED = {
    "leases": {"leases", "reason", "practice", "token", "expires_at", "payload", "suggestion", "request", "offer"},
    "given": {"label", "token", "standing", "feedback"},
    "undone": {"lease", "withdrawn", "token", "expires_at", "payload", "suggestion", "request", "offer"},
    "kept": {"expires_at"},
}


@pytest.fixture
def items(project):
    return make_items(project, 6)


def lease(caller, count=1):
    return caller.post("projects/matching/leases", {"count": count}).json()["leases"]


def keys_in(value):
    if isinstance(value, dict):
        return set(value).union(*map(keys_in, value.values()))
    return set().union(*map(keys_in, value)) if isinstance(value, list) else set()


def test_a_lease_shows_the_token_its_end_and_the_payload(labeller, items):
    shown = lease(labeller, 2)
    assert len(shown) == 2
    assert set(shown[0]) == {"token", "expires_at", "payload", "suggestion"}
    assert shown[0]["payload"] in [payload(number) for number in range(1, 7)]


def test_only_the_fields_that_the_question_shows_are_shown(labeller, items):
    secretive = json.dumps({**payload(1), "model_answer": "match", "customer": "Eve"})
    for item in items:
        item.example.payload = secretive
        item.example.save(update_fields=["payload"])
    assert lease(labeller)[0]["payload"] == payload(1)


def test_an_answer_is_stored_once_however_often_it_is_sent(labeller, items):
    token = lease(labeller)[0]["token"]
    first = labeller.post(f"leases/{token}/label", {**MATCH, "wall_seconds": 3.5, "active_seconds": 2})
    again = labeller.post(f"leases/{token}/label", MATCH)
    assert (first.status_code, again.status_code) == (201, 200)
    stored = {"label": Label.objects.get().public_id, "token": token, "standing": True, "feedback": None}
    assert first.json() == again.json() == stored


def test_another_answer_under_the_same_lease_is_a_conflict(labeller, items):
    token = lease(labeller)[0]["token"]
    labeller.post(f"leases/{token}/label", MATCH)
    is_problem(labeller.post(f"leases/{token}/label", {"answer": {"choice": "no match"}}), 409, "answered_differently")
    assert Label.objects.count() == 1


@pytest.mark.parametrize(
    "body",
    [{}, {"answer": None}, {"answer": "match"}, {"answer": {"choice": "perhaps"}}, {"answer": {"choice": ["match"]}},
     {"answer": {"choice": "match", "more": 1}}, {"answer": []}, {**MATCH, "wall_seconds": -1},
     {**MATCH, "wall_seconds": "NaN"}, {**MATCH, "active_seconds": 1e300}, {**MATCH, "labeller": "x"}],
)  # fmt: skip
def test_a_bad_answer_is_refused_and_nothing_stored(labeller, items, body):
    token = lease(labeller)[0]["token"]
    is_problem(labeller.post(f"leases/{token}/label", body), 422)
    assert not Label.objects.exists()


def test_undo_gives_the_item_back_under_a_new_token(labeller, items):
    token = lease(labeller)[0]["token"]
    label = labeller.post(f"leases/{token}/label", MATCH).json()["label"]
    undone = labeller.post("projects/matching/undo", {"token": token}).json()
    assert undone["withdrawn"] == label
    assert undone["lease"]["token"] != token
    assert labeller.post(f"leases/{token}/label", MATCH).json()["standing"] is False
    assert labeller.post(f"leases/{undone['lease']['token']}/label", MATCH).status_code == 201


def test_an_abstention_needs_one_of_the_reasons(labeller, items):
    token = lease(labeller)[0]["token"]
    is_problem(labeller.post(f"leases/{token}/abstain", {"reason": "tired"}), 422)
    given = labeller.post(f"leases/{token}/abstain", {"reason": "unclear", "note": "which cat?"})
    assert given.status_code == 201
    assert Label.objects.get().abstention == "unclear"


@pytest.mark.parametrize(("verb", "state"), [("skip", "skipped"), ("release", "released")])
def test_what_was_leased_can_be_let_go(labeller, items, verb, state):
    token = lease(labeller)[0]["token"]
    assert labeller.post(f"leases/{token}/{verb}", {}).status_code == 204
    assert Lease.objects.get().state == state


def test_a_heartbeat_prolongs_the_lease(labeller, items):
    shown = lease(labeller)[0]
    assert labeller.post(f"leases/{shown['token']}/heartbeat", {}).json()["expires_at"] > shown["expires_at"]


@pytest.mark.parametrize("verb", ["label", "abstain", "skip", "release", "heartbeat"])
def test_a_lease_of_somebody_else_looks_like_none(project, labeller, items, verb):
    token = lease(labeller)[0]["token"]
    other = Caller(make_labeller(project, "otto").user)
    body = {"label": MATCH, "abstain": {"reason": "unclear"}}.get(verb, {})
    is_problem(other.post(f"leases/{token}/{verb}", body), 404, "lease_unknown")
    is_problem(other.post(f"leases/{'a' * 32}/{verb}", body), 404, "lease_unknown")


def test_an_expired_lease_whose_place_is_taken_is_gone(db):
    project = make_project("fixed", slug="fixed", maximum_labels=2)
    make_items(project, 1)
    tokens = {}
    first, second, third = (Caller(member.user) for member in make_labellers(project, 3))
    for caller in (first, second, third):
        tokens[caller] = caller.post("projects/fixed/leases", {"count": 1}).json()["leases"][0]["token"]
        if caller is first:
            Lease.objects.update(expires_at=NOW)
            sweep(now=timezone.now())
    for caller in (second, third):
        assert caller.post(f"leases/{tokens[caller]}/label", MATCH).status_code == 201
    is_problem(first.post(f"leases/{tokens[first]}/label", MATCH), 410, "lease_expired")
    assert Label.objects.count() == 2


def test_why_there_is_nothing_is_said(project, labeller, items):
    pause_project(project=project, by=None, now=NOW)
    reply = labeller.post("projects/matching/leases", {"count": 3}).json()
    assert reply["leases"] == [] and reply["reason"]["code"] == "paused" and reply["reason"]["message"]


def test_a_program_labels_with_the_scope_label(project, lara, items):
    shown = lease(program(lara.user, "label", project=project))
    assert program(lara.user, "label").post(f"leases/{shown[0]['token']}/label", MATCH).status_code == 201
    is_problem(program(lara.user, "read").post(f"leases/{shown[0]['token']}/label", MATCH), 403)


def test_me_counts_own_labels(labeller, items):
    for shown in lease(labeller, 2):
        labeller.post(f"leases/{shown['token']}/label", MATCH)
    me = labeller.get("projects/matching/me").json()
    assert (me["name"], me["roles"], me["labels_today"], me["labels_total"]) == ("lara", ["labeller"], 2, 2)
    assert [batch["n_labels"] for batch in me["batches"]] == [2]
    assert me["card"] == {
        "gold_blocks": [], "agreement": None, "agreement_low": None, "agreement_high": None, "median_seconds": None,
    }  # fmt: skip


def test_gold_cannot_be_told_from_work(project, labeller):
    items = make_items(project, 40)
    new_policy(project=project, changes={"gold_share": 0.5}, by=None, now=NOW)
    for item in items[:10]:
        add_gold(item=item, answer={"choice": "match"}, origin="chosen", by=None, reason="", now=NOW)
    replies, purposes = [], set()
    for shown in lease(labeller, 30):
        reply = labeller.post(f"leases/{shown['token']}/label", MATCH)
        purposes.add(Label.objects.latest("pk").item.purpose)
        replies.append((reply.status_code, frozenset(reply.json()), frozenset(shown), frozenset(reply.headers)))
    assert purposes == {"work", "gold"}
    assert len(set(replies)) == 1


def test_nothing_a_labeller_is_shown_holds_more_than_it_may(labeller, items):
    first, second = lease(labeller, 2)
    seen = {
        "leases": labeller.post("projects/matching/leases", {"count": 2}),
        "kept": labeller.post(f"leases/{first['token']}/heartbeat", {}),
        "given": labeller.post(f"leases/{first['token']}/label", MATCH),
        "undone": labeller.post("projects/matching/undo", {"token": first["token"]}),
    }
    for name, response in seen.items():
        assert keys_in(response.json()) == ALLOWED[name], name
    hidden = {item.public_id for item in items} | {item.example.external_id for item in items}
    told = " ".join(response.content.decode() for response in seen.values())
    told += labeller.get("projects/matching/me").content.decode() + labeller.get("projects/matching").content.decode()
    told += labeller.post(f"leases/{second['token']}/label", MATCH).content.decode()
    assert not any(secret in told for secret in hidden)
    forbidden = {"item", "gold", "is_gold", "purpose", "yardstick", "priority", "probabilities", "votes", "answer",
                 "policy", "gold_share", "external_id", "confidence", "seed"}  # fmt: skip
    shown = [labeller.get("projects/matching/me").json(), labeller.get("projects/matching").json()]
    assert not forbidden & set().union(*map(keys_in, shown))


def test_leasing_costs_few_statements_however_many_items(project, labeller, django_assert_max_num_queries):
    make_items(project, 40)
    lease(labeller, 1)
    with django_assert_max_num_queries(14):
        assert len(lease(labeller, 10)) == 10


def test_answering_costs_few_statements_however_many_items(project, labeller, django_assert_max_num_queries):
    make_items(project, 40)
    tokens = [shown["token"] for shown in lease(labeller, 3)]
    labeller.post(f"leases/{tokens[0]}/label", MATCH)
    with django_assert_max_num_queries(16):
        assert labeller.post(f"leases/{tokens[1]}/label", MATCH).status_code == 201


def test_statements_do_not_grow_with_the_leases_asked_for(project, labeller, django_assert_max_num_queries):
    make_items(project, 40)
    with CaptureQueriesContext(connection) as few:
        lease(labeller, 1)
    with django_assert_max_num_queries(len(few)):
        assert len(lease(labeller, 15)) == 15


def test_a_stranger_cannot_ask_who_they_are_here(project):
    is_problem(Caller(make_user("stranger")).get("projects/matching/me"), 404)
