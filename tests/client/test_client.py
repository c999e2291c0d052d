"""What a training job gets, over real HTTP."""

import importlib.util
import json
import os
import socket
from io import StringIO

import pyarrow.parquet
import pytest
from django.core.management import call_command

from labelling import blobs
from labelling.client import ClientError, Damaged, Gone, Quorum
from labelling.client.downloading import checked
from labelling.datasets.models import Recall
from labelling.datasets.verify import file_digest, verify_directory
from labelling.exports.actions import forget
from labelling.exports.models import Export
from labelling.projects.actions import issue_token
from tests.datasets.helpers import approve, labelled_project, publish_now
from tests.factories import NOW, make_user

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def published():
    project, items, _ = labelled_project(10)
    first = publish_now(project, message="first")
    approve(items[0], "no match")
    return first, publish_now(project, message="second")


class Noting(Quorum):
    """Remembers what it asked for, and never waits."""

    def __init__(self, url, token):
        super().__init__(url, token, sleep=lambda seconds: None)
        self.asked = []

    def send(self, method, path, **options):
        self.asked.append((path, options.get("query") or {}))
        return super().send(method, path, **options)


@pytest.fixture
def quorum(live_server, published):
    project = published[0].project
    owner = make_user("olga")
    _, secret = issue_token(
        user=owner, project=project, name="training", scopes=["datasets:read", "datasets:test"], expires_at=None,
        by=owner, now=NOW,
    )  # fmt: skip
    return Noting(live_server.url, secret)


@pytest.fixture
def version(quorum):
    return quorum.project("matching").version("latest")


def test_latest_is_pinned_to_the_number_it_was(quorum, version, published):
    assert (version.number, version.data_id, version.n_rows) == (2, published[1].data_id, 10)
    assert version.path == "projects/matching/versions/2"
    assert quorum.project(published[0].project.public_id).version(1).message == "first"


def test_a_frame_has_labels_shares_and_the_payload_s_fields(version):
    frame = version.to_pandas(split="train")
    assert len(frame) == 6
    assert list(frame["label"][:3]) == ["no match", "no match", "match"]
    assert frame["request"][0] == "Someone to look after cat 1"
    assert frame["confidence"][0] == 0.9
    assert frame["posterior"][0] == {"no match": 0.9}
    assert frame["payload"][0] == {"request": frame["request"][0], "offer": frame["offer"][0]}


def test_test_rows_come_only_when_asked_for_by_name(quorum, version):
    assert set(version.to_pandas()["split"]) == {"train", "validation"}
    assert {query["split"] for _, query in quorum.asked if query} == {"train", "validation"}
    assert set(version.to_pandas(split="test")["split"]) == {"test"}
    with pytest.raises(ClientError, match="train, validation, test"):
        version.to_pandas(split="all")


def test_an_arrow_table_is_exactly_the_file(version):
    table = version.to_arrow(split="validation")
    assert table.column_names[:3] == ["key", "split", "label"]
    assert table.num_rows == 2
    assert table["confidence"].to_pylist() == [9000, 9000]


@pytest.mark.parametrize("file_format", ["jsonl", "csv", "parquet"])
def test_a_download_is_verified_and_leaves_test_out(version, tmp_path, file_format):
    found = version.download(tmp_path / "data", file_format=file_format)
    assert (found.problems, found.checked, found.left_out) == ([], 8, 2)
    assert not list((tmp_path / "data" / "data").glob("test*"))
    call_command("verify", str(tmp_path / "data"), stdout=(said := StringIO()))
    assert "is whole: 8 rows checked, 2 left out" in said.getvalue()
    whole = version.download(tmp_path / "whole", splits=("train", "validation", "test"), file_format=file_format)
    assert whole.checked == 10
    assert verify_directory(tmp_path / "whole", version_id=version.version_id).good


def test_a_download_of_changed_bytes_leaves_nothing(version, published, tmp_path):
    version.download(tmp_path / "whole", file_format="jsonl")
    [file] = [file for file in Export.objects.get().files if file["name"].startswith("data/train")]
    stored = blobs.path_of(file["sha256"])
    kept = stored.read_bytes()
    stored.write_bytes(kept.replace(b'"label":"match"', b'"label":"other"', 1))
    try:
        with pytest.raises(Damaged, match=r"train.*: its bytes changed"):
            version.download(tmp_path / "data", file_format="jsonl")
    finally:
        stored.write_bytes(kept)
    assert os.listdir(tmp_path) == ["whole"]


def test_a_download_never_touches_a_folder_with_something_in_it(version, tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(ClientError, match="not an empty folder"):
        version.download(tmp_path)
    assert os.listdir(tmp_path) == ["mine.txt"]


def test_refusals_carry_the_server_s_words(quorum, live_server):
    with pytest.raises(ClientError, match="the newest is 2") as refused:
        quorum.project("matching").version(7)
    assert refused.value.status == 404
    with pytest.raises(ClientError, match="There is no project 'nothing'"):
        quorum.project("nothing").version(1)
    with pytest.raises(ClientError, match="answered 404"):
        quorum.project("matching/versions/1?").version(1)
    with pytest.raises(ClientError, match="answered 404"):
        quorum.project("matching").version("newest")
    with pytest.raises(ClientError, match="answered 401: This token"):
        Quorum(live_server.url, token="wrong").project("matching").version()


def test_rows_stream_as_a_frame_has_them(version):
    rows = list(version.stream("train"))
    frame = version.to_pandas(split="train")
    assert [row["key"] for row in rows] == list(frame["key"])
    assert rows[0]["payload"] == frame["payload"][0]
    assert (rows[0]["confidence"], rows[0]["posterior"]) == (0.9, {"no match": 0.9})
    assert {row["split"] for row in version.stream()} == {"train", "validation"}


def test_a_format_that_is_not_there_is_refused_with_those_that_are(version, tmp_path):
    with pytest.raises(ClientError, match="parquet"):
        version.download(tmp_path / "data", file_format="exe")
    assert os.listdir(tmp_path) == []


def test_a_token_that_may_not_read_test_is_told_which_scope_it_needs(quorum, live_server):
    owner = make_user("olga")
    _, secret = issue_token(
        user=owner, project=None, name="t", scopes=["datasets:read"], expires_at=None, by=owner, now=NOW
    )
    version = Quorum(live_server.url, secret).project("matching").version(1)
    with pytest.raises(ClientError, match=r"datasets:test.*Ask an owner") as refused:
        version.to_pandas(split="test")
    assert refused.value.status == 403


def test_a_recalled_version_is_warned_of(quorum, published):
    Recall.objects.create(version=published[0], reason="answers at random", n_rows=3, keys=["item-0001"], at=NOW)
    with pytest.warns(UserWarning, match="recalled: 3 of its rows .* answers at random"):
        quorum.project("matching").version(1)


def test_a_version_whose_export_was_erased_is_downloaded_anew(quorum, version, published, tmp_path):
    version.download(tmp_path / "before", file_format="csv")
    address = quorum.post(f"{version.path}/exports", b'{"format": "csv"}')["files"][0]["address"]
    forget(version=published[1], now=NOW)
    with pytest.raises(Gone, match=r"answered 410.*delete your copies"):
        quorum.open(address)
    assert version.download(tmp_path / "after", file_format="csv").good


def test_rows_taken_out_are_not_believed_to_be_erased(version, tmp_path):
    folder = tmp_path / "taken"
    version.download(folder, splits=["train"], file_format="jsonl")
    take_out(folder, next((folder / "data").glob("train*")))
    assert verify_directory(folder).erased == 1
    with pytest.raises(Damaged, match="1 rows have no content, but only 0 were erased"):
        checked(version, folder, ["train"], every_row=True)


def take_out(folder, data):
    """What who drops the first row would do to hide it: no salt, no line, and sums that fit."""
    first, *others = data.read_bytes().splitlines(keepends=True)
    data.write_bytes(b"".join(others))
    leaves = pyarrow.parquet.read_table(folder / "leaves.parquet")
    there = [None if key == json.loads(first)["key"] else salt
             for key, salt in zip(leaves["key"].to_pylist(), leaves["salt"].to_pylist(), strict=True)]  # fmt: skip
    column = pyarrow.array(there, leaves.schema.field("salt").type)
    leaves = leaves.set_column(leaves.schema.get_field_index("salt"), "salt", column)
    pyarrow.parquet.write_table(leaves, folder / "leaves.parquet")
    names = [line.partition("  ")[2] for line in (folder / "SHA256SUMS").read_text().splitlines()]
    (folder / "SHA256SUMS").write_text("".join(f"{file_digest(folder / name)}  {name}\n" for name in names))


def test_what_changed_between_versions_comes_row_by_row(quorum, version):
    difference = version.diff(1)
    assert (difference.before, difference.after, difference.counts["relabelled"]) == (1, 2, 1)
    assert [change["key"] for change in difference.changes()] == ["item-0001"]
    assert list(difference.changes("added")) == []
    assert list(version.diff(quorum.project("matching").version(1)).changes()) == list(difference.changes())
    assert version.diff("latest").before == 2


def test_a_server_that_is_not_there_is_a_clear_error():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    with pytest.raises(ClientError, match="can't reach"):
        Quorum(f"http://127.0.0.1:{port}", token="x", timeout=5, tries=1).project("matching").version()
    with pytest.raises(ClientError, match="not an address"):
        Quorum("file:///etc/passwd", token="x")


def test_to_hf_gives_a_dataset_or_says_what_to_install(version):
    if importlib.util.find_spec("datasets"):
        assert len(version.to_hf(split="train")) == 6
    else:
        with pytest.raises(ClientError, match="pip install datasets"):
            version.to_hf(split="train")
