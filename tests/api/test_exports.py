"""Exports over HTTP: asked for, fetched whole and in ranges, signed, logged, and gone after an erasure."""

import hashlib
import re
import shutil
from datetime import timedelta
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from django.test import override_settings
from django.utils import timezone

from labelling.api.ranges import digest_field
from labelling.datasets.models import Version
from labelling.exports import actions
from labelling.exports.models import Download, Export
from labelling.projects.actions import issue_token, revoke_token
from tests.api.calls import Caller, is_problem, program
from tests.datasets.helpers import approve, labelled_project, publish_now
from tests.factories import NOW, make_labeller, make_member, make_user

VERSION = "projects/matching/versions/1"
TRAIN = "data/train-00000-of-00001.jsonl"


@pytest.fixture(scope="module")
def made_once(rows_of_the_file, tmp_path_factory):
    """A version, and the folder of its files."""
    folder = tmp_path_factory.mktemp("data")
    with override_settings(DATA_DIR=folder):
        project, _, _ = labelled_project(10)
        return publish_now(project).pk, folder


@pytest.fixture
def version(made_once, db, settings, tmp_path):
    pk, folder = made_once
    settings.DATA_DIR = shutil.copytree(folder, tmp_path / "data")
    return Version.objects.get(pk=pk)


@pytest.fixture
def owner(version):
    return Caller(make_user("olga"))


@pytest.fixture
def trainer(version):
    """A program that may train, and may not see test."""
    return program(make_user("olga"), "datasets:read")


def body(response):
    return b"".join(response.streaming_content)


def ask(caller, file_format="jsonl", **more):
    response = caller.post(f"{VERSION}/exports", {"format": file_format, **more})
    assert response.status_code == 200, response.content
    return response.json()


def fetch(caller, address, **headers):
    return caller.client.get(address, headers={**caller.headers, **headers})


def one_file(caller, name="data/train", **more):
    return next(file for file in ask(caller, **more)["files"] if file["name"].startswith(name))


def test_a_small_export_is_there_at_once_and_asked_for_again_it_is_the_same(owner):
    first = ask(owner)
    assert (first["state"], first["version"], first["format"]) == ("finished", 1, "jsonl")
    assert first["done"] == first["total"] == 8
    assert ask(owner) == first
    assert ask(owner, splits=["validation", "train"])["id"] == first["id"]
    assert owner.get(f"exports/{first['id']}").json() == first
    assert [one["id"] for one in owner.get(f"{VERSION}/exports").json()["results"]] == [first["id"]]
    assert ask(owner, "csv")["id"] != first["id"]


def test_a_large_export_is_made_by_a_worker_while_the_caller_waits(owner, monkeypatch):
    monkeypatch.setattr(actions, "SMALL_ROWS", 5)
    response = owner.post(f"{VERSION}/exports", {"format": "csv"})
    assert response.status_code == 202
    assert response["Retry-After"] == "1"
    export = response.json()
    assert (export["state"], export["total"], export["files"]) == ("waiting", 8, [])
    followed = response["Location"].removeprefix("/api/v1/")
    assert owner.get(followed).status_code == 202
    is_problem(owner.get(f"{followed}/files/SHA256SUMS"), 409, "not_ready")
    assert owner.get(f"{VERSION}/data", format="csv").status_code == 202
    from labelling.tasks import run_waiting  # noqa: PLC0415 - needs settings

    run_waiting(now=timezone.now())
    assert owner.get(followed).json()["state"] == "finished"
    assert owner.get(f"{VERSION}/data", format="csv").status_code == 200


@pytest.mark.parametrize("file_format", ["jsonl", "csv", "parquet"])
def test_every_file_is_what_its_digests_say(owner, file_format):
    export = ask(owner, file_format)
    assert {"SHA256SUMS", "manifest.json"} < {file["name"] for file in export["files"]}
    for file in export["files"]:
        whole = fetch(owner, file["address"])
        data = body(whole)
        assert (len(data), hashlib.sha256(data).hexdigest()) == (file["bytes"], file["sha256"])
        assert whole["ETag"] == f'"{file["sha256"]}"'
        assert whole["Repr-Digest"] == whole["Content-Digest"] == digest_field(file["sha256"])
        assert (whole["Accept-Ranges"], int(whole["Content-Length"])) == ("bytes", file["bytes"])
        assert "no-transform" in whole["Cache-Control"] and "Content-Encoding" not in whole
        head = owner.client.head(file["address"])
        assert (head.status_code, head.content) == (200, b"")
        for name in ("ETag", "Repr-Digest", "Content-Length", "Accept-Ranges", "Content-Disposition", "Content-Type"):
            assert head[name] == whole[name]


def test_ranges_are_the_bytes_they_name(owner):
    file = one_file(owner)
    data, size = body(fetch(owner, file["address"])), file["bytes"]
    ranges = [("0-0", 0, 1), ("5-99", 5, 100), ("100-", 100, size), ("-7", size - 7, size), (f"9-{size * 2}", 9, size)]
    for header, start, end in ranges:
        part = fetch(owner, file["address"], Range=f"bytes={header}")
        assert part.status_code == 206
        assert body(part) == data[start:end]
        assert part["Content-Range"] == f"bytes {start}-{end - 1}/{size}"
        assert int(part["Content-Length"]) == end - start
        assert part["Repr-Digest"] == digest_field(file["sha256"])
    outside = fetch(owner, file["address"], Range=f"bytes={size}-")
    is_problem(outside, 416, "range_not_satisfiable")
    assert outside["Content-Range"] == f"bytes */{size}"


def test_a_range_is_added_only_to_the_same_bytes(owner):
    file = one_file(owner)
    etag = f'"{file["sha256"]}"'
    asked = {"Range": "bytes=5-", "If-Range": etag}
    assert fetch(owner, file["address"], **asked).status_code == 206
    assert fetch(owner, file["address"], **{**asked, "If-Range": '"other"'}).status_code == 200
    assert fetch(owner, file["address"], **{"If-None-Match": etag, "Range": "bytes=5-"}).status_code == 304
    assert fetch(owner, file["address"], **{"If-Match": '"other"'}).status_code == 412
    assert owner.client.head(file["address"], headers={"Range": "bytes=5-"}).status_code == 200


@pytest.mark.parametrize(
    "name", ["../secret-key", "%2e%2e/secret-key", "/etc/passwd", "data/test.jsonl", "data", "x", "a%00b"]
)
def test_no_name_leads_outside_the_export(owner, name):
    export = ask(owner)
    is_problem(owner.get(f"exports/{export['id']}/files/{name}"), 404)
    is_problem(owner.get(f"signed/{export['id']}/{name}", until=1, signature="x", **{"for": "x"}), 403)


@pytest.mark.parametrize(
    "given",
    [
        {"format": "exe"},
        {"splits": []},
        {"splits": ["all"]},
        {"splits": ["train", "train"]},
        {"splits": "train"},
        {"one_file": True},
    ],
)
def test_what_cannot_be_exported_is_refused(owner, given):
    is_problem(owner.post(f"{VERSION}/exports", given), 422)
    assert not Export.objects.exists()


def test_labellers_and_strangers_get_nothing(version, owner):
    export = ask(owner)
    addresses = [f"exports/{export['id']}", f"exports/{export['id']}/files/SHA256SUMS", f"{VERSION}/exports",
                 f"{VERSION}/downloads", f"{VERSION}/data"]  # fmt: skip
    lara = Caller(make_labeller(version.project, "lara").user)
    for address in addresses:
        is_problem(lara.get(address), 403)
        is_problem(Caller(make_user("strange")).get(address), 404)
        is_problem(Caller().get(address), 401)
    auditor = Caller(make_member(version.project, "audrey", "auditor").user)
    assert auditor.get(addresses[0]).status_code == 200
    is_problem(auditor.get(f"{VERSION}/downloads"), 403)
    is_problem(program(make_user("olga"), "label").get(addresses[0]), 403)


def test_names_of_labellers_are_for_owners(version, owner):
    export = ask(owner, votes=True, names=True)
    auditor = Caller(make_member(version.project, "audrey", "auditor").user)
    is_problem(auditor.post(f"{VERSION}/exports", {"votes": True, "names": True}), 403)
    is_problem(auditor.get(f"exports/{export['id']}/files/{TRAIN}"), 403)
    assert ask(auditor, votes=True)["id"] != export["id"]


def test_no_address_hands_out_test_rows_unless_test_is_named(version, owner, trainer):
    """Each address below a version and its exports, with all that a caller gets without naming test."""
    texts = [text for number in (5, 10) for text in (f"cat {number}\\b", f"pet {number}\\b")]
    kept = re.compile("|".join(texts).encode())
    for caller in (owner, trainer):
        for file_format in ("jsonl", "csv"):
            export = ask(caller, file_format)
            assert not [file for file in export["files"] if "test" in file["name"]]
            got = [body(fetch(caller, file["address"])) for file in export["files"]]
            got += [body(caller.get(f"{VERSION}/data", format=file_format))]
            assert not any(map(kept.search, got))
        for address in ("", "/manifest", "/diff", "/exports", "/rows/item-0001/lineage"):
            assert not kept.search(caller.get(f"{VERSION}{address}").content)
        assert kept.search(body(owner.get(f"{VERSION}/data", split="test")))


def test_a_token_without_the_scope_never_reads_test(version, owner, trainer):
    export = ask(owner, splits=["test"])
    assert [file["name"] for file in export["files"] if file["name"].startswith("data/test")]
    for response in (
        trainer.get(f"{VERSION}/data", split="test"),
        trainer.post(f"{VERSION}/exports", {"splits": ["train", "test"]}),
        trainer.get(f"exports/{export['id']}"),
        trainer.get(f"exports/{export['id']}/files/SHA256SUMS"),
        trainer.post(f"exports/{export['id']}/signed-urls", {}),
        trainer.get(f"{VERSION}/rows/item-0005/lineage"),
    ):
        assert "datasets:test" in is_problem(response, 403)["detail"]
    evaluator = program(make_user("olga"), "datasets:read", "datasets:test")
    assert evaluator.get(f"{VERSION}/data", split="test").status_code == 200
    assert evaluator.get(f"{VERSION}/rows/item-0005/lineage").status_code == 200


def signed(caller, export, **asked):
    response = caller.post(f"exports/{export['id']}/signed-urls", asked)
    assert response.status_code == 200, response.content
    return response.json()


def test_a_signed_address_needs_no_token(owner, trainer):
    export = ask(trainer)
    told = signed(trainer, export, files=[TRAIN], seconds=3600)
    [file] = told["files"]
    assert file["address"].startswith("http://testserver/api/v1/signed/")
    nobody = Caller()
    assert hashlib.sha256(body(fetch(nobody, file["address"]))).hexdigest() == file["sha256"]
    assert body(fetch(nobody, file["address"], Range="bytes=0-4")) == b'{"ans'
    assert int(nobody.client.head(file["address"])["Content-Length"]) == file["bytes"]
    logged = Download.objects.latest("id")
    assert (logged.user.username, logged.token.name, logged.signed, logged.status) == ("olga", "test", True, 206)


def changed(address, **values):
    parts = urlsplit(address)
    query = {name: found[0] for name, found in parse_qs(parts.query).items()}
    return parts._replace(query=urlencode({**query, **values})).geturl()


def test_a_changed_signed_address_is_refused(owner):
    export = ask(owner)
    other = ask(owner, "csv")
    address = signed(owner, export, files=[TRAIN])["files"][0]["address"]
    far = int((timezone.now() + timedelta(days=300)).timestamp())
    tampered = [
        changed(address, until=far), changed(address, until="-1"), changed(address, until="9" * 400),
        changed(address, signature="0" * 64), changed(address, signature=""), changed(address, **{"for": "user-x"}),
        address.replace("data/train", "data/validation"), address.replace(export["id"], other["id"]),
        address.replace(export["id"], "a" * 16), address.partition("?")[0],
    ]  # fmt: skip
    for wrong in tampered:
        is_problem(Caller().client.get(wrong), 403, "wrong_signature")
    assert Caller().client.get(address).status_code == 200


def test_a_signed_address_ends_with_its_time(owner, monkeypatch):
    export = ask(owner)
    address = signed(owner, export, seconds=60)["files"][0]["address"]
    later = timezone.now() + timedelta(seconds=61)
    monkeypatch.setattr("labelling.api.views.timezone.now", lambda: later)
    is_problem(Caller().client.get(address), 403, "link_over")
    is_problem(owner.post(f"exports/{export['id']}/signed-urls", {"seconds": 7 * 86400 + 1}), 422)


def test_a_signed_address_ends_with_the_token_or_the_person_it_was_made_for(version):
    owner = make_user("olga")
    token, secret = issue_token(
        user=owner, project=None, name="t", scopes=["datasets:read"], expires_at=None, by=owner, now=NOW
    )
    by_token, auditor = Caller(token=secret), make_member(version.project, "audrey", "auditor")
    export = ask(by_token)
    mine = signed(by_token, export)["files"][0]["address"]
    hers = signed(Caller(auditor.user), export)["files"][0]["address"]
    assert Caller().client.get(mine).status_code == Caller().client.get(hers).status_code == 200
    revoke_token(token=token, by=owner, now=NOW)
    is_problem(Caller().client.get(mine), 403, "link_over")
    auditor.suspended_at = NOW
    auditor.save()
    is_problem(Caller().client.get(hers), 403, "link_over")


def test_after_an_erasure_the_files_are_gone_and_a_new_export_can_be_made(version, owner):
    export = ask(owner)
    file = export["files"][0]
    address = signed(owner, export, files=[file["name"]])["files"][0]["address"]
    assert actions.forget(version=version, now=NOW) == 1
    for response in (fetch(owner, file["address"]), Caller().client.get(address), Caller().client.head(address)):
        assert response.status_code == 410
    is_problem(fetch(owner, file["address"]), 410, "erased")
    assert owner.get(f"exports/{export['id']}").json()["state"] == "gone"
    assert ask(owner)["id"] != export["id"]


def test_the_log_says_who_fetched_what(version, owner, trainer):
    file = one_file(trainer)
    body(fetch(trainer, file["address"]))
    body(fetch(trainer, file["address"], Range="bytes=10-19"))
    trainer.client.head(file["address"], headers=trainer.headers)
    fetch(trainer, file["address"], **{"If-None-Match": f'"{file["sha256"]}"'})
    log = owner.get(f"{VERSION}/downloads").json()["results"]
    assert [(one["status"], one["first_byte"], one["n_bytes"]) for one in log] == [
        (206, 10, 10),
        (200, 0, file["bytes"]),
    ]
    assert {(one["name"], one["user"], one["token"], one["signed"], one["address"]) for one in log} == {
        (file["name"], "olga", "test", False, "127.0.0.1")
    }


def test_a_download_takes_few_statements_however_large_the_project(trainer, django_assert_max_num_queries):
    export = ask(trainer)
    file = export["files"][0]
    address = signed(trainer, export)["files"][0]["address"]
    with django_assert_max_num_queries(4):
        fetch(trainer, file["address"])
    with django_assert_max_num_queries(4):
        fetch(Caller(), address)


def test_what_was_downloaded_cannot_be_taken_off_the_record(owner):
    from django.db import IntegrityError, transaction  # noqa: PLC0415 - needs settings

    body(fetch(owner, one_file(owner)["address"]))
    for change in (lambda: Download.objects.all().delete(), lambda: Download.objects.update(n_bytes=0)):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()


def test_another_version_has_exports_of_its_own(version, owner):
    first = ask(owner)
    approve(version.project.items.first(), "no match")
    publish_now(version.project)
    assert owner.post("projects/matching/versions/2/exports", {"format": "jsonl"}).json()["id"] != first["id"]
