"""One request to a receiver that may be slow, hostile, or not what it seems.

Written on a bare socket, since what is connected to must be the address that was checked, and since the time must be
limited in all: a client library limits each read, and a reply of a byte a second has many. Proxies of the environment
are not used, redirects not followed.
"""

import io
import socket
import ssl
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from time import monotonic
from typing import Any

from labelling.webhooks.addresses import Refused, Rules, Target, check, target_of

SECONDS = 15.0
KEPT = 2_000
MOST_READ = 4_096
# With the headers.
MOST_TAKEN = 65_536
AGENT = "Quorum-Webhooks/1.0"

Resolver = Callable[[str, int], Sequence[str]]


class Late(TimeoutError):
    """The time is over."""


class TooMuch(OSError):
    """The reply's headers are larger than anybody's should be."""


@dataclass(frozen=True)
class Sent:
    """What came of a request. status: None without a reply; error: why it failed, in words; reply: how its body began;
    asked: seconds to wait, from Retry-After."""

    status: int | None
    error: str
    reply: str
    seconds: float
    asked: int = 0

    @property
    def worked(self) -> bool:
        return not self.error and self.status is not None and 200 <= self.status < 300


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a name, by this machine's resolver."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def post(
    url: str, body: bytes, headers: Mapping[str, str], *, rules: Rules, resolver: Resolver = resolve,
    context: ssl.SSLContext | None = None, seconds: float = SECONDS,
) -> Sent:  # fmt: skip
    """POST JSON to a URL, at the address that its name was found to have and nowhere else, in `seconds` at most.

    Never raises for what a receiver does: the failure is told.
    """
    began = monotonic()
    until = began + seconds
    try:
        target = target_of(url)
        addresses = _addresses(target, rules, resolver, until)
        with _connect(target, addresses, context, until) as connection:
            _send(connection, _request(target, body, headers), until)
            return _read(connection, began, until)
    except Refused as error:
        return Sent(None, f"The URL {error}.", "", monotonic() - began)
    except TimeoutError:
        return Sent(None, f"No whole reply within {seconds:g} seconds.", "", monotonic() - began)
    except ssl.SSLCertVerificationError as error:
        return Sent(None, f"Its certificate is not valid: {error.verify_message}.", "", monotonic() - began)
    except (OSError, HTTPException) as error:
        return Sent(None, f"No reply: {_words(error)}.", "", monotonic() - began)


def _words(error: Exception) -> str:
    said = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return said.strip()[:200]


def _left(until: float) -> float:
    left = until - monotonic()
    if left <= 0:
        raise Late
    return left


def _addresses(target: Target, rules: Rules, resolver: Resolver, until: float) -> list[str]:
    literal = target.literal
    found = [str(literal)] if literal else _look_up(target, resolver, until)
    return [str(address) for address in check(found, target=target, rules=rules)]


def _look_up(target: Target, resolver: Resolver, until: float) -> Sequence[str]:
    """Once. In a thread, since a look-up can't be given a time; one that is late is left to end by itself."""
    found: list[Any] = []

    def ask() -> None:
        try:
            found.append(resolver(target.host, target.port))
        except (OSError, UnicodeError) as error:
            found.append(error)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(_left(until))
    if not found:
        raise Late
    if isinstance(found[0], Exception):
        raise Refused(f"names a host that is not known: {target.host}")
    return list(found[0])


def _connect(
    target: Target, addresses: Sequence[str], context: ssl.SSLContext | None, until: float
) -> socket.socket:  # fmt: skip
    """A connection to the first of the addresses that takes one; with TLS, which verifies the URL's name."""
    plain = _first_open(target, addresses, until)
    if target.scheme == "http":
        return plain
    try:
        plain.settimeout(_left(until))
        return (context or ssl.create_default_context()).wrap_socket(plain, server_hostname=target.host)
    except BaseException:
        plain.close()
        raise


def _first_open(target: Target, addresses: Sequence[str], until: float) -> socket.socket:
    for number, address in enumerate(addresses, start=1):
        try:
            return socket.create_connection((address, target.port), timeout=_left(until))
        except Late:
            raise
        except OSError:
            if number == len(addresses):
                raise
    raise Refused(f"names a host without an address: {target.host}")


def _request(target: Target, body: bytes, headers: Mapping[str, str]) -> bytes:
    lines = {
        "Host": target.authority, "User-Agent": AGENT, "Content-Type": "application/json",
        "Content-Length": str(len(body)), "Connection": "close", **headers,
    }  # fmt: skip
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"POST {target.path} HTTP/1.1\r\n{head}\r\n".encode("ascii") + body


def _send(connection: socket.socket, request: bytes, until: float) -> None:
    rest = memoryview(request)
    while rest:
        connection.settimeout(_left(until))
        rest = rest[connection.send(rest) :]


class _Limited(io.RawIOBase):
    """What comes in on a connection, until the time is over or it is too much."""

    def __init__(self, connection: socket.socket, until: float) -> None:
        self._connection, self._until, self._room = connection, until, MOST_TAKEN

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._room:
            raise TooMuch("its headers are too large")
        self._connection.settimeout(_left(self._until))
        n = self._connection.recv_into(buffer, min(len(buffer), self._room))
        self._room -= n
        return n


class _Wire:
    """What `HTTPResponse` asks of a socket."""

    def __init__(self, connection: socket.socket, until: float) -> None:
        self._connection, self._until = connection, until

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Limited(self._connection, self._until))


def _read(connection: socket.socket, began: float, until: float) -> Sent:
    response = HTTPResponse(_Wire(connection, until), method="POST")  # type: ignore[arg-type]  # all of a socket it uses
    with response:
        response.begin()
        start = response.read(MOST_READ)
    reply = start[:KEPT].decode("utf-8", "replace").replace("\x00", "\ufffd")
    asked = response.headers.get("Retry-After", "").strip()
    return Sent(
        response.status, _fault(response.status), reply, monotonic() - began,
        int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 10 else 0,
    )  # fmt: skip


def _fault(status: int) -> str:
    if 200 <= status < 300:
        return ""
    if 300 <= status < 400:
        return f"It answered {status}; redirects are not followed. Give the final URL."
    return f"It answered {status}."
