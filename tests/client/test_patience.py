"""A server in trouble, a terminal, and what comes in pieces: without a database."""

import io
import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from labelling.client import ClientError, Quorum
from labelling.client.bar import Bar, chosen
from labelling.client.connection import seconds_of
from labelling.client.downloading import _begin
from labelling.client.rows import lines_of
from tests.client.helpers import Pauses
from tests.client.test_redirects import serving


def answering(*replies):
    """Replies with each (status, headers, body) in turn; the last one again and again."""
    left = list(replies)

    def reply(handler):
        status, headers, body = left.pop(0) if len(left) > 1 else left[0]
        handler.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    return reply


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_moment_of_trouble_is_waited_out(status):
    busy, fine = (status, {}, b""), (200, {}, b'{"a": 1}')
    with serving(answering(busy, busy, fine)) as (url, seen):
        pauses = Pauses()
        assert Quorum(url, "t", sleep=pauses).json("x") == {"a": 1}
    assert (pauses, len(seen)) == ([0.5, 1.0], 3)


def test_the_server_says_how_long_to_wait():
    with serving(answering((503, {"Retry-After": "7"}, b""), (200, {}, b"{}"))) as (url, _):
        pauses = Pauses()
        Quorum(url, "t", sleep=pauses).json("x")
    assert pauses == [7]
    soon = datetime.now(UTC) + timedelta(minutes=50)
    assert 40 * 60 < seconds_of(format_datetime(soon, usegmt=True)) <= 50 * 60
    assert seconds_of("soon") is None and seconds_of(None) is None


def test_trouble_without_end_is_told_after_so_many_tries():
    said = json.dumps({"detail": "The database can't be reached."}).encode()
    with serving(answering((503, {}, said))) as (url, seen):
        with pytest.raises(ClientError, match="answered 503: The database can't be reached") as error:
            Quorum(url, "t", tries=3, sleep=Pauses()).json("x")
        assert (error.value.status, len(seen)) == (503, 3)


def test_a_refusal_is_not_tried_again():
    with serving(answering((404, {}, b"{}"))) as (url, seen):
        with pytest.raises(ClientError):
            Quorum(url, "t", sleep=Pauses()).json("x")
        assert len(seen) == 1


def test_the_bar_is_one_line_on_a_terminal_and_nothing_elsewhere(capsys):
    drawn, seconds = io.StringIO(), iter([0.0, 1.0, 1.01, 2.0])
    bar = Bar("matching@3", drawn, clock=lambda: next(seconds))
    for done in (1_000_000, 1_500_000, 2_000_000):
        bar(done, 2_000_000)
    assert drawn.getvalue().count("\r") == 2
    assert "50%" in drawn.getvalue() and drawn.getvalue().endswith("100% 2.0 MB, 1.0 MB/s\x1b[K\n")
    chosen(None, "x")(1, 1)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("size", [1, 2, 5, 100])
def test_lines_come_whole_however_the_bytes_are_cut(size):
    text = "erste\nzweite Zeile ü\n\nletzte".encode()
    pieces = [text[at : at + size] for at in range(0, len(text), size)]
    assert list(lines_of(pieces)) == text.split(b"\n")


@pytest.mark.parametrize("name", ["../x", "/etc/x", "a/../../x", "C:x", "a\\..\\x"])
def test_a_server_cannot_write_outside_the_folder(tmp_path, name):
    with pytest.raises(ClientError, match="outside the folder"):
        _begin(tmp_path, {"files": [{"name": name, "bytes": 1, "sha256": "0" * 64}]})
