"""Every SQL statement that reaches PostgreSQL, read off the wire: no wrapper in the client can miss one.

A proxy between a web server and PostgreSQL that understands as much of the protocol as it needs: version 3, simple
queries, and prepared ones counted each time they are executed. Source: PostgreSQL's documentation, "Message Formats".
"""

import re
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit

REQUESTS_TO_ENCRYPT = (80877103, 80877104)
CONTROL = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "START TRANSACTION", "END")
QUOTED = re.compile(r"'(?:[^']|'')*'")


class Counted:
    """The statements seen so far, of all connections, in the order they came."""

    def __init__(self) -> None:
        self.statements: list[str] = []

    def clear(self) -> None:
        self.statements.clear()

    @property
    def control(self) -> int:
        """Statements of transaction control."""
        return sum(is_control(statement) for statement in self.statements)

    @property
    def others(self) -> int:
        return len(self.statements) - self.control


def is_control(statement: str) -> bool:
    return statement.upper().startswith(CONTROL)


class Reader:
    """The statements in what one client sends."""

    def __init__(self, counted: Counted) -> None:
        self.counted = counted
        self.buffer = b""
        self.prepared: dict[bytes, str] = {}
        self.portals: dict[bytes, str] = {}

    def read(self, data: bytes) -> None:
        self.buffer += data
        while len(self.buffer) >= 5:
            size = 1 + struct.unpack("!I", self.buffer[1:5])[0]
            if len(self.buffer) < size:
                return
            kind, content, self.buffer = self.buffer[:1], self.buffer[5:size], self.buffer[size:]
            self._message(kind, content)

    def _message(self, kind: bytes, content: bytes) -> None:
        name, _, rest = content.partition(b"\0")
        second = rest.partition(b"\0")[0]
        if kind == b"Q":
            self._count(name.decode(errors="replace"))
        elif kind == b"P":
            self.prepared[name] = second.decode(errors="replace")
        elif kind == b"B":
            self.portals[name] = self.prepared.get(second, "a statement prepared before the proxy looked")
        elif kind == b"E":
            self._count(self.portals.get(name, "a portal opened before the proxy looked"))

    def _count(self, text: str) -> None:
        """One query may hold several statements."""
        if ";" not in QUOTED.sub("", text):
            self.counted.statements.append(text.strip())
            return
        self.counted.statements += [part.strip() for part in QUOTED.sub("''", text).split(";") if part.strip()]


@contextmanager
def counting(url: str) -> Iterator[tuple[str, Counted]]:
    """The address of a proxy of this database, and what it counts. Its connections end with it."""
    parts, counted = urlsplit(url), Counted()
    target = (parts.hostname or "127.0.0.1", parts.port or 5432)
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=_accept, args=(server, target, counted), daemon=True).start()
        login = parts.netloc.rpartition("@")[0]
        yield urlunsplit(parts._replace(netloc=f"{login}@127.0.0.1:{server.getsockname()[1]}")), counted
        server.shutdown(socket.SHUT_RDWR)


def _accept(server: socket.socket, target: tuple[str, int], counted: Counted) -> None:
    while True:
        try:
            client, _ = server.accept()
        except OSError:
            return
        threading.Thread(target=_serve, args=(client, target, counted), daemon=True).start()


def _serve(client: socket.socket, target: tuple[str, int], counted: Counted) -> None:
    first = client.recv(65536)
    while len(first) == 8 and struct.unpack("!II", first)[1] in REQUESTS_TO_ENCRYPT:
        client.sendall(b"N")
        first = client.recv(65536)
    server = socket.create_connection(target)
    server.sendall(first)
    threading.Thread(target=_copy, args=(server, client, None), daemon=True).start()
    _copy(client, server, Reader(counted))


def _copy(source: socket.socket, to: socket.socket, reader: Reader | None) -> None:
    try:
        while data := source.recv(65536):
            if reader:
                reader.read(data)
            to.sendall(data)
    except OSError:
        return  # the other side has gone, which is how connections end here
    finally:
        for end in (source, to):
            end.close()
