"""A network with bad moments: a TCP proxy that cuts a connection after so many bytes of a reply's body."""

import contextlib
import socket
import struct
import threading
from collections import deque
from collections.abc import Iterator

HEAD_END = b"\r\n\r\n"
RESET = struct.pack("ii", 1, 0)  # SO_LINGER: close at once, as a cable that is pulled


class Cutting:
    """Passes bytes on to a port of this machine. `cuts`: after how many bytes of the body the next replies to requests
    for `about` (a part of the address) are cut; then nothing is."""

    def __init__(self, port: int, about: bytes = b"") -> None:
        self.upstream, self.about = port, about
        self.cuts: deque[int] = deque()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self._accept)
        self.thread.start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        """One request and its reply; then the connection is closed."""
        with client, socket.create_connection(("127.0.0.1", self.upstream)) as server, contextlib.suppress(OSError):
            request = _until(client, HEAD_END)
            head, _, body = request.partition(HEAD_END)
            server.sendall(head + b"\r\nConnection: close" + HEAD_END + body)
            left = _length(head) - len(body)
            while left > 0 and (piece := client.recv(min(left, 65536))):
                server.sendall(piece)
                left -= len(piece)
            mine = self.cuts and self.about in head.partition(b"\r\n")[0]
            self._answer(server, client, self.cuts.popleft() if mine else None)

    def _answer(self, server: socket.socket, client: socket.socket, cut: int | None) -> None:
        head, _, body = _until(server, HEAD_END).partition(HEAD_END)
        client.sendall(head + HEAD_END)
        left = cut
        while True:
            if left is not None and len(body) >= left:
                client.sendall(body[:left])
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET) if left % 2 else None
                return
            client.sendall(body)
            left = None if left is None else left - len(body)
            if not (body := server.recv(65536)):
                return

    def close(self) -> None:
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join()


def _until(connection: socket.socket, end: bytes) -> bytes:
    came = b""
    while end not in came and (piece := connection.recv(65536)):
        came += piece
    return came


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.partition(b":")[2])
    return 0


@contextlib.contextmanager
def cutting(port: int, about: bytes = b"") -> Iterator[Cutting]:
    proxy = Cutting(port, about)
    try:
        yield proxy
    finally:
        proxy.close()
