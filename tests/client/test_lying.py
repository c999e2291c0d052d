"""A server that lies: what it says is not believed, and what it sends does not fill the disk."""

import hashlib
import json
import threading
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from labelling.client import ClientError, Damaged, Quorum
from labelling.client.connection import LONGEST_ASKED, seconds_of
from labelling.client.transfer import fetch

SHA256 = hashlib.sha256(b"hi").hexdigest()
PIECE = b"10000\r\n" + b"x" * 65_536 + b"\r\n"


@contextmanager
def answering(answer):
    """A client of a server whose every reply `answer` writes."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            with suppress(ConnectionError):
                answer(self)

        do_POST = do_GET  # noqa: N815 - as the class above calls it

        def log_message(self, format, *args):  # noqa: A002 - its name in the class above
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield Quorum(f"http://127.0.0.1:{server.server_port}", "secret", sleep=lambda seconds: None, timeout=20)
    finally:
        server.shutdown()
        server.server_close()


def reply(handler, body):
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)


def test_a_body_without_end_is_left_when_it_is_longer_than_it_said(tmp_path):
    sent = []

    def answer(handler):
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\nTransfer-Encoding: chunked\r\n\r\n")
        while len(sent) < 2_000:
            handler.wfile.write(PIECE)
            sent.append(1)

    with answering(answer) as quorum, pytest.raises(Damaged, match="more than the 10 bytes"):
        fetch(quorum, "x", tmp_path / "file", size=10, sha256=SHA256, note=lambda n_bytes: None)
    assert len(sent) < 1_000
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("file", [
    {"name": "../x"}, {"name": "/x"}, {"name": ""}, {"name": "."}, {"name": "a//b"}, {"name": "a/."},
    {"name": "x" * 300},
    {"name": 5}, {"bytes": "2"}, {"sha256": None}, {"address": 5},
])  # fmt: skip
def test_files_with_odd_names_or_sizes_are_refused(tmp_path, file):
    listed = {"name": "a", "bytes": 2, "sha256": SHA256, "address": "/a", **file}
    version = {"number": 1, "data_id": "d", "version_id": "v", "n_rows": 1}
    export = {"id": "e", "state": "finished", "files": [listed], "error": ""}

    def answer(handler):
        told = export if handler.path.endswith("/exports") else version
        reply(handler, b"hi" if handler.path == "/a" else json.dumps(told).encode())

    with answering(answer) as quorum, pytest.raises(ClientError, match="the server"):
        quorum.project("p").version(1).download(tmp_path / "in" / "out", progress=False)
    assert not (tmp_path / "in" / "out").exists()
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize(("asked", "seconds"), [
    ("7", 7), ("99999999999999999999", LONGEST_ASKED), ("Sun, 06 Nov 9999 08:49:37 GMT", LONGEST_ASKED), ("²", None),
    ("soon", None), ("", None),
])  # fmt: skip
def test_a_server_can_not_ask_to_be_waited_for_for_ever(asked, seconds):
    assert seconds_of(asked) == seconds


WHOLE = {"number": 1, "data_id": "d", "version_id": "v", "n_rows": 1}
ROW = {"key": "a", "confidence": None, "posterior": None, "payload": "{}"}


@pytest.mark.parametrize(("replies", "act", "said"), [
    ({"/versions/1": []}, lambda version: None, "a version without an object"),
    ({"/versions/1": {"number": 1}}, lambda version: None, "a version without 'data_id'"),
    ({"/versions/1": {**WHOLE, "number": "1"}}, lambda version: None, "an odd 'number': '1'"),
    ({"/versions/1": {**WHOLE, "recalls": [{}]}}, lambda version: None, "recalls without 'n_rows'"),
    ({"/versions": {"results": {}}}, lambda version: version.project.versions(), "an odd 'results'"),
    ({"/exports": {"state": "finished"}}, lambda version: version.download("out"), "an export without 'id'"),
    ({"/diff": {"before": 1}}, lambda version: version.diff(2), "a difference without 'after'"),
    ({"/diff": {"before": 1, "after": 2, "counts": {}}}, lambda version: list(version.diff(2).changes()), "'changes'"),
    ({"/predictions": {"lines": 1}}, lambda version: version.report("m", {"a": {}}), "took without 'created'"),
    ({"/data": {"key": "a"}}, lambda version: list(version.stream()), "no row of a version"),
    ({"/data": {**ROW, "payload": "{"}}, lambda version: list(version.stream()), "no row of a version"),
    ({"/data": ROW}, lambda version: version.to_arrow(), "something else than rows as Parquet"),
])  # fmt: skip
def test_json_of_another_shape_is_named_and_is_no_fault_of_the_caller(tmp_path, monkeypatch, replies, act, said):
    monkeypatch.chdir(tmp_path)

    def answer(handler):
        address = handler.path.partition("?")[0]
        told = next((told for end, told in replies.items() if address.endswith(end)), WHOLE)
        reply(handler, json.dumps(told).encode())

    with answering(answer) as quorum, pytest.raises(ClientError, match=said):
        act(quorum.project("p").version(1))
