"""What owners read and do over HTTP: items, labellers, rejections."""

import pytest

from labelling.assignment.models import Label
from labelling.projects.actions import new_policy
from labelling.projects.models import Member
from labelling.sampling.models import Item
from tests.api.calls import Caller, is_problem
from tests.factories import NOW, make_items, make_labeller, make_labellers, make_member, make_project, make_user

MATCH = {"answer": {"choice": "match"}}


def answer(caller, choice="match", count=1, slug="matching"):
    for shown in caller.post(f"projects/{slug}/leases", {"count": count}).json()["leases"]:
        given = caller.post(f"leases/{shown['token']}/label", {"answer": {"choice": choice}})
        assert given.status_code == 201


@pytest.fixture
def crowd(project):
    return [Caller(member.user) for member in make_labellers(project, 2)]


@pytest.fixture
def labelled(project, crowd):
    items = make_items(project, 4)
    for caller in crowd:
        answer(caller, count=4)
    return [Item.objects.get(pk=item.pk) for item in items]


def test_items_come_in_pages_that_cover_them_once(owner, project):
    make_items(project, 7)
    seen, cursor = [], {}
    while True:
        page = owner.get("projects/matching/items", limit=3, **cursor).json()
        seen += [item["external_id"] for item in page["results"]]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert seen == [f"item-{number:04d}" for number in range(1, 8)]


def test_items_are_filtered(owner, project, labelled):
    make_items(project, 2, first=50, is_yardstick=True)
    labeller = Member.objects.filter(role="labeller").first()

    def found(**query):
        return {item["external_id"] for item in owner.get("projects/matching/items", **query).json()["results"]}

    assert found(yardstick="true") == {"item-0050", "item-0051"}
    assert found(q="item-005") == {"item-0050", "item-0051"}
    assert found(labeller=labeller.public_id) == {item.example.external_id for item in labelled}
    assert found(state="contested") == set()
    assert len(found(state="open")) + len(found(state="resolved")) == 6


def test_an_items_story_has_its_labels_decisions_and_answer(owner, labelled):
    story = owner.get(f"items/{labelled[0].public_id}").json()
    assert [label["answer"] for label in story["labels"]] == [{"choice": "match"}] * 2
    assert {label["labeller"]["name"] for label in story["labels"]} == {"labeller-001", "labeller-002"}
    assert story["payload"]["request"]
    assert story["decisions"]


def test_a_correction_becomes_the_answer(owner, labelled):
    body = {"answer": {"choice": "no match"}, "reason": "the offer is for dogs"}
    story = owner.post(f"items/{labelled[0].public_id}/correct", body).json()
    assert (story["state"], story["answer"], story["authority"]) == ("resolved", {"choice": "no match"}, "engineer")
    assert story["resolutions"][-1]["by"] == "olga"


@pytest.mark.parametrize(
    "body",
    [{}, {"answer": {"choice": "perhaps"}, "reason": "x"}, {"answer": 5, "reason": "x"}, {**MATCH, "reason": ""}],
)
def test_a_bad_correction_is_refused(owner, labelled, body):
    before = owner.get(f"items/{labelled[0].public_id}").json()
    is_problem(owner.post(f"items/{labelled[0].public_id}/correct", body), 422)
    assert owner.get(f"items/{labelled[0].public_id}").json() == before


def test_an_item_is_discarded_held_and_let_go(owner, labelled):
    one, other = (item.public_id for item in labelled[:2])
    assert owner.post(f"items/{one}/discard", {"reason": "empty text"}).json()["state"] == "discarded"
    assert owner.post(f"items/{other}/hold", {"reason": "ask legal"}).json()["held_at"]
    assert owner.post(f"items/{other}/unhold").json()["held_at"] is None


def test_items_are_requeued_one_or_many(owner, project, labelled):
    Item.objects.update(state="open")
    one = labelled[0]
    assert owner.post(f"items/{one.public_id}/requeue", {"n_more": 2}).json() == {"requeued": 1}
    assert Item.objects.get(pk=one.pk).target >= one.n_done + 2
    body = {"where": {"q": "item-000"}, "afresh": True}
    assert owner.post("projects/matching/requeue", body).json() == {"requeued": 4, "job": None}
    assert set(Item.objects.values_list("pass_number", flat=True)) == {2}


@pytest.mark.parametrize("body", [{}, {"n_more": 1, "afresh": True}, {"n_more": 0}, {"n_more": 10**9}])
def test_a_requeue_says_either_how_many_more_or_afresh(owner, labelled, body):
    is_problem(owner.post(f"items/{labelled[0].public_id}/requeue", body), 422)


def test_an_expert_sees_contested_items_only(project, labelled):
    make_member(project, "ella", "expert")
    ella = Caller(make_user("ella"))
    Item.objects.filter(pk=labelled[1].pk).update(state="contested")
    listed = ella.get("projects/matching/items").json()["results"]
    assert [item["id"] for item in listed] == [labelled[1].public_id]
    is_problem(ella.get(f"items/{labelled[0].public_id}"), 403)


def test_an_item_of_another_project_is_not_found(labelled):
    make_project(slug="other")
    make_member(make_project(slug="third"), "thea", "owner")
    is_problem(Caller(make_user("thea")).get(f"items/{labelled[0].public_id}"), 404, "not_found")


def test_a_rejection_is_previewed_made_and_lifted(owner, project, labelled):
    worst = Member.objects.filter(role="labeller").first()
    body = {"labeller": worst.public_id, "reason": "answers at random"}
    preview = owner.post("projects/matching/rejections", {**body, "dry_run": True})
    assert preview.status_code == 200
    assert preview.json()["n_labels"] == 4 and preview.json()["cost_micro"] > 0
    assert Label.objects.counted().count() == 8
    rejection = owner.post("projects/matching/rejections", body)
    assert rejection.status_code == 201 and rejection.json()["n_labels"] == 4
    assert Label.objects.counted().count() == 4
    is_problem(owner.post("projects/matching/rejections", body), 409, "already_rejected")
    assert owner.post(f"rejections/{rejection.json()['id']}/lift", {"reason": "mistaken"}).json()["lifted_at"]
    assert Label.objects.counted().count() == 8
    assert len(owner.get("projects/matching/rejections").json()["results"]) == 1


@pytest.mark.parametrize(
    ("body", "status"),
    [({}, 422), ({"labeller": "x", "batch": "y"}, 422), ({"labeller": "a" * 16, "reason": "x"}, 404),
     ({"batch": "a" * 16, "reason": "x"}, 404), ({"labeller": "a" * 16}, 422)],
)  # fmt: skip
def test_a_rejection_names_one_labeller_or_batch_and_a_reason(owner, body, status):
    is_problem(owner.post("projects/matching/rejections", body), status)


def test_a_rejection_of_a_labeller_elsewhere_is_not_found(owner):
    theirs = make_labeller(make_project(slug="other"), "otto")
    is_problem(owner.post("projects/matching/rejections", {"labeller": theirs.public_id, "reason": "x"}), 404)


def test_labellers_and_their_batches_are_listed(owner, labelled):
    labellers = owner.get("projects/matching/labellers").json()["results"]
    assert [labeller["name"] for labeller in labellers] == ["labeller-001", "labeller-002"]
    one = owner.get(f"labellers/{labellers[0]['id']}").json()
    assert one["batches"][0]["n_labels"] == 4
    batches = owner.get("projects/matching/batches", labeller=labellers[0]["id"]).json()["results"]
    assert [batch["id"] for batch in batches] == [one["batches"][0]["id"]]


def test_a_full_batch_is_accepted_and_a_filling_one_not(owner, project):
    new_policy(project=project, changes={"batch_size": 2}, by=None, now=NOW)
    make_items(project, 3)
    answer(Caller(make_labeller(project).user), count=3)
    filling, full = owner.get("projects/matching/batches").json()["results"]
    assert owner.post(f"batches/{full['id']}/accept", {}).json()["accepted_at"]
    is_problem(owner.post(f"batches/{filling['id']}/accept", {}), 409, "not_acceptable")


def test_progress_counts_items_and_money(owner, labelled):
    progress = owner.get("projects/matching/progress").json()
    assert sum(progress["items"].values()) == 4
    assert progress["money"]["reserved"] + progress["money"]["spent"] > 0


def test_a_story_costs_the_same_however_many_labels(owner, project, labelled, django_assert_max_num_queries):
    with django_assert_max_num_queries(14):
        owner.get(f"items/{labelled[0].public_id}")
