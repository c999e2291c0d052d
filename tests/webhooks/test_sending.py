"""One request, to receivers of every kind: real ones, on this machine's loopback."""

import ipaddress
import socket
import time

import pytest

from labelling.webhooks.addresses import Rules
from labelling.webhooks.sending import KEPT, post
from tests.webhooks.receiver import (
    LOOPBACK,
    certified,
    dripping,
    dripping_body,
    huge,
    huge_headers,
    moved,
    receiving,
    silent,
)

OURS = Rules(networks=(ipaddress.ip_network("127.0.0.0/8"),))


def at(*addresses):
    asked = []

    def resolver(host, port):
        asked.append((host, port))
        return list(addresses)

    resolver.asked = asked
    return resolver


def send(receiver, **options):
    return post(options.pop("url", receiver.url), b'{"a":1}', {"webhook-id": "m-1"}, **{"rules": OURS} | options)


def test_a_message_arrives_as_it_was_sent():
    with receiving() as receiver:
        sent = send(receiver)
    ((headers, body, path),) = receiver.received
    assert (sent.status, sent.worked, sent.error) == (204, True, "")
    assert (body, path, headers["webhook-id"]) == (b'{"a":1}', "/hook", "m-1")
    assert (headers["Content-Type"], headers["Host"]) == ("application/json", receiver.url.split("/")[2])


def test_a_receiver_of_ones_own_network_gets_nothing_unless_it_is_allowed():
    with receiving() as receiver:
        refused = send(receiver, rules=Rules(ports=frozenset({receiver.server_address[1]})))
    assert (refused.status, "not public" in refused.error) == (None, True)
    assert receiver.received == []


def test_the_name_is_looked_up_once_and_the_address_found_is_connected_to():
    resolver = at(LOOPBACK)
    with receiving() as receiver:
        port = receiver.server_address[1]
        assert send(receiver, url=f"http://hooks.example:{port}/hook", resolver=resolver).worked
    assert resolver.asked == [("hooks.example", port)]
    assert receiver.received[0][0]["Host"] == f"hooks.example:{port}"


def test_a_name_that_also_has_an_address_inside_gets_nothing():
    with receiving() as receiver:
        url = f"http://hooks.example:{receiver.server_address[1]}/"
        sent = send(receiver, url=url, resolver=at(LOOPBACK, "10.0.0.1"))
    assert sent.status is None
    assert receiver.received == []


def test_the_second_address_is_tried_when_the_first_takes_no_connection():
    with receiving() as receiver:
        url = f"http://hooks.example:{receiver.server_address[1]}/"
        assert send(receiver, url=url, resolver=at("127.0.0.9", LOOPBACK)).worked


def test_tls_names_the_host_and_verifies_its_certificate():
    server, client = certified()
    with receiving(server) as receiver:
        port = receiver.server_address[1]
        sent = send(receiver, url=f"https://hooks.example:{port}/", resolver=at(LOOPBACK), context=client)
        assert (sent.status, sent.error) == (204, "")
        assert receiver.names == ["hooks.example"]
        other = send(receiver, url=f"https://other.example:{port}/", resolver=at(LOOPBACK), context=client)
        unknown = send(receiver, url=f"https://hooks.example:{port}/", resolver=at(LOOPBACK))
    assert "certificate" in other.error
    assert "certificate" in unknown.error
    assert len(receiver.received) == 1


@pytest.mark.parametrize("answer", [dripping, dripping_body, silent])
def test_a_slow_receiver_is_given_up_when_the_whole_time_is_over(answer):
    with receiving() as receiver:
        receiver.answers = [answer]
        began = time.monotonic()
        sent = send(receiver, seconds=0.4)
        assert time.monotonic() - began < 60, "it would go on for ever"
    assert not sent.worked
    assert "within 0.4 seconds" in sent.error


def test_a_look_up_that_hangs_is_given_up_too():
    with receiving() as receiver:
        sent = send(receiver, url="http://hooks.example/", resolver=lambda *_: receiver.stopped.wait(20), seconds=0.2)
    assert "within 0.2 seconds" in sent.error


def test_of_a_huge_reply_the_beginning_is_read_and_kept_as_text_that_a_database_takes():
    with receiving() as receiver:
        receiver.answers = [huge]
        sent = send(receiver)
    assert sent.worked
    assert sent.reply.startswith("first words ")
    assert len(sent.reply) <= KEPT
    assert "\x00" not in sent.reply


def test_headers_without_an_end_are_refused():
    with receiving() as receiver:
        receiver.answers = [huge_headers]
        sent = send(receiver)
    assert (sent.worked, sent.status) == (False, None)


def test_a_redirect_is_not_followed():
    with receiving() as receiver, receiving() as inside:
        receiver.answers = [moved(inside.url)]
        sent = send(receiver)
        assert inside.received == []
    assert (sent.status, sent.worked) == (302, False)
    assert "not followed" in sent.error


@pytest.mark.parametrize(
    "said",
    [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"],
)
def test_a_reply_that_is_none_is_a_failure_in_words(said):
    with receiving() as receiver:
        receiver.answers = [lambda handler: handler.wfile.write(said)]
        sent = send(receiver)
    assert not sent.worked
    assert sent.error


def test_a_host_where_nobody_listens_and_one_that_is_not_known_say_so():
    with socket.socket() as free:
        free.bind((LOOPBACK, 0))
        url = f"http://{LOOPBACK}:{free.getsockname()[1]}/"
        assert "refused" in post(url, b"", {}, rules=OURS).error

    def unknown(host, port):
        raise socket.gaierror(socket.EAI_NONAME, "not known")

    assert "not known: hooks.example" in post("http://hooks.example/", b"", {}, rules=OURS, resolver=unknown).error


def test_proxies_of_the_environment_are_not_used(monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with receiving() as receiver:
        assert send(receiver).worked


@pytest.mark.parametrize(("asked", "seconds"), [("120", 120), ("", 0), ("soon", 0), ("-5", 0), ("²", 0), ("9" * 20, 0)])
def test_retry_after_is_read_where_it_is_a_number_of_seconds(asked, seconds):
    with receiving() as receiver:
        receiver.answers, receiver.headers = [503], {"Retry-After": asked.encode().decode("latin-1")}
        assert send(receiver).asked == seconds
