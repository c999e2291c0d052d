"""The labellers of a load run: a process of its own, one open connection each, who answer as fast as they are served.

Run by `tests.bench.load`. One event loop keeps all connections, so that neither threads nor this process's use of the
processor hold anybody up. Standard input: a line of JSON that says what to do, then an empty line to begin. Standard
output: "ready" once everybody is connected and warm, then a line of JSON with what happened.
"""

import json
import selectors
import socket
import sys
import time
import zlib
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Any

Reply = tuple[int, Any]
Script = Generator[tuple[str, object], Reply, None]
TRIES = 50


@dataclass
class Run:
    """What is to be done, and what was: rows of (token, seconds of the lease, seconds of the answer)."""

    port: int
    kind: str
    slug: str
    secrets: list[str]
    pairs: int
    warm: int = 1
    ahead: int = 1
    left: int = 0
    rows: list[tuple[str, float, float]] = field(default_factory=list)

    def take(self) -> bool:
        """Whether another pair is to be done."""
        self.left -= 1
        return self.left >= 0


# --- what a labeller does --------------------------------------------------------------------------------------------


def product(run: Run, labeller: int) -> Script:
    """Lease, then answer what was leased."""
    while run.take():
        started = time.perf_counter()
        leased = yield from _lease(run, labeller)
        waited = (time.perf_counter() - started) / len(leased)
        for place, work in enumerate(leased):
            if place and not run.take():
                return
            started = time.perf_counter()
            status, reply = yield f"/api/v1/leases/{work['token']}/label", {"answer": answer(work["payload"], labeller)}
            expect(status == 201, status, reply)
            run.rows.append((work["token"], waited, time.perf_counter() - started))


def _lease(run: Run, labeller: int) -> Generator[tuple[str, object], Reply, list[dict]]:
    for _ in range(TRIES):
        status, reply = yield f"/api/v1/projects/{run.slug}/leases", {"count": run.ahead}
        expect(status == 200, status, reply)
        if reply["leases"]:
            return reply["leases"]
    raise AssertionError(f"labeller {labeller} was given nothing {TRIES} times: {reply['reason']}")


def bare(run: Run, labeller: int) -> Script:
    """The bare view in one request."""
    while run.take():
        started = time.perf_counter()
        status, reply = yield "/pair", {"answer": {"choice": "match"}}
        expect(status == 201, status, reply)
        run.rows.append(("", 0.0, time.perf_counter() - started))


def bare_halves(run: Run, labeller: int) -> Script:
    """The bare view in two requests, as people ask and answer."""
    while run.take():
        started = time.perf_counter()
        status, reply = yield "/next", {}
        expect(status == 200, status, reply)
        between = time.perf_counter()
        status, reply = yield "/answer", {"task": reply["task"], "answer": {"choice": "match"}}
        expect(status == 201, status, reply)
        run.rows.append(("", between - started, time.perf_counter() - between))


SCRIPTS: dict[str, Callable[[Run, int], Script]] = {"product": product, "bare": bare, "bare halves": bare_halves}


def expect(condition: bool, status: int, reply: object) -> None:
    if not condition:
        raise AssertionError(f"{status}: {reply}")


def answer(payload: dict[str, str], labeller: int) -> dict[str, str]:
    """Right eight to nineteen times of twenty, by labeller; always the same for one labeller and text.

    What is right follows from the number in the text, so that gold can be made with it.
    """
    number = int(payload["request"].rpartition(" ")[2])
    wrong = 0.05 + 0.05 * (labeller % 5)
    slips = zlib.crc32(f"{labeller} of {number}".encode()) / 2**32 < wrong
    return {"choice": truth(number) if not slips else truth(number + 1)}


def truth(number: int) -> str:
    return "match" if number % 2 else "no match"


# --- connections -----------------------------------------------------------------------------------------------------


class Line:
    """One labeller's connection: a request out, the whole reply in."""

    def __init__(self, port: int, secret: str) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.head = "HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        self.head += f"Authorization: Bearer {secret}\r\n" if secret else ""
        self.received = b""

    def send(self, path: str, body: object) -> None:
        text = json.dumps(body)
        self.socket.sendall(f"POST {path} {self.head}Content-Length: {len(text)}\r\n\r\n{text}".encode())

    def receive(self) -> Reply | None:
        """The reply, once all of it is there."""
        part = self.socket.recv(65536)
        if not part:
            raise ConnectionError("the server closed the connection")
        self.received += part
        whole = parsed(self.received)
        if whole is None:
            return None
        self.received = b""
        status, body = whole
        return status, json.loads(body) if status < 300 else body.decode(errors="replace")[:1000]


def parsed(received: bytes) -> tuple[int, bytes] | None:
    """Status and body of a whole reply; None while some of it is missing."""
    head, mark, rest = received.partition(b"\r\n\r\n")
    if not mark:
        return None
    status, head = int(head[9:12]), head.lower()
    if b"\r\ntransfer-encoding: chunked" in head:
        return (status, _joined(rest)) if rest.endswith(b"\r\n0\r\n\r\n") else None
    length = int(head.partition(b"\r\ncontent-length:")[2].partition(b"\r\n")[0])
    return (status, rest) if len(rest) >= length else None


def _joined(chunks: bytes) -> bytes:
    body = b""
    while chunks:
        size, _, chunks = chunks.partition(b"\r\n")
        body, chunks = body + chunks[: int(size, 16)], chunks[int(size, 16) + 2 :]
    return body


def work(run: Run, lines: list[Line], pairs: int) -> None:
    """Everybody works until so many pairs are done."""
    run.left = pairs
    chosen = selectors.DefaultSelector()
    for labeller, line in enumerate(lines):
        script = SCRIPTS[run.kind](run, labeller)
        request = next(script, None)
        if request is not None:
            chosen.register(line.socket, selectors.EVENT_READ, (line, script))
            line.send(*request)
    while chosen.get_map():
        for key, _ in chosen.select(timeout=120):
            line, script = key.data
            reply = line.receive()
            if reply is None:
                continue
            try:
                line.send(*script.send(reply))
            except StopIteration:
                chosen.unregister(line.socket)


def main() -> None:
    run = Run(**json.loads(sys.stdin.readline()))
    lines = [Line(run.port, secret) for secret in run.secrets]
    work(run, lines, run.warm * len(lines))
    run.rows.clear()
    print("ready", flush=True)  # noqa: T201 - the process that started this one reads it
    sys.stdin.readline()
    started, used = time.perf_counter(), time.process_time()
    work(run, lines, run.pairs)
    seconds = time.perf_counter() - started
    print(json.dumps({"seconds": seconds, "cpu": time.process_time() - used, "rows": run.rows}))  # noqa: T201 - as above


if __name__ == "__main__":
    main()
