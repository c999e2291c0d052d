"""The item table, and what an owner does to many items from it."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from frontend import stories
from frontend.views.item_table import in_words
from labelling.api.item_filters import ItemFilterSerializer
from labelling.audit.models import Entry
from labelling.consensus.models import Authority
from labelling.consensus.queries import story
from labelling.jobs.models import Job
from labelling.loop import bulk
from labelling.loop.refit import refit_project
from labelling.loop.resolve import decide, send_back
from labelling.projects.models import Account
from labelling.sampling.models import Item
from labelling.tasks import run_waiting
from tests.api.calls import Caller, is_problem
from tests.factories import make_items, make_labeller, make_user
from tests.loop.crowd import fresh, give, give_all, later
from tests.pages.browsing import client_of, text_of
from tests.pages.owners import HOME, a_scene

pytestmark = pytest.mark.django_db
ACT, API = f"{HOME}items/act/", "projects/matching/items"


def shown(query: str) -> list[str]:
    page = client_of("olga").get(f"{HOME}items/?{query}")
    assert page.status_code == 200, text_of(page)
    return [item.example.external_id for item in page.context["page"].rows]


def act(query: str, username: str = "olga", **fields: str):
    return client_of(username).post(f"{ACT}?{query}", {"reason": "unsure", **fields})


FILTERS = [
    "", "state=resolved", "state=open&held=false", "answer=match&confidence_min=0.5", "labels_max=0", "text=CAT%206",
    "disagreed=true", "outdated=false&authority=none", "q=item-0002", "made_after=2026-03-02&made_before=2026-03-03",
]  # fmt: skip


@pytest.mark.parametrize("query", FILTERS)
def test_the_page_the_api_the_preview_and_the_requeue_mean_the_same_items(query):
    scene = a_scene()
    owner = Caller(scene.project.created_by)
    listed = {item["external_id"] for item in owner.client.get(f"/api/v1/{API}?{query}").json()["results"]}
    assert set(shown(query)) == listed
    preview = client_of("olga").get(f"{ACT}?{query}&do=prioritise&boost=1&scope=all").context["preview"]
    assert preview.changed == preview.n_items == len(listed)
    assert act(f"{query}&do=prioritise&boost=1&scope=all").status_code == 302
    keys = Item.objects.filter(boost=1).values_list("example__external_id", flat=True)
    assert set(keys) == listed


@pytest.mark.parametrize("query", ["stat=open", "state=lost", "held=perhaps", "answer=maybe", "labels_min=x", "round=0",
                                   "made_after=yesterday", "labels_min=3&labels_max=1", "confidence_min=nan",
                                   "sort=colour", "after=x"])  # fmt: skip
def test_a_filter_that_makes_no_sense_is_named_everywhere_and_changes_nothing(query):
    scene = a_scene()
    name = query.partition("=")[0]
    page = client_of("olga").get(f"{HOME}items/?{query}")
    assert page.status_code == 422
    assert not page.context["page"].rows
    fault = page.context["asked"].errors[0]
    assert name in fault or in_words(name) in fault or name == "after"
    if name not in {"sort", "after"}:
        assert act(f"{query}&do=hold&scope=all").status_code == 422
        refused = Caller(scene.project.created_by).client.get(f"/api/v1/{API}?{query}")
        assert is_problem(refused, 422)["errors"][0]["where"].startswith(name)
    assert not Item.objects.exclude(held_at=None).exists()


def test_the_form_shows_what_the_address_asks_for_and_every_filter_has_a_field():
    a_scene()
    said = text_of(client_of("olga").get(f"{HOME}items/?state=open&labels_max=1&outdated=true&sort=-labels"))
    assert '<option value="open" selected>' in said
    assert 'name="labels_max" type="number" min="0" max="1000" value="1"' in said
    assert '<option value="true" selected>Labelled under an older one</option>' in said
    assert "<summary>More conditions (2 set)</summary>" in said
    for name in ItemFilterSerializer().fields:
        assert f'name="{name}"' in said, name


def test_a_heading_sorts_and_the_pages_of_that_order_lead_on():
    project = a_scene().project
    make_items(project, 70, first=100)
    client, path, seen = client_of("olga"), f"{HOME}items/?sort=-key&state=open", []
    while path:
        context = client.get(path).context
        seen += [item.example.external_id for item in context["page"].rows]
        path = f"{HOME}items/{context['more']}" if context["more"] else ""
    assert len(seen) == 71
    assert seen == sorted(seen, reverse=True)


def test_more_items_than_are_counted_are_at_least_so_many(monkeypatch):
    monkeypatch.setattr("frontend.views.items.MOST_COUNTED", 3)
    a_scene()
    assert "At least 3 in all" in text_of(client_of("olga").get(f"{HOME}items/"))
    assert "1 matches" in text_of(client_of("olga").get(f"{HOME}items/?state=contested"))


def test_a_preview_changes_nothing_and_says_what_it_would_cost_and_what_is_left():
    scene = a_scene()
    Account.objects.filter(project=scene.project).update(budget=40_000_000)
    said = text_of(client_of("olga").get(f"{ACT}?do=more&n_more=3&scope=all"))
    assert "<dt>Items that change</dt><dd>6</dd>" in said
    assert "<dt>Labels asked for</dt><dd>18</dd>" in said
    assert "18 labels</dd>" in said
    assert not Entry.objects.filter(action="item.requeued").exists()
    Account.objects.filter(project=scene.project).update(budget=20_000_000)
    assert "The budget is a hard stop" in text_of(client_of("olga").get(f"{ACT}?do=more&n_more=3&scope=all"))


def test_a_few_items_are_changed_at_once_and_only_with_a_reason():
    scene = a_scene()
    ticked = f"do=more&n_more=2&scope=ticked&item={scene.items[0].public_id}"
    assert act(ticked, reason=" ").status_code == 422
    assert fresh(scene.items[0]).state == "resolved"
    assert act(ticked).status_code == 302
    assert [fresh(item).target for item in scene.items[:2]] == [4, 2]
    assert "unsure" in text_of(client_of("olga").get(f"{HOME}items/{scene.items[0].public_id}/"))


def test_many_items_are_changed_by_a_job_whose_page_says_how_far_it_is(monkeypatch):
    monkeypatch.setattr(bulk, "AT_ONCE", 2)
    a_scene()
    sent = act("do=hold&scope=all&state=resolved")
    job = Job.objects.get(kind="items")
    assert sent.url == f"{HOME}items/jobs/{job.public_id}/"
    assert "Waits for a worker" in text_of(client_of("olga").get(sent.url))
    run_waiting(now=later(10**9))
    said = text_of(client_of("olga").get(sent.url))
    assert "<dt>Items looked at</dt><dd>4 of 4</dd>" in said
    assert "<dt>Changed</dt><dd>4</dd>" in said


@pytest.mark.parametrize("query", ["do=explode&scope=all", "do=more&n_more=0&scope=all", "do=more&n_more=x&scope=all",
                                   "do=prioritise&boost=10&scope=all", "do=hold&scope=ticked", "scope=all",
                                   "do=hold&scope=ticked&item=%00"])  # fmt: skip
def test_an_act_that_makes_no_sense_is_refused_in_words(query):
    a_scene()
    for reply in (client_of("olga").get(f"{ACT}?{query}"), act(query)):
        assert reply.status_code == 422
        assert 'role="alert"' in text_of(reply)
    assert not Entry.objects.filter(action__startswith="item.").exists()


@pytest.mark.parametrize(("username", "status"), [("aude", 403), ("labeller-001", 403), ("sten", 404)])
def test_only_owners_act_on_items(username, status):
    scene = a_scene()
    make_user("sten")
    assert client_of(username).get(f"{ACT}?do=hold&scope=all").status_code == status
    assert act("do=hold&scope=all", username).status_code == status
    caller = Caller(make_user(username))
    is_problem(caller.post(f"{API}/act", {"where": {}, "do": "hold"}), status)
    is_problem(caller.post(f"items/{scene.items[0].public_id}/prioritise", {"boost": 1}), status)
    is_problem(caller.post(f"items/{scene.items[0].public_id}/take-back"), status)
    assert not Item.objects.exclude(held_at=None, boost=0).exists()


def test_programs_preview_act_and_follow_the_job(monkeypatch):
    monkeypatch.setattr(bulk, "AT_ONCE", 2)
    scene = a_scene()
    owner = Caller(scene.project.created_by)
    body = {"where": {"state": "resolved"}, "do": "more", "n_more": 2}
    preview = owner.post(f"{API}/act", {**body, "dry_run": True}).json()["preview"]
    assert (preview["changed"], preview["slots"], preview["cost"], preview["exact"]) == (4, 8, 8_000_000, True)
    reply = owner.post(f"{API}/act", {**body, "reason": "unsure"})
    assert (reply.status_code, reply.json()["started"]["job"]["state"]) == (202, "waiting")
    run_waiting(now=later(10**9))
    job = owner.get(f"jobs/{reply.json()['started']['job']['id']}").json()
    assert (job["state"], job["done"], job["total"]) == ("finished", 4, 4)
    few = owner.post(f"{API}/act", {"items": [scene.contested.public_id], "do": "hold"})
    assert (few.status_code, few.json()["started"]["changed"]) == (200, 1)


SENSELESS = [
    {"do": "hold"}, {"do": "hold", "where": {}, "items": ["a"]}, {"do": "hold", "items": []}, {"where": {}},
    {"do": "more", "where": {}, "n_more": 0}, {"do": "hold", "items": [3]},
    {"do": "prioritise", "where": {}, "boost": "1"},
]  # fmt: skip


@pytest.mark.parametrize("body", SENSELESS)
def test_a_body_that_makes_no_sense_is_refused(body):
    scene = a_scene()
    is_problem(Caller(scene.project.created_by).post(f"{API}/act", body), 422)
    assert not Entry.objects.filter(action__startswith="item.").exists()


def test_the_table_takes_as_many_statements_for_many_items_and_any_filter():
    scene = a_scene()

    def statements(query: str) -> int:
        client = client_of("olga")
        with CaptureQueriesContext(connection) as made:
            assert client.get(f"{HOME}items/?{query}").status_code == 200
        return len(made)

    queries = ("", "held=false&disagreed=false", "sort=confidence&answer=match")
    few = [statements(query) for query in queries]
    make_items(scene.project, 40, first=100)
    assert [statements(query) for query in queries] == few
    assert max(few) <= 14


def test_an_items_page_says_for_owners_where_it_stands_and_changes_that():
    scene = a_scene()
    item = scene.items[-1]
    make_items(scene.project, 2, first=60, value=0.5)
    path = f"{HOME}items/{item.public_id}/"
    assert "2 open items that ask for the same skills come before it." in text_of(client_of("olga").get(path))
    assert "When its turn comes" not in text_of(client_of("aude").get(path))
    assert client_of("olga").post(path, {"do": "prioritise", "boost": "+2", "reason": "a demo"}).status_code == 302
    said = text_of(client_of("olga").get(path))
    assert "It comes first" in said
    assert "+2: sooner" in said
    assert "Its place in the order of work was changed (olga): +2." in said
    assert client_of("olga").post(path, {"do": "prioritise", "boost": "10"}).status_code == 422
    assert client_of("aude").post(path, {"do": "prioritise", "boost": "1"}).status_code == 403


def test_a_request_for_more_is_taken_back_from_the_items_page_while_nobody_has_begun():
    scene = a_scene()
    path = f"{HOME}items/{scene.items[0].public_id}/"
    assert "Take it back" not in text_of(client_of("olga").get(path))
    client_of("olga").post(path, {"do": "requeue", "how": "more", "n_more": "3"})
    assert "3 more labels asked for" in text_of(client_of("olga").get(path))
    assert client_of("olga").post(path, {"do": "take_back"}).status_code == 302
    said = text_of(client_of("olga").get(path))
    assert "The request for more labels was taken back (olga)." in said
    assert "Take it back" not in said
    assert (fresh(scene.items[0]).state, fresh(scene.items[0]).target) == ("resolved", 2)


def test_a_labels_weight_in_the_fit_that_judged_it_stands_beside_it():
    scene = a_scene()
    refit_project(project=scene.project, now=later(40))
    item = make_items(scene.project, 1, first=70)[0]
    give_all(scene.labellers[:2], item, "match", "match", now=later(50))
    assert "expects it of them where it is right in" in text_of(client_of("olga").get(f"{HOME}items/{item.public_id}/"))


def test_a_labeller_who_came_after_the_fit_has_no_weight_and_breaks_nothing():
    scene = a_scene()
    item = make_items(scene.project, 1, first=70)[0]
    give(make_labeller(scene.project, "nina"), item, "match", now=later(50))
    assert client_of("olga").get(f"{HOME}items/{item.public_id}/").status_code == 200


def test_what_one_request_did_is_told_in_the_order_in_which_one_thing_led_to_the_other():
    scene = a_scene()
    item = fresh(scene.items[0])
    send_back(item=item, reason="unclear", by=make_user("olga"), now=later(60))
    ruled = {"answer": {"choice": "no match"}, "authority": Authority.EXPERT, "reason": "", "by": make_user("olga")}
    decide(item=fresh(item), **ruled, now=later(60))
    decide(item=fresh(item), **ruled | {"answer": {"choice": "match"}}, now=later(60))
    told = [event for event in stories.events(fresh(item), story(item)) if event.at == later(60)]
    assert [event.text.split()[0] for event in told] == ["Sent", "The", "Resolved", "The", "Resolved"]
