"""The page of a version's files: made by a form, listed with their digests, and who fetched them."""

import pytest

from labelling.exports.models import Export
from tests.datasets.helpers import labelled_project, publish_now
from tests.factories import make_member, make_user

PAGE = "/p/matching/versions/1/files/"


@pytest.fixture
def version(db, settings, tmp_path):
    settings.DATA_DIR = tmp_path
    return publish_now(labelled_project(5)[0])


@pytest.fixture
def owner(version, client):
    client.force_login(make_user("olga"))
    return client


def test_a_form_makes_files_that_the_page_lists(owner):
    assert "No files are made yet" in owner.get(PAGE).content.decode()
    sent = owner.post(PAGE, {"format": "csv", "splits": ["train", "validation"]}, follow=True)
    shown = sent.content.decode()
    export = Export.objects.get()
    assert export.options["splits"] == ["train", "validation"] and export.created_by.username == "olga"
    for file in export.files:
        assert file["name"] in shown and file["sha256"][:16] in shown
    assert "test-00000" not in shown and "Nobody has yet" in shown
    address = f"/api/v1/exports/{export.public_id}/files/SHA256SUMS"
    assert address in shown
    owner.get(address)
    log = owner.get(PAGE).content.decode()
    assert "127.0.0.1" in log and "Nobody has yet" not in log


def test_the_log_says_which_split_was_fetched(owner):
    for split in ("train", "test"):
        b"".join(owner.get(f"/api/v1/projects/matching/versions/1/data?format=csv&split={split}").streaming_content)
    log = owner.get(PAGE).content.decode()
    assert log.index('"Split">test</td>') < log.index('"Split">train</td>')
    logged = owner.get("/api/v1/projects/matching/versions/1/downloads").json()["results"]
    assert [row["splits"] for row in logged] == [["test"], ["train"]]


@pytest.mark.parametrize(
    "given", [{"format": "exe", "splits": ["train"]}, {"format": "csv"}, {"format": "coco", "splits": ["train"]}]
)
def test_what_cannot_be_made_is_said_and_nothing_is(owner, given):
    refused = owner.post(PAGE, given)
    assert refused.status_code == 422
    assert not Export.objects.exists()


def test_auditors_make_files_and_do_not_see_who_fetched_them(version, client):
    client.force_login(make_member(version.project, "audrey", "auditor").user)
    shown = client.post(PAGE, {"format": "jsonl", "splits": ["train"]}, follow=True).content.decode()
    assert "SHA256SUMS" in shown and "Who fetched what" not in shown


def test_a_large_version_has_no_links_that_would_have_to_wait(owner, monkeypatch):
    link = "/api/v1/projects/matching/versions/1/data?"
    assert link in owner.get("/p/matching/versions/1/").content.decode()
    monkeypatch.setattr("frontend.views.versions.SMALL_ROWS", 4)
    shown = owner.get("/p/matching/versions/1/").content.decode()
    assert link not in shown and PAGE in shown
