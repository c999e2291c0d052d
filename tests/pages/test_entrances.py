"""The marketplace's way in and a worker's visit, page by page; and what owners see of them."""

import csv
import io
import json
import re

import pytest
from django.test import Client

from labelling.assignment.models import Lease
from labelling.projects.models import Member, Role, User
from labelling.visits.models import Entrance, Visit
from tests.factories import make_labeller, make_member, make_user
from tests.pages.browsing import client_of, text_of
from tests.visits.workers import come, label, study

pytestmark = pytest.mark.django_db


def address(entrance, **parameters):
    given = {"PROLIFIC_PID": "5f1a", "STUDY_ID": "a-1", "SESSION_ID": "s-a-1"} | parameters
    return f"/enter/{entrance.secret}/?" + "&".join(f"{name}={value}" for name, value in given.items() if value)


def signed_in_as(client):
    return User.objects.filter(pk=client.session.get("_auth_user_id")).first()


def test_looking_at_the_entrance_changes_nothing_and_says_what_it_takes(client):
    entrance = study(n_labels=3)
    page = client.get(address(entrance))
    assert "You answer this for 3 items." in text_of(page)
    assert page["Cache-Control"].startswith("max-age=0")
    assert not Visit.objects.exists()
    assert signed_in_as(client) is None


def test_starting_makes_a_labeller_who_is_signed_in_and_the_same_one_the_next_time(client):
    entrance = study()
    assert client.post(address(entrance))["Location"] == "/p/matching/label/"
    worker = signed_in_as(client)
    assert Member.objects.get(user=worker).worker.worker_id == "5f1a"
    assert client.get("/p/matching/label/").status_code == 200
    elsewhere = Client()
    elsewhere.post(address(entrance))
    assert signed_in_as(elsewhere) == worker
    assert Visit.objects.count() == 1


def test_the_id_of_somebody_with_an_account_signs_nobody_in_as_them(client):
    entrance = study()
    make_labeller(entrance.project, "lara")
    client.post(address(entrance, PROLIFIC_PID="lara"))
    assert signed_in_as(client).username.startswith("worker-")


def test_who_is_signed_in_with_another_account_is_told_so_first():
    entrance = study()
    olga = client_of("olga")
    assert "You are signed in here as olga." in text_of(olga.get(address(entrance)))
    assert signed_in_as(olga).username == "olga"
    olga.post(address(entrance))
    assert signed_in_as(olga).username != "olga"
    assert "You are signed in here" not in text_of(olga.get(address(entrance)))
    assert not Member.objects.filter(user__username="olga", role=Role.LABELLER).exists()


def test_a_preview_shows_the_question_and_the_guideline_and_leases_nothing(client):
    entrance = study(provider="Mechanical Turk")
    preview = f"/enter/{entrance.secret}/?assignmentId=ASSIGNMENT_ID_NOT_AVAILABLE"
    for answer in (client.get(preview), client.post(preview)):
        page = text_of(answer)
        assert "This is a preview. Accept the task at Mechanical Turk to begin." in page
        assert "Does the offer answer the request?" in page
        assert "Start" not in page
    assert not Visit.objects.exists()
    assert not Lease.objects.exists()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"PROLIFIC_PID": ""}, "PROLIFIC_PID is missing"),
        ({"SESSION_ID": "%7B%7B%25SESSION_ID%25%7D%7D"}, "SESSION_ID is not an id"),
        ({"STUDY_ID": "a%00b"}, "STUDY_ID is not an id"),
    ],
)
def test_an_address_that_is_not_complete_says_what_is_wrong(client, changed, said):
    entrance = study()
    for answer in (client.get(address(entrance, **changed)), client.post(address(entrance, **changed))):
        assert answer.status_code == 422
        assert said in text_of(answer)
        assert "nothing counts against you at Prolific" in text_of(answer)
    assert not Visit.objects.exists()


def test_an_unknown_link_and_a_closed_entrance_say_so(client):
    assert client.get("/enter/nonsense/?a=b").status_code == 404
    entrance = study()
    come(entrance, "77b2")
    olga = client_of("olga")
    olga.post(f"/p/matching/labellers/entrances/{entrance.public_id}/")
    answer = client.post(address(entrance))
    assert answer.status_code == 409
    assert "This study is closed" in text_of(answer)
    assert client.post(address(entrance, PROLIFIC_PID="77b2")).status_code == 302


def test_the_code_and_the_way_back_are_shown_when_the_visit_is_complete_and_not_before(client):
    entrance = study(n_labels=2)
    client.post(address(entrance))
    visit = Visit.objects.select_related("worker__member__project").get()
    label(visit, 1)
    page = text_of(client.get("/p/matching/visit/"))
    assert "1 of 2 answers have arrived." in page
    assert visit.code not in page + text_of(client.get("/p/matching/work/"))
    label(visit, 1)
    for where in ("/p/matching/visit/", "/p/matching/work/"):
        page = text_of(client.get(where))
        assert visit.code in page
        assert f"https://app.prolific.com/submissions/complete?cc={visit.code}" in page
    assert client.post(address(entrance))["Location"] == "/p/matching/visit/"


def test_a_visit_without_work_left_is_finished_on_request_and_one_with_work_is_not(client):
    entrance = study(items=2, n_labels=5)
    client.post(address(entrance))
    visit = Visit.objects.select_related("worker__member__project").get()
    label(visit, 1)
    assert "There is more to label now." in text_of(client.post("/p/matching/visit/", follow=True))
    label(visit, 1)
    page = text_of(client.post("/p/matching/visit/", follow=True))
    assert visit.code in page
    assert "There was no more work for you" in page


def test_who_came_by_no_entrance_has_no_visit():
    project = study().project
    lara = client_of(make_labeller(project, "lara").user.username)
    assert lara.get("/p/matching/visit/").status_code == 404
    assert "Your assignments" not in text_of(lara.get("/p/matching/work/"))


def test_worker_ids_are_for_owners_and_auditors_and_the_link_for_owners_alone(client):
    entrance = study(n_labels=1)
    label(come(entrance, "5f1a-secret-id"), 1)
    where = f"/p/matching/labellers/entrances/{entrance.public_id}/"
    make_member(entrance.project, "adam", Role.AUDITOR)
    olga, adam = text_of(client_of("olga").get(where)), text_of(client_of("adam").get(where))
    assert "5f1a-secret-id" in olga
    assert "5f1a-secret-id" in adam
    assert entrance.secret in olga
    assert entrance.secret not in adam
    client.post(address(entrance, PROLIFIC_PID="77b2"))
    other = signed_in_as(client)
    pages = ["/", "/p/matching/label/", "/p/matching/work/", "/p/matching/visit/", "/api/v1/projects/matching/me"]
    make_member(entrance.project, "eva", Role.EXPERT)
    told = [text_of(client.get(page)) for page in pages] + [text_of(client_of("eva").get("/p/matching/experts/"))]
    assert not [page for page in told if "5f1a-secret-id" in page]
    assert client_of(other.username).get(where).status_code == 403


def test_an_owner_makes_an_entrance_by_choosing_the_marketplace(client):
    study()
    olga = client_of("olga")
    given = {"known": "Prolific", "n_labels": 20, "most_workers": 50, "reward": "1.50"}
    answer = olga.post("/p/matching/labellers/entrances/", given)
    made = Entrance.objects.latest("pk")
    assert answer["Location"] == f"/p/matching/labellers/entrances/{made.public_id}/"
    assert (made.worker_parameter, made.n_labels, made.reward) == ("PROLIFIC_PID", 20, 1_500_000)
    page = text_of(olga.get(answer["Location"]))
    assert f"/enter/{made.secret}/?PROLIFIC_PID={{{{%PROLIFIC_PID%}}}}&amp;STUDY_ID={{{{%STUDY_ID%}}}}" in page


def test_another_marketplace_needs_the_name_of_its_parameter_and_says_so_beside_the_field():
    study()
    given = {"known": "other", "provider": "Elsewhere", "n_labels": 20, "most_workers": 50, "reward": "0"}
    answer = client_of("olga").post("/p/matching/labellers/entrances/", given)
    assert answer.status_code == 422
    assert "what the provider calls the worker's id" in text_of(answer).replace("&#x27;", "'")
    assert Entrance.objects.count() == 1


def test_the_csv_of_an_entrance_is_for_who_may_read_it():
    entrance = study(n_labels=1)
    label(come(entrance), 1)
    where = f"/api/v1/entrances/{entrance.public_id}/visits?format=csv"
    answer = client_of("olga").get(where)
    (row,) = csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode()))
    assert (row["worker_id"], row["recommendation"]) == ("5f1a", "approve")
    make_user("stranger")
    assert client_of("stranger").get(where).status_code == 404
    assert client_of(make_labeller(entrance.project, "lara").user.username).get(where).status_code == 403


def test_the_api_makes_lists_and_closes_entrances_and_shows_the_link_to_owners():
    project = study().project
    olga, kind = client_of("olga"), {"content_type": "application/json"}
    asked = {"provider": "Toloka", "n_labels": 4, "reward": 100_000}
    made = olga.post(f"/api/v1/projects/{project.slug}/entrances", asked, **kind).json()
    assert (made["worker_parameter"], made["path"].startswith("/enter/")) == ("worker_id", True)
    refused = olga.post(f"/api/v1/projects/{project.slug}/entrances", asked | {"provider": "New"}, **kind)
    assert (refused.status_code, refused.json()["errors"][0]["where"]) == (422, "worker_parameter")
    closed = olga.post(f"/api/v1/entrances/{made['id']}/close").json()
    assert closed["closed_at"] is not None
    make_member(project, "adam", Role.AUDITOR)
    listed = client_of("adam").get(f"/api/v1/projects/{project.slug}/entrances").json()["results"]
    assert [row["path"] for row in listed] == [None, None]
    assert [row["n_labels"] for row in listed] == [3, 4]


def test_the_pages_kept_for_offline_are_forgotten_where_a_worker_signs_in(client):
    """Who was signed in before must not be met again when the connection is gone."""
    accounts = re.search(r'"accounts": (\[[^]]*\])', client.get("/worker.js").text)
    where = address(study())
    assert any(where.startswith(start) for start in json.loads(accounts[1]))
