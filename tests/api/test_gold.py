"""Gold over REST: for owners, experts and auditors; nothing of it for labellers."""

import json

import pytest
from django.db.models import F

from labelling.assignment.models import Lease
from labelling.reliability.models import GoldDispute
from labelling.sampling.models import Gold, Item, Purpose, SamplingRound
from tests.api.calls import Caller, is_problem
from tests.factories import NOW, make_items, make_member, make_user
from tests.reliability.golds import make_gold_items

MATCH = {"choice": "match"}


@pytest.fixture
def item(project):
    return make_items(project, 1)[0]


@pytest.fixture
def known(project):
    return make_gold_items(project, 1, first=50)[0]


def drawn_from(project, n=4):
    made = SamplingRound.objects.create(
        project=project, number=1, strategy="uniform", budget=n, probability_share=0.2, seed=1, n_candidates=n,
        n_selected=n, created_at=NOW,
    )  # fmt: skip
    make_items(project, n, first=100, round=made)
    return made


def staff(project, role):
    make_member(project, role, role)
    return Caller(make_user(role))


def test_an_owner_makes_gold_and_the_list_shows_it(owner, item):
    made = owner.post(f"items/{item.public_id}/gold", {"answer": MATCH, "reason": "plain"})
    assert made.status_code == 201
    assert made.json()["origin"] == "chosen"
    assert owner.post(f"items/{item.public_id}/gold", {"answer": MATCH}).status_code == 200
    (listed,) = owner.get("projects/matching/gold").json()["results"]
    assert (listed["answer"], listed["state"], listed["n_answers"]) == (MATCH, "in use", 0)


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({}, "answer"),
        ({"answer": {"choice": "perhaps"}}, "answer"),
        ({"answer": MATCH, "origin": "probability"}, "origin"),
        ({"answer": MATCH, "purpose": "work"}, "purpose"),
        ({"answer": MATCH, "reasons": "x"}, "reasons"),
    ],
)
def test_gold_that_can_not_be_is_refused_and_the_field_named(owner, item, body, where):
    problem = is_problem(owner.post(f"items/{item.public_id}/gold", body), 422)
    assert where in [fault["where"].split(".")[0] for fault in problem["errors"]]
    assert not Gold.objects.exists()


def test_an_item_that_labellers_had_can_not_be_chosen(owner, item, labeller):
    labeller.post("projects/matching/leases", {"count": 1})
    is_problem(owner.post(f"items/{item.public_id}/gold", {"answer": MATCH}), 409)


def test_a_file_is_taken_whole_or_not_at_all(owner, item):
    good = "key,answer,reason\nitem-0001,match,plain\n"
    bad = owner.post("projects/matching/gold", good + "nowhere,match,\n", content_type="text/csv")
    assert is_problem(bad, 422)["errors"] == [
        {"where": "line 3, key", "message": "no item has the key 'nowhere'; sample it first"}
    ]
    assert not Gold.objects.exists()
    taken = owner.post("projects/matching/gold?purpose=training", good, content_type="text/csv")
    assert taken.json() == {"lines": 1, "made": 1, "unchanged": 0}
    assert Item.objects.get(pk=item.pk).purpose == "training"


def test_lines_of_json_and_an_unknown_form(owner, item):
    line = json.dumps({"key": "item-0001", "answer": MATCH})
    is_problem(owner.post("projects/matching/gold", line), 415)
    assert owner.post("projects/matching/gold", line, content_type="application/x-ndjson").json()["made"] == 1


def test_drawn_items_wait_and_an_expert_answers_them(owner, project):
    made = drawn_from(project)
    drawn = owner.post(f"rounds/{made.public_id}/gold", {"n": 2, "seed": 5})
    assert drawn.status_code == 201
    assert (drawn.json()["seed"], drawn.json()["n_candidates"]) == (5, 4)
    expert = staff(project, "expert")
    answered = expert.post(f"items/{drawn.json()['items'][0]['id']}/gold", {"answer": MATCH})
    assert answered.json()["origin"] == "probability"
    other = Item.objects.filter(purpose=Purpose.WORK).first()
    is_problem(expert.post(f"items/{other.public_id}/gold", {"answer": MATCH}), 403)
    is_problem(owner.post(f"rounds/{made.public_id}/gold", {"n": 9}), 409, "nothing_to_draw")


@pytest.mark.parametrize("role", ["expert", "auditor"])
def test_experts_and_auditors_dispute_and_an_owner_settles(owner, project, known, role):
    raised = staff(project, role).post(f"items/{known.public_id}/dispute", {"reason": "look at August"})
    assert raised.status_code == 201
    (listed,) = owner.get("projects/matching/disputes", open=True).json()["results"]
    assert (listed["reason"], listed["by"], listed["answer"]) == ("look at August", role, MATCH)
    body = {"outcome": "corrected", "answer": {"choice": "no match"}, "answered": "so it is"}
    closed = owner.post(f"disputes/{listed['id']}/close", body)
    assert (closed.status_code, closed.json()["outcome"]) == (200, "corrected")
    is_problem(owner.post(f"disputes/{listed['id']}/close", body), 409, "already_closed")
    assert owner.get("projects/matching/disputes", open=True).json()["results"] == []
    assert Gold.objects.get(closed_at=None).answer == '{"choice":"no match"}'


def test_an_auditor_settles_nothing(owner, project, known):
    raised = owner.post(f"items/{known.public_id}/dispute", {"reason": "look"}).json()
    refused = staff(project, "auditor").post(f"disputes/{raised['id']}/close", {"outcome": "upheld", "answered": "x"})
    is_problem(refused, 403)


def test_a_labeller_reaches_nothing_about_gold(labeller, owner, project, known):
    made, dispute = drawn_from(project), owner.post(f"items/{known.public_id}/dispute", {"reason": "look"}).json()
    asked = [
        labeller.get("projects/matching/gold"),
        labeller.get("projects/matching/disputes"),
        labeller.post("projects/matching/gold", "key,answer\n", content_type="text/csv"),
        labeller.post(f"items/{known.public_id}/gold", {"answer": MATCH}),
        labeller.post(f"items/{known.public_id}/dispute", {"reason": "look"}),
        labeller.post(f"rounds/{made.public_id}/gold", {"n": 1}),
        labeller.post(f"disputes/{dispute['id']}/close", {"outcome": "upheld", "answered": "x"}),
    ]
    for response in asked:
        assert "gold" not in is_problem(response, 403)["detail"].lower()


def lease_on(lara, item):
    """A live lease that was won as any other."""
    Item.objects.filter(pk=item.pk).update(n_active=F("n_active") + 1)
    return Lease.objects.create(
        labeller=lara, item=item, pass_number=item.pass_number, leased_at=NOW, expires_at=NOW.replace(year=2100)
    )


def keys_of(value):
    """The names in a reply, whatever its values."""
    if isinstance(value, dict):
        return {name: keys_of(inner) for name, inner in value.items()}
    return [keys_of(inner) for inner in value] if isinstance(value, list) else None


def everything_a_labeller_does(labeller, lease):
    """(status, names in the reply, problem) of each request about one lease, in the order of a working day."""
    address = f"leases/{lease.token}"
    answered = labeller.post(f"{address}/label", {"answer": MATCH, "active_seconds": 2.0})
    replies = [
        answered,
        labeller.post(f"{address}/label", {"answer": MATCH, "active_seconds": 2.0}),
        labeller.post(f"{address}/label", {"answer": {"choice": "no match"}}),
        labeller.post(f"{address}/dispute", {"reason": "I dispute it"}),
        labeller.post(f"{address}/heartbeat"),
        labeller.post(f"{address}/skip"),
    ]
    undone = labeller.post("projects/matching/undo", {"token": lease.token})
    token = undone.json()["lease"]["token"]
    replies += [
        undone,
        labeller.post(f"leases/{token}/heartbeat"),
        labeller.post(f"leases/{token}/dispute", {"reason": "I dispute it"}),
        labeller.post(f"leases/{token}/abstain", {"reason": "unclear"}),
        labeller.post(f"leases/{token}/dispute", {"reason": "I dispute it"}),
        labeller.get("projects/matching/me"),
    ]
    return [_seen(reply) for reply in replies]


def _seen(reply):
    body = reply.json() if reply.content else {}
    said = {name: body[name] for name in ("code", "detail", "errors") if name in body}
    return reply.status_code, keys_of(body), said


def test_gold_and_work_look_the_same_in_every_reply_to_a_labeller(project, lara, labeller):
    (work,), (gold,) = make_items(project, 1), make_gold_items(project, 1, first=50)
    of_work = everything_a_labeller_does(labeller, lease_on(lara, work))
    of_gold = everything_a_labeller_does(labeller, lease_on(lara, gold))
    assert [status for status, _, _ in of_work][:4] == [201, 200, 409, 409]
    assert of_gold == of_work
    assert not GoldDispute.objects.exists()


def test_leases_of_gold_and_of_work_look_the_same(project, lara, labeller, owner):
    owner.post("projects/matching/policy", {"gold_share": 0.5})
    make_items(project, 20)
    make_gold_items(project, 10, first=50)
    leases = labeller.post("projects/matching/leases", {"count": 20}).json()["leases"]
    assert Lease.objects.filter(labeller=lara, item__purpose=Purpose.GOLD).exists()
    assert len({json.dumps(keys_of(lease)) for lease in leases}) == 1


def test_a_labeller_disputes_the_training_answer_they_were_shown(project, lara, labeller):
    (item,) = make_gold_items(project, 1, purpose=Purpose.TRAINING)
    lease = lease_on(lara, item)
    is_problem(labeller.post(f"leases/{lease.token}/dispute", {"reason": "why?"}), 409, "not_disputable")
    labeller.post(f"leases/{lease.token}/label", {"answer": {"choice": "no match"}})
    for _ in range(2):
        told = labeller.post(f"leases/{lease.token}/dispute", {"reason": "the offer is for dogs"})
        assert (told.status_code, told.json()) == (202, {"received": True})
    dispute = GoldDispute.objects.get()
    assert (dispute.by, dispute.reason) == (lara.user, "the offer is for dogs")
    assert Item.objects.get(pk=item.pk).held_at is not None


def test_a_dispute_needs_a_reason_and_a_token_of_ones_own(project, lara, labeller):
    (item,) = make_gold_items(project, 1, purpose=Purpose.TRAINING)
    lease = lease_on(lara, item)
    is_problem(labeller.post(f"leases/{lease.token}/dispute", {"reason": " "}), 422)
    other = staff(project, "labeller")
    is_problem(other.post(f"leases/{lease.token}/dispute", {"reason": "x"}), 404)
