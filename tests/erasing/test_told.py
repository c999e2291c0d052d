"""Who may erase, over the API and on pages; and who is told of it."""

import pytest
from django.urls import reverse

from labelling.datasets.models import Erasure
from labelling.projects.models import Role
from tests.api.calls import Caller, is_problem, program
from tests.datasets.helpers import labelled_project, publish_now
from tests.factories import make_labeller, make_member, make_user

HERE = "projects/matching/erasures"
VERSION = "projects/matching/versions/1"
PAGE = "/p/matching/versions/erasures/"


@pytest.fixture
def version(db, settings, tmp_path):
    settings.DATA_DIR = tmp_path
    return publish_now(labelled_project(10)[0])


@pytest.fixture
def owner(version):
    return Caller(make_user("olga"))


def a_file(caller, split="train"):
    export = caller.post(f"{VERSION}/exports", {"format": "jsonl", "splits": [split]}).json()
    return next(file["address"] for file in export["files"] if file["name"].startswith("data/"))


def fetched(caller, address):
    return caller.client.get(address, headers=caller.headers)


def erased(caller, **body):
    return caller.post(HERE, {"keys": ["item-0001"], "reason": "asked for", **body})


def test_an_owner_erases_and_is_told_who_has_copies(owner, version):
    trainer = make_member(version.project, "tim", Role.AUDITOR).user
    address = a_file(owner)
    assert fetched(Caller(trainer), address).status_code == 200
    reply = erased(owner)
    assert reply.status_code == 201, reply.content
    told = reply.json()
    assert [(one["key"], one["n_rows"], one["by"]) for one in told["erased"]] == [("item-0001", 1, "olga")]
    [holder] = told["downloaded_by"]
    assert (holder["user"], holder["version"], holder["files"]) == ("tim", 1, ["data/train-00000-of-00001.jsonl"])
    assert erased(owner).json() == {"erased": [], "already": ["item-0001"], "downloaded_by": []}
    assert [one["key"] for one in owner.get(HERE).json()["results"]] == ["item-0001"]
    gone = is_problem(fetched(Caller(trainer), address), 410, "erased")
    assert "version 1" in gone["detail"] and "item-0001" not in gone["detail"]


def test_those_who_downloaded_it_are_told_and_nobody_else(owner, version, client):
    trainer, other = (make_member(version.project, name, Role.AUDITOR).user for name in ("tim", "tom"))
    fetched(Caller(trainer), a_file(owner))
    fetched(Caller(other), a_file(owner, "validation"))
    erased(owner)
    log = fetched(owner, reverse("version_files", args=["matching", 1])).content.decode()
    assert log.count("Holds content erased since") == 1
    story = Caller(trainer).get(VERSION).json()
    assert (story["n_erased"], [row["key"] for row in story["erased_since_download"]]) == (1, ["item-0001"])
    assert Caller(other).get(VERSION).json()["erased_since_download"] == []
    for user, is_told in ((trainer, True), (other, False)):
        client.force_login(user)
        for page in ("/p/matching/versions/", "/p/matching/versions/1/"):
            assert ("Delete your copies of version 1" in client.get(page).content.decode()) == is_told


def test_only_an_owner_with_the_scope_may_erase(owner, version):
    labeller = make_labeller(version.project, "lara")
    auditor = make_member(version.project, "aude", Role.AUDITOR)
    for user in (labeller.user, auditor.user):
        is_problem(erased(Caller(user)), 403)
    is_problem(erased(program(make_user("olga"), "manage", "datasets:write")), 403)
    is_problem(erased(Caller(make_user("stranger"))), 404)
    assert erased(program(make_user("olga"), "erase")).status_code == 201


@pytest.mark.parametrize(
    ("body", "status"),
    [({"keys": ["nobody"]}, 404), ({"keys": []}, 422), ({"group": "no group", "keys": []}, 404), ({"reason": " "}, 422),
     ({"group": "both"}, 422), ({"keys": "item-0001"}, 422)],
)  # fmt: skip
def test_what_can_not_be_erased_is_a_clear_problem_and_erases_nothing(owner, body, status):
    found = is_problem(erased(owner, **body), status)
    assert found["detail"] and not Erasure.objects.exists()


def test_the_page_previews_asks_for_a_typed_word_and_shows_the_record(owner, version, client):
    client.force_login(make_user("olga"))
    assert "Nothing was erased" in client.get(PAGE).content.decode()
    asked = {"keys": "item-0001\n item-0002 \n"}
    preview = client.post(f"{PAGE}new/", asked).content.decode()
    assert "Type “erase 2”" in preview and "2 rows" in preview
    refused = client.post(f"{PAGE}new/", {**asked, "reason": "asked", "confirmation": "yes"})
    assert refused.status_code == 422 and not Erasure.objects.exists()
    unknown = client.post(f"{PAGE}new/", {"keys": "item-0001\nnobody"})
    assert unknown.status_code == 422 and "nobody" in unknown.content.decode()
    done = client.post(f"{PAGE}new/", {**asked, "reason": "asked", "confirmation": "erase 2"}, follow=True)
    assert "item-0001" in done.content.decode() and Erasure.objects.count() == 2
    record = client.get(f"{PAGE}{Erasure.objects.first().public_id}/").content.decode()
    assert "version 1" in record and "Nobody" in record
    assert "The content of 2 of its rows was erased" in client.get("/p/matching/versions/1/").content.decode()
    assert "Its content was erased" in client.get("/p/matching/versions/1/rows/item-0001/").content.decode()
    item = Erasure.objects.first().item
    assert client.get(f"/p/matching/items/{item.public_id}/").status_code == 200


def test_an_auditor_reads_the_record_and_may_not_erase(owner, version, client):
    erased(owner)
    client.force_login(make_member(version.project, "aude", Role.AUDITOR).user)
    assert "item-0001" in client.get(PAGE).content.decode()
    assert client.get(f"{PAGE}new/").status_code == 403
