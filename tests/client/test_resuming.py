"""Downloads over a network that gives out in the middle, from a real web server."""

import hashlib
import json
import os
import subprocess

import pandas
import polars
import pytest
from django.db import connection

from labelling.client import ClientError, Damaged
from labelling.datasets.verify import verify_directory
from labelling.exports.models import Export
from tests.client.helpers import client
from tests.cutting import cutting
from tests.datasets.helpers import labelled_project, publish_now
from tests.web import WebServer
from tests.worker import address_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def published():
    project, _, _ = labelled_project(10)
    return publish_now(project)


@pytest.fixture
def server(published):
    server = WebServer(database_url=address_of(connection.settings_dict), workers=1)
    server.start()
    yield server
    server.stop()


def signed(quorum, file_format="jsonl"):
    """The signed address of the file of train, its size and digest."""
    export = quorum.post("projects/matching/versions/1/exports", json.dumps({"format": file_format}).encode())
    told = quorum.post(f"exports/{export['id']}/signed-urls", b"{}")
    return next(file for file in told["files"] if file["name"].startswith("data/train"))


def through(proxy, server, address):
    return address.replace(f":{server.port}/", f":{proxy.port}/")


def test_curl_goes_on_after_a_cut_at_any_byte_and_the_file_is_the_same(server, tmp_path):
    file = signed(client(server.port))
    size = file["bytes"]
    with cutting(server.port) as proxy:
        for number, at in enumerate([0, 1, 2, size // 3, size // 2, size - 2, size - 1]):
            to = tmp_path / f"{number}.jsonl"
            proxy.cuts.extend([at, 1])
            command = [
                "curl",
                "--silent",
                "--continue-at",
                "-",
                "--output",
                to,
                through(proxy, server, file["address"]),
            ]
            runs = 0
            while subprocess.run(command, check=False).returncode:
                runs += 1
                assert runs < 5
            assert hashlib.sha256(to.read_bytes()).hexdigest() == file["sha256"]
            assert not proxy.cuts


def test_pandas_and_polars_read_a_signed_address(server):
    parquet = signed(client(server.port), "parquet")
    lines = signed(client(server.port))
    keys = list(pandas.read_parquet(parquet["address"])["key"])
    assert len(keys) == 6
    assert list(polars.read_parquet(parquet["address"])["key"]) == keys
    assert list(polars.scan_parquet(parquet["address"]).collect()["key"]) == keys
    assert list(pandas.read_json(lines["address"], lines=True)["key"]) == keys


def test_the_client_goes_on_after_cuts_within_one_download(server, published, tmp_path):
    with cutting(server.port, b"/files/data/train") as proxy:
        quorum = client(proxy.port)
        proxy.cuts.extend([0, 1, 100, 7, 300])
        seen = []
        found = (
            quorum.project("matching")
            .version(1)
            .download(tmp_path / "data", file_format="jsonl", progress=lambda done, total: seen.append((done, total)))
        )
        assert not proxy.cuts
        assert found.checked == 8 and found.good
        assert verify_directory(tmp_path / "data", splits=("train", "validation")).good
        assert seen[-1][0] == seen[-1][1] and seen == sorted(seen)
        assert os.listdir(tmp_path) == ["data"]
        proxy.cuts.extend([5, 50])
        assert len(list(quorum.project("matching").version(1).stream("train"))) == 6


def test_an_interrupted_download_goes_on_where_it_was(server, tmp_path):
    with cutting(server.port, b"/files/data/train") as proxy:
        version = client(proxy.port, tries=1).project("matching").version(1)
        proxy.cuts.append(200)
        with pytest.raises(ClientError, match="cut after 200 of"):
            version.download(tmp_path / "data", file_format="jsonl")
        assert os.listdir(tmp_path) == [".data.partial"]
        [part] = (tmp_path / ".data.partial" / "files" / "data").glob("train*")
        assert part.stat().st_size == 200
        seen = []
        version.download(tmp_path / "data", file_format="jsonl", progress=lambda done, total: seen.append(done))
        assert 200 in [later - earlier for earlier, later in zip([0, *seen], seen, strict=False)]
        assert os.listdir(tmp_path) == ["data"]


def test_what_was_changed_beside_a_partial_download_is_found(server, tmp_path):
    with cutting(server.port, b"/files/data/train") as proxy:
        version = client(proxy.port, tries=1).project("matching").version(1)
        proxy.cuts.append(200)
        with pytest.raises(ClientError):
            version.download(tmp_path / "data", file_format="jsonl")
        [part] = (tmp_path / ".data.partial" / "files" / "data").glob("train*")
        part.write_bytes(b"x" * 200)
        with pytest.raises(Damaged, match="its bytes changed"):
            version.download(tmp_path / "data", file_format="jsonl")
        assert os.listdir(tmp_path) == []
        version.download(tmp_path / "data", file_format="jsonl")


def test_many_who_ask_at_once_get_one_export(server, published):
    """Each in a process of its own: ranges of the same rows, before anybody made the file."""
    quorum = client(server.port)
    address = f"http://127.0.0.1:{server.port}/api/v1/projects/matching/versions/1/data?format=jsonl&split=train"
    ranges = [f"{start}-{start + 9}" for start in range(0, 1000, 10)]
    config = "\n".join(f'next\nurl = "{address}"\nrange = "{one}"\noutput = "/dev/null"' for one in ranges)
    config = config.removeprefix("next\n").replace("url =", f'header = "Authorization: Bearer {quorum._token}"\nurl =')
    curl = ["curl", "--silent", "--parallel", "--parallel-max", "50", "--config", "-"]
    done = subprocess.run(curl, input=config.encode(), capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert Export.objects.count() == 1
    assert Export.objects.get().finished_at
