"""Exports on this machine's disk and in S3: made, handed out in ranges, and deleted by an erasure, alike."""

import hashlib

import pytest

from labelling import blobs
from labelling.exports.actions import ask, forget, make_small
from tests.api.calls import Caller, is_problem
from tests.datasets.helpers import labelled_project, publish_now
from tests.factories import NOW, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def version(storage):
    return publish_now(labelled_project(10)[0])


def exported(version, file_format="jsonl", splits=("train",)):
    export = ask(version=version, file_format=file_format, splits=list(splits), by=None, now=NOW)
    return make_small(export, now=NOW)


def test_files_come_whole_and_in_ranges_and_are_what_their_digests_say(version):
    export = exported(version)
    owner = Caller(make_user("olga"))
    for file in export.files:
        address = f"exports/{export.public_id}/files/{file['name']}"
        whole = b"".join(owner.get(address).streaming_content)
        assert (len(whole), hashlib.sha256(whole).hexdigest()) == (file["bytes"], file["sha256"])
        for header, wanted in (("0-0", whole[:1]), ("10-19", whole[10:20]), ("20-", whole[20:]), ("-5", whole[-5:])):
            part = owner.client.get(f"/api/v1/{address}", headers={"Range": f"bytes={header}"})
            assert (part.status_code, b"".join(part.streaming_content)) == (206, wanted)
        assert int(owner.head(address)["Content-Length"]) == file["bytes"]


def test_an_erasure_deletes_the_files_and_no_others(version, tmp_path):
    train, validation = exported(version), exported(version, splits=["validation"])
    kept = {file["sha256"] for file in train.files}
    forget(version=version, now=NOW)
    there = set(blobs.digests())
    assert not there & kept
    for file in (*train.files, *validation.files):
        with pytest.raises(blobs.MissingBlob):
            blobs.read(file["sha256"], 0, 1)
    anew = exported(version)
    assert {file["sha256"] for file in anew.files} <= set(blobs.digests())
    left = list((tmp_path / "making").iterdir())
    assert left == []


def test_files_that_two_exports_share_stay_until_the_last_is_forgotten(storage):
    project, _, _ = labelled_project(10)
    first = publish_now(project)
    other = publish_now(labelled_project(10, slug="other")[0])
    exports = [exported(version, "csv") for version in (first, other)]
    same = {file["sha256"] for file in exports[0].files} & {file["sha256"] for file in exports[1].files}
    forget(version=first, now=NOW)
    assert same <= set(blobs.digests())


def test_a_file_that_was_lost_is_made_anew(version):
    export = exported(version)
    file = export.files[0]
    blobs.remove(file["sha256"])
    owner = Caller(make_user("olga"))
    is_problem(owner.get(f"exports/{export.public_id}/files/{file['name']}"), 410)
    assert exported(version).public_id != export.public_id
