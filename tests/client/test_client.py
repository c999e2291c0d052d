"""What a training job gets, over real HTTP."""

import importlib.util
import os
import socket

import pytest

from labelling.client import ClientError, Quorum
from labelling.datasets.queries import export_file
from labelling.datasets.verify import verify_directory
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
    """Remembers what it asked for."""

    def __init__(self, url, token):
        super().__init__(url, token)
        self.asked = []

    def open(self, path, **query):
        self.asked.append((path, query))
        return super().open(path, **query)


@pytest.fixture
def quorum(live_server, published):
    project = published[0].project
    owner = make_user("olga")
    _, secret = issue_token(
        user=owner, project=project, name="training", scopes=["datasets:read"], expires_at=None, by=owner, now=NOW
    )
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
    assert not (tmp_path / "data" / "data" / f"test.{file_format}").exists()
    whole = version.download(tmp_path / "whole", splits=("train", "validation", "test"), file_format=file_format)
    assert whole.checked == 10
    assert verify_directory(tmp_path / "whole", version_id=version.version_id).good


def test_a_download_of_changed_bytes_leaves_nothing(version, published, tmp_path):
    stored = export_file(version=published[1], file_format="jsonl", name="data/train.jsonl").path
    stored.write_bytes(stored.read_bytes().replace(b'"label":"match"', b'"label":"other"', 1))
    with pytest.raises(ClientError, match=r"train\.jsonl: its bytes changed"):
        version.download(tmp_path / "data", file_format="jsonl")
    assert os.listdir(tmp_path) == []


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


def test_a_server_that_is_not_there_is_a_clear_error():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    with pytest.raises(ClientError, match="can't reach"):
        Quorum(f"http://127.0.0.1:{port}", token="x", timeout=5).project("matching").version()
    with pytest.raises(ClientError, match="not an address"):
        Quorum("file:///etc/passwd", token="x")


def test_to_hf_gives_a_dataset_or_says_what_to_install(version):
    if importlib.util.find_spec("datasets"):
        assert len(version.to_hf(split="train")) == 6
    else:
        with pytest.raises(ClientError, match="pip install datasets"):
            version.to_hf(split="train")
