"""A receiver of webhooks: a real HTTP server in a thread, that behaves as a test wants it to."""

import http.server
import ssl
import threading
import time
from contextlib import contextmanager, suppress
from pathlib import Path

TLS = Path(__file__).parent / "tls"
LOOPBACK = "127.0.0.1"


class Receiver(http.server.ThreadingHTTPServer):
    """received: (headers, body, path) of each request; answers: how to answer, the last one again and again.

    An answer is a status, or a function of the handler that writes whatever it wants.
    """

    daemon_threads = True

    def __init__(self, context=None):
        super().__init__((LOOPBACK, 0), Handler)
        self.received, self.answers, self.names, self.headers = [], [204], [], {}
        self.stopped = threading.Event()
        if context is not None:
            context.sni_callback = lambda _socket, name, _context: self.names.append(name)
            self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)

    @property
    def url(self):
        return f"http://{LOOPBACK}:{self.server_address[1]}/hook"

    @property
    def ids(self):
        return [headers["webhook-id"] for headers, _, _ in self.received]

    def answer(self):
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    def handle_error(self, request, client_address):
        """A client that hangs up is what many tests are about."""


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.received.append((dict(self.headers), body, self.path))
        answer = self.server.answer()
        with suppress(OSError):
            if callable(answer):
                answer(self)
                return
            self.send_response(answer)
            for name, value in self.server.headers.items():
                self.send_header(name, value)
            self.end_headers()

    def log_message(self, *_):
        """Tests look at what was received."""


@contextmanager
def receiving(context=None):
    receiver = Receiver(context)
    thread = threading.Thread(target=receiver.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.stopped.set()
        receiver.shutdown()
        receiver.server_close()
        thread.join()


def certified():
    """(the server's side, the client's side): a certificate for hooks.example, made for these tests alone."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(TLS / "certificate.pem", TLS / "key.pem")
    return server, ssl.create_default_context(cafile=TLS / "certificate.pem")


def dripping(handler):
    """A byte now and then, and no end: of the headers."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    drip(handler)


def dripping_body(handler):
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
    drip(handler)


def drip(handler):
    while not handler.server.stopped.wait(0.02):
        handler.wfile.write(b"x")
        handler.wfile.flush()


def silent(handler):
    handler.server.stopped.wait()


def huge(handler):
    """A body without an end, as fast as it is taken."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n" + b"first words ")
    while not handler.server.stopped.is_set():
        handler.wfile.write(b"\x00" * 65_536)


def huge_headers(handler):
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    while not handler.server.stopped.is_set():
        handler.wfile.write(b"X-Long: " + b"x" * 60_000 + b"\r\n")


def moved(to):
    def answer(handler):
        handler.send_response(302)
        handler.send_header("Location", to)
        handler.end_headers()

    return answer


def waits_for(condition, seconds=120):
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it did not come to that"
        time.sleep(0.05)
